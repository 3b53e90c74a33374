#include "controller/images/tar_reader.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.h"

namespace gannet::controller {
namespace {

constexpr std::size_t kBlock = 512;                      // bytes
constexpr std::uint64_t kMaxExtension = 1024ULL * 1024;  // bytes of a long name or pax header
constexpr std::size_t kMaxEntries = 1'000'000;
constexpr int kMaxLinks = 8;  // from link to link

using Block = std::array<char, kBlock>;

/// A field of the header. Source: POSIX.1-2017 pax, "ustar Interchange Format".
struct Field {
  std::size_t offset;
  std::size_t size;
};
constexpr Field kName{0, 100};
constexpr Field kSize{124, 12};
constexpr Field kChecksum{148, 8};
constexpr std::size_t kType = 156;
constexpr Field kLink{157, 100};
constexpr Field kMagic{257, 5};
constexpr Field kPrefix{345, 155};

std::string_view raw(const Block& block, Field field) {
  return {block.data() + field.offset, field.size};
}

std::string text(const Block& block, Field field) {
  const auto all = raw(block, field);
  return std::string(all.substr(0, all.find('\0')));
}

/// Octal digits, or base 256 (GNU: first bit set). nullopt when it is neither.
std::optional<std::uint64_t> number(std::string_view field) {
  std::uint64_t value = 0;
  if ((static_cast<unsigned char>(field[0]) & 0x80U) != 0) {
    if (field[0] != '\x80') return std::nullopt;  // negative, or far too large
    for (const char c : field.substr(1)) {
      if (value >> 55U != 0) return std::nullopt;
      value = value << 8U | static_cast<unsigned char>(c);
    }
    return value;
  }
  for (const char c : trim(field.substr(0, field.find('\0')))) {
    if (c < '0' || c > '7' || value >> 60U != 0) return std::nullopt;
    value = value << 3U | static_cast<unsigned>(c - '0');
  }
  return value;
}

bool checksum_fits(const Block& block) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < kBlock; ++i) {
    const bool inside = i >= kChecksum.offset && i < kChecksum.offset + kChecksum.size;
    sum += inside ? static_cast<unsigned>(' ') : static_cast<unsigned char>(block[i]);
  }
  return number(raw(block, kChecksum)) == sum;
}

/// `path` without ".", ".." and empty components; "" when it leads out of the archive.
std::string clean(std::string_view path) {
  std::vector<std::string> parts;
  for (auto& part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      parts.push_back(std::move(part));
    } else if (parts.empty()) {
      return {};
    } else {
      parts.pop_back();
    }
  }
  return join(parts, "/");
}

}  // namespace

/// One pass over the headers.
class TarScan {
 public:
  explicit TarScan(const ArchiveFile& file) : file_(file) {}

  Result<TarIndex> run() {
    while (pos_ < file_.size()) {
      TRY(const bool more, next());
      if (!more) return std::move(index_);
    }
    if (pos_ == 0) return fail(Code::kInvalidInput, file_.name() + ": is empty");
    return std::move(index_);  // without the zero blocks at the end: tar takes that, too
  }

 private:
  /// What extension headers said about the entry that follows.
  struct Extension {
    std::optional<std::string> name, link;
    std::optional<std::uint64_t> size;
  };

  [[nodiscard]] tl::unexpected<Error> damaged(std::string_view what) const {
    return fail(Code::kInvalidInput,
                file_.name() + ": at byte " + std::to_string(pos_) + ": " + std::string(what),
                "make the archive again: docker save -o FILE IMAGE");
  }

  [[nodiscard]] bool whole(std::uint64_t size) const {
    const std::uint64_t rest = file_.size() - pos_;
    return rest >= kBlock && size <= rest - kBlock;
  }

  /// False at the end of the archive.
  Result<bool> next() {
    Block block{};
    if (!whole(0)) return damaged("the archive is cut off");
    TRY_VOID(file_.read(pos_, std::as_writable_bytes(std::span(block))));
    if (std::ranges::all_of(block, [](char c) { return c == '\0'; })) return false;
    if (!checksum_fits(block)) {
      return damaged(pos_ == 0 ? "this is not a tar archive" : "the archive is damaged");
    }
    if (++entries_ > kMaxEntries) return damaged("too many entries");
    TRY_VOID(take(block));
    return true;
  }

  Result<> take(const Block& block) {
    const char type = block[kType];
    auto size = number(raw(block, kSize));
    const bool extension = type == 'L' || type == 'K' || type == 'x' || type == 'g';
    if (!extension && next_.size) size = next_.size;
    if (!size) return damaged("the size of an entry is not a number");
    const bool link = type == '1' || type == '2';
    if (link) size = 0;  // some writers give the size of what it points to
    if (!whole(*size)) return damaged("the archive is cut off in " + printable(name_of(block)));
    if (extension) {
      TRY_VOID(take_extension(type, *size));
    } else {
      add(block, type, *size);
      next_ = {};
    }
    const std::uint64_t padded = (*size + kBlock - 1) / kBlock * kBlock;
    // The last padding may be missing.
    pos_ = std::min(pos_ + kBlock + padded, file_.size());
    return {};
  }

  [[nodiscard]] std::string name_of(const Block& block) const {
    if (next_.name) return *next_.name;
    std::string name = text(block, kName);
    const std::string prefix = raw(block, kMagic) == "ustar" && block[262] == '\0'
                                   ? text(block, kPrefix)  // GNU keeps times in that place
                                   : std::string();
    return prefix.empty() ? name : prefix + "/" + name;
  }

  void add(const Block& block, char type, std::uint64_t size) {
    const std::string full = name_of(block);
    std::string name = clean(full);
    if (name.empty()) return;
    index_.files_.erase(name);  // the last entry of a name counts
    index_.links_.erase(name);
    const bool file = type == '0' || type == '\0' || type == '7';
    if (file) {
      index_.files_[std::move(name)] = TarEntry{pos_ + kBlock, size};
    } else if (type == '1' || type == '2') {
      const std::string to = next_.link.value_or(text(block, kLink));
      const std::string folder = type == '2' ? name.substr(0, name.rfind('/') + 1) : std::string();
      if (type == '2' && to.starts_with('/')) return;
      std::string target = clean(folder + to);
      if (!target.empty()) index_.links_[std::move(name)] = std::move(target);
    }
  }

  Result<> take_extension(char type, std::uint64_t size) {
    if (size > kMaxExtension) return damaged("a name of " + format_size(size));
    std::string content(static_cast<std::size_t>(size), '\0');
    TRY_VOID(file_.read(pos_ + kBlock, std::as_writable_bytes(std::span(content))));
    if (type == 'L') next_.name = content.substr(0, content.find('\0'));
    if (type == 'K') next_.link = content.substr(0, content.find('\0'));
    return type == 'x' ? take_pax(content) : Result<>{};  // 'g' says nothing about names
  }

  /// Records "<length> <key>=<value>\n".
  Result<> take_pax(std::string_view records) {
    while (!records.empty()) {
      std::size_t length = 0;
      std::size_t digits = 0;
      while (digits < records.size() && digits < 8 && records[digits] >= '0' &&
             records[digits] <= '9') {
        length = length * 10 + static_cast<std::size_t>(records[digits++] - '0');
      }
      const auto equals = records.find('=');
      if (length > records.size() || length < digits + 3 || records[digits] != ' ' ||
          equals >= length || records[length - 1] != '\n') {
        return damaged("a pax header that makes no sense");
      }
      const auto key = records.substr(digits + 1, equals - digits - 1);
      const auto value = records.substr(equals + 1, length - equals - 2);
      TRY_VOID(take_pax_value(key, value));
      records.remove_prefix(length);
    }
    return {};
  }

  Result<> take_pax_value(std::string_view key, std::string_view value) {
    if (key == "path") next_.name = std::string(value);
    if (key == "linkpath") next_.link = std::string(value);
    if (key != "size") return {};
    std::uint64_t size = 0;
    for (const char c : value) {
      if (c < '0' || c > '9' || size > (UINT64_MAX >> 4U)) {
        return damaged("the size of an entry is not a number");
      }
      size = size * 10 + static_cast<unsigned>(c - '0');
    }
    next_.size = size;
    return {};
  }

  const ArchiveFile& file_;
  std::uint64_t pos_ = 0;
  std::size_t entries_ = 0;
  Extension next_;
  TarIndex index_;
};

Result<TarIndex> TarIndex::read(const std::shared_ptr<const ArchiveFile>& file) {
  return TarScan(*file).run();
}

const TarEntry* TarIndex::find(std::string_view name) const {
  std::string at = clean(name);
  for (int i = 0; i < kMaxLinks; ++i) {
    if (const auto found = files_.find(at); found != files_.end()) return &found->second;
    const auto link = links_.find(at);
    if (link == links_.end()) return nullptr;
    at = link->second;
  }
  return nullptr;
}

}  // namespace gannet::controller

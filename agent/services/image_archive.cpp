#include "agent/services/image_archive.h"

#include <cstring>
#include <utility>

#include "base/text.h"

namespace gannet::agent {
namespace {

constexpr std::size_t kBlock = 512;                // bytes, what tar counts in
constexpr std::uint64_t kMaxOctal = 077777777777;  // what eleven octal digits hold
constexpr std::size_t kEndOfArchive = 2 * kBlock;  // zeros
constexpr std::size_t kNameSize = 100;             // bytes for the name in a header
constexpr std::size_t kSizeAt = 124;               // where the size stands
constexpr std::size_t kSizeDigits = 11;
constexpr std::size_t kChecksumAt = 148;

void put(std::string& header, std::size_t at, std::string_view text) {
  header.replace(at, text.size(), text);
}

std::string octal(std::uint64_t value, std::size_t digits) {
  std::string text(digits, '0');
  for (std::size_t i = digits; i > 0 && value > 0; --i, value >>= 3U) {
    text[i - 1] = static_cast<char>('0' + (value & 7U));
  }
  return text;
}

/// Too large for octal digits: big-endian behind a byte with the highest bit set.
void put_large_size(std::string& header, std::uint64_t size) {
  for (std::size_t i = kSizeAt + kSizeDigits; i > kSizeAt; --i, size >>= 8U) {
    header[i] = static_cast<char>(size & 0xFFU);
  }
  header[kSizeAt] = static_cast<char>(0x80);
}

std::string layer_path(const Digest& diff_id) { return diff_id.hex() + "/layer.tar"; }

/// What stands in it comes from digests and from names that gannet made: nothing to escape.
std::string manifest_of(const protocol::ImageSpec& image, const std::vector<std::string>& names) {
  std::string text = "[{\"Config\":\"" + image.config.hex() + ".json\",\"RepoTags\":[";
  for (const std::string& name : names) {
    text += (&name == &names.front() ? "\"" : ",\"") + name + "\"";
  }
  text += "],\"Layers\":[";
  for (std::size_t i = 0; i < image.layers.size(); ++i) {
    text += (i == 0 ? "\"" : ",\"") + layer_path(image.layers[i].diff_id) + "\"";
  }
  return text + "]}]\n";
}

}  // namespace

std::string tar_header(const std::string& name, std::uint64_t size) {
  std::string header(kBlock, '\0');
  put(header, 0, std::string_view(name).substr(0, kNameSize));
  put(header, 100, "0000644");      // mode
  put(header, 108, "0000000");      // owner
  put(header, 116, "0000000");      // group
  put(header, 136, "00000000000");  // time
  put(header, 156, "0");            // a regular file
  put(header, 257, std::string_view("ustar\00000", 8));
  if (size <= kMaxOctal) {
    put(header, kSizeAt, octal(size, kSizeDigits));
  } else {
    put_large_size(header, size);
  }
  put(header, kChecksumAt, "        ");
  std::uint64_t sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  put(header, kChecksumAt, octal(sum, 6) + std::string("\0 ", 2));
  return header;
}

ImageArchive::ImageArchive(const protocol::ImageSpec& image, const std::set<Digest>& left_out,
                           const std::vector<std::string>& names, BlobSource& blobs)
    : blobs_(blobs) {
  parts_.push_back({image.config.hex() + ".json", image.config_size, image.config, ""});
  std::set<Digest> done = left_out;  // the same layer may come twice in an image
  for (const auto& layer : image.layers) {
    if (!done.insert(layer.diff_id).second) continue;
    parts_.push_back({layer_path(layer.diff_id), layer.size, layer.diff_id, ""});
    ++layers_sent_;
    bytes_sent_ += layer.size;
  }
  std::string manifest = manifest_of(image, names);
  const std::uint64_t size = manifest.size();
  parts_.push_back({"manifest.json", size, {}, std::move(manifest)});
}

bool ImageArchive::next(std::string& out) {
  if (error_ || current_ > parts_.size()) return false;
  if (current_ == parts_.size()) {
    out.append(kEndOfArchive, '\0');
    ++current_;
    return false;
  }
  if (reader_) {
    pass_on(out);
  } else {
    begin(out);
  }
  return !error_;
}

void ImageArchive::begin(std::string& out) {
  const Part& part = parts_[current_];
  left_ = part.size;
  if (!part.text.empty()) {
    out += tar_header(part.name, part.size) + part.text;
    finish(out);
    return;
  }
  auto opened = blobs_.open(part.blob);
  if (!opened) {
    stop(std::move(opened.error()));
    return;
  }
  reader_ = std::move(*opened);
  out += tar_header(part.name, part.size);
}

void ImageArchive::pass_on(std::string& out) {
  const auto got = reader_->read(buffer_);
  if (!got) {
    stop(got.error());
    return;
  }
  if (*got > left_ || (*got == 0 && left_ > 0)) {
    stop({Code::kCorrupt, "blob " + parts_[current_].blob.hex() + " has not the announced size",
          "deploy again"});
    return;
  }
  const auto first = out.size();
  out.resize(first + *got);
  std::memcpy(out.data() + first, buffer_.data(), *got);
  left_ -= *got;
  if (*got == 0) finish(out);
}

void ImageArchive::finish(std::string& out) {
  const std::size_t over = parts_[current_].size % kBlock;
  if (over != 0) out.append(kBlock - over, '\0');
  reader_.reset();
  ++current_;
}

void ImageArchive::stop(Error error) {
  reader_.reset();
  error_ = std::move(error);
}

}  // namespace gannet::agent

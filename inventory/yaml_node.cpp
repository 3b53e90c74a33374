#include "inventory/yaml_node.h"

#include <cerrno>
#include <fstream>
#include <system_error>
#include <utility>

#include "base/text.h"

namespace gannet::inventory {
namespace {

/// Length of the valid UTF-8 sequence at the start of `text`, or 0.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80U) return 1;
  const std::size_t length = first >= 0xF0U ? 4 : first >= 0xE0U ? 3 : first >= 0xC2U ? 2 : 0;
  if (length == 0 || first > 0xF4U || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return 0;
  }
  const unsigned char second = byte(1);
  const bool overlong = (first == 0xE0U && second < 0xA0U) || (first == 0xF0U && second < 0x90U);
  const bool outside = (first == 0xEDU && second > 0x9FU) || (first == 0xF4U && second > 0x8FU);
  return overlong || outside ? 0 : length;
}

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const {
  for (const YamlEntry& entry : entries) {
    if (entry.key->text == key) return entry.value;
  }
  return nullptr;
}

std::string_view to_string(YamlNode::Kind kind) {
  switch (kind) {
    case YamlNode::Kind::kNull:
      return "nothing";
    case YamlNode::Kind::kScalar:
      return "text";
    case YamlNode::Kind::kSequence:
      return "a list";
    case YamlNode::Kind::kMapping:
      return "a mapping";
  }
  return "";
}

YamlDocument::YamlDocument(std::string file, std::string text)
    : file_(std::move(file)), text_(std::move(text)) {
  line_starts_.push_back(0);
  for (std::size_t end = text_.find('\n'); end != std::string::npos;
       end = text_.find('\n', end + 1)) {
    line_starts_.push_back(end + 1);
  }
  YamlNode* nothing = add_node();
  nothing->line = 1;
  nothing->column = 1;
  root_ = nothing;
}

YamlNode* YamlDocument::add_node() { return &nodes_.emplace_back(); }

SourceLocation YamlDocument::place(const YamlNode& node) const {
  return place(node.line, node.column);
}

SourceLocation YamlDocument::place(int line, int column) const {
  return SourceLocation{file_, line, column};
}

void YamlDocument::add_problem(Problem problem, std::string_view rule) {
  problem.rule = rule;
  problems_.push_back(std::move(problem));
}

std::string_view YamlDocument::line(int number) const {
  if (number < 1 || static_cast<std::size_t>(number) > line_starts_.size()) return {};
  const std::size_t begin = line_starts_[static_cast<std::size_t>(number) - 1];
  std::string_view rest = std::string_view(text_).substr(begin);
  rest = rest.substr(0, rest.find('\n'));
  if (rest.ends_with('\r')) rest.remove_suffix(1);
  return rest;
}

std::string_view YamlDocument::quoted_at(int line_number, int byte) const {
  const std::string_view first = line(line_number);
  if (byte < 0 || static_cast<std::size_t>(byte) >= first.size()) return {};
  const char quote = first[static_cast<std::size_t>(byte)];
  if (quote != '"' && quote != '\'') return {};
  const std::size_t start =
      line_starts_[static_cast<std::size_t>(line_number) - 1] + static_cast<std::size_t>(byte);
  std::size_t end = start + 1;
  while (end < text_.size()) {
    const bool doubled = quote == '\'' && text_.compare(end, 2, "''") == 0;
    if (doubled || (quote == '"' && text_[end] == '\\')) {
      end += 2;
    } else if (text_[end++] == quote) {
      break;
    }
  }
  return std::string_view(text_).substr(start, end - start);
}

Problem YamlDocument::problem(SourceLocation where, std::string message, std::string note,
                              std::string hint) const {
  Problem problem{std::move(where), std::move(message), std::move(note), std::move(hint), "",
                  Severity::kError};
  problem.source_line = std::string(line(problem.from.line));
  return problem;
}

tl::expected<std::string, Problem> read_text_file(const std::filesystem::path& file,
                                                  std::uintmax_t max_bytes) {
  const auto refuse = [&](std::string message, std::string hint = {}) {
    return tl::unexpected(Problem{SourceLocation{file.string(), 0, 0}, std::move(message), "",
                                  std::move(hint), "", Severity::kError, "GN-FILE-001"});
  };
  std::error_code ec;
  const auto status = std::filesystem::status(file, ec);
  if (!std::filesystem::exists(status) && ec && ec != std::errc::no_such_file_or_directory) {
    return refuse(ec.message());
  }
  if (!std::filesystem::exists(status)) return refuse("no such file");
  if (std::filesystem::is_directory(status)) return refuse("is a folder, not a file");
  if (!std::filesystem::is_regular_file(status)) return refuse("is not a regular file");
  std::ifstream in(file, std::ios::binary);
  if (!in) return refuse(std::generic_category().message(errno));
  const std::uintmax_t size = std::filesystem::file_size(file, ec);
  if (size > max_bytes && !ec) {
    return refuse("is larger than " + std::to_string(max_bytes / 1'000'000) + " MB");
  }
  std::string text;
  text.resize(static_cast<std::size_t>(ec ? max_bytes : size) + 1);
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return refuse("cannot be read: " + std::generic_category().message(errno));
  if (static_cast<std::size_t>(in.gcount()) == text.size()) return refuse("grows while it is read");
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  return text;
}

std::optional<BadByte> find_bad_byte(std::string_view text) {
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    return BadByte{0, "the file is UTF-16, not UTF-8"};
  }
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte == 0) return BadByte{i, "NUL byte in a text file"};
    if (byte >= 0x20U && byte < 0x7FU) {
      ++i;
      continue;
    }
    const bool control = byte < 0x20U && byte != '\t' && byte != '\n' && byte != '\r';
    if (control || byte == 0x7FU) {
      return BadByte{i, "control character " + printable(text.substr(i, 1)) + " in a text file"};
    }
    const std::size_t length = utf8_length(text.substr(i));
    if (length == 0) return BadByte{i, "not valid UTF-8"};
    i += length;
  }
  return std::nullopt;
}

}  // namespace gannet::inventory

#include "playbooks/interpolate.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace gannet::playbooks {
namespace {

constexpr int kMaxDefaults = 16;  // ${A:-${B:-${C...}}}

bool begins_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

bool continues_name(char c) { return begins_name(c) || (c >= '0' && c <= '9'); }

std::size_t name_length(std::string_view text) {
  if (text.empty() || !begins_name(text.front())) return 0;
  const auto* end = std::find_if_not(text.begin(), text.end(), continues_name);
  return static_cast<std::size_t>(end - text.begin());
}

/// Position of the "}" that closes the "${" before `text`, or npos.
std::size_t find_close(std::string_view text) {
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i, 2) == "${") ++depth;
    if (text[i] == '}' && depth-- == 0) return i;
  }
  return std::string_view::npos;
}

class Interpolator {
 public:
  using Expanded = tl::expected<std::string, InterpolationProblem>;

  Interpolator(const VariableLookup& lookup, DollarStyle style) : lookup_(lookup), style_(style) {}

  Expanded expand(std::string_view text, std::size_t base, int depth) {
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
      if (text[i] != '$') {
        const std::size_t next = std::min(text.find('$', i), text.size());
        out += text.substr(i, next - i);
        i = next;
        continue;
      }
      auto piece = dollar(text.substr(i), base + i, depth);
      if (!piece) return tl::unexpected(std::move(piece.error()));
      out += piece->text;
      i += piece->used;
      if (out.size() > kMaxInterpolated) return problem(base + i, "the value becomes too long");
    }
    return out;
  }

 private:
  struct Piece {
    std::string text;
    std::size_t used;
  };

  tl::expected<Piece, InterpolationProblem> dollar(std::string_view text, std::size_t at,
                                                   int depth) {
    if (text.starts_with("$$")) return Piece{"$", 2};
    if (text.starts_with("${")) return braces(text, at, depth);
    const std::size_t length = style_ == DollarStyle::kNames ? name_length(text.substr(1)) : 0;
    if (length == 0) return Piece{"$", 1};
    const std::string name(text.substr(1, length));
    auto value = lookup_(name);
    if (!value) return unset(at, name, "", false);
    return Piece{std::move(*value), length + 1};
  }

  tl::expected<Piece, InterpolationProblem> braces(std::string_view text, std::size_t at,
                                                   int depth) {
    const std::size_t close = find_close(text.substr(2));
    if (close == std::string_view::npos) return problem(at, "\"${\" without \"}\"");
    if (depth > kMaxDefaults) return problem(at, "defaults within defaults, too many");
    std::string_view inner = text.substr(2, close);
    const std::size_t length = name_length(inner);
    if (length == 0) {
      return problem(at, printable(text.substr(0, close + 3)) + " does not name a variable");
    }
    const std::string name(inner.substr(0, length));
    inner.remove_prefix(length);
    auto replaced = apply(name, inner, at, at + 2 + length, depth);
    if (!replaced) return tl::unexpected(std::move(replaced.error()));
    return Piece{std::move(*replaced), close + 3};
  }

  /// `operation`: what stands between the name and the "}", for example ":-default".
  Expanded apply(const std::string& name, std::string_view operation, std::size_t at,
                 std::size_t operation_at, int depth) {
    auto value = lookup_(name);
    if (operation.empty()) return value ? Expanded(std::move(*value)) : unset(at, name, "", true);
    const bool colon = operation.front() == ':';
    const char kind = operation.size() > (colon ? 1U : 0U) ? operation[colon ? 1 : 0] : '\0';
    const std::size_t word_at = colon ? 2 : 1;
    if (kind != '-' && kind != '?' && kind != '+') {
      return problem(at, "after \"${" + name + "\" comes \"}\", \":-\", \":?\" or \":+\"");
    }
    const bool there = value && !(colon && value->empty());
    const bool needs_word = (kind == '+') == there;
    if (!needs_word) return there && kind != '+' ? std::move(*value) : std::string();
    auto word = expand(operation.substr(word_at), operation_at + word_at, depth + 1);
    if (!word || kind != '?') return word;
    return unset(at, name, *word, true);
  }

  static tl::unexpected<InterpolationProblem> unset(std::size_t at, const std::string& name,
                                                    const std::string& message, bool braces) {
    return tl::unexpected(InterpolationProblem{
        at, name, message.empty() ? "is not set" : "is not set: " + printable(message), braces});
  }

  static tl::unexpected<InterpolationProblem> problem(std::size_t at, std::string message) {
    return tl::unexpected(InterpolationProblem{at, "", std::move(message), true});
  }

  const VariableLookup& lookup_;
  DollarStyle style_;
};

}  // namespace

tl::expected<std::string, InterpolationProblem> interpolate(std::string_view text,
                                                            const VariableLookup& lookup,
                                                            DollarStyle style) {
  return Interpolator(lookup, style).expand(text, 0, 0);
}

}  // namespace gannet::playbooks

#include "playbooks/template.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <kainjow/mustache.hpp>

#include "base/text.h"
#include "inventory/problem.h"

namespace gannet::playbooks {
namespace {

namespace mustache = kainjow::mustache;

constexpr std::size_t kMaxSections = 32;

std::string tag_text(std::string_view name) { return "{{" + std::string(name) + "}}"; }

/// Finds tags the way the library does, and says where they are: the library forgets.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  tl::expected<std::vector<TemplateTag>, TemplateProblem> scan() {
    if (text_.size() > kMaxTemplate) {
      return refuse(0, "a template cannot be larger than 1 MB", "");
    }
    for (;;) {
      const std::size_t at = text_.find(begin_, position_);
      if (at == std::string_view::npos) break;
      const bool triple = begin_ == "{{" && end_ == "}}" && text_.substr(at + 2).starts_with('{');
      const std::string end = triple ? "}}}" : end_;
      const std::size_t inner = at + begin_.size() + (triple ? 1 : 0);
      const std::size_t close = text_.find(end, inner);
      if (close == std::string_view::npos) {
        return refuse(at, "\"" + begin_ + "\" without \"" + end + "\"", begin_);
      }
      position_ = close + end.size();
      if (auto problem = tag(trim(text_.substr(inner, close - inner)), at, triple)) {
        return tl::unexpected(std::move(*problem));
      }
    }
    if (!sections_.empty()) {
      return refuse(sections_.back().second,
                    "the section \"" + sections_.back().first + "\" is never closed", begin_,
                    "write " + tag_text("/" + sections_.back().first) + " at its end");
    }
    return std::move(tags_);
  }

 private:
  std::optional<TemplateProblem> tag(std::string_view content, std::size_t at, bool triple) {
    const char sigil = triple || content.empty() ? '\0' : content.front();
    const std::string_view name = std::string_view("#^/>&!=").find(sigil) == std::string_view::npos
                                      ? content
                                      : trim(content.substr(1));
    switch (sigil) {
      case '!':
        return std::nullopt;
      case '=':
        return set_delimiters(content, at);
      case '>':
        return make(at, "templates cannot include others", begin_);
      case '/':
        return close_section(name, at);
      case '#':
      case '^':
        add(name, at, true);
        sections_.emplace_back(name, at);
        if (sections_.size() > kMaxSections) return make(at, "sections nested too deep", begin_);
        return std::nullopt;
      default:
        if (name.empty()) return make(at, "an empty tag", begin_);
        add(name, at, false);
        return std::nullopt;
    }
  }

  void add(std::string_view name, std::size_t at, bool section) {
    tags_.push_back(TemplateTag{std::string(name), at, section,
                                sections_.empty() ? "" : sections_.back().first});
  }

  std::optional<TemplateProblem> close_section(std::string_view name, std::size_t at) {
    if (!sections_.empty() && sections_.back().first == name) {
      sections_.pop_back();
      return std::nullopt;
    }
    const std::string open = sections_.empty()
                                 ? "no section is open"
                                 : "the open section is \"" + sections_.back().first + "\"";
    return make(at, "\"/" + std::string(name) + "\" closes nothing: " + open, begin_);
  }

  std::optional<TemplateProblem> set_delimiters(std::string_view content, std::size_t at) {
    const std::vector<std::string> words =
        content.size() > 2 && content.ends_with('=')
            ? split(trim(content.substr(1, content.size() - 2)), ' ')
            : std::vector<std::string>{};
    const bool good = words.size() == 2 && !words[0].empty() && !words[1].empty() &&
                      words[0].find('=') == std::string::npos &&
                      words[1].find('=') == std::string::npos;
    if (!good) {
      return make(at, "not a change of delimiters", begin_, "write for example {{=<% %>=}}");
    }
    begin_ = words[0];
    end_ = words[1];
    return std::nullopt;
  }

  static TemplateProblem make(std::size_t at, std::string message, std::string token,
                              std::string hint = {}) {
    return TemplateProblem{at, std::move(message), std::move(token), "", std::move(hint)};
  }

  static tl::unexpected<TemplateProblem> refuse(std::size_t at, std::string message,
                                                std::string token, std::string hint = {}) {
    return tl::unexpected(make(at, std::move(message), std::move(token), std::move(hint)));
  }

  std::string_view text_;
  std::size_t position_ = 0;
  std::string begin_ = "{{", end_ = "}}";
  std::vector<std::pair<std::string, std::size_t>> sections_;
  std::vector<TemplateTag> tags_;
};

bool may_be_absent(std::string_view name) {
  return name.starts_with("label.") || name.starts_with("var.");
}

bool is_known(const TemplateTag& tag, const TemplateNames& names) {
  if (names.values.contains(tag.name)) return true;
  if (tag.section) return names.lists.contains(tag.name) || may_be_absent(tag.name);
  if (tag.name == ".") return !tag.inside.empty();
  return tag.inside == "labels" && (tag.name == "key" || tag.name == "value");
}

TemplateProblem unknown(const TemplateTag& tag, const TemplateNames& names) {
  std::vector<std::string> known;
  known.reserve(names.values.size() + names.lists.size());
  for (const auto& [name, value] : names.values) known.push_back(name);
  for (const auto& [name, items] : names.lists) known.push_back(name);
  TemplateProblem problem;
  problem.offset = tag.offset;
  problem.message = "unknown name \"" + printable(tag.name) + "\" in {{ }}";
  problem.token = tag.name;
  problem.note = inventory::did_you_mean(tag.name, known);
  if (problem.note.empty()) {
    problem.hint = "docs/gannet-yaml.md lists the names; {{=<% %>=}} in front keeps {{ as it is";
  }
  return problem;
}

/// The library's window on TemplateNames.
class NamesContext : public mustache::basic_context<std::string> {
 public:
  explicit NamesContext(const TemplateNames& names) {
    for (const auto& [name, value] : names.values) data_.emplace(name, value);
    for (const auto& [name, items] : names.lists) data_.emplace(name, to_list(items));
  }

  void push(const mustache::data* data) override { stack_.push_back(data); }
  void pop() override { stack_.pop_back(); }

  [[nodiscard]] const mustache::data* get(const std::string& name) const override {
    if (name == ".") return stack_.empty() ? nullptr : stack_.back();
    for (auto item = stack_.rbegin(); item != stack_.rend(); ++item) {
      if (const mustache::data* found = (*item)->get(name)) return found;
    }
    const auto found = data_.find(name);
    return found == data_.end() ? nullptr : &found->second;
  }

  [[nodiscard]] const mustache::data* get_partial(const std::string&) const override {
    return nullptr;
  }

 private:
  static mustache::data to_list(const std::vector<TemplateNames::Item>& items) {
    mustache::data list{mustache::data::type::list};
    for (const TemplateNames::Item& item : items) {
      if (const auto plain = item.find("."); plain != item.end()) {
        list.push_back(mustache::data{plain->second});
        continue;
      }
      mustache::data object;
      for (const auto& [key, value] : item) object.set(key, value);
      list.push_back(object);
    }
    return list;
  }

  std::map<std::string, mustache::data> data_;
  std::vector<const mustache::data*> stack_;
};

}  // namespace

tl::expected<std::vector<TemplateTag>, TemplateProblem> scan_template(std::string_view text) {
  return Scanner(text).scan();
}

tl::expected<std::string, std::vector<TemplateProblem>> render_template(
    std::string_view text, const TemplateNames& names) {
  auto tags = scan_template(text);
  if (!tags) return tl::unexpected(std::vector<TemplateProblem>{std::move(tags.error())});
  if (tags->empty() && text.find("{{") == std::string_view::npos) return std::string(text);
  std::vector<TemplateProblem> problems;
  for (const TemplateTag& tag : *tags) {
    if (!is_known(tag, names)) problems.push_back(unknown(tag, names));
  }
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  try {
    mustache::mustache parsed{std::string(text)};
    parsed.set_custom_escape([](const std::string& value) { return value; });
    NamesContext context(names);
    std::string rendered = parsed.render(context);
    if (parsed.is_valid()) return rendered;
    problems.push_back(TemplateProblem{0, parsed.error_message(), "", "", ""});
  } catch (const std::exception& error) {
    problems.push_back(TemplateProblem{0, error.what(), "", "", ""});
  }
  return tl::unexpected(std::move(problems));
}

}  // namespace gannet::playbooks

#include "playbooks/expander.h"

#include <algorithm>
#include <array>
#include <utility>

#include "playbooks/interpolate.h"

namespace gannet::playbooks {
namespace {

using inventory::Problem;

constexpr std::array<std::string_view, 4> kFacts{"arch", "os", "hostname", "kernel"};

std::vector<TemplateNames::Item> plain_list(const std::vector<std::string>& texts) {
  std::vector<TemplateNames::Item> items;
  items.reserve(texts.size());
  for (const std::string& text : texts) items.push_back({{".", text}});
  return items;
}

std::string with_doubled_dollars(const std::string& text) {
  std::string out;
  for (const char c : text) out.append(c == '$' ? 2 : 1, c);
  return out;
}

int line_count(std::string_view text) {
  return static_cast<int>(std::count(text.begin(), text.end(), '\n')) + 1;
}

}  // namespace

bool is_fact(std::string_view name) {
  return name.starts_with("host.") &&
         std::find(kFacts.begin(), kFacts.end(), name.substr(5)) != kFacts.end();
}

TemplateNames make_template_names(const Project& project, const Service& service,
                                  const HostContext& context, const Variables& variables) {
  TemplateNames names;
  auto& values = names.values;
  values["project.name"] = project.name;
  values["service.name"] = service.name;
  values["release.tag"] = context.release_tag;
  for (const auto& [name, value] : variables) values["env." + name] = value;
  for (const auto& [name, value] : context.facts) values["host." + name] = value;
  names.lists["labels"];
  names.lists["host.tags"];
  names.lists["host.groups"];
  if (context.host == nullptr) return names;
  const inventory::Host& host = *context.host;
  values["host.name"] = host.name;
  values["host.address"] = host.address;
  for (const auto& [key, value] : host.labels) {
    values["label." + key] = value;
    names.lists["labels"].push_back({{"key", key}, {"value", value}});
  }
  for (const auto& [key, value] : host.vars) values["var." + key] = value;
  names.lists["host.tags"] = plain_list(host.tags);
  names.lists["host.groups"] = plain_list(host.groups);
  return names;
}

Expander::Expander(const TemplateNames& names, const Variables& variables,
                   const std::string& variables_from, std::vector<Problem>& problems)
    : names_(names), variables_(variables), variables_from_(variables_from), problems_(problems) {}

const TemplateNames& Expander::doubled() {
  if (has_doubled_) return doubled_;
  has_doubled_ = true;
  doubled_ = names_;
  for (auto& [name, value] : doubled_.values) value = with_doubled_dollars(value);
  for (auto& [name, items] : doubled_.lists) {
    for (TemplateNames::Item& item : items) {
      for (auto& [key, value] : item) value = with_doubled_dollars(value);
    }
  }
  return doubled_;
}

std::string Expander::expand(const std::string& text, const SourceLocation& from, Expansion what,
                             bool secret) {
  std::string expanded = text;
  if (what.templates && text.find("{{") != std::string::npos) {
    auto rendered = render_template(text, what.variables ? doubled() : names_);
    if (!rendered) {
      for (TemplateProblem& problem : rendered.error()) {
        add(Problem{from, std::move(problem.message), std::move(problem.note),
                    std::move(problem.hint), "", inventory::Severity::kError, "GN-TMPL-001"},
            problem.token, text, secret);
      }
      return "";
    }
    expanded = std::move(*rendered);
  }
  return what.variables ? variables_of(expanded, from, secret) : expanded;
}

std::string Expander::variables_of(const std::string& text, const SourceLocation& from,
                                   bool secret) {
  if (text.find('$') == std::string::npos) return text;
  const VariableLookup lookup = [this](std::string_view name) -> std::optional<std::string> {
    const auto found = variables_.find(std::string(name));
    return found == variables_.end() ? std::nullopt : std::optional(found->second);
  };
  auto value = interpolate(text, lookup, DollarStyle::kBraces);
  if (value) return std::move(*value);
  const InterpolationProblem& wrong = value.error();
  Problem problem{from, wrong.message, "", "", "", inventory::Severity::kError, "GN-ENV-003"};
  if (!wrong.variable.empty()) {
    const std::string where = variables_from_.empty() ? "" : " in " + variables_from_;
    problem.rule = "GN-ENV-002";
    problem.message = "the variable \"" + wrong.variable + "\" " + wrong.message;
    problem.message.insert(problem.message.find("is not set") + 10, where);
    std::vector<std::string> known;
    for (const auto& [name, known_value] : variables_) known.push_back(name);
    problem.note = inventory::did_you_mean(wrong.variable, known);
    if (variables_from_.empty()) {
      problem.hint = "choose an environment with an env_file (--env), or write ${" +
                     wrong.variable + ":-default}; $${ keeps ${ as it is";
    } else if (problem.note.empty()) {
      problem.hint =
          "set it there, or write ${" + wrong.variable + ":-default}; $${ keeps ${ as it is";
    }
  }
  add(std::move(problem), "${" + wrong.variable, text, secret);
  return "";
}

void Expander::add(Problem problem, std::string_view token, std::string_view text, bool secret) {
  inventory::add_source_line(problem, token, line_count(text));
  if (secret) problem.source_line.clear();
  problems_.push_back(std::move(problem));
}

std::string Expander::expand_file(const std::string& text, const std::string& file, Expansion what,
                                  bool secret) {
  return expand(text, SourceLocation{file, 1, 1}, what, secret);
}

}  // namespace gannet::playbooks

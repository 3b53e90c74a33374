// Key `systemd` of a service. Reference: docs/gannet-yaml.md.
#include <algorithm>
#include <utility>

#include "playbooks/spec_reader.h"
#include "playbooks/unit_text.h"

namespace gannet::playbooks {
namespace {

using inventory::in_quotes;
using inventory::MapReader;
using inventory::YamlContext;
using inventory::YamlEntry;
using inventory::YamlNode;

class SystemdReader {
 public:
  SystemdReader(const YamlContext& context, const YamlNode& node, const std::string& what)
      : context_(context), reader_(context, node, "\"systemd\" of " + what) {}

  SystemdService read() {
    systemd_.from = context_.place(reader_.node());
    systemd_.units = read_placed_list(reader_, context_, "units");
    systemd_.drop_ins = read_placed_list(reader_, context_, "drop_ins");
    if (reader_.has("exec")) read_generated();
    check_units();
    systemd_.enable = reader_.boolean("enable");
    systemd_.running = reader_.boolean("running").value_or(true);
    systemd_.user_scope = reader_.choice("scope", {"system", "user"}).value_or("") == "user";
    systemd_.directory = read_placed(reader_, context_, "directory");
    if (reader_.get("restart_on") != nullptr) {
      systemd_.restart_on = read_placed_list(reader_, context_, "restart_on");
    }
    systemd_.reload_on = read_placed_list(reader_, context_, "reload_on");
    check_account();
    reader_.finish();
    return std::move(systemd_);
  }

 private:
  void check_units() {
    if (reader_.has("exec") && reader_.has("units")) {
      reader_.add("exec", "a service has either \"units\" or \"exec\", not both", "",
                  "remove \"exec\", or leave the unit to gannet and remove \"units\"");
    } else if (reader_.valid() && !reader_.has("exec") && systemd_.units.empty() &&
               systemd_.drop_ins.empty()) {
      context_.add(reader_.node(), reader_.what() + " has neither \"units\" nor \"exec\"", "",
                   "name the unit files with units:, or the program with exec:");
    }
    for (const PlacedText& unit : systemd_.units) {
      const std::string name = base_name(unit.value);
      if (!has_placeholder(name) && !is_unit_name(name)) refuse(unit, name + " names no unit");
    }
    for (const PlacedText& file : systemd_.drop_ins) {
      if (!has_placeholder(file.value) && unit_of_drop_in(file.value).empty()) {
        refuse(file, in_quotes(file.value) + " is no drop-in");
      }
    }
  }

  void refuse(const PlacedText& where, std::string message) {
    inventory::Problem problem;
    problem.from = where.from;
    problem.message = std::move(message);
    problem.rule = "GN-UNIT-001";
    problem.hint =
        "unit files are called as their units, app.service or app.timer; drop-ins are "
        "in a folder app.service.d/ and end with .conf";
    inventory::add_source_line(problem, "");
    context_.problems.push_back(std::move(problem));
  }

  void read_generated() {
    GeneratedUnit unit;
    const auto text = [&](std::string_view key) { return read_placed(reader_, context_, key); };
    unit.exec = text("exec");
    unit.user = text("user");
    unit.group = text("group");
    unit.working_directory = text("working_directory");
    unit.description = text("description");
    unit.environment_files = read_placed_list(reader_, context_, "environment_file");
    unit.after = read_placed_list(reader_, context_, "after");
    if (reader_.choice("restart", {"no", "on-success", "on-failure", "on-abnormal", "on-watchdog",
                                   "on-abort", "always"})) {
      unit.restart = text("restart");
    }
    const YamlNode* environment = reader_.get("environment");
    for (const auto& [key, value] : read_text_map(context_, environment, "environment")) {
      const YamlNode* node = environment->find(key->text);
      if (key->text.find_first_of(".-") != std::string::npos) {
        context_.add(*key, in_quotes(key->text) + " cannot be the name of a variable", "",
                     "use letters, digits and \"_\"");
      }
      unit.environment.emplace_back(
          key->text, PlacedText{value, context_.place(node == nullptr ? *key : *node)});
    }
    if (const YamlNode* timer = reader_.get("timer")) unit.timer = read_timer(*timer);
    systemd_.generated = std::move(unit);
  }

  UnitTimer read_timer(const YamlNode& node) {
    MapReader reader(context_, node, "\"timer\"");
    UnitTimer timer;
    timer.on_calendar = read_placed(reader, context_, "on_calendar");
    timer.every = read_placed(reader, context_, "every");
    timer.randomized_delay = read_placed(reader, context_, "randomized_delay");
    timer.persistent = reader.boolean("persistent").value_or(false);
    if (reader.valid() && !reader.has("on_calendar") && !reader.has("every")) {
      context_.add(node, "\"timer\" has neither \"on_calendar\" nor \"every\"", "",
                   "write on_calendar: daily, or every: 15min");
    }
    reader.finish();
    return timer;
  }

  void check_account() {
    if (!systemd_.user_scope || !systemd_.generated) return;
    for (const std::string_view key : {"user", "group"}) {
      if (!reader_.has(key)) continue;
      reader_.add(key, in_quotes(key) + " has no place in a unit of scope user", "",
                  "such a unit runs as the user who logs in; remove " + in_quotes(key) +
                      " or write scope: system");
    }
  }

  const YamlContext& context_;
  MapReader reader_;
  SystemdService systemd_;
};

/// systemd: units/app.service, or a list of unit files.
SystemdService short_form(const YamlContext& context, const YamlNode& node,
                          const std::string& what) {
  SystemdService systemd;
  systemd.from = context.place(node);
  std::vector<const YamlNode*> files = node.items;
  if (node.kind == YamlNode::Kind::kScalar) files = {&node};
  if (files.empty()) context.add(node, "\"systemd\" of " + what + " names no unit file");
  for (const YamlNode* file : files) {
    if (!is_text(context, *file, "a unit file of " + what)) continue;
    if (!has_placeholder(file->text) && !is_unit_name(base_name(file->text))) {
      context.add(*file, in_quotes(file->text) + " names no unit", "",
                  "unit files are called as their units: app.service, app.timer");
    }
    systemd.units.push_back({file->text, context.place(*file)});
  }
  return systemd;
}

}  // namespace

SystemdService read_systemd(const YamlContext& context, const YamlNode& node,
                            const std::string& what) {
  if (node.kind == YamlNode::Kind::kMapping) return SystemdReader(context, node, what).read();
  return short_form(context, node, what);
}

}  // namespace gannet::playbooks

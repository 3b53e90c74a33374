// Units and drop-ins of a service, as one host should have them.
#include <algorithm>
#include <map>
#include <utility>

#include "base/text.h"
#include "playbooks/render_scope.h"
#include "playbooks/unit_text.h"

namespace gannet::playbooks {
namespace {

using inventory::in_quotes;

class SystemdRenderer {
 public:
  SystemdRenderer(RenderScope& scope, RenderedService& rendered, const SystemdService& systemd)
      : scope_(scope), rendered_(rendered), systemd_(systemd) {
    for (const RenderedFile& file : rendered.files) own_files_.push_back(file.dest);
    std::ranges::sort(own_files_);
  }

  void run() {
    const std::size_t before = scope_.problems();
    folder_ = folder();
    if (scope_.problems() != before) return;
    for (const PlacedText& unit : systemd_.units) given_unit(unit);
    if (systemd_.generated) generated_units(*systemd_.generated);
    for (const PlacedText& file : systemd_.drop_ins) drop_in(file);
    if (scope_.problems() != before) return;
    fold_triggered();
    set_triggers();
    for (RenderedUnit& unit : units_) rendered_.units.push_back(std::move(unit));
  }

 private:
  std::string folder() {
    if (systemd_.directory.given()) {
      std::string path = scope_.expand_path(systemd_.directory, "", "directory");
      if (path.ends_with('/')) path.pop_back();
      return path;
    }
    if (!systemd_.user_scope) return "/etc/systemd/system";
    const inventory::Host* host = scope_.context().host;
    std::string login = scope_.context().login;
    if (host != nullptr && host->ssh.user) login = *host->ssh.user;
    if (host != nullptr && host->ssh.become == inventory::Become::kSudo && login != "root") {
      scope_.add(systemd_.from, "scope: user needs a login without become: sudo",
                 "user units belong to the user who logs in; remove \"become\" for these hosts, or "
                 "write scope: system");
    }
    return (login == "root" ? "/root" : "/home/" + login) + "/.config/systemd/user";
  }

  RenderedUnit& unit_called(const std::string& name, const SourceLocation& from) {
    const auto known = std::ranges::find(units_, name, &RenderedUnit::name);
    if (known != units_.end()) return *known;
    RenderedUnit unit;
    unit.name = name;
    unit.user = systemd_.user_scope;
    unit.enable = systemd_.enable.value_or(true);
    unit.running = systemd_.running;
    unit.from = from;
    return units_.emplace_back(std::move(unit));
  }

  /// Not only drop-ins for it.
  [[nodiscard]] bool ships(const std::string& name) const {
    const auto known = std::ranges::find(units_, name, &RenderedUnit::name);
    return known != units_.end() &&
           std::ranges::any_of(known->definition, [&name](const std::string& path) {
             return base_name(path) == name;
           });
  }

  static void add_install(RenderedUnit& unit, std::string_view text) {
    const auto lines = install_lines(text);
    unit.install.insert(unit.install.end(), lines.begin(), lines.end());
    std::ranges::sort(unit.install);
  }

  void given_unit(const PlacedText& file) {
    const std::size_t before = scope_.problems();
    const std::string src = scope_.expand(file);
    const std::string name = base_name(src);
    if (scope_.problems() == before && !is_unit_name(name)) {
      scope_.add(file.from, in_quotes(name) + " names no unit",
                 "unit files are called as their units: app.service, app.timer");
    }
    if (scope_.problems() != before) return;
    const std::string dest = folder_ + "/" + name;
    scope_.place_source(src, {dest, file.from, 0644U, false}, rendered_);
    if (scope_.problems() != before) return;
    if (is_template_unit(name)) {
      templates_.push_back(dest);
      template_from_ = file.from;
      return;
    }
    auto found = scope_.sources().find(src);
    if (!found || found->empty()) return;
    auto text = scope_.sources().text(found->front().path);
    if (!text) return scope_.add(file.from, text.error());
    RenderedUnit& unit = unit_called(name, file.from);
    unit.definition.push_back(dest);
    add_install(unit, **text);
    // Without that section there is nothing that `systemctl enable` could do.
    unit.enable = systemd_.enable.value_or(true) && !unit.install.empty();
    if (name.ends_with(".timer") || name.ends_with(".path")) {
      triggers_[triggered_unit(name, **text)] = name;
    }
  }

  /// The text, with a problem when it would become more than one line of a unit.
  std::string one_line(const PlacedText& text, const std::string& otherwise = {}) {
    const std::size_t before = scope_.problems();
    std::string expanded(trim(scope_.expand(text, otherwise)));
    const bool odd = std::ranges::any_of(expanded, [](char c) {
      return (static_cast<unsigned char>(c) < 0x20U && c != '\t') || c == 0x7F;
    });
    if (scope_.problems() == before && (odd || expanded.ends_with('\\'))) {
      scope_.add(text.from, "a line of a unit cannot hold a line break, nor end with \"\\\"",
                 "write it on one line, in quotes");
    }
    return expanded;
  }

  void generated_units(const GeneratedUnit& generated) {
    const std::size_t before = scope_.problems();
    ServiceUnitText unit;
    unit.timed = generated.timer.has_value();
    unit.user_scope = systemd_.user_scope;
    unit.description = one_line(generated.description, scope_.service().name);
    unit.exec = one_line(generated.exec);
    unit.user = one_line(generated.user);
    unit.group = one_line(generated.group);
    unit.working_directory = one_line(generated.working_directory);
    unit.restart = one_line(generated.restart, unit.timed ? "" : "on-failure");
    for (const auto& [name, value] : generated.environment) {
      unit.environment.emplace_back(name, scope_.expand(value));
    }
    for (const PlacedText& file : generated.environment_files) {
      unit.environment_files.push_back(one_line(file));
    }
    for (const PlacedText& other : generated.after) unit.after.push_back(one_line(other));
    check_program(unit.exec, generated.exec.from);
    const std::string name = scope_.service().name + ".service";
    if (scope_.problems() != before) return;
    write(name, write_service_unit(unit), generated.exec.from);
    if (generated.timer) generated_timer(*generated.timer, unit.description, name);
  }

  void generated_timer(const UnitTimer& from, const std::string& description,
                       const std::string& service) {
    TimerUnitText timer;
    timer.description = description;
    timer.on_calendar = one_line(from.on_calendar);
    timer.every = one_line(from.every);
    timer.randomized_delay = one_line(from.randomized_delay);
    timer.persistent = from.persistent;
    const std::string name = scope_.service().name + ".timer";
    write(name, write_timer_unit(timer), systemd_.from);
    triggers_[service] = name;
  }

  void write(const std::string& name, std::string text, const SourceLocation& from) {
    const std::string dest = folder_ + "/" + name;
    RenderedUnit& unit = unit_called(name, from);
    add_install(unit, text);
    unit.definition.push_back(dest);
    scope_.place_text(std::move(text), {dest, from, 0644U, false}, rendered_);
  }

  void check_program(const std::string& exec, const SourceLocation& from) {
    std::string_view program = exec;
    program.remove_prefix(std::min(program.find_first_not_of("-@:+!"), program.size()));
    if (program.starts_with('"') || program.starts_with('\'')) program.remove_prefix(1);
    if (program.starts_with('/') || program.starts_with('%') || exec.empty()) return;
    scope_.add(from, "\"exec\" has to begin with the absolute path of a program",
               "write exec: /opt/app/bin/app --port 80; for a shell's line /bin/sh -c '...'");
  }

  void drop_in(const PlacedText& file) {
    const std::size_t before = scope_.problems();
    const std::string src = scope_.expand(file);
    const std::string unit = unit_of_drop_in(src);
    if (scope_.problems() == before && unit.empty()) {
      scope_.add(file.from, in_quotes(src) + " is no drop-in",
                 "drop-ins are in a folder app.service.d/ and end with .conf");
    }
    if (scope_.problems() != before) return;
    const std::string dest = folder_ + "/" + unit + ".d/" + base_name(src);
    scope_.place_source(src, {dest, file.from, 0644U, false}, rendered_);
    if (scope_.problems() != before) return;
    const bool ours = ships(unit);
    RenderedUnit& changed = unit_called(unit, file.from);
    changed.definition.push_back(dest);
    // Whether a unit of the host starts at boot is not for a drop-in to say.
    if (!ours) return;
    auto found = scope_.sources().find(src);
    if (!found || found->empty()) return;
    auto text = scope_.sources().text(found->front().path);
    if (!text) return scope_.add(file.from, text.error());
    add_install(changed, **text);
    if (!changed.install.empty()) changed.enable = systemd_.enable.value_or(true);
  }

  /// What a timer starts is neither started nor enabled by us: its files belong to the timer.
  void fold_triggered() {
    for (const auto& [service, trigger] : triggers_) {
      const auto one = std::ranges::find(units_, service, &RenderedUnit::name);
      const auto timer = std::ranges::find(units_, trigger, &RenderedUnit::name);
      if (one == units_.end() || timer == units_.end() || one == timer) continue;
      timer->definition.insert(timer->definition.end(), one->definition.begin(),
                               one->definition.end());
      timers_.push_back(trigger);
      units_.erase(one);
    }
    for (RenderedUnit& unit : units_) {
      unit.definition.insert(unit.definition.end(), templates_.begin(), templates_.end());
      std::ranges::sort(unit.definition);
    }
    if (units_.empty() && !templates_.empty()) {
      scope_.add(template_from_, "a template unit alone starts nothing",
                 "name an instance as well: a copy called app@one.service, or a timer for it");
    }
  }

  /// restart_on and reload_on of all units but those that only wait.
  void set_triggers() {
    const std::size_t before = scope_.problems();
    std::vector<std::string> reload;
    reload.reserve(systemd_.reload_on.size());
    for (const PlacedText& path : systemd_.reload_on) {
      reload.push_back(scope_.expand_path(path, "", "reload_on"));
    }
    std::vector<std::string> restart;
    if (systemd_.restart_on) {
      for (const PlacedText& path : *systemd_.restart_on) {
        restart.push_back(scope_.expand_path(path, "", "restart_on"));
      }
    } else {
      restart = restart_by_default(reload);
    }
    check_paths(systemd_.reload_on, reload);
    if (systemd_.restart_on) check_paths(*systemd_.restart_on, restart);
    if (scope_.problems() != before) return;
    for (RenderedUnit& unit : units_) {
      const bool waits = std::ranges::find(timers_, unit.name) != timers_.end();
      if (waits) continue;
      unit.restart_on = restart;
      unit.reload_on = reload;
    }
  }

  [[nodiscard]] std::vector<std::string> restart_by_default(
      const std::vector<std::string>& reload) const {
    std::vector<std::string> restart;
    for (const std::string& path : own_files_) {
      const bool reloads = std::ranges::any_of(reload, [&](const std::string& one) {
        return one == path || (one.ends_with('/') && path.starts_with(one));
      });
      if (!reloads) restart.push_back(path);
    }
    return restart;
  }

  void check_paths(const std::vector<PlacedText>& written, const std::vector<std::string>& paths) {
    for (std::size_t i = 0; i < written.size() && i < paths.size(); ++i) {
      if (rendered_.has_path(paths[i])) continue;
      scope_.add(written[i].from,
                 in_quotes(printable(paths[i])) + " is not among the files of the service",
                 "name the \"dest\" of a file, or a folder with a \"/\" at its end");
    }
  }

  RenderScope& scope_;
  RenderedService& rendered_;
  const SystemdService& systemd_;
  std::string folder_;
  std::vector<std::string> own_files_;  ///< those of `files`, sorted
  std::vector<RenderedUnit> units_;
  std::vector<std::string> templates_;  ///< paths
  SourceLocation template_from_;
  std::map<std::string, std::string> triggers_;  ///< what is started, by what
  std::vector<std::string> timers_;              ///< units that start another one of ours
};

}  // namespace

void render_systemd(RenderScope& scope, RenderedService& rendered) {
  if (scope.service().systemd) {
    SystemdRenderer(scope, rendered, *scope.service().systemd).run();
  }
}

}  // namespace gannet::playbooks

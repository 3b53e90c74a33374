#include "playbooks/validate.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "base/text.h"
#include "inventory/yaml_node.h"
#include "playbooks/env_check.h"
#include "playbooks/env_layers.h"
#include "playbooks/render.h"
#include "playbooks/unit_text.h"
#include "playbooks/validate/compose_ports.h"
#include "playbooks/validate/compose_rules.h"
#include "playbooks/validate/ignores.h"
#include "playbooks/validate/rules.h"
#include "playbooks/validate/secret_scan.h"
#include "playbooks/validate/unit_rules.h"

namespace gannet::playbooks {
namespace {

using inventory::Host;
using inventory::in_quotes;
using inventory::Severity;

/// What `uname -m` says on the machines gannet has agents for.
constexpr std::array<const char*, 4> kArchitectures{"aarch64", "x86_64", "armv7l", "armv6l"};

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

class Validator {
 public:
  Validator(const Project& project, const inventory::Inventory& inventory)
      : project_(project), inventory_(inventory) {}

  std::vector<Diagnostic> run() {
    check_selectors();
    check_watchdog();
    if (project_.environments.empty()) check_environment(nullptr);
    for (const Environment& environment : project_.environments) check_environment(&environment);
    for (const Service& service : project_.services) {
      if (!landed_.contains(service.name)) {
        add("GN-SEL-002", service.from,
            "service " + in_quotes(service.name) + " matches no host" +
                (project_.environments.empty() ? "" : " of any environment"),
            "correct \"on\" of the service or the labels in the inventory");
      }
      if (service.compose && service.compose->env_file.given()) {
        files_.insert((project_.root / service.compose->env_file.value).lexically_normal());
      }
      check_secrets(service);
      check_ports(service);
    }
    check_env();
    files_.insert(project_.file);
    apply_ignores(found_, files_);
    std::sort(found_.begin(), found_.end(), [](const Diagnostic& a, const Diagnostic& b) {
      return std::tie(a.from.file, a.from.line, a.from.column, a.severity, a.message) <
             std::tie(b.from.file, b.from.line, b.from.column, b.severity, b.message);
    });
    for (Diagnostic& one : found_) {  // other rules show the same lines
      one.source_line = hide_secrets(one.source_line);
      one.message = hide_secrets(one.message);
    }
    return std::move(found_);
  }

 private:
  void add(std::string_view rule, const SourceLocation& from, std::string message,
           std::string hint) {
    Diagnostic diagnostic = finding(rule, from, std::move(message), std::move(hint));
    inventory::add_source_line(diagnostic, "");
    add(std::move(diagnostic));
  }

  void add(Diagnostic diagnostic) {
    const auto key = std::tuple(to_string(diagnostic.from), diagnostic.message);
    if (seen_.insert(key).second) found_.push_back(std::move(diagnostic));
  }

  /// What rendering has found at the same line is told once.
  void check_env() {
    std::set<std::tuple<std::string, int>> told;
    for (const Diagnostic& one : found_)
      if (one.rule == "GN-ENV-002") told.emplace(one.from.file, one.from.line);
    for (Diagnostic& one : check_env_files(project_, {.alone = false, .landed = landed_in_}))
      if (one.rule != "GN-ENV-010" || !told.contains({one.from.file, one.from.line}))
        add(std::move(one));
  }

  void check_watchdog() {
    if (project_.strategy.watchdog.count() > 0) return;
    add("GN-WATCH-001", project_.strategy.watchdog_from,
        "\"watchdog\" is 0: a host whose controller dies before the commit keeps the unconfirmed "
        "release until it is restarted",
        "leave \"watchdog\" out (2 minutes), or write the time that your slowest host needs");
  }

  void check_selectors() {
    for (const Environment& environment : project_.environments) {
      check_selector(environment.on, environment.from);
    }
    for (const Service& service : project_.services) check_selector(service.on, service.from);
  }

  void check_selector(const inventory::Selector& selector, const SourceLocation& from) {
    const auto known = inventory_.check_names(selector);
    if (known) return;
    const std::string message = first_line(known.error().context);
    const std::string text = known.error().context;
    const auto caret = text.rfind('^');
    Diagnostic diagnostic{from,        message + " (" + selector.text() + ")",
                          "",          known.error().hint,
                          "",          Severity::kError,
                          "GN-SEL-001"};
    if (caret != std::string::npos) diagnostic.note = std::string(trim(text.substr(caret + 1)));
    inventory::add_source_line(diagnostic, "");
    add(std::move(diagnostic));
  }

  void check_environment(const Environment* environment) {
    Variables variables;
    std::filesystem::path file;
    environment_ = environment == nullptr ? "" : environment->name;
    if (environment != nullptr) {
      const auto paths = env_paths(project_, environment);
      auto loaded = load_env_files(paths);
      if (!loaded) {
        add("GN-ENV-001", environment->from,
            "environment " + in_quotes(environment->name) + ": " + loaded.error().context,
            loaded.error().hint);
        return;
      }
      variables = std::move(*loaded);
      file = paths.own;
      for (const auto& path : {paths.common, paths.own})
        if (!path.empty()) files_.insert(path.string());
    }
    Renderer renderer(project_, std::move(variables), file.string(), file);
    std::size_t hosts = 0;
    failures_.clear();
    rendered_.clear();
    for (const Host& host : inventory_.hosts()) {
      if (environment != nullptr && !environment->on.matches(host)) continue;
      ++hosts;
      check_host(renderer, host);
    }
    report_failures();
    if (hosts == 0 && environment != nullptr) {
      add("GN-SEL-002", environment->from,
          "environment " + in_quotes(environment->name) + " matches no host",
          "correct its \"on\" or the labels in the inventory");
    }
  }

  void check_host(Renderer& renderer, const Host& host) {
    std::vector<RenderedService> services;
    for (const Service& service : project_.services) {
      if (!service.on.matches(host)) continue;
      landed_.insert(service.name);
      landed_in_.emplace(environment_, service.name);
      ++rendered_[service.name];
      auto rendered = render(renderer, service, host);
      if (rendered) {
        services.push_back(std::move(*rendered));
      } else {
        for (Diagnostic& diagnostic : rendered.error()) {
          fail_on(host, service.name, std::move(diagnostic));
        }
      }
    }
    for (Diagnostic& diagnostic : find_collisions(services, "")) {
      fail_on(host, "", std::move(diagnostic));
    }
    std::vector<TakenPorts> taken;
    for (const RenderedService& service : services) look_into(service, taken);
    for (Diagnostic& diagnostic : find_port_clashes(taken)) {
      inventory::add_source_line(diagnostic, "");
      fail_on(host, "", std::move(diagnostic));
    }
  }

  /// Files that may hold comments for us, and what the rules find in them.
  void look_into(const RenderedService& service, std::vector<TakenPorts>& taken) {
    for (const RenderedFile& file : service.files) {
      if (may_hold_comments(service, file)) files_.insert(file.content.path.lexically_normal());
      look_into_unit(service, file);
      look_for_secrets(file);
    }
    if (!service.compose) return;
    const ComposeModel& model = model_of(service);
    files_.insert(model.files.begin(), model.files.end());
    if (!model.files.empty()) {
      files_.insert((std::filesystem::path(model.files.front()).parent_path() / ".env").string());
    }
    for (Diagnostic& diagnostic : check_compose(model, service)) {
      inventory::add_source_line(diagnostic, "");
      add(std::move(diagnostic));
    }
    const std::vector<TakenPorts> ports = taken_ports(model, service.name);
    taken.insert(taken.end(), ports.begin(), ports.end());
  }

  /// Only files as the user wrote them: what is made for the host comes from where secrets belong.
  void look_for_secrets(const RenderedFile& file) {
    const bool world = (file.mode & 0004U) != 0;
    if (file.content.path.empty() || (file.secret && !world)) return;
    const std::string path = file.content.path.lexically_normal();
    if (!scanned_.emplace(path, world).second) return;
    std::ifstream in(path, std::ios::binary);
    std::string text(std::size_t{1024} * 1024, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    for (Diagnostic& diagnostic : scan_secrets(text, path)) {
      if (!world) diagnostic.severity = Severity::kWarning;
      files_.insert(path);
      add(std::move(diagnostic));
    }
  }

  /// Only units as the user wrote them: their lines can be shown. Each file is read once.
  void look_into_unit(const RenderedService& service, const RenderedFile& file) {
    if (file.content.path.empty()) return;
    for (const RenderedUnit& unit : service.units) {
      if (std::ranges::find(unit.definition, file.dest) == unit.definition.end()) continue;
      const std::string path = file.content.path.lexically_normal();
      if (!units_.insert(path).second) return;
      const auto text = inventory::read_text_file(path, inventory::kMaxYamlBytes);
      if (!text) return;
      const std::string extended = unit_of_drop_in(file.dest);
      const std::string name = extended.empty() ? base_name(file.dest) : extended;
      for (Diagnostic& diagnostic : check_unit(*text, path, name, !extended.empty())) {
        inventory::add_source_line(diagnostic, "");
        add(std::move(diagnostic));
      }
      return;
    }
  }

  static bool may_hold_comments(const RenderedService& service, const RenderedFile& file) {
    if (file.content.path.empty()) return false;  // made for the host
    const auto holds = [&](const std::vector<std::string>& paths) {
      return std::ranges::find(paths, file.dest) != paths.end();
    };
    const bool unit = std::ranges::any_of(
        service.units, [&](const RenderedUnit& one) { return holds(one.definition); });
    return unit || (service.site && service.site->site == file.dest) ||
           (service.compose && holds(service.compose->env_files));
  }

  /// Read once for all hosts that get the same files.
  const ComposeModel& model_of(const RenderedService& service) {
    std::string key = service.name;
    for (const RenderedFile& file : service.files) {
      key += "\n" + file.dest + " " + file.content.digest.hex();
    }
    for (const std::string& profile : service.compose->profiles) key += "\n" + profile;
    const auto there = models_.find(key);
    if (there != models_.end()) return there->second;
    return models_.emplace(std::move(key), load_compose_model(service)).first->second;
  }

  /// One architecture for which everything is there is enough: who knows what the host is.
  static tl::expected<RenderedService, std::vector<Diagnostic>> render(Renderer& renderer,
                                                                       const Service& service,
                                                                       const Host& host) {
    HostContext context;
    context.host = &host;
    context.login = "user";  // whoever types the command: no reason to find fault
    context.facts = {{"os", "linux"}, {"hostname", host.name}, {"kernel", "6.1"}};
    tl::expected<RenderedService, std::vector<Diagnostic>> first =
        tl::unexpected(std::vector<Diagnostic>{});
    for (const char* arch : kArchitectures) {
      context.facts["arch"] = arch;
      auto rendered = renderer.try_render(service, context);
      if (rendered || !renderer.needs_facts(service)) return rendered;
      if (first.error().empty()) first = std::move(rendered);
    }
    return first;
  }

  struct Failure {
    Diagnostic diagnostic;
    std::string service;
    std::string host;
    std::size_t hosts = 0;
  };

  void fail_on(const Host& host, const std::string& service, Diagnostic diagnostic) {
    const auto key = std::tuple(to_string(diagnostic.from), diagnostic.message);
    Failure& failure = failures_[key];
    if (failure.hosts++ > 0) return;
    failure.diagnostic = std::move(diagnostic);
    failure.service = service;
    failure.host = host.name;
  }

  /// Says on which host, unless it is the same on all.
  void report_failures() {
    for (auto& [key, failure] : failures_) {
      const bool everywhere = failure.hosts == rendered_[failure.service] && failure.hosts > 1;
      if (!everywhere) {
        failure.diagnostic.message += " (on " + failure.host;
        if (failure.hosts > 1) {
          failure.diagnostic.message += " and " + std::to_string(failure.hosts - 1) + " more";
        }
        failure.diagnostic.message += ")";
      }
      add(std::move(failure.diagnostic));
    }
  }

  void check_secrets(const Service& service) {
    for (const FileSpec& file : service.files) {
      if (!file.secret || (file.mode.value_or(0) & 0007U) == 0) continue;
      add("GN-FILE-004", file.from,
          "everybody on the host may read the secret " + in_quotes(file.dest),
          "remove \"mode\" or write mode: \"0640\" with an owner");
    }
  }

  /// A port that the service itself opens is not free any more at the second deployment.
  void check_ports(const Service& service) {
    for (const CheckSpec& opens : service.health.checks) {
      if (opens.type != CheckType::kPortOpen || opens.port == 0) continue;
      for (const CheckSpec& check : project_.checks) {
        if (check.type != CheckType::kPortFree || check.port != opens.port) continue;
        if (!check.target.empty()) continue;
        add("GN-CHECK-001", check.from,
            "port " + std::to_string(check.port) + " is not free once service " +
                in_quotes(service.name) + " runs",
            "add owner: with the name of its process, which may have the port");
      }
    }
  }

  const Project& project_;
  const inventory::Inventory& inventory_;
  std::vector<Diagnostic> found_;
  std::set<std::tuple<std::string, std::string>> seen_;
  std::set<std::string> landed_;
  std::set<std::pair<std::string, std::string>> landed_in_;  ///< environment, service
  std::string environment_;                                  ///< that is looked at; empty: none
  std::set<std::string> files_;                              ///< that may hold comments for us
  std::set<std::tuple<std::string, bool>> scanned_;  ///< for secrets; whether all may read them
  std::set<std::string> units_;                      ///< whose text the rules have seen
  std::map<std::string, ComposeModel> models_;       ///< by the content they are read from
  std::map<std::tuple<std::string, std::string>, Failure> failures_;
  std::map<std::string, std::size_t> rendered_;  ///< hosts by service, in this environment
};

}  // namespace

std::vector<Diagnostic> validate_project(const Project& project,
                                         const inventory::Inventory& inventory) {
  return Validator(project, inventory).run();
}

}  // namespace gannet::playbooks

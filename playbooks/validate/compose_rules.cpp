#include "playbooks/validate/compose_rules.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/text.h"
#include "playbooks/validate/compose_ports.h"
#include "playbooks/validate/compose_service_rules.h"
#include "playbooks/validate/rules.h"

namespace gannet::playbooks {
namespace {

using inventory::in_quotes;
using inventory::Problem;

constexpr std::size_t kMaxChain = 1'000;

/// "1.27" of "registry:5000/nginx:1.27"; empty: none.
std::string_view tag_of(std::string_view image) {
  const auto slash = image.rfind('/');
  const auto colon = image.rfind(':');
  const bool tagged =
      colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash);
  return tagged ? image.substr(colon + 1) : std::string_view{};
}

bool is_docker_socket(std::string_view source) {
  return source == "/var/run/docker.sock" || source == "/run/docker.sock";
}

bool is_path(std::string_view source) {
  return source.starts_with('/') || source.starts_with('.') || source.starts_with('~');
}

/// A name with an extension, as nginx.conf: a folder for data seldom has one.
bool looks_like_file(std::string_view source) {
  const auto slash = source.rfind('/');
  const std::string_view name = slash == std::string_view::npos ? source : source.substr(slash + 1);
  const auto dot = name.rfind('.');
  return dot != std::string_view::npos && dot > 0 && dot + 1 < name.size();
}

class ComposeChecker {
 public:
  ComposeChecker(const ComposeModel& model, const RenderedService& rendered)
      : model_(model), rendered_(rendered) {}

  std::vector<Problem> run() {
    problems_ = check_ports(model_);
    for (Problem& one : check_compose_services(model_)) problems_.push_back(std::move(one));
    for (const ComposeEntry& service : model_.services) {
      check_image(service);
      for (const ComposeMount& mount : service.mounts) check_mount(service, mount);
      check_networks(service);
      for (const ComposeDependency& one : service.depends_on) check_dependency(service, one);
      if (service.privileged.value == "true") {
        add("GN-PRIV-001", service.privileged,
            "service " + in_quotes(service.name) + " has all rights on the host",
            "give it the devices and capabilities that it needs");
      }
    }
    find_circles();
    return std::move(problems_);
  }

 private:
  Problem& add(std::string_view rule, const PlacedText& where, std::string message,
               std::string hint) {
    problems_.push_back(finding(rule, where.from, std::move(message), std::move(hint)));
    return problems_.back();
  }

  void check_image(const ComposeEntry& service) {
    const std::string_view image = service.image.value;
    if (image.empty() || image.find('@') != std::string_view::npos) return;
    // What gannet ships is held by its content, whatever it is called.
    const auto shipped = [&](const ImageSource& one) { return one.service == service.name; };
    if (std::ranges::any_of(rendered_.compose->sources, shipped)) return;
    const std::string_view tag = tag_of(image);
    if (!tag.empty() && tag != "latest") return;
    add("GN-IMAGE-002", service.image,
        "image " + in_quotes(image) + (tag.empty() ? " has no tag" : " is whatever is latest"),
        "name the version");
  }

  // ---- mounts -----------------------------------------------------------------------------------

  void check_mount(const ComposeEntry& service, const ComposeMount& mount) {
    if (is_docker_socket(mount.source)) {
      add("GN-VOL-002", mount.written,
          "service " + in_quotes(service.name) + " controls Docker, and so the host",
          "do without, or put a proxy before the socket");
      return;
    }
    const bool bind = mount.type.empty() ? is_path(mount.source) : mount.type == "bind";
    if (bind) return check_bind(mount);
    if (!mount.type.empty() && mount.type != "volume") return;
    if (mount.source.find('/') != std::string::npos) {
      add("GN-VOL-004", mount.written,
          in_quotes(printable(mount.source)) + " is read as the name of a volume",
          "write \"./" + printable(mount.source) + "\" for the folder");
      return;
    }
    if (model_.volumes.contains(mount.source) || model_.partial) return;
    Problem& problem = add("GN-VOL-001", mount.written,
                           "volume " + in_quotes(printable(mount.source)) + " is not declared",
                           "add it to the top-level \"volumes\", or write \"./" +
                               printable(mount.source) + "\" for a folder");
    problem.note = inventory::did_you_mean(mount.source, names_of(model_.volumes));
  }

  void check_bind(const ComposeMount& mount) {
    if (mount.path.empty()) return;
    if (rendered_.has_path(mount.path) || rendered_.has_path(mount.path + "/")) return;
    if (!mount.must_exist && !mount.read_only && !looks_like_file(mount.source)) return;
    add("GN-VOL-003", mount.written,
        in_quotes(printable(mount.source)) + " is mounted, but not in the project",
        "create it, correct the path, or name its place on the host with an absolute path");
  }

  // ---- networks ---------------------------------------------------------------------------------

  static std::vector<std::string> names_of(
      const std::map<std::string, inventory::SourceLocation>& declared) {
    std::vector<std::string> names;
    names.reserve(declared.size());
    for (const auto& [name, place] : declared) names.push_back(name);
    return names;
  }

  void check_networks(const ComposeEntry& service) {
    if (service.network_mode.given() && !service.networks.empty()) {
      add("GN-NET-004", service.network_mode,
          "service " + in_quotes(service.name) + " has both \"network_mode\" and \"networks\"",
          "remove one of the two");
    }
    for (const PlacedText& network : service.networks) {
      if (!network.given() || network.value == "default" || model_.partial) continue;
      if (model_.networks.contains(network.value)) continue;
      add("GN-NET-001", network,
          "network " + in_quotes(printable(network.value)) + " is not declared",
          "add it to the top-level \"networks\"")
          .note = inventory::did_you_mean(network.value, names_of(model_.networks));
    }
    const std::string& mode = service.network_mode.value;
    if (!mode.starts_with("service:")) return;
    check_dependency(service, {{mode.substr(8), service.network_mode.from}, {}, true});
  }

  // ---- dependencies -----------------------------------------------------------------------------

  void check_dependency(const ComposeEntry& service, const ComposeDependency& dependency) {
    check_condition(dependency);
    if (!dependency.name.given() || !dependency.required) return;
    const ComposeEntry* other = model_.find(dependency.name.value);
    if (other == nullptr) {
      if (model_.partial) return;
      std::vector<std::string> names;
      names.reserve(model_.services.size());
      for (const ComposeEntry& one : model_.services) names.push_back(one.name);
      add("GN-DEP-001", dependency.name,
          "service " + in_quotes(service.name) + " depends on " +
              in_quotes(printable(dependency.name.value)) + ", which is no service",
          "services: " + join(names, ", "))
          .note = inventory::did_you_mean(dependency.name.value, names);
      return;
    }
    if (model_.is_active(service) && !model_.is_active(*other)) {
      add("GN-DEP-004", dependency.name,
          "service " + in_quotes(service.name) + " depends on " + in_quotes(other->name) +
              ", whose profile is not active",
          "add the profile to \"profiles\" of the service in gannet.yaml");
    }
  }

  void check_condition(const ComposeDependency& dependency) {
    static const std::vector<std::string> known{"service_started", "service_healthy",
                                                "service_completed_successfully"};
    const PlacedText& condition = dependency.condition;
    if (!condition.given() || std::ranges::find(known, condition.value) != known.end()) return;
    add("GN-DEP-003", condition,
        in_quotes(printable(condition.value)) + " is no condition of a dependency",
        "write one of " + join(known, ", "))
        .note = inventory::did_you_mean(condition.value, known);
  }

  /// Each circle once, at the first service in it.
  void find_circles() {
    std::vector<const ComposeEntry*> way;
    for (const ComposeEntry& service : model_.services) follow(service, way);
  }

  /// A chain of more services than anybody writes is not followed to its end.
  void follow(const ComposeEntry& service, std::vector<const ComposeEntry*>& way) {
    const auto there = std::ranges::find(way, &service);
    if (there != way.end()) return report_circle(way, there - way.begin());
    if (way.size() > kMaxChain || !followed_.insert(service.name).second) return;
    way.push_back(&service);
    for (const ComposeDependency& one : service.depends_on) {
      if (const ComposeEntry* other = model_.find(one.name.value)) follow(*other, way);
    }
    way.pop_back();
  }

  void report_circle(const std::vector<const ComposeEntry*>& way, std::ptrdiff_t first) {
    std::vector<std::string> names;
    for (auto one = way.begin() + first; one != way.end(); ++one) names.push_back((*one)->name);
    names.push_back(names.front());
    const PlacedText where{names.front(), way[static_cast<std::size_t>(first)]->from};
    add("GN-DEP-002", where, "services depend on each other in a circle: " + join(names, " -> "),
        "take one \"depends_on\" out of it");
  }

  const ComposeModel& model_;
  const RenderedService& rendered_;
  std::vector<Problem> problems_;
  std::set<std::string> followed_;
};

}  // namespace

std::vector<Problem> check_compose(const ComposeModel& model, const RenderedService& service) {
  return ComposeChecker(model, service).run();
}

}  // namespace gannet::playbooks

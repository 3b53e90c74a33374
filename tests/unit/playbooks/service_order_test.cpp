#include "playbooks/service_order.h"

#include <gmock/gmock.h>

#include "playbooks/validate.h"
#include "tests/unit/playbooks/render_project.h"

namespace gannet::playbooks {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kDoes = "after: 'true'";

class ServiceOrderTest : public RenderProject {
 protected:
  /// Names of the services in the order on a host, or the problems.
  std::vector<std::string> names(const std::string& services) {
    const auto project =
        parse_project(folder_.write("gannet.yaml", "project: demo\nservices:\n" + services));
    std::vector<std::string> found;
    if (!project) {
      for (const auto& problem : project.error()) {
        found.push_back(problem.message + (problem.note.empty() ? "" : " [" + problem.note + "]"));
      }
      return found;
    }
    for (const Service& service : project->services) found.push_back(service.name);
    return found;
  }

  static std::string service(const std::string& name, const std::string& more = "") {
    return "  " + name + ": {" + kDoes + (more.empty() ? "" : ", " + more) + "}\n";
  }

  /// What validate says about two services on one host.
  std::vector<std::string> findings(const std::string& services) {
    const auto file = folder_.write("gannet.yaml", "project: demo\nservices:\n" + services);
    folder_.write("inventory.yaml", "hosts:\n  pi-1: {}\n");
    std::vector<std::string> found;
    const auto project = load_project(file);
    if (!project) return {project.error().front().context};
    const auto inventory = load_inventory(*project);
    if (!inventory) return {inventory.error().context};
    for (const Diagnostic& one : validate_project(*project, *inventory)) {
      found.push_back(one.message);
    }
    return found;
  }
};

TEST_F(ServiceOrderTest, FileOrderThenOrderThenWhatIsRequired) {
  EXPECT_THAT(names(service("c") + service("a") + service("b")), ElementsAre("c", "a", "b"));
  EXPECT_THAT(names(service("c", "order: 10") + service("a") + service("b", "order: -1")),
              ElementsAre("b", "a", "c"));
  EXPECT_THAT(names(service("api", "requires: [db, cache]") + service("x") +
                    service("db", "order: 5, requires: cache") + service("cache")),
              ElementsAre("x", "cache", "db", "api"));
}

TEST_F(ServiceOrderTest, UnknownServicesAndCircles) {
  EXPECT_THAT(names(service("api", "requires: [dbb]") + service("db2")),
              ElementsAre("service \"api\" requires \"dbb\", which is no service [did you mean "
                          "\"db2\"?]"));
  EXPECT_THAT(names(service("a", "requires: [a]")), ElementsAre("service \"a\" requires itself"));
  EXPECT_THAT(names(service("a", "requires: [b]") + service("b", "requires: [c]") +
                    service("c", "requires: [a]")),
              ElementsAre("services require each other: a -> b -> c -> a"));
}

TEST_F(ServiceOrderTest, RebootIsWrittenDown) {
  EXPECT_TRUE(render("    after: 'true'\n    reboot: when-needed\n").reboot_when_needed);
  EXPECT_FALSE(render("    after: 'true'\n    reboot: never\n").reboot_when_needed);
  EXPECT_THAT(refusal("    after: 'true'\n    reboot: always\n"),
              HasSubstr("has to be one of never, when-needed"));
}

TEST_F(ServiceOrderTest, ServicesOfOneHostDoNotShareWhatRuns) {
  EXPECT_THAT(findings("  a: {systemd: {exec: /bin/true}}\n"
                       "  b: {systemd: {exec: /bin/true}, compose: {image: \"x:1\"}}\n"
                       "  c: {compose: {image: \"x:1\", project: b, directory: /opt/other}}\n"),
              ElementsAre(HasSubstr("Compose project \"b\" is run by two services")));
  folder_.write("a.service", "[Service]\nExecStart=/bin/true\n");
  EXPECT_THAT(findings("  a: {systemd: {units: [a.service]}}\n"
                       "  b: {systemd: {units: [a.service], directory: /lib/systemd/system}}\n"),
              ElementsAre(HasSubstr("unit \"a.service\" is run by two services")));
  EXPECT_THAT(findings("  a: {caddy: {host: a.lan, upstream: 80}}\n"
                       "  b: {caddy: {host: b.lan, upstream: 81}}\n"),
              IsEmpty());
}

}  // namespace
}  // namespace gannet::playbooks

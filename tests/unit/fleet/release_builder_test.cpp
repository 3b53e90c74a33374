#include "controller/deploy/release_builder.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/deploy/operation_types.h"

namespace gannet::controller {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

playbooks::RenderedService service_with_everything() {
  playbooks::RenderedService service;
  service.name = "web";
  playbooks::RenderedCompose compose;
  compose.project = "shop";
  compose.directory = "/opt/web";
  compose.files = {"/opt/web/docker-compose.yml"};
  compose.env_files = {"/opt/web/.env"};
  compose.profiles = {"full"};
  compose.images = {{"web", "web:2", playbooks::ImagePull::kAlways},
                    {"db", "db:1", playbooks::ImagePull::kNever}};
  compose.recreate_on = {"/opt/web/nginx.conf"};
  compose.timeout = std::chrono::minutes(3);
  service.compose = compose;
  playbooks::RenderedUnit unit;
  unit.name = "web.service";
  unit.user = true;
  unit.enable = false;
  unit.running = false;
  unit.definition = {"/u/web.service"};
  unit.restart_on = {"/opt/x/"};
  unit.reload_on = {"/etc/x"};
  unit.install = {"WantedBy=multi-user.target"};
  service.units = {unit};
  playbooks::RenderedSite site;
  site.config = "/etc/caddy/Caddyfile";
  site.site = "/etc/caddy/conf.d/web.caddy";
  site.probe_host = "web.lan";
  site.probe_path = "/healthz";
  site.probe_port = 8080;
  site.probe_expect = 204;
  service.site = site;
  service.needs = {"db"};
  service.reboot_when_needed = true;
  return service;
}

TEST(ReleaseBuilder, TellsTheHostWhatToRun) {
  const protocol::Release release = build_release(service_with_everything(), ReleaseStamp{});
  ASSERT_THAT(release.projects, SizeIs(1));
  const protocol::ComposeSpec& project = release.projects[0];
  EXPECT_EQ(project.project, "shop");
  EXPECT_EQ(project.directory, "/opt/web");
  EXPECT_THAT(project.files, ElementsAre("/opt/web/docker-compose.yml"));
  EXPECT_THAT(project.env_files, ElementsAre("/opt/web/.env"));
  EXPECT_THAT(project.profiles, ElementsAre("full"));
  EXPECT_THAT(project.recreate_on, ElementsAre("/opt/web/nginx.conf"));
  EXPECT_EQ(project.timeout_ms, 180'000U);
  ASSERT_THAT(project.images, SizeIs(2));
  EXPECT_EQ(project.images[0].reference, "db:1");
  EXPECT_EQ(project.images[0].pull, protocol::PullPolicy::kNever);
  EXPECT_EQ(project.images[1].pull, protocol::PullPolicy::kAlways);
  const protocol::UnitSpec unit{
      "web.service",      true,        false,      false,
      {"/u/web.service"}, {"/opt/x/"}, {"/etc/x"}, {"WantedBy=multi-user.target"}};
  EXPECT_THAT(release.units, ElementsAre(unit));
  ASSERT_THAT(release.sites, SizeIs(1));
  EXPECT_EQ(release.sites[0].site, "/etc/caddy/conf.d/web.caddy");
  EXPECT_EQ(release.sites[0].probe_host, "web.lan");
  EXPECT_EQ(release.sites[0].probe_path, "/healthz");
  EXPECT_EQ(release.sites[0].probe_port, 8080U);
  EXPECT_EQ(release.sites[0].probe_expect, 204);
  EXPECT_THAT(release.units.at(0).install, ElementsAre("WantedBy=multi-user.target"));
  EXPECT_THAT(release.needs, ElementsAre("db"));
  EXPECT_TRUE(release.reboot_when_needed);
}

TEST(ReleaseBuilder, ShippedImagesStandInTheSameOrderHoweverTheyCome) {
  protocol::ImageSpec shipped;
  shipped.service = "cache";
  shipped.reference = "gannet.local/cache:current";
  protocol::Release release = build_release(service_with_everything(), ReleaseStamp{});
  add_image(release, shipped);
  ASSERT_THAT(release.projects[0].images, SizeIs(3));
  EXPECT_EQ(release.projects[0].images[0].service, "cache");
  EXPECT_EQ(release.projects[0].images[2].service, "web");
}

TEST(PreflightChecks, OnesOwnTakesThePlaceOfTheBuiltInOne) {
  const auto count = [](const std::vector<protocol::Check>& checks, protocol::CheckKind kind) {
    return std::ranges::count(checks, kind, &protocol::Check::kind);
  };
  const auto built_in = preflight_checks({}, "/var/lib/gannet");
  EXPECT_EQ(count(built_in, protocol::CheckKind::kClock), 1);
  EXPECT_EQ(count(built_in, protocol::CheckKind::kDisk), 2);

  playbooks::CheckSpec clock;
  clock.type = playbooks::CheckType::kClock;
  clock.max = 5;
  clock.warn_only = true;
  playbooks::CheckSpec disk;
  disk.type = playbooks::CheckType::kDisk;
  disk.target = "/var";
  disk.min_bytes = 1;
  const auto own = preflight_checks({clock, disk}, "/var/lib/gannet");
  ASSERT_EQ(count(own, protocol::CheckKind::kClock), 1);
  const auto kept = std::ranges::find(own, protocol::CheckKind::kClock, &protocol::Check::kind);
  EXPECT_EQ(kept->max_value, 5'000U);
  EXPECT_TRUE(kept->warn_only);
  EXPECT_EQ(count(own, protocol::CheckKind::kDisk), 3);
  EXPECT_EQ(count(own, protocol::CheckKind::kMemory), 1);
  disk.target = "/";
  EXPECT_EQ(count(preflight_checks({disk}, ""), protocol::CheckKind::kDisk), 1);
}

TEST(PlannedService, AnActionAloneIsAChange) {
  PlannedService service;
  EXPECT_TRUE(service.unchanged());
  service.actions = {{"start web.service", "it is stopped"}};
  EXPECT_FALSE(service.unchanged());
}

}  // namespace
}  // namespace gannet::controller

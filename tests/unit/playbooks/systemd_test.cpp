#include <cstdlib>

#include <gmock/gmock.h>

#include "playbooks/unit_text.h"
#include "tests/unit/playbooks/render_project.h"

namespace gannet::playbooks {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class SystemdTest : public RenderProject {};

TEST_F(SystemdTest, ShipsAGivenUnitUnderItsName) {
  folder_.write("units/api.service",
                "[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n");
  folder_.write("api.env", "A=1\n");
  const RenderedService service =
      render("    files: [{src: api.env, dest: /etc/api.env}]\n    systemd: units/api.service\n");
  EXPECT_THAT(files_of(service),
              ElementsAre("/etc/api.env 0644", "/etc/systemd/system/api.service 0644"));
  ASSERT_EQ(service.units.size(), 1U);
  const RenderedUnit& unit = service.units[0];
  EXPECT_EQ(unit.name, "api.service");
  EXPECT_TRUE(unit.enable && unit.running && !unit.user);
  EXPECT_THAT(unit.definition, ElementsAre("/etc/systemd/system/api.service"));
  EXPECT_THAT(unit.restart_on, ElementsAre("/etc/api.env"));
  EXPECT_THAT(unit.reload_on, IsEmpty());
}

TEST_F(SystemdTest, ReadsEveryKey) {
  folder_.write("u/api.service",
                "[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=a.target \\\n  b.target\n"
                "# Alias=no\nAlias=x.service\n[X-Other]\nWantedBy=no\n");
  folder_.write("u/api.service.d/limits.conf", "[Service]\nLimitNOFILE=1\n");
  folder_.write("u/nginx.service.d/x.conf", "[Service]\nNice=1\n");
  folder_.write("bin/a", "");
  const RenderedService service = render(
      "    files: [{src: bin/, dest: /opt/x/}, {content: x, dest: /etc/x.toml}]\n"
      "    systemd: {units: [u/api.service], enable: true, running: false, directory: "
      "/lib/units/,\n"
      "              drop_ins: [u/api.service.d/limits.conf, u/nginx.service.d/x.conf],\n"
      "              restart_on: [/opt/x/], reload_on: [/etc/x.toml]}\n");
  ASSERT_EQ(service.units.size(), 2U);
  EXPECT_EQ(service.units[0].name, "api.service");
  EXPECT_TRUE(service.units[0].enable);
  EXPECT_FALSE(service.units[0].running);
  EXPECT_THAT(service.units[0].install,
              ElementsAre("Alias=x.service", "WantedBy=a.target b.target"));
  EXPECT_THAT(service.units[0].definition,
              ElementsAre("/lib/units/api.service", "/lib/units/api.service.d/limits.conf"));
  EXPECT_THAT(service.units[0].restart_on, ElementsAre("/opt/x/"));
  EXPECT_THAT(service.units[0].reload_on, ElementsAre("/etc/x.toml"));
  EXPECT_EQ(service.units[1].name, "nginx.service");
  EXPECT_THAT(service.units[1].definition, ElementsAre("/lib/units/nginx.service.d/x.conf"));
}

TEST_F(SystemdTest, AUnitWithoutAnInstallSectionIsNotEnabled) {
  folder_.write("api.service", "[Service]\nExecStart=/bin/true\n#[Install]\n");
  const RenderedService service = render("    systemd: [api.service]\n");
  ASSERT_EQ(service.units.size(), 1U);
  EXPECT_FALSE(service.units[0].enable);
  EXPECT_FALSE(render("    systemd: {units: [api.service], enable: true}\n").units.at(0).enable);
}

TEST_F(SystemdTest, ADropInMayBringTheInstallSection) {
  folder_.write("api.service", "[Service]\nExecStart=/bin/true\n");
  folder_.write("api.service.d/boot.conf", "[Install]\nWantedBy=multi-user.target\n");
  const RenderedService service =
      render("    systemd: {units: [api.service], drop_ins: [api.service.d/boot.conf]}\n");
  ASSERT_EQ(service.units.size(), 1U);
  EXPECT_TRUE(service.units[0].enable);
  EXPECT_THAT(service.units[0].install, ElementsAre("WantedBy=multi-user.target"));
}

TEST_F(SystemdTest, ADropInSaysNothingAboutTheBootOfAUnitOfTheHost) {
  folder_.write("ssh.service.d/a.conf", "[Install]\nWantedBy=multi-user.target\n");
  folder_.write("ssh.service.d/b.conf", "[Install]\nAlias=other.service\n");
  const RenderedService service =
      render("    systemd: {drop_ins: [ssh.service.d/a.conf, ssh.service.d/b.conf]}\n");
  ASSERT_EQ(service.units.size(), 1U);
  EXPECT_THAT(service.units[0].install, IsEmpty());
  EXPECT_THAT(service.units[0].definition, ElementsAre("/etc/systemd/system/ssh.service.d/a.conf",
                                                       "/etc/systemd/system/ssh.service.d/b.conf"));
}

TEST_F(SystemdTest, WhatATimerStartsIsLeftToTheTimer) {
  folder_.write("b.service", "[Service]\nType=oneshot\nExecStart=/bin/true\n");
  folder_.write("b.timer", "[Timer]\nOnCalendar=daily\n[Install]\nWantedBy=timers.target\n");
  const RenderedService service = render("    systemd: [b.service, b.timer]\n");
  ASSERT_EQ(service.units.size(), 1U);
  EXPECT_EQ(service.units[0].name, "b.timer");
  EXPECT_TRUE(service.units[0].enable);
  EXPECT_THAT(service.units[0].definition,
              ElementsAre("/etc/systemd/system/b.service", "/etc/systemd/system/b.timer"));
}

TEST_F(SystemdTest, UserUnitsAreInTheUsersFolder) {
  folder_.write("api.service", "[Service]\nExecStart=/bin/true\n");
  const std::string key = "    systemd: {units: [api.service], scope: user}\n";
  EXPECT_THAT(files_of(render(key)), ElementsAre("/home/pi/.config/systemd/user/api.service 0644"));
  EXPECT_TRUE(render(key).units.at(0).user);
  host_.ssh.become = inventory::Become::kSudo;
  EXPECT_THAT(refusal(key), HasSubstr("scope: user needs a login without become: sudo"));
  host_.ssh.user = "root";
  EXPECT_THAT(files_of(render(key)), ElementsAre("/root/.config/systemd/user/api.service 0644"));
  host_.ssh = {};
  context_.login = "me";
  EXPECT_THAT(files_of(render(key)), ElementsAre("/home/me/.config/systemd/user/api.service 0644"));
}

TEST_F(SystemdTest, WritesAUnit) {
  variables_ = {{"TOKEN", "a\"b\\c%d $e\nf"}};
  const RenderedService service = render(
      "    systemd:\n"
      "      exec: /bin/sh -c 'exec sleep $$N %i'\n"
      "      user: daemon\n"
      "      group: daemon\n"
      "      working_directory: /tmp\n"
      "      environment: {TOKEN: '${TOKEN}', N: 5}\n"
      "      environment_file: -/etc/web.env\n"
      "      restart: always\n"
      "      after: [network-online.target, dbus.service]\n"
      "      description: The web\n");
  EXPECT_EQ(text_of(service, "/etc/systemd/system/web.service"),
            "# written by gannet: what is changed here is lost with the next release\n"
            "[Unit]\n"
            "Description=The web\n"
            "Wants=network-online.target\n"
            "After=network-online.target dbus.service\n"
            "\n"
            "[Service]\n"
            "ExecStart=/bin/sh -c 'exec sleep $N %i'\n"
            "User=daemon\n"
            "Group=daemon\n"
            "WorkingDirectory=/tmp\n"
            "Environment=\"TOKEN=a\\\"b\\\\c%%d $e\\nf\"\n"
            "Environment=\"N=5\"\n"
            "EnvironmentFile=-/etc/web.env\n"
            "Restart=always\n"
            "\n"
            "[Install]\n"
            "WantedBy=multi-user.target\n");
  ASSERT_EQ(service.units.size(), 1U);
  EXPECT_TRUE(service.units[0].enable);
}

TEST_F(SystemdTest, WritesATimer) {
  const RenderedService service = render(
      "    systemd: {exec: /bin/true, timer: {on_calendar: daily, persistent: true,\n"
      "                                       randomized_delay: 5min}}\n");
  EXPECT_EQ(text_of(service, "/etc/systemd/system/web.timer"),
            "# written by gannet: what is changed here is lost with the next release\n"
            "[Unit]\nDescription=web\n\n[Timer]\nOnCalendar=daily\nRandomizedDelaySec=5min\n"
            "Persistent=true\n\n[Install]\nWantedBy=timers.target\n");
  EXPECT_THAT(text_of(service, "/etc/systemd/system/web.service"),
              HasSubstr("[Service]\nType=oneshot\nExecStart=/bin/true\n"));
  ASSERT_EQ(service.units.size(), 1U);
  EXPECT_EQ(service.units[0].name, "web.timer");
  EXPECT_THAT(service.units[0].restart_on, IsEmpty());
}

/// systemd says most of its complaints on stderr and exits with 0: nothing may be said at all.
TEST_F(SystemdTest, SystemdHasNothingToSayAboutWhatIsWritten) {
  const auto run = [](const std::string& command) {
    return std::system(command.c_str());  // NOLINT(concurrency-mt-unsafe)
  };
  if (run("systemd-analyze --version >/dev/null 2>&1") != 0) return;
  variables_ = {{"ODD", "a\"b\\c%d $e\tf; #g"}};
  for (const char* more : {"", ", timer: {every: 15min, on_calendar: 'Mon *-*-* 04:00'}"}) {
    const RenderedService service = render(
        "    systemd: {exec: /bin/true --x, user: root, environment: {ODD: '${ODD}'},\n"
        "              environment_file: /etc/hostname, working_directory: /tmp" +
        std::string(more) + "}\n");
    std::string files;
    for (const RenderedFile& file : service.files) {
      files += " " + folder_.write(base_name(file.dest), text_of(service, file.dest)).string();
    }
    const std::string out = (folder_.path() / "out").string();
    EXPECT_EQ(
        run("systemd-analyze verify --man=no --recursive-errors=no" + files + " >" + out + " 2>&1"),
        0);
    std::ifstream in(out);
    for (std::string line; std::getline(in, line);) {
      EXPECT_EQ(line.find(folder_.path().string()), std::string::npos) << line;
    }
  }
}

TEST_F(SystemdTest, ExplainsMistakes) {
  folder_.write("api.service", "[Service]\nExecStart=/bin/true\n");
  folder_.write("t@.service", "[Service]\nExecStart=/bin/true\n");
  EXPECT_THAT(refusal("    systemd: api.conf\n"),
              HasSubstr("gannet.yaml:4:14: \"api.conf\" names no unit"));
  EXPECT_THAT(refusal("    systemd: missing.service\n"), HasSubstr("there is no file"));
  EXPECT_THAT(refusal("    systemd: {units: [api.service], exec: /bin/x}\n"),
              HasSubstr("either \"units\" or \"exec\""));
  EXPECT_THAT(refusal("    systemd: {}\n"), HasSubstr("neither \"units\" nor \"exec\""));
  EXPECT_THAT(refusal("    systemd: {exec: sleep 5}\n"),
              HasSubstr("has to begin with the absolute path of a program"));
  EXPECT_THAT(refusal("    systemd: {exec: \"/bin/a\\nUser=root\"}\n"),
              HasSubstr("cannot hold a line break"));
  EXPECT_THAT(refusal("    systemd: {exec: /bin/a, restrat: always}\n"),
              HasSubstr("unknown key \"restrat\""));
  EXPECT_THAT(refusal("    systemd: {exec: /bin/a, scope: user, user: pi}\n"),
              HasSubstr("\"user\" has no place in a unit of scope user"));
  EXPECT_THAT(refusal("    systemd: {exec: /bin/a, timer: {persistent: true}}\n"),
              HasSubstr("neither \"on_calendar\" nor \"every\""));
  EXPECT_THAT(refusal("    systemd: {units: [api.service], restart_on: [/etc/x]}\n"),
              HasSubstr("\"/etc/x\" is not among the files of the service"));
  EXPECT_THAT(refusal("    systemd: t@.service\n"), HasSubstr("a template unit alone"));
  EXPECT_THAT(refusal("    systemd: {drop_ins: [a.conf]}\n"), HasSubstr("is no drop-in"));
}

}  // namespace
}  // namespace gannet::playbooks

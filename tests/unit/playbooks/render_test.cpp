#include "playbooks/render.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/inventory/temp_folder.h"

namespace gannet::playbooks {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;
namespace fs = std::filesystem;

class RenderTest : public testing::Test {
 protected:
  RenderTest() {
    host_.name = "pi-1";
    host_.address = "10.0.0.5";
    host_.labels = {{"role", "pi"}, {"price", "$TAG ${TAG}"}};
    host_.vars = {{"port", "80"}};
    context_.host = &host_;
  }

  /// Loads a project with one service "web" that has these lines.
  const Service& load(const std::string& lines, Variables variables = {{"APP", "weather"}}) {
    auto project =
        load_project(folder_.write("gannet.yaml", "project: demo\nservices:\n  web:\n" + lines));
    if (!project) {
      ADD_FAILURE() << project.error().front().context;
      project = Project{};
      project->services.emplace_back();
    }
    project_ = std::make_unique<Project>(std::move(*project));
    renderer_ = std::make_unique<Renderer>(*project_, std::move(variables), ".env");
    return project_->services.front();
  }

  RenderedService render(const std::string& lines) {
    auto rendered = renderer(lines);
    EXPECT_TRUE(rendered) << (rendered ? "" : rendered.error().front().context);
    return rendered ? *rendered : RenderedService{};
  }

  tl::expected<RenderedService, std::vector<Error>> renderer(const std::string& lines) {
    const Service& service = load(lines);
    return renderer_->render(service, context_);
  }

  /// The first error, without the folder in front.
  std::string refusal(const std::string& lines) {
    const auto rendered = renderer(lines);
    if (rendered) return "no problem";
    std::string text = rendered.error().front().context;
    const std::string prefix = folder_.path().string() + "/";
    for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix)) {
      text.erase(at, prefix.size());
    }
    return text;
  }

  static std::string text_of(const RenderedFile& file) {
    return file.content.text ? *file.content.text : "(file)";
  }

  test::TempFolder folder_;
  inventory::Host host_;
  HostContext context_;
  std::unique_ptr<Project> project_;
  std::unique_ptr<Renderer> renderer_;
};

TEST_F(RenderTest, TakesAFileAsItIs) {
  folder_.write("a.txt", "hello");
  const RenderedService service = render("    files: [{src: a.txt, dest: /etc/}]\n");
  ASSERT_EQ(service.files.size(), 1U);
  const RenderedFile& file = service.files.front();
  EXPECT_EQ(service.name, "web");
  EXPECT_EQ(file.dest, "/etc/a.txt");
  EXPECT_EQ(file.content.path, folder_.path() / "a.txt");
  EXPECT_EQ(file.content.text, nullptr);
  EXPECT_EQ(file.content.size, 5U);
  EXPECT_EQ(file.content.digest, sha256("hello"));
  EXPECT_EQ(file.mode, 0644U);
}

TEST_F(RenderTest, CopiesAFolderSortedWithExecutables) {
  folder_.write("app/b/run.sh", "x");
  fs::permissions(folder_.path() / "app/b/run.sh", fs::perms::owner_all);
  folder_.write("app/a-z", "1");
  folder_.write("app/b.txt", "2");
  fs::create_directory(folder_.path() / "app/empty");
  const RenderedService service = render("    files: [{src: app/, dest: /opt/}]\n");
  ASSERT_EQ(service.files.size(), 3U);
  EXPECT_EQ(service.files[0].dest, "/opt/a-z");
  EXPECT_EQ(service.files[1].dest, "/opt/b.txt");
  EXPECT_EQ(service.files[2].dest, "/opt/b/run.sh");
  EXPECT_EQ(service.files[2].mode, 0755U);
  EXPECT_EQ(service.files[0].mode, 0644U);
}

TEST_F(RenderTest, ReplacesVariablesAndNamesEverywhere) {
  folder_.write("c-pi", "x");
  const RenderedService service = render(
      "    files:\n"
      "      - { src: \"c-{{label.role}}\", dest: \"/etc/${APP}/{{host.name}}\",\n"
      "          owner: \"${APP}:{{label.role}}\" }\n"
      "      - { content: \"{{host.address}} ${APP} {{env.APP}} {{project.name}} {{service.name}} "
      "{{var.port}}\", dest: /a, template: true }\n"
      "      - { content: \"{{literal}} ${APP} $HOME $${x}\", dest: /b }\n"
      "      - { content: \"${APP}\", dest: /c, variables: false }\n"
      "    before: \"echo ${APP} {{host.name}} $HOME $$\"\n"
      "    health: [ {port_open: \"{{var.port}}\"}, {tcp: \"{{host.address}}:${PORT:-99}\"},\n"
      "              {file: \"/run/${APP}\", contains: \"{{host.name}}\"} ]\n");
  ASSERT_EQ(service.files.size(), 4U);
  EXPECT_EQ(text_of(service.files[0]), "10.0.0.5 weather weather demo web 80");
  EXPECT_EQ(text_of(service.files[1]), "{{literal}} weather $HOME ${x}");
  EXPECT_EQ(text_of(service.files[2]), "${APP}");
  EXPECT_EQ(service.files[3].dest, "/etc/weather/pi-1");
  EXPECT_EQ(service.files[3].owner, "weather");
  EXPECT_EQ(service.files[3].group, "pi");
  EXPECT_EQ(service.before.front().run, "echo weather pi-1 $HOME $");
  EXPECT_EQ(service.health.checks[0].port, 80);
  EXPECT_EQ(service.health.checks[0].name, "port_open 80");
  EXPECT_EQ(service.health.checks[1].target, "10.0.0.5");
  EXPECT_EQ(service.health.checks[1].port, 99);
  EXPECT_EQ(service.health.checks[2].target, "/run/weather");
  EXPECT_EQ(service.health.checks[2].pattern, "pi-1");
}

TEST_F(RenderTest, ALabelCannotSmuggleInAVariable) {
  const RenderedService service =
      render("    files: [{content: \"{{label.price}}\", dest: /a, template: true}]\n");
  EXPECT_EQ(text_of(service.files[0]), "$TAG ${TAG}");
}

TEST_F(RenderTest, TemplatesOfFilesKeepTheirOwnDollars) {
  folder_.write("t.conf", "{{label.price}} ${HOME}\n");
  folder_.write("v.conf", "${APP}\n");
  const RenderedService service = render(
      "    files:\n      - { src: t.conf, dest: /t, template: true }\n"
      "      - { src: v.conf, dest: /v, variables: true }\n");
  EXPECT_EQ(text_of(service.files[0]), "$TAG ${TAG} ${HOME}\n");
  EXPECT_EQ(text_of(service.files[1]), "weather\n");
}

TEST_F(RenderTest, SecretsAreForTheirOwnerOnly) {
  folder_.write("key", "k");
  const RenderedService service = render(
      "    files:\n      - { src: key, dest: /a, secret: true }\n"
      "      - { content: x, dest: /b, secret: true, mode: \"0640\" }\n");
  EXPECT_EQ(service.files[0].mode, 0600U);
  EXPECT_TRUE(service.files[0].secret);
  EXPECT_EQ(service.files[1].mode, 0640U);
}

TEST_F(RenderTest, SharesIdenticalTextAndHashesFilesOnce) {
  folder_.write("a.txt", "hello");
  const Service& service = load(
      "    files:\n      - { content: \"same\", dest: /a }\n      - { src: a.txt, dest: /b }\n");
  const auto first = renderer_->render(service, context_);
  folder_.write("a.txt", "changed meanwhile");
  host_.name = "pi-2";
  const auto second = renderer_->render(service, context_);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->files[0].content.text, second->files[0].content.text);
  EXPECT_EQ(first->files[1].content.digest, second->files[1].content.digest);
}

TEST_F(RenderTest, KnowsWhetherItNeedsFacts) {
  folder_.write("plain.conf", "{{host.name}}\n");
  folder_.write("facts.conf", "{{host.arch}}\n");
  const auto needs = [&](const std::string& lines) {
    const Service& service = load("    " + lines + "\n");
    return renderer_->needs_facts(service);
  };
  EXPECT_FALSE(needs("files: [{src: plain.conf, dest: /a, template: true}]"));
  EXPECT_FALSE(needs("files: [{src: facts.conf, dest: /a}]"));
  EXPECT_TRUE(needs("files: [{src: facts.conf, dest: /a, template: true}]"));
  EXPECT_TRUE(needs("files: [{src: plain.conf, dest: \"/{{host.os}}\"}]"));
  EXPECT_TRUE(needs("files: [{src: \"bin-{{host.arch}}\", dest: /a}]"));
  EXPECT_TRUE(needs("{files: [], after: \"echo {{host.kernel}}\"}"));
  EXPECT_TRUE(needs("{files: [], health: [{process: \"{{host.hostname}}\"}]}"));
  EXPECT_FALSE(needs("files: [{content: \"{{host.arch}}\", dest: /a}]"));
}

TEST_F(RenderTest, UsesFactsOfTheHost) {
  folder_.write("bin-aarch64", "x");
  context_.facts = {{"arch", "aarch64"}};
  context_.release_tag = "v7";
  const RenderedService service =
      render("    files: [{src: \"bin-{{host.arch}}\", dest: \"/opt/{{release.tag}}\"}]\n");
  EXPECT_EQ(service.files[0].dest, "/opt/v7");
}

TEST_F(RenderTest, NamesAnUnsetVariableWithPlaceAndNearest) {
  EXPECT_EQ(refusal("    files: [{content: x, dest: \"/etc/${APPP}/x\"}]\n"),
            "gannet.yaml:4:38: the variable \"APPP\" is not set in .env\n"
            "    4 |     files: [{content: x, dest: \"/etc/${APPP}/x\"}]\n"
            "      |                                      ^ did you mean \"APP\"?");
  const auto rendered = renderer("    files: []\n    before: \"x ${OTHER:?set it}\"\n");
  ASSERT_FALSE(rendered);
  EXPECT_THAT(rendered.error().front().context,
              HasSubstr(":5:16: the variable \"OTHER\" is not set in .env: set it\n"));
  EXPECT_EQ(rendered.error().front().hint,
            "set it there, or write ${OTHER:-default}; $${ keeps ${ as it is");
}

TEST_F(RenderTest, NamesAnUnknownNameWithPlaceAndNearest) {
  EXPECT_EQ(refusal("    files: [{content: x, dest: \"/{{host.nmae}}\"}]\n"),
            "gannet.yaml:4:36: unknown name \"host.nmae\" in {{ }}\n"
            "    4 |     files: [{content: x, dest: \"/{{host.nmae}}\"}]\n"
            "      |                                    ^ did you mean \"host.name\"?");
  folder_.write("t.conf", "first\n  b: {{ env.APPP }}\n");
  EXPECT_EQ(refusal("    files: [{src: t.conf, dest: /a, template: true}]\n"),
            "t.conf:2:9: unknown name \"env.APPP\" in {{ }}\n"
            "    2 |   b: {{ env.APPP }}\n"
            "      |         ^ did you mean \"env.APP\"?");
}

TEST_F(RenderTest, DoesNotShowTheLineOfASecret) {
  EXPECT_EQ(refusal("    files: [{content: \"hunter2 ${X}\", dest: /a, secret: true}]\n"),
            "gannet.yaml:4:32: the variable \"X\" is not set in .env");
}

TEST_F(RenderTest, FindsTheLineInsideABlockOfText) {
  EXPECT_THAT(refusal("    files:\n      - dest: /a\n        content: |\n          one\n"
                      "          two ${NOPE}\n"),
              StartsWith("gannet.yaml:8:15: the variable \"NOPE\" is not set in .env\n"));
}

TEST_F(RenderTest, RefusesSourcesThatAreNotThere) {
  folder_.write("dir/x", "x");
  EXPECT_EQ(refusal("    files: [{src: nope.txt, dest: /a}]\n"),
            "gannet.yaml:4:19: there is no file \"nope.txt\"\n"
            "    4 |     files: [{src: nope.txt, dest: /a}]\n"
            "      |                   ^");
  EXPECT_THAT(refusal("    files: [{src: nope/, dest: /a/}]\n"),
              HasSubstr("there is no folder \"nope/\""));
  EXPECT_THAT(refusal("    files: [{src: dir, dest: /a}]\n"), HasSubstr("\"dir\" is a folder"));
  EXPECT_THAT(refusal("    files: [{src: dir/x/, dest: /a/}]\n"),
              HasSubstr("\"dir/x/\" is a file, not a folder"));
  EXPECT_THAT(refusal("    files: [{src: ../x, dest: /a}]\n"),
              HasSubstr("\"../x\" is outside of the project"));
}

TEST_F(RenderTest, FollowsLinksOnlyInsideTheProject) {
  folder_.write("real/x", "x");
  fs::create_symlink("real/x", folder_.path() / "good");
  fs::create_symlink("/etc/passwd", folder_.path() / "bad");
  EXPECT_EQ(render("    files: [{src: good, dest: /a}]\n").files.size(), 1U);
  EXPECT_THAT(refusal("    files: [{src: bad, dest: /a}]\n"),
              HasSubstr("\"bad\" is a link that leaves the project, to /etc/passwd"));

  fs::create_directory_symlink("../real", folder_.path() / "real/loop");
  EXPECT_THAT(refusal("    files: [{src: real/, dest: /a/}]\n"),
              HasSubstr("\"real/loop\" is a link to a folder above it"));
  fs::remove(folder_.path() / "real/loop");
  fs::create_symlink("/etc", folder_.path() / "real/out");
  EXPECT_THAT(refusal("    files: [{src: real/, dest: /a/}]\n"), HasSubstr("leaves the project"));
  fs::remove(folder_.path() / "real/out");
  fs::create_symlink("nothing", folder_.path() / "real/dangling");
  EXPECT_THAT(refusal("    files: [{src: real/, dest: /a/}]\n"), HasSubstr("is a link to nothing"));
}

TEST_F(RenderTest, ChecksDestAfterReplacing) {
  folder_.write("d/x", "x");
  const auto with = [&](const std::string& app, const std::string& file) {
    const Service& service = load("    files: [" + file + "]\n", {{"APP", app}});
    const auto rendered = renderer_->render(service, context_);
    return rendered ? "no problem" : rendered.error().front().context;
  };
  EXPECT_THAT(with("../etc", "{content: x, dest: \"/opt/${APP}\"}"),
              HasSubstr("\"dest\" has to be a clean absolute path, not \"/opt/../etc\""));
  EXPECT_THAT(with("opt", "{content: x, dest: \"${APP}/x\"}"), HasSubstr("not \"opt/x\""));
  EXPECT_THAT(with("a\nb", "{content: x, dest: \"/${APP}\"}"), HasSubstr("absolute path"));
  EXPECT_THAT(with("x/", "{content: x, dest: \"/${APP}\"}"), HasSubstr("is a folder, \"/x/\""));
  EXPECT_EQ(with("x", "{src: d/, dest: \"/\"}"), "no problem");
}

TEST_F(RenderTest, RefusesBadOwnersAndTargets) {
  EXPECT_THAT(refusal("    files: [{content: x, dest: /a, owner: \"a:b:c\"}]\n"),
              HasSubstr("\"a:b:c\" is no owner"));
  EXPECT_THAT(refusal("    files: [{content: x, dest: /a, owner: \"a b\"}]\n"),
              HasSubstr("\"a b\" is no owner"));
  EXPECT_THAT(refusal("    files: []\n    health: [{tcp: \"${APP}:1\"}]\n"),
              HasSubstr(":5:20: \"weather\" is a name, and the agent resolves none"));
}

TEST_F(RenderTest, RefusesTheSameDestTwiceInAService) {
  EXPECT_EQ(
      refusal("    files:\n      - { content: x, dest: /a }\n      - { content: y, dest: /a }\n"),
      "gannet.yaml:6:9: \"/a\" is written twice; the other is in service \"web\" "
      "(gannet.yaml:5:9)\n"
      "    6 |       - { content: y, dest: /a }\n"
      "      |         ^");
  EXPECT_THAT(
      refusal("    files:\n      - { content: x, dest: /a }\n      - { content: y, dest: /a/b }\n"),
      HasSubstr("\"/a/b\" lies below the file \"/a\""));
}

TEST_F(RenderTest, CollectsAllProblems) {
  const auto rendered = renderer(
      "    files:\n      - { src: nope, dest: /a }\n      - { content: \"${NOPE}\", dest: /b }\n"
      "    before: \"{{nope}}\"\n");
  ASSERT_FALSE(rendered);
  EXPECT_EQ(rendered.error().size(), 3U);
}

TEST_F(RenderTest, RefusesATemplateThatIsTooLarge) {
  folder_.write("big", std::string(1'000'001, 'x'));
  EXPECT_THAT(refusal("    files: [{src: big, dest: /a, template: true}]\n"),
              HasSubstr("template \"big\" is larger than 1 MB"));
}

TEST(CheckCollisions, FindsFilesThatTwoServicesWrite) {
  RenderedService one;
  one.name = "one";
  one.files.resize(2);
  one.files[0].dest = "/etc/a";
  one.files[1].dest = "/etc/b/c";
  one.files[0].from = {"gannet.yaml", 3, 1};
  RenderedService two = one;
  two.name = "two";
  two.files[0].from = {"gannet.yaml", 9, 1};
  two.files[1].dest = "/etc/b";
  const auto errors = check_collisions(std::vector<RenderedService>{one, two}, "pi-1");
  ASSERT_EQ(errors.size(), 2U);
  EXPECT_THAT(errors[0].context,
              StartsWith("gannet.yaml:9:1: \"/etc/a\" is written twice on pi-1; the other is in "
                         "service \"one\" (gannet.yaml:3:1)"));
  EXPECT_THAT(errors[1].context, HasSubstr("\"/etc/b/c\" lies below the file \"/etc/b\" on pi-1"));
  EXPECT_EQ(errors[0].hint, "change one of the two \"dest\"");
  EXPECT_TRUE(check_collisions(std::vector<RenderedService>{one}, "pi-1").empty());
}

}  // namespace
}  // namespace gannet::playbooks

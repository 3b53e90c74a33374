#include <cstdlib>

#include <gmock/gmock.h>

#include "playbooks/compose_file.h"
#include "tests/unit/playbooks/render_project.h"

namespace gannet::playbooks {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ComposeTest : public RenderProject {
 protected:
  /// "service reference" of each image.
  static std::vector<std::string> images_of(const RenderedService& service) {
    std::vector<std::string> found;
    if (!service.compose) return found;
    for (const RenderedImage& image : service.compose->images) {
      found.push_back(image.service + " " + image.reference);
    }
    return found;
  }

  void compose_file(const std::string& text) const { folder_.write("docker-compose.yml", text); }
};

TEST_F(ComposeTest, ShipsTheFileAsItWasWritten) {
  const std::string text = "# my file\r\nservices:\n  app: {image: \"busybox:1\"}\n";
  compose_file(text);
  const RenderedService service = render("    compose: docker-compose.yml\n");
  ASSERT_TRUE(service.compose);
  EXPECT_THAT(files_of(service), ElementsAre("/opt/web/docker-compose.yml 0644"));
  EXPECT_EQ(text_of(service, "/opt/web/docker-compose.yml"), text);
  EXPECT_EQ(service.compose->project, "web");
  EXPECT_EQ(service.compose->directory, "/opt/web");
  EXPECT_THAT(service.compose->files, ElementsAre("/opt/web/docker-compose.yml"));
  EXPECT_THAT(service.compose->env_files, IsEmpty());
  EXPECT_THAT(images_of(service), ElementsAre("app busybox:1"));
  EXPECT_EQ(service.compose->timeout, std::chrono::minutes(10));
}

TEST_F(ComposeTest, ReadsEveryKey) {
  folder_.write("deploy/a.yml", "services: {app: {image: x}}\n");
  folder_.write("deploy/b.yml", "services: {app: {image: y, profiles: [full]}, db: {image: z}}\n");
  folder_.write("deploy/nginx.conf", "");
  folder_.write("prod.env", "A=1\n");
  const RenderedService service = render(
      "    files: [{src: deploy/nginx.conf, dest: /srv/app/nginx.conf}]\n"
      "    compose: {files: [deploy/a.yml, deploy/b.yml], project: shop, directory: /srv/app,\n"
      "              env_file: prod.env, profiles: [full], pull: always, timeout: 3m,\n"
      "              recreate_on: [nginx.conf]}\n");
  ASSERT_TRUE(service.compose);
  EXPECT_EQ(service.compose->project, "shop");
  EXPECT_THAT(files_of(service), ElementsAre("/srv/app/.env 0600 secret", "/srv/app/a.yml 0644",
                                             "/srv/app/b.yml 0644", "/srv/app/nginx.conf 0644"));
  EXPECT_THAT(service.compose->files, ElementsAre("/srv/app/a.yml", "/srv/app/b.yml"));
  EXPECT_THAT(service.compose->env_files, ElementsAre("/srv/app/.env"));
  EXPECT_THAT(images_of(service), ElementsAre("app y", "db z"));
  EXPECT_EQ(service.compose->images.front().pull, ImagePull::kAlways);
  EXPECT_EQ(service.compose->timeout, std::chrono::minutes(3));
  EXPECT_THAT(service.compose->recreate_on, ElementsAre("/srv/app/nginx.conf"));
}

TEST_F(ComposeTest, BringsWhatTheFileRefersTo) {
  compose_file(
      "include: [more/extra.yml]\n"
      "services:\n"
      "  app:\n"
      "    extends: {file: base.yml, service: common}\n"
      "    env_file: [app.env, {path: missing.env, required: false}]\n"
      "    volumes: ['./conf:/etc/conf:ro', './one.txt:/one', './absent:/x', 'data:/d', "
      "'/srv:/s',\n"
      "              {type: bind, source: html, target: /html}]\n"
      "configs: {c: {file: ./c.json}}\n"
      "secrets: {s: {file: s.txt}}\n"
      "volumes: {data: {}}\n");
  folder_.write("base.yml", "services: {common: {image: 'base:1', env_file: base.env}}\n");
  folder_.write("more/extra.yml", "services: {extra: {image: 'e:1', env_file: extra.env}}\n");
  for (const char* file : {"base.env", "app.env", "more/extra.env"}) folder_.write(file, "A=1\n");
  for (const char* file : {"conf/a", "conf/sub/b", "one.txt", "html/i", "c.json", "s.txt"}) {
    folder_.write(file, "x");
  }
  const RenderedService service = render("    compose: docker-compose.yml\n");
  EXPECT_THAT(files_of(service),
              ElementsAre("/opt/web/app.env 0600 secret", "/opt/web/base.env 0600 secret",
                          "/opt/web/base.yml 0644", "/opt/web/c.json 0644", "/opt/web/conf/a 0644",
                          "/opt/web/conf/sub/b 0644", "/opt/web/docker-compose.yml 0644",
                          "/opt/web/html/i 0644", "/opt/web/more/extra.env 0600 secret",
                          "/opt/web/more/extra.yml 0644", "/opt/web/one.txt 0644",
                          "/opt/web/s.txt 0600 secret"));
  ASSERT_TRUE(service.compose);
  EXPECT_THAT(service.compose->recreate_on,
              ElementsAre("/opt/web/c.json", "/opt/web/conf/", "/opt/web/html/", "/opt/web/one.txt",
                          "/opt/web/s.txt"));
  EXPECT_THAT(service.compose->files, ElementsAre("/opt/web/docker-compose.yml"));
  EXPECT_THAT(images_of(service), ElementsAre("extra e:1", "app base:1"));
}

TEST_F(ComposeTest, WhatIsNotStartedNeedsNoEnvFile) {
  compose_file(
      "services:\n"
      "  app: {extends: {file: base.yml, service: common}}\n"
      "  debug: {image: x, profiles: [debug], env_file: debug.env}\n");
  folder_.write("base.yml", "services: {common: {image: b}, other: {env_file: other.env}}\n");
  EXPECT_THAT(images_of(render("    compose: docker-compose.yml\n")), ElementsAre("app b"));
  EXPECT_THAT(refusal("    compose: {file: docker-compose.yml, profiles: [debug]}\n"),
              HasSubstr("env_file is not there: \"debug.env\""));
}

TEST_F(ComposeTest, AFileOfTheServiceWinsOverTheOneThatIsFound) {
  compose_file("services: {app: {image: x, volumes: ['./a.conf:/a'], env_file: made.env}}\n");
  folder_.write("a.conf", "found");
  const RenderedService service = render(
      "    files: [{content: own, dest: /opt/web/a.conf, mode: '0640'},\n"
      "            {content: 'A=1', dest: /opt/web/made.env}]\n"
      "    compose: docker-compose.yml\n");
  EXPECT_EQ(text_of(service, "/opt/web/a.conf"), "own");
  ASSERT_TRUE(service.compose);
  EXPECT_THAT(service.compose->recreate_on, ElementsAre("/opt/web/a.conf"));
}

TEST_F(ComposeTest, ResolvesImagesAsComposeWould) {
  compose_file(
      "services:\n"
      "  app: {image: '${REGISTRY:-docker.io}/app:$TAG', pull_policy: always}\n"
      "  debug: {image: 'debug:${NOT_SET}', profiles: [debug]}\n"
      "  twin: {extends: app}\n");
  folder_.write(".env", "TAG=v2\n");
  const RenderedService service = render("    compose: docker-compose.yml\n");
  EXPECT_THAT(images_of(service), ElementsAre("app docker.io/app:v2", "twin docker.io/app:v2"));
  ASSERT_TRUE(service.compose);
  EXPECT_EQ(service.compose->images.front().pull, ImagePull::kAlways);
  EXPECT_THAT(files_of(service),
              ElementsAre("/opt/web/.env 0600 secret", "/opt/web/docker-compose.yml 0644"));
}

TEST_F(ComposeTest, TheEnvironmentsEnvFileLiesOverTheCommonOne) {
  compose_file("services: {app: {image: 'app:${TAG}'}}\n");
  folder_.write(".env", "TAG=of-the-folder\n");
  env_file_ = folder_.write(".env.production", "TAG=v3\n# kept\n");
  const RenderedService service = render("    compose: docker-compose.yml\n");
  EXPECT_THAT(images_of(service), ElementsAre("app app:v3"));
  EXPECT_EQ(text_of(service, "/opt/web/.env"), "TAG=of-the-folder\nTAG=v3\n# kept\n");
}

TEST_F(ComposeTest, NamesTheVariableThatIsNotSet) {
  compose_file("services:\n  app:\n    image: app:${TAGG}\n");
  folder_.write(".env", "TAG=v2\n");
  EXPECT_THAT(refusal("    compose: docker-compose.yml\n"),
              HasSubstr("docker-compose.yml:3:18: the variable \"TAGG\" is not set in .env => set "
                        "it there"));
}

TEST_F(ComposeTest, RefusesToBuild) {
  compose_file("services:\n  app:\n    build: .\n");
  EXPECT_EQ(refusal("    compose: docker-compose.yml\n"),
            "docker-compose.yml:2:3: service \"app\" has \"build\" and no \"image\": gannet does "
            "not build on hosts => build the image and ship it with images: { app: { local: "
            "\"app:dev\" } }\n");
  const RenderedService shipped =
      render("    compose: {file: docker-compose.yml, images: {app: {local: 'app:dev'}}}\n");
  ASSERT_TRUE(shipped.compose);
  EXPECT_THAT(shipped.compose->images, IsEmpty());
  ASSERT_EQ(shipped.compose->sources.size(), 1U);
  EXPECT_EQ(shipped.compose->sources[0].reference, "web-app");
  EXPECT_EQ(shipped.compose->sources[0].local, "app:dev");
}

TEST_F(ComposeTest, RefusesWhatCannotBeShipped) {
  const std::string key = "    compose: docker-compose.yml\n";
  EXPECT_THAT(refusal(key), HasSubstr("gannet.yaml:4:14: there is no file"));
  compose_file("services:\n  app: {image: x, env_file: a.env}\n");
  EXPECT_THAT(refusal(key), HasSubstr("docker-compose.yml:2:29: env_file is not there: \"a.env\""));
  compose_file("services:\n  app: {image: x, volumes: ['.:/app']}\n");
  EXPECT_THAT(refusal(key), HasSubstr("the whole folder of the Compose file is mounted"));
  compose_file("services:\n  app: {image: x\n");
  EXPECT_THAT(refusal(key), HasSubstr("docker-compose.yml:"));
  compose_file("services: [app]\n");
  EXPECT_THAT(refusal(key), HasSubstr("\"services\" has to be a mapping"));
  compose_file("services: {app: {image: 'My App'}}\n");
  EXPECT_THAT(refusal(key), HasSubstr("\"My App\" is no name of an image"));
  folder_.write("in/dc.yml", "services: {app: {image: x, env_file: ../a.env}}\n");
  folder_.write("a.env", "");
  EXPECT_THAT(refusal("    compose: in/dc.yml\n"), HasSubstr("\"a.env\" is not below the folder"));
}

TEST_F(ComposeTest, ExplainsMistakesInTheKeys) {
  compose_file("services: {app: {image: x}}\n");
  EXPECT_THAT(refusal("    compose: {fil: docker-compose.yml}\n"),
              HasSubstr("unknown key \"fil\" in \"compose\" of service \"web\""));
  EXPECT_THAT(refusal("    compose: {file: docker-compose.yml, pull: sometimes}\n"),
              HasSubstr("has to be one of missing, always, never"));
  EXPECT_THAT(refusal("    compose: {file: docker-compose.yml, images: {ap: {local: a}}}\n"),
              HasSubstr("\"images\" names \"ap\", which is no service of the Compose file"));
  EXPECT_THAT(refusal("    compose: {file: docker-compose.yml, images: {app: {}}}\n"),
              HasSubstr("needs either \"archive\" or \"local\""));
  EXPECT_THAT(refusal("    compose: {file: docker-compose.yml, recreate_on: [x.conf]}\n"),
              HasSubstr("\"/opt/web/x.conf\" is not among the files of the service"));
  EXPECT_THAT(refusal("    compose: {file: docker-compose.yml, project: My App}\n"),
              HasSubstr("cannot be a Compose project"));
  EXPECT_THAT(refusal("    compose: {image: x, port: ['80:80']}\n"),
              HasSubstr("unknown key \"port\""));
}

TEST_F(ComposeTest, WritesAFileForAnInlineService) {
  variables_ = {{"TAG", "v2"}, {"PASSWORD", "pa$sw\"or\\d\n"}};
  const RenderedService service = render(
      "    compose:\n"
      "      image: registry.lan/api:${TAG}\n"
      "      ports: ['8080:80']\n"
      "      volumes: ['data:/data', './conf:/conf', {type: volume, source: more, target: /m}]\n"
      "      environment: {PASSWORD: '${PASSWORD}', HOME_OF: $HOME, N: 0123, ON: yes, SURE: true}\n"
      "      command: [sh, -c, 'echo $$1']\n"
      "      healthcheck: {test: [CMD, 'true'], retries: 3}\n"
      "      read_only: true\n");
  EXPECT_EQ(text_of(service, "/opt/web/docker-compose.yml"),
            "# written by gannet: what is changed here is lost with the next release\n"
            "services:\n"
            "  \"web\":\n"
            "    image: \"registry.lan/api:v2\"\n"
            "    ports:\n"
            "      - \"8080:80\"\n"
            "    volumes:\n"
            "      - \"data:/data\"\n"
            "      - \"./conf:/conf\"\n"
            "      -\n"
            "        \"type\": \"volume\"\n"
            "        \"source\": \"more\"\n"
            "        \"target\": \"/m\"\n"
            "    environment:\n"
            "      \"PASSWORD\": \"pa$$sw\\\"or\\\\d\\n\"\n"
            "      \"HOME_OF\": \"$$HOME\"\n"
            "      \"N\": \"0123\"\n"
            "      \"ON\": \"yes\"\n"
            "      \"SURE\": true\n"
            "    command:\n"
            "      - \"sh\"\n"
            "      - \"-c\"\n"
            "      - \"echo $$1\"\n"
            "    read_only: true\n"
            "    healthcheck:\n"
            "      \"test\":\n"
            "        - \"CMD\"\n"
            "        - \"true\"\n"
            "      \"retries\": 3\n"
            "volumes:\n"
            "  \"data\": {}\n"
            "  \"more\": {}\n");
  EXPECT_THAT(files_of(service), ElementsAre("/opt/web/docker-compose.yml 0600"));
  EXPECT_THAT(images_of(service), ElementsAre("web registry.lan/api:v2"));
}

TEST_F(ComposeTest, TheInlineFileIsYamlAndComposeTakesIt) {
  const RenderedService service = render(
      "    compose: {image: 'busybox:1', environment: {A: \"x: 'y' # z\", B: \"\\t$C\"},\n"
      "              command: \"sh -c 'exit 0'\"}\n");
  const std::string text = text_of(service, "/opt/web/docker-compose.yml");
  const auto parsed = parse_compose_file("made", text);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->services.at(0).image.value, "busybox:1");
  const std::string file = folder_.write("made.yml", text).string();
  const auto run = [](const std::string& command) {
    return std::system((command + " >/dev/null 2>&1").c_str());  // NOLINT(concurrency-mt-unsafe)
  };
  if (run("docker compose version") == 0) {
    EXPECT_EQ(run("docker compose -p web -f " + file + " config -q"), 0) << text;
  }
}

TEST_F(ComposeTest, AnInlineImageMayBeShipped) {
  const RenderedService service =
      render("    compose: {image: {archive: 'build/{{host.name}}.tar'}, restart: always}\n");
  ASSERT_TRUE(service.compose);
  ASSERT_EQ(service.compose->sources.size(), 1U);
  const ImageSource& source = service.compose->sources[0];
  EXPECT_EQ(source.service, "web");
  EXPECT_EQ(source.reference, "gannet.local/web:current");
  EXPECT_EQ(source.archive, folder_.path() / "build/pi-1.tar");
  EXPECT_EQ(source.local, "");
  EXPECT_EQ(source.from.line, 4);
  EXPECT_THAT(text_of(service, "/opt/web/docker-compose.yml"),
              HasSubstr("image: \"gannet.local/web:current\""));
}

}  // namespace
}  // namespace gannet::playbooks

#include "agent/services/docker_images.h"

#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/services/image_chains.h"
#include "tests/support/scripted_tools.h"
#include "tests/unit/agent_services/docker_machine.h"

namespace gannet::agent {
namespace {

using protocol::ImageTag;
using protocol::PullPolicy;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::vector<std::string> kLooks = {"docker image inspect", "docker image ls", "docker info"};

/// A Docker of names and a registry; everything else is said by `tools`.
class DockerImagesTest : public testing::Test {
 protected:
  DockerImagesTest() {
    tools_.expect("docker image inspect --format {{.Id}}", [this](const ToolRun& run) {
      ToolResult result;
      for (std::size_t i = 5; i < run.words.size(); ++i) {
        const std::string id = id_of_name(run.words[i]);
        result.out += id.empty() ? "" : id + "\n";
        if (id.empty()) result.err += "Error: No such image: " + run.words[i] + "\n";
      }
      result.exit_code = result.err.empty() ? 0 : 1;
      return result;
    });
    tools_.expect("docker tag", [this](const ToolRun& run) {
      names_[run.words[3]] = run.words[2];
      return printed("");
    });
    tools_.expect("docker rmi", [this](const ToolRun& run) {
      names_.erase(run.words[2]);
      return printed("");
    });
    tools_.expect("docker pull --quiet", [this](const ToolRun& run) {
      const std::string& reference = run.words[3];
      if (!registry_.contains(reference)) {
        return failed(1, "Error response from daemon: manifest for " + reference +
                             " not found: manifest unknown: manifest unknown\n");
      }
      names_[reference] = registry_[reference];
      return printed(reference + "\n");
    });
    tools_.expect("docker image ls --format", [this](const ToolRun& run) {
      std::string out;
      for (const auto& [name, id] : names_) {
        if (name.starts_with(run.words.back() + ":")) out += name + "\n";
      }
      return printed(out);
    });
  }

  std::string id_of_name(const std::string& name) {
    if (names_.contains(name)) return names_[name];
    for (const auto& [other, id] : names_) {
      if (id == name) return id;
    }
    return "";
  }
  protocol::Release release(PullPolicy pull = PullPolicy::kMissing) {
    protocol::Release release;
    release.service = "api";
    release.id = "r1";
    release.projects.push_back({});
    release.projects[0].project = "api";
    release.projects[0].timeout_ms = 5'000;
    release.projects[0].images.push_back({});
    release.projects[0].images[0].service = "web";
    release.projects[0].images[0].reference = "web:1";
    release.projects[0].images[0].pull = pull;
    return release;
  }
  protocol::Release shipped() {
    auto one = release(PullPolicy::kNever);
    auto& image = one.projects[0].images[0];
    image.config = blobs_.add("{}");
    image.config_size = 2;
    image.layers = {{blobs_.add("base"), 4}, {blobs_.add("app"), 3}};
    return one;
  }
  tl::expected<std::vector<ImageTag>, Failure> fetch(const protocol::Release& wanted,
                                                     std::vector<ImageTag> kept = {}) {
    ServiceChange change;
    change.wanted = &wanted;
    change.images = std::move(kept);
    return images_.fetch(change, nobody_);
  }

  std::map<std::string, std::string> names_;
  std::map<std::string, std::string> registry_;
  MemoryBlobs blobs_;
  ScriptedTools tools_;
  NoProgress nobody_;
  DockerImages images_{tools_, blobs_};
};

TEST_F(DockerImagesTest, WhatIsThereIsHeldAndNotPulled) {
  names_["web:1"] = "sha256:old";
  EXPECT_THAT(fetch(release()).value(), ElementsAre(ImageTag{"web:1", "sha256:old"}));
  EXPECT_THAT(tools_.log_without(kLooks),
              ElementsAre("docker tag sha256:old gannet.local/api:r1-0"));
}

TEST_F(DockerImagesTest, WhatIsMissingIsPulledAndItsNameMeansNothingUntilItIsActivated) {
  registry_["web:1"] = "sha256:new";
  EXPECT_THAT(fetch(release()).value(), ElementsAre(ImageTag{"web:1", "sha256:new"}));
  EXPECT_EQ(names_, (std::map<std::string, std::string>{{"gannet.local/api:r1-0", "sha256:new"}}));
}

TEST_F(DockerImagesTest, ATagThatMovedIsPulledAndPutBack) {
  names_["web:1"] = "sha256:old";
  registry_["web:1"] = "sha256:new";
  EXPECT_THAT(fetch(release(PullPolicy::kAlways)).value(),
              ElementsAre(ImageTag{"web:1", "sha256:new"}));
  EXPECT_EQ(names_["web:1"], "sha256:old");
  EXPECT_EQ(names_["gannet.local/api:r1-0"], "sha256:new");
}

TEST_F(DockerImagesTest, OneImageOfTwoServicesIsFetchedOnce) {
  registry_["web:1"] = "sha256:new";
  auto both = release();
  both.projects[0].images.push_back(both.projects[0].images[0]);
  both.projects[0].images[1].service = "worker";
  EXPECT_THAT(fetch(both).value(), ElementsAre(ImageTag{"web:1", "sha256:new"}));
}

TEST_F(DockerImagesTest, APullThatFailsIsToldInDockersWordsAndHoldsNothing) {
  auto two = release();
  two.projects[0].images.push_back({});
  two.projects[0].images[1].reference = "gone:9";
  names_["web:1"] = "sha256:old";
  const auto fetched = fetch(two);
  ASSERT_FALSE(fetched.has_value());
  EXPECT_THAT(fetched.error().error.context, HasSubstr("docker pull gone:9: exit code 1"));
  EXPECT_THAT(fetched.error().error.context, HasSubstr("manifest unknown"));
  EXPECT_THAT(fetched.error().error.hint, HasSubstr("correct its tag"));
  EXPECT_EQ(names_, (std::map<std::string, std::string>{{"web:1", "sha256:old"}}));
}

TEST_F(DockerImagesTest, APullThatIsStoppedLeavesTheNameAsItWas) {
  names_["web:1"] = "sha256:old";
  tools_.expect("docker pull --quiet", [this](const ToolRun&) {
    names_["web:1"] = "sha256:new";
    ToolResult result;
    result.stopped = true;
    return result;
  });
  const auto fetched = fetch(release(PullPolicy::kAlways));
  ASSERT_FALSE(fetched.has_value());
  EXPECT_EQ(fetched.error().error.code, Code::kInterrupted);
  EXPECT_EQ(names_["web:1"], "sha256:old");
}

TEST_F(DockerImagesTest, APullOutOfTimeIsToldAsSuch) {
  tools_.expect("docker pull --quiet", [](const ToolRun& run) {
    EXPECT_EQ(run.timeout, std::chrono::seconds(5));
    ToolResult result;
    result.timed_out = true;
    return result;
  });
  EXPECT_EQ(fetch(release()).error().error.code, Code::kTimeout);
}

TEST_F(DockerImagesTest, NeverMeansNever) {
  registry_["web:1"] = "sha256:new";
  const auto fetched = fetch(release(PullPolicy::kNever));
  ASSERT_FALSE(fetched.has_value());
  EXPECT_EQ(fetched.error().error.context, "image web:1 is not on this host");
  EXPECT_THAT(tools_.log, Not(Contains(HasSubstr("docker pull"))));
}

TEST_F(DockerImagesTest, ANameWithADigestIsNeitherGivenNorTaken) {
  auto fixed = release();
  const std::string name = "web@sha256:12";
  fixed.projects[0].images[0].reference = name;
  registry_[name] = "sha256:new";
  EXPECT_THAT(fetch(fixed).value(), ElementsAre(ImageTag{name, "sha256:new"}));
  EXPECT_EQ(names_[name], "sha256:new");
  EXPECT_THAT(tools_.log, Not(Contains("docker rmi " + name)));
}

TEST_F(DockerImagesTest, ImagesOfAReleaseOfBeforeAreFoundOrSaidToBeGone) {
  names_["other:1"] = "sha256:old";
  const std::vector<ImageTag> kept = {{"web:1", "sha256:old"}};
  EXPECT_EQ(fetch(release(), kept).value(), kept);
  names_.clear();
  const auto fetched = fetch(release(), kept);
  ASSERT_FALSE(fetched.has_value());
  EXPECT_EQ(fetched.error().error.code, Code::kNotFound);
  EXPECT_EQ(fetched.error().error.context, "image web:1 (sha256:old) is not on this host any more");
}

TEST_F(DockerImagesTest, AShippedImageIsLoadedUnderItsHold) {
  const auto one = shipped();
  const std::string id = "sha256:" + one.projects[0].images[0].config.hex();
  std::string sent;
  tools_.expect("docker load", [&](const ToolRun& run) {
    while (run.input(sent)) {
    }
    names_["gannet.local/api:r1-0"] = id;
    return printed("");
  });
  EXPECT_THAT(fetch(one).value(), ElementsAre(ImageTag{"web:1", id}));
  EXPECT_THAT(sent, HasSubstr("gannet.local/api:r1-0"));
  EXPECT_THAT(sent, HasSubstr("base"));
}

TEST_F(DockerImagesTest, ADiskThatFillsUpDuringALoadIsToldAndHoldsNothing) {
  tools_.expect("docker load", failed(1, "write /layer.tar: no space left on device\n"));
  const auto fetched = fetch(shipped());
  ASSERT_FALSE(fetched.has_value());
  EXPECT_EQ(fetched.error().error.code, Code::kNoSpace);
  EXPECT_THAT(fetched.error().error.context, HasSubstr("no space left on device"));
  EXPECT_THAT(names_, IsEmpty());
}

TEST_F(DockerImagesTest, AnotherImageThanTheAnnouncedOneIsRefused) {
  tools_.expect("docker load", [this](const ToolRun&) {
    names_["gannet.local/api:r1-0"] = "sha256:other";
    return printed("");
  });
  const auto fetched = fetch(shipped());
  ASSERT_FALSE(fetched.has_value());
  EXPECT_EQ(fetched.error().error.code, Code::kCorrupt);
  EXPECT_THAT(names_, IsEmpty());
}

TEST_F(DockerImagesTest, OnlyLayersThatNoImageHasAreMissing) {
  const auto one = shipped();
  const auto& image = one.projects[0].images[0];
  tools_.expect("docker image ls --all", printed("sha256:x\n"));
  tools_.expect("docker image inspect --format {{.Id}}{{range .RootFS.Layers}} {{.}}{{end}}",
                printed("sha256:x sha256:" + image.layers[0].diff_id.hex() + " sha256:zz\n"));
  EXPECT_THAT(images_.missing_layers(one, nobody_).value(),
              ElementsAre(image.config, image.layers[1].diff_id));
  names_["a"] = "sha256:" + image.config.hex();
  EXPECT_THAT(images_.missing_layers(one, nobody_).value(), IsEmpty());
}

TEST_F(DockerImagesTest, ContainerdWantsAllLayersAndHasIdsOfItsOwn) {
  const auto one = shipped();
  const auto& image = one.projects[0].images[0];
  const std::string second = "gannet.local/shipped:" + image.config.hex();
  tools_.expect("docker info", printed("[[driver-type io.containerd.snapshotter.v1]]\n"));
  EXPECT_THAT(images_.missing_layers(one, nobody_).value(), testing::SizeIs(3));
  tools_.expect("docker load", [&](const ToolRun&) {
    names_["gannet.local/api:r1-0"] = names_[second] = "sha256:manifest";
    return printed("");
  });
  EXPECT_THAT(fetch(one).value(), ElementsAre(ImageTag{"web:1", "sha256:manifest"}));
  EXPECT_THAT(images_.missing_layers(one, nobody_).value(), IsEmpty());
  EXPECT_TRUE(images_.release_images(one).has_value());
  EXPECT_THAT(names_, IsEmpty());
}

TEST_F(DockerImagesTest, ADockerThatDoesNotAnswerLacksEverything) {
  tools_.expect("docker", failed(1, "Cannot connect to the Docker daemon at unix:///x.\n"));
  tools_.expect("docker image inspect --format {{.Id}}",
                failed(1, "Cannot connect to the Docker daemon at unix:///x.\n"));
  EXPECT_THAT(images_.missing_layers(shipped(), nobody_).value(), testing::SizeIs(3));
  const auto fetched = fetch(release());
  ASSERT_FALSE(fetched.has_value());
  EXPECT_THAT(fetched.error().error.context, HasSubstr("Cannot connect to the Docker daemon"));
  EXPECT_THAT(fetched.error().error.hint, HasSubstr("systemctl start docker"));
}

TEST_F(DockerImagesTest, OnlyTheHoldsOfThatReleaseGo) {
  names_ = {{"gannet.local/api:r1-0", "a"},
            {"gannet.local/api:r1-1", "b"},
            {"gannet.local/api:r10-0", "c"},
            {"web:1", "a"}};
  EXPECT_TRUE(images_.release_images(release()).has_value());
  EXPECT_EQ(names_,
            (std::map<std::string, std::string>{{"gannet.local/api:r10-0", "c"}, {"web:1", "a"}}));
}

TEST(HoldName, IsOneThatDockerTakes) {
  protocol::Release release;
  release.service = "a__b--c_";
  release.id = "20261123T100112Z-7f3a9c1e";
  EXPECT_EQ(hold_name(release, 2), "gannet.local/a-b-c:20261123T100112Z-7f3a9c1e-2");
}

TEST(KnownLayers, ALayerCountsOnlyOnTheSameLayers) {
  const Digest a = sha256("a");
  const Digest b = sha256("b");
  protocol::ImageSpec image;
  image.layers = {{a, 1}, {b, 1}};
  const auto name = [](const Digest& digest) { return "sha256:" + digest.hex(); };
  EXPECT_THAT(known_layers(image, {{"x", {name(b)}}}), IsEmpty());
  EXPECT_THAT(known_layers(image, {{"x", {name(a)}}}), ElementsAre(a));
  EXPECT_THAT(known_layers(image, {{"x", {name(a), name(b)}}}), testing::SizeIs(2));
  image.layers = {{a, 1}, {a, 1}};
  EXPECT_THAT(known_layers(image, {{"x", {name(a)}}}), IsEmpty());
}

TEST_F(DockerImagesTest, TheFolderOfImagesIsTheDataRootOrThatOfContainerd) {
  tools_.expect("docker info", printed("/srv/docker\n[[Backing Filesystem extfs]]\n"));
  EXPECT_EQ(images_.image_folder(nobody_), "/srv/docker");
  tools_.expect("docker info",
                printed("/srv/docker\n[[driver-type io.containerd.snapshotter.v1]]\n"));
  EXPECT_EQ(images_.image_folder(nobody_), "/var/lib/containerd");
  tools_.missing("docker info");
  EXPECT_EQ(images_.image_folder(nobody_), "");
}

}  // namespace
}  // namespace gannet::agent

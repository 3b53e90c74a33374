// Images on their way: from an archive, through a link, into the store of a real agent.
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/deploy/blob_upload.h"
#include "controller/deploy/shipped_images.h"
#include "controller/fleet/agent_session.h"
#include "tests/support/image_writer.h"
#include "tests/unit/fleet/local_fleet.h"
#include "tests/unit/fleet/run_task.h"

namespace gannet::controller {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::string layer(std::size_t size, char fill) {
  return test::TarWriter().file("data", std::string(size, fill)).finish();
}

class ImageUpload : public testing::Test {
 protected:
  ImageUpload() {
    fleet.add_hosts(1);
    access.transport = &fleet.transport;
    access.agents = &fleet.agents;
    access.state_dir = fleet.state_dir("h1").string();
    image.names = {"web:1"};
    // More than one frame each, and one that packs to almost nothing.
    image.layers = {layer(700'000, 'a'), layer(9'000'000, 'b'), layer(10, 'c')};
    image.packing = test::Packing::kGzip;
    fleet.write("web.tar", test::oci_archive({image}));
  }

  playbooks::ImageSource source() const {
    playbooks::ImageSource wanted;
    wanted.service = "web";
    wanted.reference = "registry.lan/web:${TAG}";
    wanted.archive = fleet.root / "project" / "web.tar";
    return wanted;
  }

  Result<protocol::ImageSpec> resolve(const std::string& machine) {
    return run_value(fleet.io, images.resolve(source(), machine, &blobs));
  }

  Result<protocol::UploadReply> upload(const std::vector<Digest>& digests) {
    auto opened = run_value(fleet.io, open_agent(access));
    if (!opened) return fail(opened.error());
    auto reply = run_value(fleet.io, uploader.upload(opened->get(), digests));
    run_task(fleet.io, opened->get()->close());
    return reply;
  }

  [[nodiscard]] std::string stored(const Digest& digest) const {
    const std::string hex = digest.hex();
    std::ifstream in(fleet.state_dir("h1") / "blobs" / hex.substr(0, 2) / hex, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }

  LocalFleet fleet;
  AgentAccess access;
  test::TestImage image;
  BlobSource blobs;
  Uploader uploader{blobs};
  ShippedImages images{fleet.io.get_executor()};
};

TEST_F(ImageUpload, ResolvesToWhatAReleaseNeeds) {
  const auto spec = resolve("x86_64");
  ASSERT_TRUE(spec.has_value()) << spec.error().context;
  EXPECT_EQ(spec->service, "web");
  EXPECT_EQ(spec->reference, "registry.lan/web:${TAG}");
  EXPECT_EQ(spec->pull, protocol::PullPolicy::kNever);
  EXPECT_TRUE(spec->shipped());
  EXPECT_EQ(spec->config.hex(), test::hex_of(image.config()));
  ASSERT_EQ(spec->layers.size(), 3U);
  EXPECT_EQ(spec->layers[1].size, image.layers[1].size());
  EXPECT_EQ(blobs.bytes_of({spec->config, spec->layers[0].diff_id}),
            image.config().size() + image.layers[0].size());
  EXPECT_EQ(blobs.count_regions({spec->config, spec->layers[0].diff_id, Digest{}}), 2U);
  EXPECT_EQ(blobs.find(spec->config), nullptr);
}

TEST_F(ImageUpload, SendsLayersUnpackedAndOnlyThoseAskedFor) {
  const auto spec = resolve("x86_64");
  ASSERT_TRUE(spec.has_value()) << spec.error().context;
  const auto first = upload({spec->config, spec->layers[0].diff_id});
  ASSERT_TRUE(first.has_value()) << first.error().context;
  EXPECT_EQ(first->stored, 2U);
  EXPECT_EQ(stored(spec->config), image.config());
  EXPECT_EQ(stored(spec->layers[0].diff_id), image.layers[0]);
  EXPECT_EQ(stored(spec->layers[1].diff_id), "");
  // Another session, which finds the first two there and asks for the rest.
  const auto second = upload({spec->layers[1].diff_id, spec->layers[2].diff_id});
  ASSERT_TRUE(second.has_value()) << second.error().context;
  EXPECT_EQ(second->stored, 2U);
  EXPECT_EQ(second->bytes, image.layers[1].size() + image.layers[2].size());
  EXPECT_EQ(stored(spec->layers[1].diff_id), image.layers[1]);
  EXPECT_EQ(stored(spec->layers[0].diff_id), image.layers[0]);  // kept between the sessions
}

TEST_F(ImageUpload, ChangedArchiveIsNotSent) {
  const auto spec = resolve("x86_64");
  ASSERT_TRUE(spec.has_value()) << spec.error().context;
  std::ofstream(fleet.root / "project" / "web.tar", std::ios::app) << "more";
  const auto sent = upload({spec->layers[0].diff_id});
  ASSERT_FALSE(sent.has_value());
  EXPECT_EQ(sent.error().code, Code::kConflict);
  EXPECT_THAT(sent.error().context, HasSubstr("web.tar: changed while it was deployed"));
}

TEST_F(ImageUpload, WrongArchitectureRefusesTheWholeRunBeforeAnythingIsTouched) {
  image.architecture = "mips";
  fleet.write("web.tar", test::oci_archive({image}));
  fleet.write("compose.yml", "services: { web: { image: 'web:1' } }\n");
  fleet.load(
      "project: test\n"
      "inventory: inventory.yaml\n"
      "services:\n"
      "  web:\n"
      "    compose: { file: compose.yml, directory: \"@HOST@\",\n"
      "               images: { web: { archive: web.tar } } }\n");
  auto context = fleet.context("deploy");
  const auto summary = run_deploy(context, fleet.release("v1"), {});
  ASSERT_EQ(summary.hosts.size(), 1U);
  EXPECT_TRUE(summary.preflight_refused);
  EXPECT_EQ(summary.exit_code(), ExitCode::kPreflight);
  EXPECT_EQ(summary.hosts[0].outcome, Outcome::kSkipped);
  EXPECT_THAT(summary.hosts[0].message, HasSubstr("pre-flight: image of web: "));
  EXPECT_THAT(summary.hosts[0].message, HasSubstr("is made for linux/mips, this host is linux/"));
  EXPECT_THAT(summary.hosts[0].hint, HasSubstr("docker buildx build --platform linux/"));
  EXPECT_TRUE(fleet.content("h1").empty());
}

}  // namespace
}  // namespace gannet::controller

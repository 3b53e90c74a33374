#include "controller/images/image_archive.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/image_writer.h"
#include "tests/support/ssh_fixtures.h"

namespace gannet::controller {
namespace {

using test::Packing;
using test::TestImage;
using testing::AllOf;
using testing::HasSubstr;

const CancelFlag kGoOn = false;

std::string layer(const std::string& content) {
  return test::TarWriter().file("etc/motd", content).finish();
}

TestImage image(const std::string& name, const std::vector<std::string>& contents) {
  TestImage made;
  made.names = {name};
  for (const auto& content : contents) made.layers.push_back(layer(content));
  return made;
}

std::string content_of(const BlobRegion& region) {
  auto reader = RegionReader::open(region);
  EXPECT_TRUE(reader.has_value());
  std::string all;
  std::vector<std::byte> piece(1000);
  for (;;) {
    const auto got = (*reader)->read(piece);
    EXPECT_TRUE(got.has_value());
    if (!got || *got == 0) return all;
    all.append(reinterpret_cast<const char*>(piece.data()), *got);
  }
}

class Archive : public testing::Test {
 protected:
  Result<ShippedImage> pick(const std::string& bytes, const std::string& reference,
                            const std::string& machine = "x86_64") {
    test::write_file(path_, bytes);
    TRY(const auto archive, ImageArchive::open(path_, {}, kGoOn));
    return archive->pick(reference, platform_of(machine), kGoOn);
  }

  /// What was picked is `wanted`, to the last byte.
  static void expect_is(const Result<ShippedImage>& got, const TestImage& wanted) {
    ASSERT_TRUE(got.has_value()) << got.error().context;
    EXPECT_EQ(got->config.hex(), test::hex_of(wanted.config()));
    EXPECT_EQ(got->config_size, wanted.config().size());
    ASSERT_EQ(got->layers.size(), wanted.layers.size());
    std::map<Digest, std::string> contents;
    for (const auto& blob : got->blobs) {
      contents[blob.digest] = content_of(blob);
      EXPECT_EQ(contents[blob.digest].size(), blob.bytes);
    }
    EXPECT_EQ(contents[got->config], wanted.config());
    for (std::size_t i = 0; i < got->layers.size(); ++i) {
      EXPECT_EQ(got->layers[i].size, wanted.layers[i].size());
      EXPECT_EQ(contents[got->layers[i].diff_id], wanted.layers[i]) << i;
    }
  }

  std::string error_of(const std::string& bytes, const std::string& reference = "web:1",
                       Code code = Code::kInvalidInput) {
    const auto got = pick(bytes, reference);
    if (got) return "(no error)";
    EXPECT_EQ(got.error().code, code) << got.error().context;
    EXPECT_THAT(got.error().context, HasSubstr(path_));
    EXPECT_FALSE(got.error().hint.empty());
    return got.error().context;
  }

  test::TempDir dir_;
  std::string path_ = dir_ / "image.tar";
};

TEST_F(Archive, OfDockerSave) {
  const auto web = image("web:1", {"base", "app"});
  expect_is(pick(test::docker_archive({web}), "web:1"), web);
}

TEST_F(Archive, OfDockerSaveWithOneLayerTwice) {
  const auto web = image("web:1", {"base", "app", "base"});
  const auto got = pick(test::docker_archive({web}), "web:1");
  expect_is(got, web);
  EXPECT_EQ(got->blobs.size(), 3U);  // configuration and two layers
}

TEST_F(Archive, InTheOciLayoutWithEveryPacking) {
  for (const auto packing : {Packing::kNone, Packing::kGzip, Packing::kZstd}) {
    auto web = image("web:1", {"base", std::string(300'000, 'a')});
    web.packing = packing;
    expect_is(pick(test::oci_archive({web}), "web:1"), web);
  }
}

TEST_F(Archive, PackedAsAWhole) {
  const auto web = image("web:1", {"base", "app"});
  expect_is(pick(test::gzip(test::docker_archive({web})), "web:1"), web);
  expect_is(pick(test::zstd(test::oci_archive({web})), "web:1"), web);
}

TEST_F(Archive, GzipMembersInARowAreOneLayer) {
  auto web = image("web:1", {"base"});
  const std::string whole = web.layers[0];
  const std::string packed = test::gzip(whole.substr(0, 700)) + test::gzip(whole.substr(700));
  test::TarWriter tar;
  tar.file("config.json", web.config()).file("layer", packed);
  tar.file("manifest.json", R"([{"Config":"config.json","RepoTags":null,"Layers":["layer"]}])");
  expect_is(pick(tar.finish(), "web:1"), web);
}

TEST_F(Archive, BothFormsInOne) {
  const auto web = image("web:1", {"base"});
  std::string both = test::oci_archive({web});
  both.resize(both.size() - 1024);
  expect_is(pick(both + test::docker_archive({web}), "web:1"), web);
}

TEST_F(Archive, TheOneThatIsAskedFor) {
  const auto web = image("web:1", {"base", "web"});
  const auto api = image("registry.lan/api:2", {"base", "api"});
  for (const auto& bytes : {test::docker_archive({web, api}), test::oci_archive({web, api})}) {
    expect_is(pick(bytes, "docker.io/library/web:1"), web);
    expect_is(pick(bytes, "registry.lan/api:2"), api);
    EXPECT_THAT(error_of(bytes, "db:3", Code::kNotFound),
                AllOf(HasSubstr("none of its 2 images is called db:3"),
                      HasSubstr("registry.lan/api:2, "), HasSubstr("web:1")));
  }
}

TEST_F(Archive, AnImageAloneNeedsNotHaveTheName) {
  const auto web = image("something:else", {"base"});
  expect_is(pick(test::docker_archive({web}), "web:1"), web);
}

TEST_F(Archive, TheArchitectureOfTheHost) {
  auto amd = image("web:1", {"amd"});
  auto arm64 = image("web:1", {"arm64"});
  arm64.architecture = "arm64";
  auto v6 = image("web:1", {"v6"});
  v6.architecture = "arm";
  v6.variant = "v6";
  auto v7 = v6;
  v7.layers = {layer("v7")};
  v7.variant = "v7";
  for (const bool nested : {false, true}) {
    const auto bytes = test::oci_archive({v6, amd, v7, arm64}, nested);
    expect_is(pick(bytes, "web:1", "x86_64"), amd);
    expect_is(pick(bytes, "web:1", "aarch64"), arm64);
    expect_is(pick(bytes, "web:1", "armv7l"), v7);
    expect_is(pick(bytes, "web:1", "armv6l"), v6);
  }
}

TEST_F(Archive, OfTheWrongArchitectureNamesBoth) {
  auto web = image("web:1", {"base"});
  web.architecture = "arm64";
  const std::string bytes = test::docker_archive({web});
  EXPECT_THAT(error_of(bytes, "web:1", Code::kPreflight),
              HasSubstr("web:1 is made for linux/arm64, this host is linux/amd64"));
  const auto got = pick(bytes, "web:1", "armv7l");
  ASSERT_FALSE(got.has_value());
  EXPECT_EQ(got.error().hint,
            "build it for this host, too: docker buildx build --platform linux/arm/v7");
}

TEST_F(Archive, LayersThatAreNotWhatTheConfigurationSays) {
  const auto web = image("web:1", {"base", "app"});
  std::string bytes = test::docker_archive({web});
  const auto at = bytes.find("etc/motd");
  bytes.replace(at, 8, "etc/evil");
  EXPECT_THAT(error_of(bytes), AllOf(HasSubstr("layer.tar: holds sha256:"),
                                     HasSubstr("names sha256:" + test::hex_of(web.layers[0]))));
}

TEST_F(Archive, DamagedPacking) {
  auto web = image("web:1", {std::string(100'000, 'z')});
  web.packing = Packing::kGzip;
  std::string bytes = test::oci_archive({web});
  const std::string packed = test::gzip(web.layers[0]);
  const auto at = bytes.find(packed);
  ASSERT_NE(at, std::string::npos);
  bytes[at + packed.size() / 2] = static_cast<char>(bytes[at + packed.size() / 2] ^ 0x55);
  EXPECT_THAT(error_of(bytes), HasSubstr("blobs/sha256/" + test::hex_of(packed)));
}

TEST_F(Archive, WithoutALayer) {
  test::TarWriter tar;
  const auto web = image("web:1", {"base"});
  tar.file("c.json", web.config());
  tar.file("manifest.json", R"([{"Config":"c.json","RepoTags":["web:1"],"Layers":["gone.tar"]}])");
  EXPECT_THAT(error_of(tar.finish()), HasSubstr("gone.tar: is not in the archive"));
}

TEST_F(Archive, ThatMakesNoSense) {
  const auto config = image("web:1", {"base"}).config();
  const auto with = [&](const std::string& manifest) {
    return test::TarWriter().file("c.json", config).file("manifest.json", manifest).finish();
  };
  EXPECT_THAT(error_of(test::TarWriter().file("a", "b").finish()), HasSubstr("it is no image"));
  EXPECT_THAT(error_of(with("[")), HasSubstr("manifest.json: is not JSON"));
  EXPECT_THAT(error_of(with("{}")), HasSubstr("is no list of images"));
  EXPECT_THAT(error_of(with("[]")), HasSubstr("holds no image"));
  EXPECT_THAT(error_of(with(R"([{"Config":7,"Layers":[]}])")), HasSubstr("without \"Config\""));
  EXPECT_THAT(error_of(with(R"([{"Config":"c.json","Layers":[7]}])")),
              HasSubstr("without \"Config\" or \"Layers\""));
  EXPECT_THAT(error_of(with(R"([{"Config":"c.json","Layers":[]}])")),
              HasSubstr("names 1 layers, its manifest 0"));
  EXPECT_THAT(error_of(with(R"([{"Config":"../c.json","Layers":[]}])")),
              HasSubstr("../c.json: is not in the archive"));
  EXPECT_THAT(error_of(test::TarWriter().file("index.json", "{}").finish()),
              HasSubstr("no list \"manifests\""));
  EXPECT_THAT(
      error_of(test::TarWriter()
                   .file("index.json", R"({"manifests":[{"digest":"sha256:../../etc/passwd"}]})")
                   .finish()),
      HasSubstr("index.json: "));
}

TEST_F(Archive, SparseOciArchivesAreTakenForWhatIsThere) {
  auto amd = image("web:1", {"amd"});
  std::string bytes = test::oci_archive({amd}, false);
  // A descriptor of another platform whose manifest was not saved.
  const std::string other = R"({"digest":"sha256:)" + std::string(64, 'a') + R"("},)";
  test::TarWriter tar;
  tar.file("index.json", R"({"manifests":[)" + other.substr(0, other.size() - 1) + "]}");
  EXPECT_THAT(error_of(tar.finish()), HasSubstr("holds no image"));
  expect_is(pick(bytes, "web:1"), amd);
}

TEST_F(Archive, IsReadOnceForManyHosts) {
  const auto web = image("web:1", {"base"});
  test::write_file(path_, test::docker_archive({web}));
  const auto archive = ImageArchive::open(path_, {}, kGoOn);
  ASSERT_TRUE(archive.has_value());
  expect_is((*archive)->pick("web:1", platform_of("x86_64"), kGoOn), web);
  const CancelFlag stop = true;  // would end any hashing
  expect_is((*archive)->pick("web:1", platform_of("x86_64"), stop), web);
}

TEST_F(Archive, HashingEndsWhenItShall) {
  test::write_file(path_, test::docker_archive({image("web:1", {"base"})}));
  const auto archive = ImageArchive::open(path_, {}, kGoOn);
  ASSERT_TRUE(archive.has_value());
  const CancelFlag stop = true;
  const auto got = (*archive)->pick("web:1", platform_of("x86_64"), stop);
  ASSERT_FALSE(got.has_value());
  EXPECT_EQ(got.error().code, Code::kInterrupted);
}

TEST_F(Archive, ThatChangesMeanwhileIsNoticed) {
  const auto web = image("web:1", {"base"});
  auto got = pick(test::docker_archive({web}), "web:1");
  ASSERT_TRUE(got.has_value());
  std::ofstream(path_, std::ios::app) << "more";
  const auto reader = RegionReader::open(got->blobs.front());
  ASSERT_FALSE(reader.has_value());
  EXPECT_EQ(reader.error().code, Code::kConflict);
  // A new file of the same name is none of our business.
  got = pick(test::docker_archive({web}), "web:1");
  std::filesystem::remove(path_);
  test::write_file(path_, "something else");
  expect_is(got, web);
}

TEST_F(Archive, ThatIsNotThere) {
  const auto missing = ImageArchive::open(dir_ / "none.tar", {}, kGoOn);
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code, Code::kNotFound);
  const auto folder = ImageArchive::open(dir_.path(), {}, kGoOn);
  ASSERT_FALSE(folder.has_value());
  EXPECT_THAT(folder.error().context, HasSubstr("is not a file"));
}

}  // namespace
}  // namespace gannet::controller

#include "tests/system/image_archive.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <stdexcept>

#include <sys/utsname.h>

#include <nlohmann/json.hpp>

#include "base/hash.h"
#include "tests/support/paths.h"
#include "tests/support/ssh_fixtures.h"

namespace gannet::test {
namespace {

constexpr std::size_t kBlock = 512;
constexpr const char* kCreated = "2020-01-01T00:00:00Z";

// Fields of a ustar header: offset and size.
struct Field {
  std::size_t offset;
  std::size_t size;
};
constexpr Field kName{0, 100};
constexpr Field kMode{100, 8};
constexpr Field kOwner{108, 8};
constexpr Field kGroup{116, 8};
constexpr Field kSize{124, 12};
constexpr Field kTime{136, 12};
constexpr Field kSum{148, 8};
constexpr std::size_t kType = 156;
constexpr Field kMagic{257, 8};

class Tar {
 public:
  void add(const std::string& name, const std::string& content) {
    if (name.size() >= kName.size) throw std::runtime_error("name too long for tar: " + name);
    header_.fill('\0');
    put(kName, name);
    put_octal(kMode, 0755);
    put_octal(kOwner, 0);
    put_octal(kGroup, 0);
    put_octal(kSize, content.size());
    put_octal(kTime, 0);
    header_[kType] = '0';
    put(kMagic, std::string("ustar\0"
                            "00",
                            8));
    put(kSum, std::string(kSum.size, ' '));  // counts as blanks in its own sum
    unsigned long sum = 0;
    for (const char byte : header_) sum += static_cast<unsigned char>(byte);
    put_octal(kSum, sum);
    bytes_.append(header_.data(), header_.size());
    bytes_ += content;
    bytes_.resize((bytes_.size() + kBlock - 1) / kBlock * kBlock);
  }

  [[nodiscard]] std::string finish() const { return bytes_ + std::string(2 * kBlock, '\0'); }

 private:
  void put(Field field, const std::string& text) {
    std::copy_n(text.begin(), std::min(text.size(), field.size), header_.begin() + field.offset);
  }
  void put_octal(Field field, unsigned long number) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%0*lo", static_cast<int>(field.size) - 1, number);
    put(field, std::string(text.data(), field.size - 1) + '\0');
  }

  std::array<char, kBlock> header_{};
  std::string bytes_;
};

std::string hex(const std::string& bytes) { return sha256(bytes).hex(); }

std::string layer_tar(const Layer& layer) {
  Tar tar;
  for (const auto& [path, content] : layer) tar.add(path.substr(1), content);
  return tar.finish();
}

/// As Docker calls it.
std::string architecture() {
  utsname machine{};
  ::uname(&machine);
  const std::string name = machine.machine;
  if (name == "x86_64") return "amd64";
  if (name == "aarch64") return "arm64";
  throw std::runtime_error("no images for " + name);
}

}  // namespace

Image web_image(const std::string& name, const std::string& version) {
  const std::string program = read_file(build_dir() + "/tests/system/gannet_test_web");
  if (program.empty()) throw std::runtime_error("gannet_test_web is not built");
  return {name, {{{"/web", program}}, {{"/version", version + "\n"}}}};
}

std::string write_image_archive(const std::filesystem::path& file, const Image& image) {
  Tar archive;
  nlohmann::json config = {{"architecture", architecture()},
                           {"os", "linux"},
                           {"created", kCreated},
                           {"config", {{"Cmd", image.command}, {"Env", {"PATH=/"}}}},
                           {"rootfs", {{"type", "layers"}, {"diff_ids", nlohmann::json::array()}}},
                           {"history", nlohmann::json::array()}};
  nlohmann::json names = nlohmann::json::array();
  for (const auto& layer : image.layers) {
    const std::string tar = layer_tar(layer);
    const std::string digest = hex(tar);
    names.push_back(digest + "/layer.tar");
    archive.add(names.back(), tar);
    config["rootfs"]["diff_ids"].push_back("sha256:" + digest);
    config["history"].push_back({{"created", kCreated}});
  }
  const std::string text = config.dump();
  const std::string id = hex(text);
  archive.add(id + ".json", text);
  const nlohmann::json manifest = {
      {{"Config", id + ".json"}, {"RepoTags", {image.name}}, {"Layers", names}}};
  archive.add("manifest.json", manifest.dump());
  write_file(file, archive.finish());
  return "sha256:" + id;
}

}  // namespace gannet::test

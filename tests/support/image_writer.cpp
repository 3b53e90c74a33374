#include "tests/support/image_writer.h"

#include <array>
#include <cstdio>
#include <set>
#include <stdexcept>

#include <zlib.h>
#include <zstd.h>

#include <nlohmann/json.hpp>

#include "base/hash.h"

namespace gannet::test {
namespace {

using nlohmann::json;

constexpr std::size_t kBlock = 512;

std::string octal(std::uint64_t value, int width) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%0*llo", width, static_cast<unsigned long long>(value));
  return text.data();
}

std::string pack(const std::string& text, Packing packing) {
  if (packing == Packing::kGzip) return gzip(text);
  return packing == Packing::kZstd ? zstd(text) : text;
}

/// The blobs of an OCI layout, each once.
class Blobs {
 public:
  explicit Blobs(TarWriter& tar) : tar_(tar) {}

  json add(const std::string& text, const std::string& type) {
    const std::string hex = hex_of(text);
    if (seen_.insert(hex).second) tar_.file("blobs/sha256/" + hex, text);
    return {{"mediaType", type}, {"digest", "sha256:" + hex}, {"size", text.size()}};
  }

 private:
  TarWriter& tar_;
  std::set<std::string> seen_;
};

json add_manifest(Blobs& blobs, const TestImage& image) {
  json manifest = {{"schemaVersion", 2}, {"layers", json::array()}};
  manifest["config"] = blobs.add(image.config(), "application/vnd.oci.image.config.v1+json");
  for (const auto& layer : image.layers) {
    manifest["layers"].push_back(
        blobs.add(pack(layer, image.packing), "application/vnd.oci.image.layer.v1.tar"));
  }
  return blobs.add(manifest.dump(), "application/vnd.oci.image.manifest.v1+json");
}

}  // namespace

// ---- tar ------------------------------------------------------------------------------------

void TarWriter::header(char type, const std::string& name, const std::string& link,
                       const std::string& size_field) {
  std::string block(kBlock, '\0');
  const auto put = [&](std::size_t at, const std::string& text, std::size_t width) {
    block.replace(at, std::min(width, text.size()), text.substr(0, width));
  };
  put(0, name, 100);
  put(100, "0000644", 8);
  put(108, "0000000", 8);
  put(116, "0000000", 8);
  put(124, size_field, 12);
  put(136, octal(1'700'000'000, 11), 12);
  put(148, "        ", 8);
  block[156] = type;
  put(157, link, 100);
  put(257, std::string("ustar\0", 6) + "00", 8);
  std::uint64_t sum = 0;
  for (const char c : block) sum += static_cast<unsigned char>(c);
  put(148, octal(sum, 6) + std::string("\0 ", 2), 8);
  text_ += block;
}

void TarWriter::body(const std::string& content) {
  text_ += content;
  text_.append((kBlock - content.size() % kBlock) % kBlock, '\0');
}

void TarWriter::long_text(char type, const std::string& key, const std::string& value) {
  if (!pax_) {
    raw(type, "././@LongLink", value + std::string(1, '\0'), octal(value.size() + 1, 11));
    return;
  }
  std::string record = " " + key + "=" + value + "\n";
  std::size_t length = record.size() + 1;
  while (std::to_string(length).size() + record.size() != length) ++length;
  record.insert(0, std::to_string(length));
  raw('x', "PaxHeaders/x", record, octal(record.size(), 11));
}

TarWriter& TarWriter::raw(char type, const std::string& name, const std::string& content,
                          const std::string& size_field) {
  header(type, name, "", size_field);
  body(content);
  return *this;
}

TarWriter& TarWriter::file(const std::string& name, const std::string& content) {
  if (name.size() > 100) long_text('L', "path", name);
  return raw('0', name, content, octal(content.size(), 11));
}

TarWriter& TarWriter::link(const std::string& name, const std::string& target, bool hard) {
  if (name.size() > 100) long_text('L', "path", name);
  if (target.size() > 100) long_text('K', "linkpath", target);
  header(hard ? '1' : '2', name, target, octal(0, 11));
  return *this;
}

// ---- packing --------------------------------------------------------------------------------

std::string gzip(const std::string& text) {
  z_stream zlib{};
  if (::deflateInit2(&zlib, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::runtime_error("deflateInit2");
  std::string source = text;
  std::string packed(::deflateBound(&zlib, source.size()) + 64, '\0');
  zlib.next_in = reinterpret_cast<Bytef*>(source.data());
  zlib.avail_in = static_cast<uInt>(source.size());
  zlib.next_out = reinterpret_cast<Bytef*>(packed.data());
  zlib.avail_out = static_cast<uInt>(packed.size());
  if (::deflate(&zlib, Z_FINISH) != Z_STREAM_END) throw std::runtime_error("deflate");
  packed.resize(zlib.total_out);
  ::deflateEnd(&zlib);
  return packed;
}

std::string zstd(const std::string& text) {
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), 3));
  return packed;
}

std::string hex_of(const std::string& text) { return sha256(text).hex(); }

// ---- images ---------------------------------------------------------------------------------

std::string TestImage::config() const {
  json config = {{"architecture", architecture},
                 {"os", "linux"},
                 {"rootfs", {{"type", "layers"}, {"diff_ids", json::array()}}},
                 {"config", {{"Cmd", {"/bin/true"}}}}};
  if (!variant.empty()) config["variant"] = variant;
  for (const auto& layer : layers)
    config["rootfs"]["diff_ids"].push_back("sha256:" + hex_of(layer));
  return config.dump();
}

std::string docker_archive(const std::vector<TestImage>& images) {
  TarWriter tar;
  json manifest = json::array();
  std::set<std::string> seen;
  for (const auto& image : images) {
    json one = {{"RepoTags", image.names}, {"Layers", json::array()}};
    const std::string id = hex_of(image.config());
    for (std::size_t i = 0; i < image.layers.size(); ++i) {
      const std::string hex = hex_of(image.layers[i]);
      // Docker's folders are named by image and layer, so one layer may have several.
      const std::string name = hex_of(id + std::to_string(i)) + "/layer.tar";
      if (seen.insert(hex).second) {
        tar.file(hex + "/layer.tar", image.layers[i]);
        one["Layers"].push_back(hex + "/layer.tar");
      } else {
        tar.link(name, "../" + hex + "/layer.tar");
        one["Layers"].push_back(name);
      }
    }
    tar.file(id + ".json", image.config());
    one["Config"] = id + ".json";
    manifest.push_back(std::move(one));
  }
  tar.file("manifest.json", manifest.dump());
  tar.file("repositories", "{}");
  return tar.finish();
}

std::string oci_archive(const std::vector<TestImage>& images, bool nested) {
  TarWriter tar;
  tar.file("oci-layout", R"({"imageLayoutVersion":"1.0.0"})");
  Blobs blobs(tar);
  json manifests = json::array();
  for (const auto& image : images) {
    json descriptor = add_manifest(blobs, image);
    if (!nested && !image.names.empty())
      descriptor["annotations"] = {{"io.containerd.image.name", image.names.front()}};
    manifests.push_back(std::move(descriptor));
  }
  const std::string type = "application/vnd.oci.image.index.v1+json";
  if (nested) {
    const json inner = {{"schemaVersion", 2}, {"mediaType", type}, {"manifests", manifests}};
    json descriptor = blobs.add(inner.dump(), type);
    if (!images.front().names.empty())
      descriptor["annotations"] = {
          {"org.opencontainers.image.ref.name", images.front().names.front()}};
    manifests = json::array({descriptor});
  }
  tar.file("index.json", json({{"schemaVersion", 2}, {"manifests", manifests}}).dump());
  return tar.finish();
}

}  // namespace gannet::test

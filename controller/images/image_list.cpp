#include "controller/images/image_list.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/text.h"

namespace gannet::controller {
namespace {

using nlohmann::json;

constexpr std::uint64_t kMaxDocument = 8ULL * 1024 * 1024;  // bytes
constexpr std::size_t kMaxImages = 1'000;
constexpr std::size_t kMaxLayers = 1'000;
constexpr int kMaxDepth = 4;  // of an index in an index
constexpr std::string_view kSha256 = "sha256:";

/// The member of an object; null when it is not there or has another type.
const json* member(const json& object, const char* key, json::value_t type) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(key);
  return found == object.end() || found->type() != type ? nullptr : &*found;
}

std::string string_at(const json& object, const char* key) {
  const json* found = member(object, key, json::value_t::string);
  return found == nullptr ? std::string() : found->get<std::string>();
}

/// The strings of an array; nullopt when there is none, or something else in it.
std::optional<std::vector<std::string>> strings_at(const json& object, const char* key) {
  const json* array = member(object, key, json::value_t::array);
  if (array == nullptr || array->size() > kMaxLayers) return std::nullopt;
  std::vector<std::string> result;
  for (const json& item : *array) {
    if (!item.is_string()) return std::nullopt;
    result.push_back(item.get<std::string>());
  }
  return result;
}

Result<Digest> digest_from(const std::string& text) {
  if (!text.starts_with(kSha256))
    return fail(Code::kInvalidInput, "\"" + printable(text) + "\" is not a SHA-256 digest");
  return Digest::from_hex(std::string_view(text).substr(kSha256.size()));
}

class Listing {
 public:
  Listing(const ArchiveFile& file, const TarIndex& index) : file_(file), index_(index) {}

  Result<std::vector<StoredImage>> run() {
    const bool oci = index_.find("index.json") != nullptr;
    const bool docker = index_.find("manifest.json") != nullptr;
    if (!oci && !docker)
      return fail(Code::kInvalidInput,
                  file_.name() + ": holds neither manifest.json nor index.json: it is no image",
                  "make one with docker save -o FILE IMAGE, or as an OCI archive");
    if (oci) {
      TRY(const json index, document("index.json"));
      TRY_VOID(take_index(index, "index.json", {}, 0));
    }
    if (docker) TRY_VOID(take_docker());
    return std::move(images_);
  }

 private:
  [[nodiscard]] tl::unexpected<Error> damaged(const std::string& entry,
                                              const std::string& what) const {
    return fail(Code::kInvalidInput, file_.name() + ": " + printable(entry) + ": " + what,
                "the archive is damaged, or of a form that gannet does not know: make it again");
  }

  [[nodiscard]] Result<std::string> content(const std::string& entry) const {
    const TarEntry* found = index_.find(entry);
    if (found == nullptr) return damaged(entry, "is not in the archive");
    if (found->size > kMaxDocument) return damaged(entry, format_size(found->size) + " of JSON");
    std::string text(static_cast<std::size_t>(found->size), '\0');
    TRY_VOID(file_.read(found->offset, std::as_writable_bytes(std::span(text))));
    return text;
  }

  [[nodiscard]] Result<json> parsed(const std::string& entry, const std::string& text) const {
    json value = json::parse(text, nullptr, false);
    if (value.is_discarded()) return damaged(entry, "is not JSON");
    return value;
  }

  [[nodiscard]] Result<json> document(const std::string& entry) const {
    TRY(const std::string text, content(entry));
    return parsed(entry, text);
  }

  // ---- OCI ----------------------------------------------------------------------------------

  /// The entry of a descriptor's blob; nullopt when the archive does not hold it.
  [[nodiscard]] Result<std::optional<std::string>> blob_of(const json& descriptor,
                                                           const std::string& of) const {
    auto digest = digest_from(string_at(descriptor, "digest"));
    if (!digest) return damaged(of, digest.error().context);
    std::string entry = "blobs/sha256/" + digest->hex();
    if (index_.find(entry) == nullptr) return std::optional<std::string>();
    return std::optional(std::move(entry));
  }

  static std::vector<std::string> names_of(const json& descriptor, std::vector<std::string> outer) {
    const json* notes = member(descriptor, "annotations", json::value_t::object);
    if (notes == nullptr) return outer;
    for (const char* key : {"io.containerd.image.name", "org.opencontainers.image.ref.name"}) {
      std::string name = string_at(*notes, key);
      if (!name.empty()) return {std::move(name)};
    }
    return outer;
  }

  /// An attestation belongs to an image and is none.
  static bool is_attestation(const json& descriptor) {
    const json* notes = member(descriptor, "annotations", json::value_t::object);
    return notes != nullptr && notes->contains("vnd.docker.reference.type");
  }

  // Recursion is bounded by kMaxDepth, the number of images by kMaxImages.
  // NOLINTNEXTLINE(misc-no-recursion)
  Result<> take_index(const json& index, const std::string& entry,
                      const std::vector<std::string>& names, int depth) {
    const json* manifests = member(index, "manifests", json::value_t::array);
    if (manifests == nullptr) return damaged(entry, "has no list \"manifests\"");
    if (depth > kMaxDepth || manifests->size() > kMaxImages)
      return damaged(entry, "too many manifests");
    for (const json& descriptor : *manifests) {
      if (is_attestation(descriptor)) continue;
      TRY(const auto blob, blob_of(descriptor, entry));
      if (!blob) continue;
      TRY(const json manifest, document(*blob));
      const auto own = names_of(descriptor, names);
      if (manifest.is_object() && manifest.contains("manifests")) {
        TRY_VOID(take_index(manifest, *blob, own, depth + 1));
      } else {
        TRY_VOID(take_manifest(manifest, *blob, own));
      }
    }
    return {};
  }

  Result<> take_manifest(const json& manifest, const std::string& entry,
                         const std::vector<std::string>& names) {
    const json* config = member(manifest, "config", json::value_t::object);
    const json* layers = member(manifest, "layers", json::value_t::array);
    if (config == nullptr || layers == nullptr)
      return damaged(entry, "is no manifest of an image: \"config\" or \"layers\" is missing");
    TRY(const auto config_entry, blob_of(*config, entry));
    if (!config_entry) return {};
    StoredImage image;
    image.names = names;
    image.config_entry = *config_entry;
    for (const json& layer : *layers) {
      auto digest = digest_from(string_at(layer, "digest"));
      if (!digest) return damaged(entry, digest.error().context);
      image.layers.push_back("blobs/sha256/" + digest->hex());
    }
    TRY(const Digest named, digest_from(string_at(*config, "digest")));
    return add(std::move(image), named);
  }

  // ---- docker save --------------------------------------------------------------------------

  Result<> take_docker() {
    TRY(const json list, document("manifest.json"));
    if (!list.is_array() || list.size() > kMaxImages)
      return damaged("manifest.json", "is no list of images");
    for (const json& one : list) {
      StoredImage image;
      image.config_entry = string_at(one, "Config");
      auto layers = strings_at(one, "Layers");
      if (image.config_entry.empty() || !layers)
        return damaged("manifest.json", "an image without \"Config\" or \"Layers\"");
      image.layers = std::move(*layers);
      image.names = strings_at(one, "RepoTags").value_or(std::vector<std::string>());
      TRY_VOID(add(std::move(image), std::nullopt));
    }
    return {};
  }

  // ---- both ---------------------------------------------------------------------------------

  /// `named`: the digest that its manifest gives the configuration.
  Result<> add(StoredImage image, const std::optional<Digest>& named) {
    TRY(const std::string text, content(image.config_entry));
    image.config = sha256(text);
    image.config_size = text.size();
    if (named && *named != image.config)
      return damaged(image.config_entry, "holds sha256:" + image.config.hex());
    TRY(const json config, parsed(image.config_entry, text));
    const bool is_image = read_config(config, image);
    if (!is_image) return damaged(image.config_entry, "is no configuration of an image");
    if (image.platform.os == "unknown") return {};
    if (image.layers.size() != image.diff_ids.size())
      return damaged(image.config_entry, "names " + std::to_string(image.diff_ids.size()) +
                                             " layers, its manifest " +
                                             std::to_string(image.layers.size()));
    merge(std::move(image));
    return {};
  }

  static bool read_config(const json& config, StoredImage& image) {
    image.platform = {string_at(config, "os"), string_at(config, "architecture"),
                      string_at(config, "variant")};
    if (image.platform.os.empty()) image.platform.os = "linux";
    const json* root = member(config, "rootfs", json::value_t::object);
    if (image.platform.architecture.empty() || root == nullptr) return false;
    const auto ids = strings_at(*root, "diff_ids");
    // `docker save` of an image without layers writes null.
    if (!ids) return !root->contains("diff_ids") || (*root)["diff_ids"].is_null();
    for (const std::string& id : *ids) {
      const auto digest = digest_from(id);
      if (!digest) return false;
      image.diff_ids.push_back(*digest);
    }
    return true;
  }

  /// Archives that have both forms name the same image in each.
  void merge(StoredImage image) {
    const auto known = std::ranges::find(images_, image.config, &StoredImage::config);
    if (known == images_.end()) {
      images_.push_back(std::move(image));
      return;
    }
    for (auto& name : image.names) {
      if (std::ranges::find(known->names, name) == known->names.end())
        known->names.push_back(std::move(name));
    }
  }

  const ArchiveFile& file_;
  const TarIndex& index_;
  std::vector<StoredImage> images_;
};

}  // namespace

Result<std::vector<StoredImage>> list_images(const std::shared_ptr<const ArchiveFile>& file,
                                             const TarIndex& index) {
  return Listing(*file, index).run();
}

}  // namespace gannet::controller

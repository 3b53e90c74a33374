// Archives of images for tests: small and real, with every form of tar name.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gannet::test {

/// Makes tar archives in memory.
class TarWriter {
 public:
  /// A regular file. Names over 100 characters get a GNU long name, or a pax header.
  TarWriter& file(const std::string& name, const std::string& content);
  TarWriter& link(const std::string& name, const std::string& target, bool hard = false);
  TarWriter& use_pax(bool pax) {
    pax_ = pax;
    return *this;
  }
  /// A header of any type, with any size field; `content` follows, padded.
  TarWriter& raw(char type, const std::string& name, const std::string& content,
                 const std::string& size_field);

  /// With the zero blocks at the end.
  [[nodiscard]] std::string finish() const { return text_ + std::string(1024, '\0'); }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  void header(char type, const std::string& name, const std::string& link,
              const std::string& size_field);
  void long_text(char type, const std::string& key, const std::string& value);
  void body(const std::string& content);

  std::string text_;
  bool pax_ = false;
};

[[nodiscard]] std::string gzip(const std::string& text);
[[nodiscard]] std::string zstd(const std::string& text);
[[nodiscard]] std::string hex_of(const std::string& text);  ///< SHA-256

enum class Packing { kNone, kGzip, kZstd };

/// An image to be.
struct TestImage {
  std::vector<std::string> names;   ///< "api:dev"
  std::vector<std::string> layers;  ///< unpacked contents, from the base up
  std::string architecture = "amd64";
  std::string variant;
  Packing packing = Packing::kNone;  ///< of its layers in an OCI archive

  [[nodiscard]] std::string config() const;  ///< JSON
};

/// As `docker save` before version 25 writes it: manifest.json, <id>.json, <layer>/layer.tar, with
/// a symlink for a layer that is there already.
[[nodiscard]] std::string docker_archive(const std::vector<TestImage>& images);
/// An OCI layout. `nested`: all images are one name for several platforms.
[[nodiscard]] std::string oci_archive(const std::vector<TestImage>& images, bool nested = false);

}  // namespace gannet::test

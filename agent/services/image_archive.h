// The tar stream of an image as `docker load` reads it: manifest.json, <config>.json and
// <diff-id>/layer.tar for each layer that is sent.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/services/blob_source.h"
#include "base/error.h"
#include "protocol/activation.h"

namespace gannet::agent {

class ImageArchive {
 public:
  /// `image` is a shipped one. Layers in `left_out` are named but not sent: Docker has them.
  /// `names`: what the loaded image shall be called. `blobs` must outlive the object.
  ImageArchive(const protocol::ImageSpec& image, const std::set<Digest>& left_out,
               const std::vector<std::string>& names, BlobSource& blobs);

  /// Appends what comes next, at most 64 KiB and padding; false: that was all, or error() is set.
  [[nodiscard]] bool next(std::string& out);

  /// Why the stream ended too early: a blob is missing, cannot be read or has another size.
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }
  [[nodiscard]] std::size_t layers_sent() const { return layers_sent_; }
  [[nodiscard]] std::uint64_t bytes_sent() const { return bytes_sent_; }  ///< of sent layers

 private:
  struct Part {
    std::string name;
    std::uint64_t size = 0;
    Digest blob;       ///< its content, unless `text` is it
    std::string text;  ///< not empty: the content
  };

  void begin(std::string& out);
  void pass_on(std::string& out);
  void finish(std::string& out);
  void stop(Error error);

  BlobSource& blobs_;
  std::vector<Part> parts_;
  std::size_t current_ = 0;
  std::unique_ptr<BlobReader> reader_;  ///< of the current part, once it has begun
  std::uint64_t left_ = 0;              ///< bytes of the current part to come
  std::size_t layers_sent_ = 0;
  std::uint64_t bytes_sent_ = 0;
  std::optional<Error> error_;
  std::array<std::byte, 64UL * 1024UL> buffer_{};
};

/// A header of the format ustar for a regular file; sizes over 8 GiB as GNU tar writes them.
[[nodiscard]] std::string tar_header(const std::string& name, std::uint64_t size);

}  // namespace gannet::agent

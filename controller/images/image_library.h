// All images that a run ships: each archive opened once, each layer read once.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "controller/images/image_archive.h"
#include "controller/ssh/blocking_pool.h"
#include "controller/task.h"

namespace gannet::controller {

/// An image that somebody wants for a host.
struct ImageRequest {
  std::optional<std::filesystem::path> archive;  ///< where it is, or:
  std::string local;                             ///< its name in this machine's Docker
  std::string reference;                         ///< which of the archive, when it holds several
  std::string machine;                           ///< the host's `uname -m`
};

/// Does its work on threads of its own. Destroying it ends what still runs.
class ImageLibrary {
 public:
  /// `docker`: program to run.
  explicit ImageLibrary(asio::any_io_executor executor, std::string docker = "docker");
  ImageLibrary(const ImageLibrary&) = delete;
  ImageLibrary& operator=(const ImageLibrary&) = delete;
  ~ImageLibrary();

  /// Requests for one archive wait for each other; what one has read the next need not.
  /// Errors: those of ImageArchive and docker_save(); kInterrupted after cancel().
  [[nodiscard]] Task<Result<ShippedImage>> get(ImageRequest request);

  /// Ends everything under way; nothing can be asked for afterwards.
  void cancel();

 private:
  struct Shelf;

  BlockingPool pool_;
  std::shared_ptr<Shelf> shelf_;  ///< threads may outlive this object
};

}  // namespace gannet::controller

// The images that a run ships, out of archives and this machine's Docker.
#pragma once

#include <string>

#include "controller/deploy/image_resolver.h"
#include "controller/images/image_library.h"

namespace gannet::controller {

class ShippedImages final : public ImageResolver {
 public:
  /// `docker`: program to run for images of this machine.
  explicit ShippedImages(asio::any_io_executor executor, std::string docker = "docker")
      : library_(std::move(executor), std::move(docker)) {}

  [[nodiscard]] Task<Result<protocol::ImageSpec>> resolve(playbooks::ImageSource source,
                                                          std::string machine,
                                                          BlobSource* blobs) override;

  /// Ends what is under way with kInterrupted, and refuses what comes.
  void cancel() { library_.cancel(); }

 private:
  ImageLibrary library_;
};

}  // namespace gannet::controller

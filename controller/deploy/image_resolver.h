// Where the images come from that gannet brings to hosts itself.
#pragma once

#include <string>

#include "base/result.h"
#include "controller/deploy/blob_upload.h"
#include "controller/task.h"
#include "playbooks/rendered.h"
#include "protocol/activation.h"

namespace gannet::controller {

/// Reads images out of archives or this machine's Docker. Asked once per image and host; the same
/// question is answered from memory.
class ImageResolver {
 public:
  virtual ~ImageResolver() = default;

  /// The image that `source` means for a host of this machine type (`uname -m`): `service` and
  /// `reference` are those of the source, `pull` is kNever, configuration and layers are filled in.
  /// Before it answers it has told `blobs`, which outlives the call, where the bytes of the
  /// configuration and of each layer are. Errors: kNotFound, kInvalidInput, kPreflight when no
  /// architecture fits; the caller names the service, and the place in gannet.yaml.
  [[nodiscard]] virtual Task<Result<protocol::ImageSpec>> resolve(playbooks::ImageSource source,
                                                                  std::string machine,
                                                                  BlobSource* blobs) = 0;
};

}  // namespace gannet::controller

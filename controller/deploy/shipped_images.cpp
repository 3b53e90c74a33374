#include "controller/deploy/shipped_images.h"

#include <utility>

namespace gannet::controller {

Task<Result<protocol::ImageSpec>> ShippedImages::resolve(playbooks::ImageSource source,
                                                         std::string machine, BlobSource* blobs) {
  ImageRequest request;
  request.archive = source.archive;
  request.local = source.local;
  request.reference = source.archive ? source.reference : source.local;
  request.machine = std::move(machine);
  CO_TRY(const ShippedImage image, co_await library_.get(std::move(request)));
  for (const auto& blob : image.blobs) blobs->add(blob);
  protocol::ImageSpec spec;
  spec.service = source.service;
  spec.reference = source.reference;
  spec.pull = protocol::PullPolicy::kNever;
  spec.config = image.config;
  spec.config_size = image.config_size;
  spec.layers = image.layers;
  co_return spec;
}

}  // namespace gannet::controller

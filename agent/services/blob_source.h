// Where the layers of shipped images come from: the content store, seen from here.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "base/hash.h"
#include "base/result.h"

namespace gannet::agent {

class BlobReader {
 public:
  virtual ~BlobReader() = default;
  /// Fills the front of `buffer`; returns the number of bytes, 0 at the end.
  [[nodiscard]] virtual Result<std::size_t> read(std::span<std::byte> buffer) = 0;
};

class BlobSource {
 public:
  virtual ~BlobSource() = default;
  /// Errors: kNotFound when the blob is not here.
  [[nodiscard]] virtual Result<std::unique_ptr<BlobReader>> open(const Digest& digest) = 0;
};

}  // namespace gannet::agent

#include "tests/support/paths.h"

namespace gannet::test {

const std::string& source_dir() {
  static const std::string path = GANNET_SOURCE_DIR;
  return path;
}

const std::string& build_dir() {
  static const std::string path = GANNET_BUILD_DIR;
  return path;
}

}  // namespace gannet::test

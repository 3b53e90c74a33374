// Where the sources and this build are. The paths are compiled into one small file only, so that
// the objects of all others are the same wherever the project is checked out (ccache then helps).
#pragma once

#include <string>

namespace gannet::test {

[[nodiscard]] const std::string& source_dir();  ///< absolute; the folder of the README
[[nodiscard]] const std::string& build_dir();   ///< absolute; the build folder, with controller/

}  // namespace gannet::test

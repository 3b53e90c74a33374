// The rules of the house that a compiler does not check: who may include whom, where libraries are
// confined, how long files may be, and that the protocol's page knows every frame type.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace gannet::house {

/// One line of C++ as the rules see it: without comments, and without what stands in strings
/// (except the path of an #include).
struct Line {
  std::size_t number = 0;  ///< from 1
  std::string code;
};

/// A .h or .cpp file.
struct Source {
  std::string path;  ///< from the root, with slashes: "agent/core/journal.cpp"
  std::vector<Line> lines;
};

/// All sources below the rooms and tests of `root`, sorted by path. Folders that are not there are
/// left out.
[[nodiscard]] std::vector<Source> read_tree(const std::filesystem::path& root);
[[nodiscard]] Source parse(std::string path, std::string_view text);

// Each returns one line per violation, "path:line: what is wrong", and nothing when all is well.
[[nodiscard]] std::vector<std::string> check_arrows(const std::vector<Source>& tree);
[[nodiscard]] std::vector<std::string> check_confinement(const std::vector<Source>& tree);
[[nodiscard]] std::vector<std::string> check_sizes(const std::vector<Source>& tree);
/// `frame_header` and `document`: the texts of protocol/frame.h and docs/protocol.md.
[[nodiscard]] std::vector<std::string> check_frame_types(std::string_view frame_header,
                                                         std::string_view document);

}  // namespace gannet::house

#pragma once

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <sys/wait.h>

#include "base/text.h"
#include "tests/support/paths.h"
#include "tests/unit/results/temporary_folder.h"

namespace gannet::controller {

/// A folder with a project, a state of its own, and the built gannet.
class Workbench {
 public:
  struct Output {
    int exit_code = -1;
    std::string out, err;
  };

  [[nodiscard]] std::filesystem::path path(const std::string& name) const {
    return folder_.path() / name;
  }
  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories(path(name).parent_path());
    std::ofstream(path(name), std::ios::binary) << text;
  }
  [[nodiscard]] std::filesystem::path results_file() const { return path("state/results.db"); }

  /// Runs gannet in the folder, without a terminal.
  [[nodiscard]] Output run(const std::vector<std::string>& arguments,
                           const std::string& input = "") const {
    write("stdin", input);
    std::string command =
        "cd " + folder_.path().string() +
        " && exec setsid -w env -i PATH=/usr/bin:/bin HOME=" + path("home").string() +
        " GANNET_STATE_DIR=" + path("state").string() + " " + gannet::test::build_dir() +
        "/controller/gannet";
    for (const auto& argument : arguments) command += " " + shell_quote(argument);
    command += " 2>" + path("stderr").string() + " <" + path("stdin").string();
    Output output;
    FILE* pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr) throw std::runtime_error("popen failed");
    std::array<char, 4096> buffer{};
    for (std::size_t count = 0; (count = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
      output.out.append(buffer.data(), count);
    const int status = ::pclose(pipe);
    output.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    std::ifstream file(path("stderr"));
    output.err.assign(std::istreambuf_iterator<char>(file), {});
    return output;
  }

 private:
  TemporaryFolder folder_;
};

inline constexpr const char* kProjectYaml =
    "project: weather\n"
    "environments:\n"
    "  lab: { on: site=lab }\n"
    "  home: { on: site=home }\n"
    "services:\n"
    "  web: { on: role=pi, files: [ { content: hello, dest: /tmp/gannet-unit/x } ] }\n"
    "  api: { files: [ { content: hello, dest: /tmp/gannet-unit/y } ] }\n";

inline constexpr const char* kInventoryYaml =
    "hosts:\n"
    "  pi-1: { address: 127.0.0.1, labels: { role: pi, site: lab }, ssh: { port: 9, user: ann } }\n"
    "  pi-2: { address: 127.0.0.1, labels: { role: pi, site: home }, ssh: { port: 9 } }\n"
    "  db: { address: 127.0.0.1, labels: { role: db, site: home }, ssh: { port: 9 } }\n";

}  // namespace gannet::controller

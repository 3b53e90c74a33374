// A fleet on loopback for the integration tests: real sshds, a project, an inventory, and the
// built gannet run on them as a user would. All hosts share one file system, so each has a root
// folder of its own ({{var.root}} in gannet.yaml) and a state_dir of its own.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/support/gannet_process.h"
#include "tests/support/ssh_server.h"

namespace gannet::test {

struct FleetOptions {
  std::size_t hosts = 1;
  /// Runs every session of a host through its session script (see FleetHost::set_session_script).
  bool session_scripts = false;
  std::map<std::string, std::string> ssh_environment{};  ///< set in every session
  bool own_host_keys = false;
  std::string become{};                     ///< "sudo", "none" or "" for neither
  std::vector<std::string> config_lines{};  ///< of sshd; @DIR@ is the host's folder
};

/// One host of a fleet. Every path is absolute.
struct FleetHost {
  std::string name;  ///< "h1", "h2", ...
  std::unique_ptr<SshServer> server;
  std::filesystem::path dir;    ///< holds all that follows
  std::filesystem::path root;   ///< {{var.root}}
  std::filesystem::path state;  ///< state_dir
  std::map<std::string, std::string> labels;
  std::string address;     ///< of the server, unless set to something else
  std::uint16_t port = 0;  ///< likewise

  /// Shell code sourced by each session before its command, which is in $SSH_ORIGINAL_COMMAND.
  /// `exit` ends the session without running it. Needs FleetOptions::session_scripts.
  void set_session_script(const std::string& code) const;

  [[nodiscard]] std::filesystem::path session_script() const { return dir / "session"; }
  [[nodiscard]] std::string read(const std::string& path) const { return read_file(root / path); }
  [[nodiscard]] bool has(const std::string& path) const;
  /// Files and symlinks below `root` with type, mode, owner and content.
  [[nodiscard]] std::map<std::string, std::string> tree() const;
  /// Name, inode and time of change of every blob in the content store.
  [[nodiscard]] std::map<std::string, std::string> blobs() const;
  /// Unfinished transactions.
  [[nodiscard]] std::vector<std::string> journal() const;
  /// Bytes that clients sent, by sshd's own count over the connections that ended normally.
  [[nodiscard]] std::uint64_t bytes_received() const;
};

class Fleet {
 public:
  explicit Fleet(FleetOptions options = {});

  [[nodiscard]] std::vector<FleetHost>& hosts() { return hosts_; }
  [[nodiscard]] FleetHost& host(std::size_t index) { return hosts_.at(index); }
  [[nodiscard]] std::filesystem::path project_dir() const { return dir_.path() / "project"; }
  [[nodiscard]] std::filesystem::path results_file() const;

  /// Puts a file into the project; folders are made.
  void write(const std::string& path, const std::string& content, unsigned mode = 0644) const;
  void remove(const std::string& path) const;
  /// gannet.yaml with the given text after the keys `project` and `inventory`.
  void write_project(const std::string& rest) const;
  /// Again, after hosts were changed. Written by the constructor, too.
  void write_inventory() const;
  void write_known_hosts(const std::string& text) const;
  [[nodiscard]] std::string known_hosts() const;
  [[nodiscard]] std::filesystem::path known_hosts_file() const;

  /// Runs gannet -C <project> ARGUMENTS to its end. Throws when it takes longer than `limit`.
  [[nodiscard]] Output run(const std::vector<std::string>& arguments,
                           std::chrono::seconds limit = std::chrono::seconds(120)) const;
  /// run() with `-o json`.
  [[nodiscard]] Output json(std::vector<std::string> arguments) const;
  /// Starts it and returns at once.
  [[nodiscard]] std::unique_ptr<GannetProcess> start(
      const std::vector<std::string>& arguments) const;
  /// Variables for the gannets that are started from now on.
  void set_environment(const std::string& name, const std::string& value);

 private:
  TempDir dir_;
  FleetOptions options_;
  std::vector<FleetHost> hosts_;
  std::map<std::string, std::string> environment_;
};

/// Files and symlinks below `root` with type, mode, owner and content.
[[nodiscard]] std::map<std::string, std::string> tree_of(const std::filesystem::path& root);

/// The entry of `host` in the output of a command with -o json; throws when there is none.
[[nodiscard]] nlohmann::json host_entry(const Output& run, const std::string& host);
/// Its outcome: "deployed", "rolled-back", ...
[[nodiscard]] std::string outcome(const Output& run, const std::string& host);
/// Its message and hint together.
[[nodiscard]] std::string reason(const Output& run, const std::string& host);

/// What has to come before a session's command so that it sees `options` (such as "noexec" or
/// "ro") on `folder`, or a tmpfs of that size there: shell code for a session script, made with a
/// mount namespace of the session's own. "" where this machine does not allow that.
[[nodiscard]] std::string remount_in_session(const std::string& folder, const std::string& options);
[[nodiscard]] std::string small_disk_in_session(const std::string& folder, const std::string& size);

/// Text of `size` bytes that does not compress, the same for the same seed.
[[nodiscard]] std::string noise(std::size_t size, unsigned seed);

}  // namespace gannet::test

// Real machines for the system tests: systemd-nspawn hosts in network namespaces of their own
// (tests/system/fleet/fleet), a project, and the built gannet run on them as a user would.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/unique_fd.h"
#include "tests/support/fleet.h"
#include "tests/support/terminal_process.h"

namespace gannet::test {

struct MachineOptions {
  bool docker = false;
  std::string disk{};  ///< "96M": a disk of that size of its own; "": that of this machine
};

/// What a command on a machine left.
struct Ended {
  int exit_code = -1;
  std::string output;  ///< stdout and stderr
};

/// One machine. It is looked at from outside, without any network and while it is off, too.
class Machine {
 public:
  Machine(std::filesystem::path fleet, std::string name, std::size_t number);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::string& address() const { return address_; }

  /// What `fleet` can do with it: "start", "crash", "cut", ... Throws when that fails.
  void order(const std::string& verb) const;

  /// Process id of its first process, "" while it is off: another one after every boot.
  [[nodiscard]] std::string init() const;

  /// Runs a shell command inside, as root; the machine is on.
  [[nodiscard]] Ended run(const std::string& command) const;
  /// Its output without the last newline; throws unless it exits 0.
  std::string sh(const std::string& command) const;

  /// Path of a file on its disk (not of /run and /tmp) as seen from here.
  [[nodiscard]] std::filesystem::path path(const std::string& absolute) const;
  [[nodiscard]] std::string read(const std::string& absolute) const;
  [[nodiscard]] bool has(const std::string& absolute) const;
  void write(const std::string& absolute, const std::string& content, unsigned mode = 0644) const;
  /// All below a folder of its disk: path from there, and type, mode, owner and content.
  [[nodiscard]] std::map<std::string, std::string> tree(const std::string& folder) const;
  /// Names of unfinished transactions.
  [[nodiscard]] std::vector<std::string> journal() const;
  [[nodiscard]] std::string boot_id() const { return sh("cat /proc/sys/kernel/random/boot_id"); }
  /// Variables of every ssh session from the next on: for the agent's test hooks.
  void set_session_environment(const std::map<std::string, std::string>& variables) const;

 private:
  std::filesystem::path fleet_;
  std::string name_;
  std::string address_;
};

/// A fleet that is taken down at the end, also when this process dies.
class SystemFleet {
 public:
  explicit SystemFleet(const std::vector<MachineOptions>& machines);
  SystemFleet(const SystemFleet&) = delete;
  SystemFleet& operator=(const SystemFleet&) = delete;
  ~SystemFleet();

  [[nodiscard]] const std::vector<Machine>& machines() const { return machines_; }
  [[nodiscard]] const Machine& machine(std::size_t index) const { return machines_.at(index); }
  [[nodiscard]] std::filesystem::path project_dir() const { return project_.path(); }
  /// One `fleet` command for several machines: `order("start", {"h1", "h2"})` boots both at once.
  void order(const std::string& verb, const std::vector<std::string>& names = {}) const;

  /// Puts a file into the project; folders are made.
  void write(const std::string& path, const std::string& content, unsigned mode = 0644) const;
  /// gannet.yaml with the given text after the keys `project` and `inventory`.
  void write_project(const std::string& rest) const;
  /// `extra`: machine name: lines for its inventory entry, "optional: true".
  void write_inventory(const std::map<std::string, std::string>& extra = {}) const;

  /// Starts gannet -C <project> ARGUMENTS in the controller's network namespace.
  [[nodiscard]] std::unique_ptr<GannetProcess> start(
      const std::vector<std::string>& arguments) const;
  /// The same on a terminal, where it can ask.
  [[nodiscard]] std::unique_ptr<TerminalProcess> start_on_terminal(
      const std::vector<std::string>& arguments) const;
  [[nodiscard]] Output run(const std::vector<std::string>& arguments) const;
  /// run() with `-o json`.
  [[nodiscard]] Output json(std::vector<std::string> arguments) const;
  /// The words of a command as they have to be to run it where gannet runs.
  [[nodiscard]] std::vector<std::string> in_network(const std::vector<std::string>& command) const;
  /// "" when http://MACHINE:port/path does not answer 200, else the body.
  [[nodiscard]] std::string get(const Machine& machine, const std::string& port_and_path) const;

  /// A registry at kRegistry, reached by all machines.
  void start_registry() const { order("registry"); }
  /// Puts an image archive there as `name`, "web:v1".
  void push(const std::filesystem::path& archive, const std::string& name) const;

 private:
  void keep_guard();
  /// Words for `ip` that run gannet, and what it finds in its environment.
  [[nodiscard]] std::vector<std::string> gannet_words(
      const std::vector<std::string>& arguments) const;
  [[nodiscard]] std::map<std::string, std::string> gannet_environment() const;

  std::filesystem::path dir_;
  UniqueFd guard_;  ///< its end tells the guard to take the fleet down
  TempDir project_;
  TempDir home_;
  std::vector<Machine> machines_;
};

inline constexpr const char* kRegistry = "10.77.0.1:5000";

/// Skips, with the reason, where no fleet can be made.
class SystemTest : public testing::Test {
 protected:
  void SetUp() final;
  void TearDown() override;
  /// The machines that the test wants.
  [[nodiscard]] virtual std::vector<MachineOptions> wanted() const { return {MachineOptions{}}; }
  /// Called when they run.
  virtual void prepare() {}

  [[nodiscard]] SystemFleet& fleet() const { return *fleet_; }
  [[nodiscard]] const Machine& host(std::size_t index = 0) const { return fleet_->machine(index); }

 private:
  std::unique_ptr<SystemFleet> fleet_;
};

}  // namespace gannet::test

// A fleet of hosts that are folders of this machine, with the real agent on each.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "controller/deploy/operations.h"
#include "controller/fleet/agent_binaries.h"
#include "controller/ssh/local_transport.h"

namespace gannet::controller {

/// Keeps what it is told.
class RecordingReporter final : public Reporter {
 public:
  void begin(std::string_view, std::size_t, std::size_t, const std::vector<std::string>&) override {
  }
  void note(std::string_view text) override { notes.emplace_back(text); }
  void warning(std::string_view text) override { warnings.emplace_back(text); }
  void phase(const std::string& host, std::string_view phase) override {
    phases[host].emplace_back(phase);
    if (on_phase) on_phase(host, std::string(phase));
  }
  void output(const std::string& host, std::string_view line, bool) override {
    lines[host].emplace_back(line);
  }
  void host_done(const HostRecord&) override {}
  void end(const RunRecord&, const std::vector<HostRecord>&, std::int64_t) override { ++ended; }
  void error(const Error& error) override { errors.push_back(error); }

  std::function<void(const std::string& host, const std::string& phase)> on_phase;
  std::vector<std::string> notes, warnings;
  std::map<std::string, std::vector<std::string>> phases, lines;
  std::vector<Error> errors;
  int ended = 0;
};

/// A result store that forgets at the end.
class MemoryStore final : public ResultStore {
 public:
  [[nodiscard]] Result<> begin_run(const RunRecord& run) override {
    begun.push_back(run);
    return {};
  }
  [[nodiscard]] Result<> put_host(const std::string&, const HostRecord& host) override {
    history[host.host].push_back(host);
    return {};
  }
  [[nodiscard]] Result<> put_hosts(const std::string& run,
                                   const std::vector<HostRecord>& hosts) override {
    for (const auto& host : hosts) {
      if (auto put = put_host(run, host); !put) return put;
    }
    return {};
  }
  void add_event(const std::string&, EventRecord event) override { events_.push_back(event); }
  [[nodiscard]] Result<> flush() override { return {}; }
  [[nodiscard]] Result<> finish_run(const std::string&, std::int64_t, int exit_code) override {
    exit_codes.push_back(exit_code);
    return {};
  }
  [[nodiscard]] Result<std::vector<RunRecord>> runs(const std::string&, std::size_t) override {
    return begun;
  }
  [[nodiscard]] Result<RunRecord> find_run(const std::string&, const std::string&) override {
    return fail(Code::kNotFound, "no such run");
  }
  [[nodiscard]] Result<std::vector<HostRecord>> hosts(const std::string&) override {
    return std::vector<HostRecord>{};
  }
  [[nodiscard]] Result<std::vector<EventRecord>> events(const std::string&,
                                                        const std::string&) override {
    return events_;
  }
  [[nodiscard]] Result<std::vector<Known>> known_state(const std::string&) override {
    return std::vector<Known>{};
  }
  [[nodiscard]] Result<std::vector<Missed>> missed(const std::string&) override {
    return std::vector<Missed>{};
  }

  std::vector<RunRecord> begun;
  std::map<std::string, std::vector<HostRecord>> history;
  std::vector<int> exit_codes;

 private:
  std::vector<EventRecord> events_;
};

/// Folders: project/ (gannet.yaml and its files), hosts/<name>/ (what is deployed there) and
/// state/<name>/ (the agent's state). All removed at the end.
class LocalFleet {
 public:
  LocalFleet();
  ~LocalFleet();
  LocalFleet(const LocalFleet&) = delete;
  LocalFleet& operator=(const LocalFleet&) = delete;

  /// Hosts that have the agent already; how it gets there is bootstrap_test.cpp's business.
  void add_hosts(std::size_t count);
  /// Puts a file into the project.
  void write(const std::string& name, const std::string& content) const;
  /// Reads gannet.yaml, in which @HOST@ stands for the folder of the host in `dest`.
  void load(std::string yaml);

  [[nodiscard]] OperationContext context(const std::string& command);
  [[nodiscard]] OperationContext context(const std::string& command, Transport& through);
  [[nodiscard]] ReleaseContext release(std::string tag = {}) const;

  /// Relative path -> content, of all that is deployed on a host.
  [[nodiscard]] std::map<std::string, std::string> content(const std::string& host) const;
  [[nodiscard]] std::filesystem::path state_dir(const std::string& host) const;
  [[nodiscard]] std::filesystem::path host_dir(const std::string& host) const;

  std::filesystem::path root;
  asio::io_context io;
  LocalTransport transport;
  AgentBinaries agents;
  RecordingReporter reporter;
  MemoryStore store;
  std::vector<inventory::Host> hosts;
  std::unique_ptr<playbooks::Project> project;
};

/// Where the agent of this build is.
[[nodiscard]] AgentBinaries built_agents();

}  // namespace gannet::controller

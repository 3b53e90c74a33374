// What the operations on a fleet need and give back.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "base/error.h"
#include "base/secret.h"
#include "controller/deploy/plan_output.h"
#include "controller/deploy/run_summary.h"
#include "controller/report/reporter.h"
#include "controller/results/store.h"
#include "controller/ssh/transport.h"
#include "inventory/host.h"
#include "playbooks/project.h"
#include "playbooks/render.h"
#include "protocol/messages.h"

namespace gannet::controller {

class ImageResolver;  // deploy/image_resolver.h: images that gannet ships
class AgentBinaries;  // fleet/agent_binaries.h: the agents of all architectures beside gannet

/// What every operation needs. References outlive the call.
struct OperationContext {
  Transport& transport;
  const AgentBinaries& agents;
  ResultStore& store;
  Reporter& reporter;
  asio::io_context& io;
  std::vector<inventory::Host> hosts;  ///< the selected ones, in order
  std::size_t total_hosts = 0;         ///< of the inventory
  std::string local_user;              ///< login when nothing says otherwise
  std::uint32_t jobs = 0;              ///< hosts at once; 0: from limits and cores
  ConnectTimeouts timeouts;
  std::chrono::milliseconds request_timeout{60'000};  ///< without any sign of life
  std::optional<Secret> become_password;              ///< asked once for the fleet
  bool skip_unreachable = false;  ///< hosts that are off are skipped and do not count
  bool ask_password = false;      ///< password authentication is allowed
  RunRecord run;                  ///< id, command, who ... filled in by the caller
};

/// The project side of plan, deploy and rollback.
struct ReleaseContext {
  const playbooks::Project& project;
  const playbooks::Environment* environment = nullptr;
  playbooks::Variables variables;
  std::vector<std::string> services;  ///< names asked for; empty: all
  std::string tag;
  ImageResolver* images = nullptr;  ///< outlives the call; nullptr: no image can be shipped
};

struct CheckResult {
  std::string host;
  std::optional<Error> error;  ///< unreachable and the like
  protocol::Facts facts;
  std::vector<protocol::Finding> findings;
};
struct CheckOutput {
  RunSummary summary;
  std::vector<CheckResult> results;
};

/// Asked once between plan and the first change; false ends the run without touching anything.
using Confirm = std::function<bool(const PlanOutput&)>;
struct DeployOptions {
  Confirm confirm;                      ///< empty: do not ask
  std::vector<std::string> only_hosts;  ///< resume, --only-failed, --pending: no others
  bool ignore_preflight_warnings = true;
};

struct RollbackOptions {
  std::string to;  ///< release id or tag; empty: the one before the current
  Confirm confirm;
};
struct HostStatus {
  std::string host;
  std::optional<Error> error;
  protocol::Facts facts;
  protocol::StatusReply status;
  std::vector<ResultStore::Missed> missed{};  ///< deployments it still has to get
};
struct StatusOutput {
  RunSummary summary;
  std::vector<HostStatus> hosts;
};

struct ExecOptions {
  std::string command;
  std::chrono::milliseconds timeout{0};  ///< 0: none but the loss of signs of life
};
struct ExecResult {
  std::string host;
  std::optional<Error> error;
  protocol::ExecReply reply;
  std::string output;  ///< stdout and stderr as they came, at most 1 MiB
};
struct ExecOutput {
  RunSummary summary;
  std::vector<ExecResult> results;
};

struct AgentVersion {
  std::string host;
  std::optional<Error> error;
  std::string build, arch, path;
};
struct AgentVersionOutput {
  RunSummary summary;
  std::vector<AgentVersion> hosts;
};

}  // namespace gannet::controller

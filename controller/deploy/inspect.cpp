// check, status, exec, lock, unlock, agent: the operations that leave releases alone.
#include <utility>

#include "base/text.h"
#include "controller/deploy/fleet_run.h"
#include "controller/deploy/operations.h"
#include "controller/deploy/release_builder.h"
#include "controller/fleet/ids.h"

namespace gannet::controller {
namespace {

constexpr std::size_t kMaxOutput = 1024UL * 1024UL;  // bytes kept of one host

/// Connects, does `work` with the link, and finishes the host by what it returns. An interrupt
/// ends the link.
template <class Work>
Task<Result<>> with_agent(FleetRun* run, std::size_t host, Work work) {
  CO_TRY(LinkHolder link, co_await run->open(host));
  const auto registration = run->interrupt().on_request([l = link.get()] { l->abort(); });
  auto done = co_await work(link.get());
  co_return done;
}

/// One operation over all hosts: `visit` asks a host and stores what it said in `results`.
template <class Item>
struct Visit {
  FleetRun* run;
  std::vector<Item>* results;
  std::function<Task<Result<>>(std::shared_ptr<AgentLink>, std::size_t)> ask;
  std::function<void(std::size_t)> finish;  ///< after success; empty: kUnchanged
};

template <class Item>
Task<> visit_host(const Visit<Item>* visit, std::size_t host) {
  auto ask = [visit, host](std::shared_ptr<AgentLink> link) {
    return visit->ask(std::move(link), host);
  };
  auto done = co_await with_agent(visit->run, host, std::move(ask));
  if (!done) {
    (*visit->results)[host].error = done.error();
    visit->run->finish_error(host, done.error());
  } else if (visit->finish) {
    visit->finish(host);
  } else {
    visit->run->finish(host, Outcome::kUnchanged);
  }
}

template <class Item>
RunSummary visit_all(FleetRun& run, Visit<Item>& visit) {
  const auto& hosts = run.context().hosts;
  visit.results->resize(hosts.size());
  for (std::size_t i = 0; i < hosts.size(); ++i) (*visit.results)[i].host = hosts[i].name;
  return run.execute([&run, &visit] {
    return run.for_all([&visit](std::size_t host) { return visit_host(&visit, host); });
  });
}

// ---- check ----------------------------------------------------------------------------------

Task<Result<>> ask_checks(const ReleaseContext* release, CheckResult* result,
                          std::shared_ptr<AgentLink> link) {
  CO_TRY(const protocol::HelloReply hello, co_await link->hello());
  result->facts = hello.facts;
  protocol::CheckRequest request;
  request.checks = preflight_checks(release->project.checks, hello.facts.state_dir);
  request.wall_ms = wall_ms();
  CO_TRY(protocol::CheckReply reply, co_await link->ask(std::move(request)));
  result->findings = std::move(reply.findings);
  co_return Result<>{};
}

void finish_check(FleetRun& run, std::size_t host, const CheckResult& result) {
  std::vector<std::string> failed;
  std::string hint;
  for (const auto& finding : result.findings) {
    run.add_finding(host, finding);
    if (finding.severity != protocol::Severity::kFail) continue;
    failed.push_back(printable(finding.name + ": " + finding.message));
    if (hint.empty()) hint = printable(finding.hint);
  }
  if (!failed.empty()) run.refuse_preflight();
  run.finish(host, Outcome::kUnchanged, join(failed, "; "), hint);
}

// ---- exec -----------------------------------------------------------------------------------

/// Cuts what arrives into lines for the reporter; keeps the beginning of all of it.
class OutputSplitter {
 public:
  OutputSplitter(FleetRun& run, std::size_t host, ExecResult& result)
      : reporter_(run.context().reporter), host_(run.host(host).name), result_(result) {}

  void take(const protocol::Event& event) {
    const bool error_stream = event.kind == protocol::EventKind::kStderr;
    if (!error_stream && event.kind != protocol::EventKind::kStdout) return;
    const std::size_t room = kMaxOutput - result_.output.size();
    result_.output.append(event.text, 0, room);
    std::string& line = error_stream ? error_line_ : line_;
    line += event.text;
    for (auto end = line.find('\n'); end != std::string::npos; end = line.find('\n')) {
      reporter_.output(host_, printable(line.substr(0, end)), error_stream);
      line.erase(0, end + 1);
    }
  }

  void finish() {
    if (!line_.empty()) reporter_.output(host_, printable(line_), false);
    if (!error_line_.empty()) reporter_.output(host_, printable(error_line_), true);
  }

 private:
  Reporter& reporter_;
  std::string host_;
  ExecResult& result_;
  std::string line_, error_line_;
};

Task<Result<>> exec_on_host(FleetRun* run, std::size_t host, ExecResult* result,
                            const ExecOptions* options, std::shared_ptr<AgentLink> link) {
  run->phase(host, "run");
  run->touch(host);
  protocol::ExecRequest request;
  request.command = options->command;
  request.timeout_ms = static_cast<std::uint64_t>(options->timeout.count());
  OutputSplitter output(*run, host, *result);
  const Ticket ticket =
      link->send(request, [&output](const protocol::Event& event) { output.take(event); });
  CO_TRY([[maybe_unused]] const protocol::HelloReply hello, co_await link->hello());
  CO_TRY(result->reply, co_await link->receive<protocol::ExecRequest>(ticket));
  output.finish();
  co_return Result<>{};
}

void finish_exec(FleetRun& run, std::size_t host, const ExecResult& result) {
  const auto& reply = result.reply;
  if (reply.timed_out) {
    run.finish(host, Outcome::kFailed, "the command did not end in time and was stopped",
               "give it more with --command-timeout");
  } else if (reply.signal != 0) {
    run.finish(host, Outcome::kFailed,
               "the command was ended by signal " + std::to_string(reply.signal));
  } else if (reply.exit_code != 0) {
    run.finish(host, Outcome::kFailed, "exit status " + std::to_string(reply.exit_code));
  } else {
    run.finish(host, Outcome::kUnchanged);
  }
}

// ---- one request, one reply -----------------------------------------------------------------

/// For operations whose results are only outcomes.
struct Plain {
  std::string host;
  std::optional<Error> error;
};

template <class Request>
Task<Result<>> ask_plain(std::shared_ptr<AgentLink> link, Request request) {
  const Ticket ticket = link->send(request);
  CO_TRY([[maybe_unused]] const protocol::HelloReply hello, co_await link->hello());
  auto reply = co_await link->receive<Request>(ticket);
  if (!reply) co_return fail(std::move(reply.error()));
  co_return Result<>{};
}

template <class Request>
RunSummary run_plain(OperationContext& context, const Request& request) {
  FleetRun run(context);
  std::vector<Plain> results;
  Visit<Plain> visit{&run, &results, {}, {}};
  visit.ask = [&request](std::shared_ptr<AgentLink> link, std::size_t) {
    return ask_plain(std::move(link), request);
  };
  return visit_all(run, visit);
}

Task<Result<>> ask_status(std::shared_ptr<AgentLink> link, HostStatus* result, bool drift) {
  protocol::StatusRequest request;
  request.drift = drift;
  const Ticket ticket = link->send(request);
  CO_TRY(const protocol::HelloReply hello, co_await link->hello());
  result->facts = hello.facts;
  CO_TRY(result->status, co_await link->receive<protocol::StatusRequest>(ticket));
  co_return Result<>{};
}

Task<Result<>> ask_version(std::shared_ptr<AgentLink> link, const AgentBinaries* agents,
                           AgentVersion* result) {
  CO_TRY(const protocol::HelloReply hello, co_await link->hello());
  result->build = hello.build;
  result->arch = hello.facts.arch;
  result->path = hello.facts.state_dir + "/bin";
  if (const auto agent = agents->for_machine(hello.facts.arch))
    result->path += "/agent-" + (*agent)->digest.hex();
  co_return Result<>{};
}

}  // namespace

CheckOutput run_check(OperationContext& context, const ReleaseContext& release) {
  CheckOutput output;
  FleetRun run(context);
  Visit<CheckResult> visit{&run, &output.results, {}, {}};
  visit.ask = [&](std::shared_ptr<AgentLink> link, std::size_t host) {
    run.phase(host, "check");
    return ask_checks(&release, &output.results[host], std::move(link));
  };
  visit.finish = [&](std::size_t host) { finish_check(run, host, output.results[host]); };
  output.summary = visit_all(run, visit);
  return output;
}

StatusOutput run_status(OperationContext& context, bool drift) {
  StatusOutput output;
  FleetRun run(context);
  Visit<HostStatus> visit{&run, &output.hosts, {}, {}};
  visit.ask = [&](std::shared_ptr<AgentLink> link, std::size_t host) {
    return ask_status(std::move(link), &output.hosts[host], drift);
  };
  output.summary = visit_all(run, visit);
  // Without a record there is nothing to tell: that it cannot be read was said when it was opened.
  const auto missed = context.store.missed(context.run.project_root);
  if (!missed) return output;
  for (auto& host : output.hosts) {
    for (const auto& row : *missed)
      if (row.host == host.host) host.missed.push_back(row);
  }
  return output;
}

ExecOutput run_exec(OperationContext& context, const ExecOptions& options) {
  ExecOutput output;
  FleetRun run(context);
  Visit<ExecResult> visit{&run, &output.results, {}, {}};
  visit.ask = [&](std::shared_ptr<AgentLink> link, std::size_t host) {
    return exec_on_host(&run, host, &output.results[host], &options, std::move(link));
  };
  visit.finish = [&](std::size_t host) { finish_exec(run, host, output.results[host]); };
  output.summary = visit_all(run, visit);
  return output;
}

RunSummary run_lock(OperationContext& context, const std::string& reason,
                    std::chrono::milliseconds ttl) {
  protocol::LockRequest request;
  request.reason = reason;
  request.who = context.run.who;
  request.ttl_ms = static_cast<std::uint64_t>(ttl.count());
  return run_plain(context, request);
}

RunSummary run_unlock(OperationContext& context) {
  return run_plain(context, protocol::UnlockRequest{});
}

RunSummary run_agent_remove(OperationContext& context, bool state) {
  protocol::RemoveRequest request;
  request.state = state;
  return run_plain(context, request);
}

AgentVersionOutput run_agent_version(OperationContext& context) {
  AgentVersionOutput output;
  FleetRun run(context);
  Visit<AgentVersion> visit{&run, &output.hosts, {}, {}};
  visit.ask = [&](std::shared_ptr<AgentLink> link, std::size_t host) {
    return ask_version(std::move(link), &context.agents, &output.hosts[host]);
  };
  output.summary = visit_all(run, visit);
  return output;
}

}  // namespace gannet::controller

#include "controller/deploy/fleet_run.h"

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>

#include "controller/fleet/fan_out.h"
#include "controller/fleet/ids.h"

namespace gannet::controller {
namespace {

constexpr auto kUnwind = std::chrono::seconds(2);  // for tasks that were told to end

Target target_of(const inventory::Host& host, const OperationContext& context) {
  Target target;
  target.name = host.name;
  target.address = host.address.empty() ? host.name : host.address;
  target.port = host.ssh.port.value_or(22);
  target.user = host.ssh.user.value_or(context.local_user);
  target.identity_files = host.ssh.identity_files;
  if (host.ssh.known_hosts_file)
    target.known_hosts_files = {*host.ssh.known_hosts_file, "/etc/ssh/ssh_known_hosts"};
  target.ask_password = context.ask_password;
  return target;
}

Task<> open_into(AgentAccess access, std::shared_ptr<std::optional<Result<LinkHolder>>> result) {
  auto opened = co_await open_agent(std::move(access));
  result->emplace(std::move(opened));
}

/// Reports name the host anyway, and equal errors of several hosts are folded only when the texts
/// are equal.
std::string without_host(std::string text, const std::string& host) {
  const std::string prefix = host + ": ";
  if (text.starts_with(prefix)) text.erase(0, prefix.size());
  return text;
}

/// Nobody answers. A login or a host key that is refused is not that: somebody has to look.
bool is_off(const Error& error) {
  return error.code == Code::kUnreachable || error.code == Code::kTimeout ||
         error.code == Code::kDisconnected;
}

}  // namespace

bool lost_contact(const Error& error) {
  switch (error.code) {
    case Code::kDisconnected:
    case Code::kTimeout:
    case Code::kBadFrame:
    case Code::kFrameTooLarge:
    case Code::kBadMessage:
    case Code::kUnreachable:
      return true;
    default:
      return false;
  }
}

FleetRun::FleetRun(OperationContext& context)
    : context_(context),
      records_(context.hosts.size()),
      finished_(context.hosts.size(), false),
      touched_(context.hosts.size(), false),
      recorded_(context.hosts.size(), false),
      doing_(context.hosts.size()),
      open_files_(raise_file_limit()) {
  for (std::size_t i = 0; i < records_.size(); ++i) {
    records_[i].host = context.hosts[i].name;
    records_[i].outcome = Outcome::kSkipped;
  }
}

FleetRun::~FleetRun() = default;

RunSummary FleetRun::execute(const std::function<Task<>()>& body) {
  begin();
  run_loop(body);
  drain();
  return end();
}

void FleetRun::begin() {
  started_ms_ = wall_ms();
  if (context_.run.id.empty()) context_.run.id = make_id(SystemClock().wall());
  if (context_.run.started_ms == 0) context_.run.started_ms = started_ms_;
  check_store(context_.store.begin_run(context_.run));
  check_store(context_.store.put_hosts(context_.run.id, records_));
  std::vector<std::string> names;
  names.reserve(context_.hosts.size());
  for (const auto& host : context_.hosts) names.push_back(host.name);
  context_.reporter.begin(context_.run.command, names.size(), context_.total_hosts, names);
}

void FleetRun::run_loop(const std::function<Task<>()>& body) {
  watch_signals();
  auto ended = [this](const std::optional<Error>& error) {
    if (error) context_.reporter.error(*error);
    if (error) stopped_hard_ = true;  // hosts without an outcome are not merely skipped
    done_ = true;
    context_.io.stop();
  };
  spawn(context_.io.get_executor(), "run", body(), std::move(ended), body_signal_.slot());
  context_.io.restart();
  context_.io.run();
}

/// Lets tasks that were told to end do so, so that none of them outlives what it works on.
void FleetRun::drain() {
  const auto running = [](const auto& weak) {
    const auto link = weak.lock();
    return link && link->running();
  };
  const auto busy = [this, running] {
    return !done_ || std::ranges::any_of(links_, running) ||
           std::ranges::any_of(groups_, [](const auto& group) { return group.running() > 0; });
  };
  for (const auto& weak : links_) {
    if (const auto link = weak.lock()) link->abort();
  }
  for (auto& group : groups_) group.cancel();
  asio::post(context_.io, [this] { body_signal_.emit(asio::cancellation_type::terminal); });
  const auto deadline = in(kUnwind);
  context_.io.restart();
  while (busy() && std::chrono::steady_clock::now() < deadline) {
    if (context_.io.stopped()) context_.io.restart();
    if (context_.io.run_one_until(deadline) == 0) break;
  }
  signals_.reset();
  context_.io.restart();
  context_.io.poll();
  context_.io.restart();
}

RunSummary FleetRun::end() {
  for (std::size_t i = 0; i < records_.size(); ++i) {
    if (finished_[i]) continue;
    const std::string doing = doing_[i].empty() ? "before it was begun" : "during " + doing_[i];
    if (touched_[i]) {
      finish(i, Outcome::kUnknown, "interrupted " + doing,
             "gannet status shows what is on the host; gannet resume goes on");
    } else if (interrupt_.requested() || stopped_hard_) {
      finish(i, Outcome::kSkipped, "interrupted " + doing + "; nothing was changed",
             "gannet resume goes on");
    } else {
      finish(i, Outcome::kSkipped);
    }
  }
  RunSummary summary;
  summary.hosts = records_;
  summary.interrupted = interrupt_.requested();
  summary.preflight_refused = preflight_refused_;
  const auto finished = wall_ms();
  check_store(context_.store.put_hosts(context_.run.id, records_));
  check_store(context_.store.flush());
  check_store(
      context_.store.finish_run(context_.run.id, finished, static_cast<int>(summary.exit_code())));
  context_.run.finished_ms = finished;
  context_.run.exit_code = static_cast<int>(summary.exit_code());
  context_.reporter.end(context_.run, records_, finished - started_ms_);
  return summary;
}

void FleetRun::watch_signals() {
  SignalWatch::Callbacks callbacks;
  callbacks.first = [this] { first_signal(); };
  callbacks.second = [this] { hard_stop("interrupted twice"); };
  callbacks.late = [this] { hard_stop("the hosts did not get into a safe state in time"); };
  signals_ = std::make_unique<SignalWatch>(context_.io, std::move(callbacks));
}

void FleetRun::first_signal() {
  context_.reporter.warning(
      "interrupted: bringing the hosts into a safe state (again to leave at once)");
  interrupt_.request();
}

void FleetRun::hard_stop(std::string_view why) {
  if (done_) return;
  stopped_hard_ = true;
  context_.reporter.warning("leaving at once: " + std::string(why));
  interrupt_.request();
  context_.io.stop();
}

void FleetRun::check_store(const Result<>& result) {
  if (result || store_warned_) return;
  store_warned_ = true;
  context_.reporter.warning("this run is not recorded: " + result.error().context);
}

// ---- hosts ----------------------------------------------------------------------------------

Task<> FleetRun::for_each(std::vector<std::size_t> hosts, std::function<Task<>(std::size_t)> work,
                          std::function<bool()> stop) {
  const auto list = std::make_shared<const std::vector<std::size_t>>(std::move(hosts));
  FanOut plan;
  plan.count = list->size();
  plan.limit = hosts_at_once(context_.jobs, open_files_);
  plan.work = [list, work = std::move(work)](std::size_t index) { return work((*list)[index]); };
  plan.stop = [this, stop = std::move(stop)] {
    return interrupt_.requested() || (stop != nullptr && stop());
  };
  plan.failed = [this, list](std::size_t index, Error error) {
    const Outcome outcome = touched_[(*list)[index]] ? Outcome::kUnknown : Outcome::kFailed;
    finish((*list)[index], outcome, std::move(error.context), std::move(error.hint));
  };
  plan.started = [this](const TaskGroup& group) { groups_.push_back(group); };
  co_await fan_out(context_.io.get_executor(), std::move(plan));
}

Task<> FleetRun::for_all(std::function<Task<>(std::size_t)> work) {
  std::vector<std::size_t> hosts;
  for (std::size_t i = 0; i < records_.size(); ++i) {
    if (!finished_[i]) hosts.push_back(i);
  }
  co_await for_each(std::move(hosts), std::move(work));
}

AgentAccess FleetRun::access(std::size_t host, Purpose purpose) {
  const inventory::Host& from = context_.hosts[host];
  AgentAccess access;
  access.transport = &context_.transport;
  access.agents = &context_.agents;
  access.target = target_of(from, context_);
  access.timeouts = context_.timeouts;
  access.silence = context_.request_timeout;
  access.privilege.sudo = from.ssh.become == inventory::Become::kSudo;
  if (access.privilege.sudo) access.privilege.password = context_.become_password;
  access.state_dir = from.state_dir.value_or("");
  access.hello.who = context_.run.who;
  access.hello.run = context_.run.id;
  if (purpose == Purpose::kWork && !touched_[host])
    access.phase = [this, host](std::string_view text) { phase(host, text); };
  return access;
}

Task<Result<LinkHolder>> FleetRun::open(std::size_t host, Purpose purpose, DeadlineTime deadline) {
  const bool for_work = purpose == Purpose::kWork;
  if (for_work && interrupt_.requested())
    co_return fail(Code::kInterrupted, "interrupted before it was connected");
  auto result = std::make_shared<std::optional<Result<LinkHolder>>>();
  TaskGroup group(context_.io.get_executor());
  groups_.push_back(group);
  group.spawn("connect", open_into(access(host, purpose), result));
  Interrupt::Registration registration;
  if (for_work) registration = interrupt_.on_request([group]() mutable { group.cancel(); });
  const bool in_time = co_await group.join(deadline);
  if (!in_time) group.cancel();
  [[maybe_unused]] const bool ended = co_await group.join(in(kUnwind));
  std::erase_if(groups_, [](const TaskGroup& other) { return other.running() == 0; });
  if (for_work && interrupt_.requested())
    co_return fail(Code::kInterrupted, "interrupted while connecting");
  if (group.error()) co_return fail(*group.error());
  if (!result->has_value()) co_return fail(Code::kTimeout, "no new connection in time");
  if (**result) remember((**result)->get());
  co_return std::move(**result);
}

void FleetRun::remember(const std::shared_ptr<AgentLink>& link) {
  if (links_.size() >= links_swept_) {
    std::erase_if(links_, [](const auto& other) { return other.expired(); });
    links_swept_ = std::max<std::size_t>(64, links_.size() * 2);
  }
  links_.push_back(link);
}

Task<> FleetRun::pause(std::chrono::milliseconds duration) {
  Wakeup wakeup(context_.io.get_executor());
  const auto registration = interrupt_.on_request([&wakeup] { wakeup.notify_all(); });
  if (interrupt_.requested()) co_return;
  [[maybe_unused]] const bool woken = co_await wakeup.wait(in(duration));
}

bool FleetRun::can_keep_open(std::size_t hosts) const {
  return hosts <= hosts_for_files(open_files_);
}

void FleetRun::phase(std::size_t host, std::string_view phase, std::string_view detail) {
  HostRecord& record = records_[host];
  if (record.started_ms == 0) record.started_ms = wall_ms();
  record.phase = phase;
  doing_[host] = phase;
  if (!detail.empty()) doing_[host] += " " + std::string(detail);
  context_.reporter.phase(record.host, doing_[host]);
}

void FleetRun::touch(std::size_t host) { touched_[host] = true; }

void FleetRun::touch_for_the_record(std::size_t host) {
  touch(host);
  recorded_[host] = true;
  HostRecord record = records_[host];
  record.outcome = Outcome::kUnknown;
  check_store(context_.store.put_host(context_.run.id, record));
}

void FleetRun::finish(std::size_t host, Outcome outcome, std::string message, std::string hint) {
  HostRecord& record = records_[host];
  finished_[host] = true;
  record.outcome = outcome;
  record.message = without_host(std::move(message), record.host);
  record.hint = std::move(hint);
  record.finished_ms = wall_ms();
  for (auto& service : record.services) {
    if (outcome == Outcome::kUnreachable && service.outcome == Outcome::kSkipped)
      service.outcome = outcome;
  }
  if (recorded_[host]) check_store(context_.store.put_host(context_.run.id, record));
  context_.reporter.host_done(record);
}

void FleetRun::finish_error(std::size_t host, const Error& error) {
  if (interrupt_.requested()) {
    finish(host, touched_[host] ? Outcome::kUnknown : Outcome::kSkipped,
           "interrupted during " + doing_[host]);
    return;
  }
  const auto code = static_cast<unsigned>(error.code);
  const bool unreachable = code >= 10 && code <= 19;
  if (unreachable) return finish_unreachable(host, error);
  // What failed before it was touched is served later, too.
  records_[host].missed = !touched_[host] && !records_[host].services.empty();
  finish(host, Outcome::kFailed, error.context, error.hint);
}

/// Off, or frozen: somebody let us in and nobody answered. Nothing was changed on it.
void FleetRun::finish_unreachable(std::size_t host, const Error& error) {
  HostRecord& record = records_[host];
  record.missed = !record.services.empty();
  const bool optional = context_.hosts[host].optional;
  record.excused = is_off(error) && (optional || context_.skip_unreachable);
  if (!record.excused) return finish(host, Outcome::kUnreachable, error.context, error.hint);
  const std::string why = without_host(error.context, record.host);
  finish(host, Outcome::kSkipped,
         (optional ? "optional host, unreachable: " : "unreachable: ") + why, error.hint);
}

void FleetRun::add_finding(std::size_t host, const protocol::Finding& finding) {
  EventRecord event;
  event.host = records_[host].host;
  event.when_ms = wall_ms();
  event.kind = "finding";
  event.severity = protocol::to_string(finding.severity);
  event.text = finding.name + ": " + finding.message;
  context_.store.add_event(context_.run.id, std::move(event));
}

void FleetRun::add_event(std::size_t host, std::string kind, std::string service,
                         std::string text) {
  EventRecord event;
  event.host = records_[host].host;
  event.when_ms = wall_ms();
  event.kind = std::move(kind);
  event.service = std::move(service);
  event.text = std::move(text);
  context_.store.add_event(context_.run.id, std::move(event));
}

bool FleetRun::ask(const std::function<bool()>& question) {
  signals_.reset();
  bool answer = false;
  {
    const InterruptibleRead guard;
    answer = question() && !InterruptibleRead::interrupted();
    if (InterruptibleRead::interrupted()) interrupt_.request();
  }
  watch_signals();
  return answer;
}

}  // namespace gannet::controller

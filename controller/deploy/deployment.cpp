#include "controller/deploy/deployment.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "controller/fleet/ids.h"

namespace gannet::controller {
namespace {

constexpr auto kFirstPause = std::chrono::milliseconds(200);
constexpr auto kLongestPause = std::chrono::milliseconds(2'000);

/// Time kept for taking the change back while the watchdog still waits: a fifth, 1 to 10 s.
std::chrono::milliseconds margin_of(std::chrono::milliseconds watchdog) {
  return std::clamp<std::chrono::milliseconds>(watchdog / 5, std::chrono::seconds(1),
                                               std::chrono::seconds(10));
}

/// Trying again cannot change these: the change itself may have broken the login.
bool hopeless(const Error& error) {
  switch (error.code) {
    case Code::kHostKeyUnknown:
    case Code::kHostKeyChanged:
    case Code::kAuthentication:
    case Code::kPermission:
      return true;
    default:
      return false;
  }
}

/// "3 files, 2 parts of images, 40 MiB".
std::string describe(const BlobSource& source, const std::vector<Digest>& missing) {
  const std::size_t parts = source.count_regions(missing);
  const std::size_t files = missing.size() - parts;
  std::string detail;
  if (files > 0) detail = std::to_string(files) + (files == 1 ? " file, " : " files, ");
  if (parts > 0)
    detail += std::to_string(parts) + (parts == 1 ? " part of images, " : " parts of images, ");
  return detail + format_size(source.bytes_of(missing));
}

std::string with_lines(std::string message, const std::vector<std::string>& lines) {
  for (const auto& line : lines) message += "\n  " + printable(line);
  return message;
}

}  // namespace

HostDeployment::HostDeployment(FleetRun& run, Uploader& uploader, HostJob& job, DeploymentPlan plan)
    : run_(run), uploader_(uploader), job_(job), plan_(std::move(plan)) {
  for (std::size_t i = 0; i < job.releases.size(); ++i) {
    if (job.changed[i]) releases_.push_back(job.releases[i]);
  }
  transaction_ = make_id(SystemClock().wall());
}

bool HostDeployment::must_go_back() const {
  return run_.interrupt().requested() || (plan_.give_up && plan_.give_up());
}

// ---- before anything is changed -------------------------------------------------------------

Task<Verdict> HostDeployment::deploy() {
  auto connected = co_await connect();
  if (connected) connected = co_await upload();
  if (run_.interrupt().requested()) {
    co_return Verdict{Outcome::kSkipped, "interrupted before anything was changed",
                      "gannet resume goes on"};
  }
  if (!connected) {
    Error& error = connected.error();
    const auto outcome = lost_contact(error) ? Outcome::kUnreachable : Outcome::kFailed;
    co_return Verdict{outcome, error.context + "; nothing was changed", error.hint, error.code};
  }
  co_return co_await apply();
}

Task<Result<>> HostDeployment::connect() {
  if (job_.link.alive()) co_return Result<>{};
  CO_TRY(job_.link, co_await run_.open(job_.index));
  CO_TRY([[maybe_unused]] const protocol::HelloReply hello, co_await job_.link->hello());
  co_return Result<>{};
}

Task<Result<>> HostDeployment::upload() {
  const auto& missing = job_.prepared.missing;
  if (missing.empty()) co_return Result<>{};
  run_.phase(job_.index, "upload", describe(uploader_.source(), missing));
  const auto link = job_.link.get();
  const auto registration = run_.interrupt().on_request([link] { link->abort(); });
  auto uploaded = co_await uploader_.upload(link, missing);
  if (!uploaded) {
    link->abort();  // the stream may have been left half-way
    co_return fail(std::move(uploaded.error()).in("upload"));
  }
  co_return Result<>{};
}

// ---- apply ----------------------------------------------------------------------------------

protocol::ApplyRequest HostDeployment::apply_request() const {
  protocol::ApplyRequest request;
  request.transaction = transaction_;
  request.run = run_.context().run.id;
  request.reason = plan_.reason;
  request.releases = releases_;
  request.watchdog_ms = static_cast<std::uint64_t>(plan_.watchdog.count());
  request.keep_releases = plan_.keep_releases;
  return request;
}

void HostDeployment::on_event(const protocol::Event& event) {
  switch (event.kind) {
    case protocol::EventKind::kArmed:
      restores_at_ = in(std::chrono::milliseconds(event.value));
      return;
    case protocol::EventKind::kStep:
      run_.phase(job_.index, "apply", printable(event.text));
      return;
    case protocol::EventKind::kStdout:
    case protocol::EventKind::kStderr:
      for (const auto& line : split(event.text, '\n')) {
        if (!line.empty())
          run_.context().reporter.output(run_.host(job_.index).name, line,
                                         event.kind == protocol::EventKind::kStderr);
      }
      return;
  }
}

Task<Verdict> HostDeployment::apply() {
  run_.record(job_.index).transaction = transaction_;
  run_.phase(job_.index, "apply");
  run_.touch_for_the_record(job_.index);
  restores_at_ = in(plan_.watchdog);
  const auto link = job_.link.get();
  const Ticket ticket =
      link->send(apply_request(), [this](const protocol::Event& event) { on_event(event); });
  auto registration = run_.interrupt().on_request([link] { link->cancel_running(); });
  auto reply = co_await link->receive<protocol::ApplyRequest>(ticket);
  registration.reset();
  if (!reply && lost_contact(reply.error())) co_return co_await learn(std::move(reply.error()));
  if (!reply) co_return Verdict{Outcome::kFailed, reply.error().context, reply.error().hint};
  job_.came_to = reply->images;
  if (reply->outcome == protocol::ApplyOutcome::kRebooting)
    co_return co_await await_restart(*reply);
  if (reply->outcome != protocol::ApplyOutcome::kHealthy) co_return judge_apply(*reply);
  if (plan_.watchdog.count() > 0)
    restores_at_ = in(std::chrono::milliseconds(reply->watchdog_left_ms));
  if (must_go_back()) {
    const bool interrupted = run_.interrupt().requested();
    Error reason{Code::kInterrupted, interrupted ? "interrupted" : "too many other hosts failed",
                 interrupted ? "gannet resume goes on" : ""};
    co_return co_await take_back(std::move(reason));
  }
  co_return co_await commit();
}

Verdict HostDeployment::judge_apply(const protocol::ApplyReply& reply) {
  for (const auto& finding : reply.findings) run_.add_finding(job_.index, finding);
  Verdict verdict;
  verdict.message = with_lines(printable(reply.error), reply.last_lines);
  verdict.hint = printable(reply.hint);
  if (reply.outcome == protocol::ApplyOutcome::kRestored) {
    verdict.outcome = Outcome::kRolledBack;
    if (run_.interrupt().requested()) verdict.hint = "gannet resume goes on";
    return verdict;
  }
  verdict.outcome = Outcome::kFailed;
  if (reply.outcome == protocol::ApplyOutcome::kRefused) {
    verdict.message =
        with_lines(printable(reply.error) + "; nothing was changed", reply.last_lines);
    return verdict;
  }
  verdict.message += "\nand going back failed, too: " + printable(reply.restore_error);
  if (verdict.hint.empty()) verdict.hint = "log in and look; " + std::string(kLookHint);
  return verdict;
}

// ---- commit ---------------------------------------------------------------------------------

Task<Result<>> HostDeployment::try_commit() {
  reached_ = false;
  CO_TRY(LinkHolder link, co_await run_.open(job_.index, FleetRun::Purpose::kWork, commit_until_));
  protocol::CommitRequest request;
  request.transaction = transaction_;
  const Ticket ticket = link->send(request);
  CO_TRY([[maybe_unused]] const protocol::HelloReply hello, co_await link->hello());
  reached_ = true;
  CO_TRY([[maybe_unused]] const protocol::CommitReply reply,
         co_await link->receive<protocol::CommitRequest>(ticket));
  co_return Result<>{};
}

Task<Verdict> HostDeployment::commit() {
  run_.phase(job_.index, "commit");
  if (plan_.watchdog.count() == 0) restores_at_ = in(kNoWatchdogTime);
  commit_until_ = restores_at_ - margin_of(plan_.watchdog);
  auto pause = std::chrono::milliseconds(kFirstPause);
  for (;;) {
    auto committed = co_await try_commit();
    if (committed) co_return Verdict{Outcome::kDeployed, {}, {}};
    Error error = std::move(committed.error());
    if (reached_ && !lost_contact(error)) co_return co_await learn(std::move(error));
    const bool late = std::chrono::steady_clock::now() + pause >= commit_until_;
    if (late || hopeless(error) || run_.interrupt().requested())
      co_return co_await take_back(std::move(error).in("commit over a new connection"));
    run_.phase(job_.index, "commit", "again: " + error.context);
    co_await run_.pause(pause);
    pause = std::min(pause * 2, kLongestPause);
  }
}

/// Takes the change back over the session that made it, which is still open if we are lucky.
Task<Verdict> HostDeployment::take_back(Error reason) {
  run_.phase(job_.index, "restore");
  if (!job_.link.alive()) co_return co_await learn(std::move(reason));
  protocol::RestoreRequest request;
  request.transaction = transaction_;
  request.reason = reason.context;
  const auto link = job_.link.get();
  auto reply = co_await link->ask(std::move(request));
  if (!reply || !reply->restored) co_return co_await learn(std::move(reason));
  if (reply->healthy) {
    co_return Verdict{Outcome::kRolledBack, reason.context + std::string(kAsBefore), reason.hint};
  }
  co_return Verdict{
      Outcome::kFailed,
      reason.context + "; what was there before is back, but: " + printable(reply->detail),
      std::string(kLookHint)};
}

}  // namespace gannet::controller

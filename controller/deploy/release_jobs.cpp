#include "controller/deploy/release_jobs.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "controller/deploy/image_resolver.h"
#include "controller/fleet/ids.h"

namespace gannet::controller {
namespace {

/// Larger requests wait for the end of the handshake, which raises the agent's limit.
constexpr std::size_t kEarlyRequest = protocol::kMaxEarlyPayload - 1024;

bool asked_for(const playbooks::Service& service, const std::vector<std::string>& names) {
  return names.empty() || std::ranges::find(names, service.name) != names.end();
}

std::map<std::string, std::string> template_facts(const protocol::Facts& facts) {
  return {{"arch", facts.arch},
          {"hostname", facts.hostname},
          {"os", facts.os_id},
          {"kernel", facts.kernel}};
}

std::filesystem::path env_file_of(const ReleaseContext& release) {
  if (release.environment == nullptr || !release.environment->env_file) return {};
  return (release.project.root / *release.environment->env_file).lexically_normal();
}

}  // namespace

bool HostJob::any_change() const {
  return std::ranges::any_of(changed, [](bool value) { return value; });
}

ReleaseJobs::ReleaseJobs(FleetRun& run, const ReleaseContext& release, ReleaseSource source)
    : run_(run),
      release_(release),
      source_(std::move(source)),
      renderer_(release.project, release.variables, {}, env_file_of(release)) {
  const RunRecord& record = run.context().run;
  stamp_.id = make_id(SystemClock().wall());
  stamp_.tag = release.tag;
  stamp_.run = record.id;
  stamp_.who = record.who;
  stamp_.created_ms = wall_ms();
}

std::vector<Error> ReleaseJobs::make() {
  std::vector<Error> errors;
  const auto& hosts = run_.context().hosts;
  jobs_.resize(hosts.size());
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    HostJob& job = jobs_[i];
    job.index = i;
    bool needs_facts = false;
    for (const auto& service : release_.project.services) {
      if (!asked_for(service, release_.services) || !service.on.matches(hosts[i])) continue;
      job.services.push_back(&service);
      needs_facts = needs_facts || renderer_.needs_facts(service);
    }
    plan_rows(job);
    if (source_.kind == ReleaseSource::Kind::kHost || needs_facts) continue;
    auto found = render(job);
    // The same mistake in a definition shows on every host: once is enough.
    if (errors.empty()) errors = std::move(found);
  }
  return errors;
}

std::vector<Error> ReleaseJobs::render(HostJob& job) {
  playbooks::HostContext context;
  context.host = &run_.host(job.index);
  context.login = run_.context().local_user;
  if (!job.facts.arch.empty()) context.facts = template_facts(job.facts);
  job.releases.clear();
  job.images.clear();
  for (const auto* service : job.services) {
    auto rendered = renderer_.render(*service, context);
    if (!rendered) return std::move(rendered.error());
    blobs_.add(*rendered);
    if (rendered->compose) {
      for (auto& source : rendered->compose->sources)
        job.images.push_back({job.releases.size(), source});
    }
    job.releases.push_back(build_release(*rendered, stamp_));
  }
  return {};
}

Task<> ReleaseJobs::prepare_all() {
  for (const auto& job : jobs_) {
    if (job.services.empty() && !run_.finished(job.index))
      run_.finish(job.index, Outcome::kUnchanged, "no service is meant for this host");
  }
  auto work = [this](std::size_t host) { return prepare(&jobs_[host]); };
  co_await run_.for_all(std::move(work));
}

Task<> ReleaseJobs::prepare(HostJob* job) {
  auto opened = co_await run_.open(job->index);
  if (!opened) {
    run_.finish_error(job->index, opened.error());
    co_return;
  }
  job->link = std::move(*opened);
  run_.phase(job->index, "check");
  const auto link = job->link.get();
  const auto registration = run_.interrupt().on_request([link] { link->abort(); });
  auto asked = co_await ask_agent(job);
  if (!asked) {
    job->link = LinkHolder();
    run_.finish_error(job->index, asked.error());
    co_return;
  }
  fill_rows(*job);
  job->ready = job->problems.empty();
  if (!run_.can_keep_open(jobs_.size())) job->link = LinkHolder();
}

Task<Result<>> ReleaseJobs::ask_agent(HostJob* job) {
  const auto link = job->link.get();
  if (source_.kind == ReleaseSource::Kind::kHost) {
    CO_TRY_VOID(co_await fetch_releases(job));
    if (!job->problems.empty()) co_return Result<>{};
  } else if (job->releases.empty()) {
    CO_TRY(const protocol::HelloReply hello, co_await link->hello());
    job->facts = hello.facts;
    const auto errors = render(*job);
    if (!errors.empty()) co_return fail(errors.front());
    CO_TRY_VOID(co_await resolve_images(job));
    if (!job->prepared.findings.empty()) co_return Result<>{};
  }
  const protocol::PrepareRequest request = request_for(*job);
  if (protocol::encode(request).size() > kEarlyRequest) {
    CO_TRY([[maybe_unused]] const protocol::HelloReply hello, co_await link->hello());
  }
  const Ticket ticket = link->send(request);
  CO_TRY(const protocol::HelloReply hello, co_await link->hello());
  job->facts = hello.facts;
  if (hello.recovered) {
    run_.add_event(job->index, "recovery", "",
                   hello.recovered->reason + ": run " + hello.recovered->run + " was put back");
    run_.note(run_.host(job->index).name + ": an unfinished change was put back first (" +
              printable(hello.recovered->reason) + ")");
  }
  CO_TRY(protocol::PrepareReply reply, co_await link->receive<protocol::PrepareRequest>(ticket));
  if (reply.plans.size() != job->releases.size())
    co_return fail(Code::kBadMessage, "the agent planned other services than it was asked for");
  take_reply(*job, std::move(reply));
  co_return Result<>{};
}

/// Services with images of their own are rendered when the host's architecture is known.
Task<Result<>> ReleaseJobs::resolve_images(HostJob* job) {
  for (std::size_t i = 0; i < job->images.size(); ++i) {
    const playbooks::ImageSource& source = job->images[i].source;
    const std::string where = to_string(source.from) + ": image of " + source.service;
    if (release_.images == nullptr)
      co_return fail(Code::kInvalidInput, where + ": this command ships no images");
    const auto& facts = job->facts;
    const std::string& machine = facts.userland.empty() ? facts.arch : facts.userland;
    auto image = co_await release_.images->resolve(source, machine, &blobs_);
    if (!image && image.error().code == Code::kPreflight) {
      refuse_image(*job, source.service, image.error());
      co_return Result<>{};
    }
    if (!image) co_return fail(std::move(image.error()).in(where));
    add_image(job->releases[job->images[i].release], std::move(*image));
  }
  co_return Result<>{};
}

/// No image for this host's architecture: found here, but as good as found by the host.
void ReleaseJobs::refuse_image(HostJob& job, const std::string& service, const Error& error) {
  protocol::Finding finding;
  finding.kind = protocol::CheckKind::kCompose;
  finding.name = "image of " + service;
  finding.severity = protocol::Severity::kFail;
  finding.message = error.context;
  finding.hint = error.hint;
  run_.add_finding(job.index, finding);
  job.prepared.findings.push_back(std::move(finding));
}

protocol::PrepareRequest ReleaseJobs::request_for(const HostJob& job) const {
  protocol::PrepareRequest request;
  request.releases = job.releases;
  request.wall_ms = wall_ms();
  if (source_.kind == ReleaseSource::Kind::kProject) {
    const auto& state_dir = run_.host(job.index).state_dir;
    request.checks = preflight_checks(release_.project.checks, state_dir.value_or(""));
  }
  return request;
}

void ReleaseJobs::take_reply(HostJob& job, protocol::PrepareReply reply) {
  job.prepared = std::move(reply);
  for (const auto& plan : job.prepared.plans)
    job.changed.push_back(!plan.files.empty() || !plan.actions.empty() || plan.definition_changed);
  for (const auto& finding : job.prepared.findings) {
    if (finding.severity != protocol::Severity::kPass) run_.add_finding(job.index, finding);
  }
}

/// What the host should get, for the record: a host that is off cannot say what it has.
void ReleaseJobs::plan_rows(const HostJob& job) {
  const bool made_here = source_.kind == ReleaseSource::Kind::kProject;
  for (const auto* service : job.services) {
    HostRecord::ServiceRow& row = run_.record(job.index).services.emplace_back();
    row.service = service->name;
    if (made_here) row.release = stamp_.id;
    if (made_here) row.tag = stamp_.tag;
    row.outcome = Outcome::kSkipped;
  }
}

void ReleaseJobs::fill_rows(const HostJob& job) {
  HostRecord& record = run_.record(job.index);
  record.services.clear();
  for (std::size_t i = 0; i < job.releases.size() && i < job.prepared.plans.size(); ++i) {
    HostRecord::ServiceRow& row = record.services.emplace_back();
    row.service = job.releases[i].service;
    row.release = job.changed[i] ? job.releases[i].id : job.prepared.plans[i].current;
    row.tag = job.changed[i] ? job.releases[i].tag : job.prepared.plans[i].current_tag;
    row.previous = job.prepared.plans[i].current;
    row.outcome = job.changed[i] ? Outcome::kSkipped : Outcome::kUnchanged;
  }
}

// ---- releases that the host keeps -----------------------------------------------------------

/// The id wanted for each service: empty for "the one before the current".
Task<Result<std::vector<std::string>>> ReleaseJobs::resolve_ids(HostJob* job) {
  std::vector<std::string> ids(job->services.size());
  if (source_.to.empty()) co_return ids;
  protocol::StatusRequest request;
  for (const auto* service : job->services) request.services.push_back(service->name);
  const auto link = job->link.get();
  CO_TRY(const protocol::StatusReply status, co_await link->ask(std::move(request)));
  for (std::size_t i = 0; i < ids.size(); ++i) {
    ids[i] = source_.to;
    for (const auto& service : status.services) {
      if (service.service != job->services[i]->name) continue;
      const auto meant = [&](const protocol::ReleaseInfo& kept) {
        return kept.id == source_.to || kept.tag == source_.to;
      };
      const auto found = std::ranges::find_if(service.kept, meant);
      if (found != service.kept.end()) ids[i] = found->id;
    }
  }
  co_return ids;
}

Task<Result<>> ReleaseJobs::fetch_releases(HostJob* job) {
  const auto link = job->link.get();
  CO_TRY(const std::vector<std::string> ids, co_await resolve_ids(job));
  std::vector<Ticket> tickets;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    protocol::GetReleaseRequest request;
    request.service = job->services[i]->name;
    request.id = ids[i];
    tickets.push_back(link->send(request));
  }
  for (std::size_t i = 0; i < tickets.size(); ++i) {
    auto reply = co_await link->receive<protocol::GetReleaseRequest>(tickets[i]);
    const std::string& name = job->services[i]->name;
    if (!reply && reply.error().code == Code::kNotFound) {
      job->problems.push_back(name + ": " + reply.error().context);
      continue;
    }
    if (!reply) co_return fail(std::move(reply.error()));
    for (auto& problem : reply->problems) job->problems.push_back(problem.insert(0, name + ": "));
    job->releases.push_back(std::move(reply->release));
  }
  co_return Result<>{};
}

}  // namespace gannet::controller

#include "tests/unit/agent_core/host_fixture.h"

#include <algorithm>

#include <zstd.h>

#include <gtest/gtest.h>

namespace gannet::agent {

Result<CommandResult> ScriptedActions::run_hook(const std::string& service,
                                                const protocol::Hook& hook, Progress&) {
  ran.push_back(service + ": " + hook.command);
  on_hook(hook.command);
  CommandResult result;
  if (failing.contains(hook.command)) {
    result.exit_code = 1;
    result.last_lines = {"no such unit"};
  }
  return result;
}

std::vector<protocol::Finding> ScriptedActions::run_checks(
    const std::vector<protocol::Check>& checks, Progress&) {
  ++rounds;
  std::vector<protocol::Finding> findings;
  for (const auto& check : checks) {
    protocol::Finding finding;
    finding.kind = check.kind;
    finding.name = check.name;
    if (!passes(check)) {
      finding.severity = protocol::Severity::kFail;
      finding.message = "answered 500";
      finding.hint = "look at its log";
      finding.values = {{"output", "line 1\nline 2"}};
    }
    findings.push_back(finding);
  }
  return findings;
}

bool ScriptedActions::wait(std::chrono::milliseconds duration, Progress& progress) {
  clock_.advance(duration);
  return !progress.stop_requested();
}

protocol::Release Contents::release(const std::string& service, const std::string& id,
                                    const std::map<std::string, std::string>& files) {
  protocol::Release release;
  release.service = service;
  release.id = id;
  release.tag = "tag-" + id;
  release.health.stable_for_ms = 0;
  for (const auto& [path, content] : files) {
    protocol::FileEntry entry;
    entry.path = path;
    entry.content = sha256(content);
    entry.size = content.size();
    by_digest_[entry.content] = content;
    release.files.push_back(entry);
  }
  return release;
}

std::vector<std::byte> Contents::stream(const std::vector<Digest>& wanted) const {
  std::vector<std::byte> plain;
  for (const Digest& digest : wanted) {
    const std::string& content = by_digest_.at(digest);
    plain.insert(plain.end(), digest.bytes.begin(), digest.bytes.end());
    for (unsigned shift = 0; shift < 64; shift += 8) {
      plain.push_back(static_cast<std::byte>((content.size() >> shift) & 0xFFU));
    }
    const auto bytes = std::as_bytes(std::span(content));
    plain.insert(plain.end(), bytes.begin(), bytes.end());
  }
  std::vector<std::byte> packed(ZSTD_compressBound(plain.size()));
  packed.resize(ZSTD_compress(packed.data(), packed.size(), plain.data(), plain.size(), 3));
  return packed;
}

protocol::UploadRequest Contents::announcement(const std::vector<Digest>& wanted) const {
  protocol::UploadRequest request;
  request.count = static_cast<std::uint32_t>(wanted.size());
  for (const Digest& digest : wanted) request.bytes += by_digest_.at(digest).size();
  return request;
}

std::unique_ptr<HostState> Host::open() {
  auto state = try_open();
  EXPECT_TRUE(state.has_value()) << (state ? "" : state.error().context);
  return state ? std::move(*state) : nullptr;
}

protocol::ApplyRequest Host::request(const std::string& transaction,
                                     std::vector<protocol::Release> releases) {
  protocol::ApplyRequest request;
  request.transaction = transaction;
  request.run = "run-1";
  request.reason = "deploy v1";
  request.releases = std::move(releases);
  request.watchdog_ms = 60'000;
  return request;
}

Result<protocol::ApplyReply> Host::apply(HostState& state, const protocol::ApplyRequest& request) {
  protocol::PrepareRequest prepare;
  prepare.releases = request.releases;
  TRY(const auto prepared, state.prepare(prepare, progress));
  if (!prepared.missing.empty()) {
    TRY(const auto receiver, state.receive(contents.announcement(prepared.missing)));
    TRY_VOID(receiver->feed(contents.stream(prepared.missing)));
    TRY_VOID(receiver->finish());
  }
  return state.apply(request, progress);
}

Result<protocol::CommitReply> Host::deploy(HostState& state, const std::string& transaction,
                                           std::vector<protocol::Release> releases) {
  TRY(const auto reply, apply(state, request(transaction, std::move(releases))));
  if (reply.outcome != protocol::ApplyOutcome::kHealthy) return fail(reply.code, reply.error);
  return state.commit({transaction});
}

protocol::Check check_named(const std::string& name) {
  protocol::Check check;
  check.kind = protocol::CheckKind::kHttp;
  check.name = name;
  return check;
}

}  // namespace gannet::agent

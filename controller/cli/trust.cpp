#include <algorithm>
#include <map>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "controller/cli/application.h"
#include "controller/cli/commands.h"
#include "controller/fleet/fan_out.h"
#include "controller/fleet/ids.h"
#include "controller/fleet/spawn.h"
#include "controller/report/table.h"
#include "controller/report/wording.h"
#include "controller/ssh/host_keys.h"

namespace gannet::controller {
namespace {

/// What one host showed, and what the files say about it.
struct Shown {
  Target target;
  std::optional<HostKey> key;
  KnownHosts::Answer answer;
  std::optional<Error> error;
  std::optional<Outcome> outcome;  ///< of learning its key, when there was something to learn
};

std::string_view state_of(const Shown& shown) {
  if (!shown.key) return "unreachable";
  switch (shown.answer.verdict) {
    case KnownHosts::Verdict::kTrusted:
      return "known";
    case KnownHosts::Verdict::kUnknown:
    case KnownHosts::Verdict::kCertAuthority:
      return "new";
    case KnownHosts::Verdict::kChanged:
      return "changed";
    case KnownHosts::Verdict::kRevoked:
      return "revoked";
  }
  return "new";
}

Target target_of(const inventory::Host& host, const std::string& local_user) {
  Target target;
  target.name = host.name;
  target.address = host.address.empty() ? host.name : host.address;
  target.port = host.ssh.port.value_or(22);
  target.user = host.ssh.user.value_or(local_user);  // libssh wants one even without a login
  target.known_hosts_files = {host.ssh.known_hosts_file.value_or(""), "/etc/ssh/ssh_known_hosts"};
  return target;
}

/// Asks one host for its key. `shown` outlives the task: its owner waits for all of them.
Task<> fetch(SshTransport* transport, ConnectTimeouts timeouts, Shown* shown) {
  auto key = co_await transport->fetch_host_key(shown->target, timeouts);
  if (!key) {
    shown->error = std::move(key.error());
    co_return;
  }
  const auto known = transport->known_hosts(shown->target.known_hosts_files);
  if (!known) {
    shown->error = known.error();
    co_return;
  }
  shown->answer = (*known)->check(shown->target.address, shown->target.port, *key);
  shown->key = std::move(*key);
}

std::string table_of(const std::vector<Shown>& all, const View& view) {
  Table table({"HOST", "ADDRESS", "TYPE", "FINGERPRINT", "STATE"});
  for (const auto& shown : all) {
    const auto state = state_of(shown);
    const auto tone = state == "known" ? Tone::kGood : state == "new" ? Tone::kNotice : Tone::kBad;
    table.add({{shown.target.name},
               {known_hosts_name(shown.target.address, shown.target.port)},
               {shown.key ? shown.key->type : ""},
               {shown.key ? shown.key->fingerprint : ""},
               {std::string(state), tone}});
  }
  return table.render(view.style, view.columns);
}

nlohmann::json json_of(const std::vector<Shown>& all) {
  auto list = nlohmann::json::array();
  for (const auto& shown : all)
    list.push_back({{"host", shown.target.name},
                    {"address", shown.target.address},
                    {"port", shown.target.port},
                    {"type", shown.key ? shown.key->type : ""},
                    {"fingerprint", shown.key ? shown.key->fingerprint : ""},
                    {"state", state_of(shown)}});
  return list;
}

class Trust final : public Command {
 public:
  [[nodiscard]] std::string name() const override { return "inventory trust"; }
  [[nodiscard]] std::string summary() const override {
    return "Learn the host keys of hosts that are new";
  }
  [[nodiscard]] std::string details() const override {
    return "Shows one table of all keys and asks once. A key that has changed is never\n"
           "accepted: nothing is written then.";
  }

  Result<ExitCode> run(Application& application) override {
    const auto workspace = application.load(Needs::kInventory);
    if (!workspace) return ExitCode::kUsage;
    const auto started = wall_ms();
    auto all = collect(application, *workspace);
    const auto elapsed = wall_ms() - started;
    application.reporter().suspend();
    application.reporter().print(table_of(all, application.view()) + "\n");
    application.reporter().attach("keys", json_of(all));
    auto learned = refuse_changed(all);
    if (learned) learned = learn(application, all);
    tell(application.reporter(), all, elapsed);
    TRY_VOID(learned);
    if (count(all, Outcome::kFailed) > 0) return ExitCode::kFailed;
    return count(all, Outcome::kUnreachable) > 0 ? ExitCode::kUnreachable : ExitCode::kOk;
  }

 private:
  static std::vector<Shown> collect(Application& application, const Workspace& workspace) {
    auto& parts = application.parts();
    std::vector<Shown> all;
    std::vector<std::string> names;
    for (const auto& host : workspace.hosts) {
      all.push_back({target_of(host, application.local_user()), {}, {}, {}, {}});
      names.push_back(host.name);
    }
    parts.reporter.begin("inventory trust", names.size(), workspace.inventory.hosts().size(),
                         names);
    ConnectTimeouts timeouts;
    timeouts.connect = application.options().connect_timeout;
    timeouts.handshake = timeouts.connect * 3 / 2;
    FanOut plan;
    plan.count = all.size();
    plan.limit = hosts_at_once(application.options().jobs, raise_file_limit());
    plan.work = [&](std::size_t index) {
      parts.reporter.phase(all[index].target.name, "host key");
      return fetch(&parts.transport, timeouts, &all[index]);
    };
    plan.failed = [&](std::size_t index, Error error) { all[index].error = std::move(error); };
    spawn(parts.io.get_executor(), "inventory trust",
          fan_out(parts.io.get_executor(), std::move(plan)), [&](std::optional<Error> error) {
            if (error) parts.reporter.error(*error);
          });
    parts.io.restart();
    parts.io.run();
    return all;
  }

  /// A new key that nobody wrote down is nothing that went well.
  static Outcome outcome_of(const Shown& shown) {
    if (shown.outcome) return *shown.outcome;
    if (!shown.key) return Outcome::kUnreachable;
    return state_of(shown) == "known" ? Outcome::kUnchanged : Outcome::kSkipped;
  }

  static std::ptrdiff_t count(const std::vector<Shown>& all, Outcome outcome) {
    return std::ranges::count(all, outcome, outcome_of);
  }

  static void tell(Reporter& reporter, const std::vector<Shown>& all, std::int64_t elapsed_ms) {
    std::vector<HostRecord> records;
    for (const auto& shown : all) {
      HostRecord record;
      record.host = shown.target.name;
      record.phase = "host key";
      record.outcome = outcome_of(shown);
      if (shown.error) record.message = shown.error->context;
      if (shown.error) record.hint = shown.error->hint;
      records.push_back(std::move(record));
    }
    reporter.end({}, records, elapsed_ms);
  }

  static Result<> refuse_changed(std::vector<Shown>& all) {
    std::vector<std::string> texts;
    std::string hint;
    Code code = Code::kHostKeyChanged;
    for (auto& shown : all) {
      const auto state = state_of(shown);
      if (state != "changed" && state != "revoked") continue;
      const auto accepted = accept_host_key(shown.target, *shown.key, shown.answer);
      if (accepted) continue;
      shown.outcome = Outcome::kFailed;
      shown.error = Error{accepted.error().code, "its host key is " + std::string(state), ""};
      code = accepted.error().code;
      texts.push_back(shown.target.name + ": " + accepted.error().context);
      if (hint.empty()) hint = accepted.error().hint;
    }
    if (texts.empty()) return {};
    return fail(code, join(texts, "\n") + "\nno key was accepted", hint);
  }

  static Result<> learn(Application& application, std::vector<Shown>& all) {
    std::map<std::string, std::vector<Shown*>> by_file;
    std::vector<std::string> hosts;
    for (auto& shown : all) {
      if (!shown.key || state_of(shown) != "new") continue;
      hosts.push_back(shown.target.name);
      by_file[shown.target.known_hosts_files.front()].push_back(&shown);
    }
    if (hosts.empty()) {
      application.reporter().print("No new keys.\n");
      return {};
    }
    TRY_VOID(application.require_consent());
    if (!application.confirm("", "Trust the new keys of " + name_hosts(hosts) + "?"))
      return fail(Code::kInterrupted, "no key was accepted");
    for (const auto& [file, shown] : by_file) write(application, file, shown);
    return {};
  }

  /// A file that cannot be written costs only the hosts whose keys belong into it.
  static void write(Application& application, const std::string& file,
                    const std::vector<Shown*>& hosts) {
    std::vector<KnownHostsEntry> entries;
    for (const auto* shown : hosts) {
      const auto same = [&](const KnownHostsEntry& entry) {
        return entry.address == shown->target.address && entry.port == shown->target.port &&
               entry.key == *shown->key;
      };
      if (std::ranges::none_of(entries, same))
        entries.push_back({shown->target.address, shown->target.port, *shown->key});
    }
    const auto added = add_to_known_hosts(file, entries);
    for (auto* shown : hosts) {
      shown->outcome = added ? Outcome::kUnchanged : Outcome::kFailed;
      if (!added) shown->error = added.error();
    }
    if (added)
      application.reporter().print("Added " + count_of(entries.size(), "key") + " to " + file +
                                   "\n");
  }
};

}  // namespace

std::unique_ptr<Command> make_inventory_trust() { return std::make_unique<Trust>(); }

}  // namespace gannet::controller

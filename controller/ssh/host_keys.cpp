#include "controller/ssh/host_keys.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/text.h"

namespace gannet::controller {
namespace {

struct Algorithm {
  std::string_view name;
  std::string_view key_type;
};

// No ssh-rsa (SHA-1) and no DSA. RSA keys sign with SHA-2.
constexpr std::array<Algorithm, 6> kAlgorithms = {{
    {"ssh-ed25519", "ssh-ed25519"},
    {"ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256"},
    {"ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384"},
    {"ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521"},
    {"rsa-sha2-512", "ssh-rsa"},
    {"rsa-sha2-256", "ssh-rsa"},
}};

std::string place(const KnownHosts::Known& known) {
  return known.file + ":" + std::to_string(known.line);
}

std::string shown(const HostKey& key) { return printable(key.type) + " " + key.fingerprint; }

std::string trust_command(const Target& target) {
  return "gannet inventory trust --on " + shell_quote(target.name);
}

std::string forget_command(const Target& target, const std::string& file) {
  return "ssh-keygen -R " + shell_quote(known_hosts_name(target.address, target.port)) + " -f " +
         shell_quote(file);
}

Error unknown(const Target& target, const HostKey& key) {
  const std::string file =
      target.known_hosts_files.empty() ? "known_hosts" : target.known_hosts_files.front();
  return {Code::kHostKeyUnknown,
          "the host key of " + known_hosts_name(target.address, target.port) +
              " is not known: " + shown(key) + " is not in " + file,
          "compare the fingerprint with the host's own, then run: " + trust_command(target)};
}

Error changed(const Target& target, const HostKey& key, const KnownHosts::Known& old) {
  return {Code::kHostKeyChanged,
          "the host key of " + known_hosts_name(target.address, target.port) +
              " has changed: the host presents " + shown(key) + ", but " + place(old) + " says " +
              shown(old.key) + "; somebody may be listening in",
          "only if the host was set up anew, run: " + forget_command(target, old.file) + " && " +
              trust_command(target)};
}

Error revoked(const Target& target, const HostKey& key, const KnownHosts::Known& line) {
  return {Code::kHostKeyChanged,
          "the host key of " + known_hosts_name(target.address, target.port) +
              " is revoked: " + shown(key) + " is marked @revoked at " + place(line),
          "give the host a new key; it must not be trusted with this one"};
}

Error authority(const Target& target, const HostKey& key, const KnownHosts::Known& line) {
  return {Code::kHostKeyUnknown,
          "the host key of " + known_hosts_name(target.address, target.port) +
              " is not known: " + shown(key) + "; " + place(line) +
              " names a @cert-authority, and host certificates are not supported yet",
          "trust the plain key beside it: " + trust_command(target)};
}

}  // namespace

std::string host_key_algorithms(std::span<const std::string> preferred) {
  const auto is_preferred = [&](const Algorithm& algorithm) {
    return std::find(preferred.begin(), preferred.end(), algorithm.key_type) != preferred.end();
  };
  auto order = kAlgorithms;
  std::stable_partition(order.begin(), order.end(), is_preferred);
  std::string list;
  for (const Algorithm& algorithm : order) {
    if (!list.empty()) list += ',';
    list += algorithm.name;
  }
  return list;
}

Result<> accept_host_key(const Target& target, const HostKey& key,
                         const KnownHosts::Answer& answer) {
  switch (answer.verdict) {
    case KnownHosts::Verdict::kTrusted:
      return {};
    case KnownHosts::Verdict::kUnknown:
      return fail(unknown(target, key));
    case KnownHosts::Verdict::kChanged:
      return fail(changed(target, key, answer.known.front()));
    case KnownHosts::Verdict::kRevoked:
      return fail(revoked(target, key, answer.known.front()));
    case KnownHosts::Verdict::kCertAuthority:
      return fail(authority(target, key, answer.known.front()));
  }
  return fail(Code::kInternal, "no verdict on a host key");
}

}  // namespace gannet::controller

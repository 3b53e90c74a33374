// The user's known_hosts files, read and indexed once per run.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "controller/ssh/hashed_name.h"
#include "controller/ssh/host_key.h"

namespace gannet::controller {

/// An index over the lines of some known_hosts files. Immutable. Understands plain names,
/// wildcards, negation, comma lists, [host]:port, hashed names, @revoked and @cert-authority.
/// A lookup of a key that is known costs only the lines that hold this very key; only an unknown
/// key makes it compare the name with every hashed line.
class KnownHosts {
 public:
  enum class Verdict {
    kTrusted,
    kUnknown,       ///< no key of this host is known
    kChanged,       ///< keys of this host are known, but not this one
    kRevoked,       ///< a @revoked line names this key for this host
    kCertAuthority  ///< only @cert-authority lines are for this host
  };

  /// A key that is known for a host, and where it stands.
  struct Known {
    HostKey key;
    std::string file;
    std::size_t line = 0;  ///< 1-based
  };

  struct Answer {
    Verdict verdict = Verdict::kUnknown;
    /// kTrusted, kRevoked, kCertAuthority: the line that decided. kChanged: the known keys of the
    /// host, one of the same type as the presented key first.
    std::vector<Known> known;
  };

  /// Reads `files`; one that does not exist counts as empty. Lines that cannot be understood are
  /// left out and listed in problems(). Errors: kIo.
  [[nodiscard]] static Result<KnownHosts> load(std::span<const std::string> files);

  [[nodiscard]] Answer check(std::string_view address, std::uint16_t port,
                             const HostKey& key) const;

  /// Types of keys to ask the host for first: those known for its plain name, else all types that
  /// hashed lines hold. A guess that costs no hashing; known_types() is exact.
  [[nodiscard]] std::vector<std::string> likely_types(std::string_view address,
                                                      std::uint16_t port) const;
  [[nodiscard]] std::vector<std::string> known_types(std::string_view address,
                                                     std::uint16_t port) const;

  /// "FILE:LINE: reason" for every line that was left out.
  [[nodiscard]] const std::vector<std::string>& problems() const { return problems_; }
  [[nodiscard]] std::size_t size() const { return lines_.size(); }

 private:
  enum class Marker : std::uint8_t { kNone, kRevoked, kCertAuthority };
  using LineIndex = std::uint32_t;

  struct Line {
    Marker marker = Marker::kNone;
    std::uint32_t file = 0;
    std::uint32_t number = 0;
    std::string type;
    std::string base64;
    std::vector<std::string> patterns;  ///< empty when the name is hashed
    std::optional<HashedName> hashed;
  };

  void add_file(const std::string& file, std::string_view text);
  [[nodiscard]] Result<> add_line(std::string_view text, std::uint32_t number);
  void index_line(LineIndex index);
  [[nodiscard]] bool matches(const Line& line, std::string_view name) const;
  [[nodiscard]] std::vector<LineIndex> lines_of(std::string_view name) const;
  [[nodiscard]] Known known(const Line& line) const;

  std::vector<std::string> files_;
  std::vector<Line> lines_;
  std::vector<std::string> problems_;
  std::unordered_map<std::string, std::vector<LineIndex>> by_key_;   ///< by base64
  std::unordered_map<std::string, std::vector<LineIndex>> by_name_;  ///< plain names
  std::vector<LineIndex> with_wildcards_;
  std::vector<LineIndex> hashed_;
  std::vector<std::string> hashed_types_;
};

/// One line to be added to a known_hosts file.
struct KnownHostsEntry {
  std::string address;
  std::uint16_t port = 22;
  HostKey key;
};

/// Adds lines to `file` and keeps all that is there; made with mode 0600, its folder with 0700,
/// when missing. The file is replaced atomically, so that a reader sees the old or the new one.
/// Errors: kIo.
[[nodiscard]] Result<> add_to_known_hosts(const std::string& file,
                                          std::span<const KnownHostsEntry> entries);

}  // namespace gannet::controller

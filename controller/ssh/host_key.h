// A host's public key as known_hosts writes it, and what people compare: its fingerprint.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace gannet::controller {

struct HostKey {
  std::string type;         ///< "ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa" ...
  std::string base64;       ///< the key blob, as in known_hosts
  std::string fingerprint;  ///< "SHA256:..." as ssh-keygen -l prints it

  /// Errors: kInvalidInput when `base64` is no key.
  [[nodiscard]] static Result<HostKey> from_base64(std::string base64);

  friend bool operator==(const HostKey& a, const HostKey& b) { return a.base64 == b.base64; }
};

/// The type that a key blob names, e.g. "ssh-ed25519". Errors: kInvalidInput when it is no key.
[[nodiscard]] Result<std::string> key_type_of(std::string_view base64);

/// The name under which a host stands in known_hosts: "name" for port 22, else "[name]:port";
/// lower case.
[[nodiscard]] std::string known_hosts_name(std::string_view address, unsigned port);

/// Standard base64 with padding. Decoding errors: kInvalidInput.
[[nodiscard]] Result<std::string> decode_base64(std::string_view text);
[[nodiscard]] std::string encode_base64(std::string_view bytes);

}  // namespace gannet::controller

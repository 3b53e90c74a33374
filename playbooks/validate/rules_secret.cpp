// Rules about secrets in files that are shipped.
#include <array>

#include "playbooks/validate/rules.h"

namespace gannet::playbooks {
namespace {

using enum inventory::Severity;

constexpr std::array kSecretRules{
    Rule{"GN-SECRET-001", kError, false, "File holds a token",
         "A file that is shipped holds a token or key of a known service. It is a warning when "
         "not everybody on the host may read the file, and right in a private secret file.",
         "Who can read the file, here or on the host, can use the token.",
         "Revoke it if others have seen it; keep the new one in an env file or a secret file.",
         "environment:\n  TOKEN: ${TOKEN}\n"},
    Rule{"GN-SECRET-002", kError, false, "File holds a private key",
         "A file that is shipped holds a private key. It is a warning when not everybody on the "
         "host may read the file, and right in a private secret file.",
         "Who can read the file can pass for the owner of the key.",
         "Write secret: true and an owner, so that only the program may read it.",
         "files:\n  - { src: tls.key, dest: /etc/app/tls.key, secret: true }\n"},
    Rule{"GN-SECRET-003", kError, false, "Password in a URL",
         "A URL in a file that is shipped holds a password. It is a warning when not everybody on "
         "the host may read the file, and right in a private secret file.",
         "URLs end up in logs and error texts, and the password with them.",
         "Take the password from a variable.",
         "DATABASE_URL: postgres://app:${DB_PASSWORD}@db/app\n"},
};

}  // namespace

std::span<const Rule> secret_rules() { return kSecretRules; }

}  // namespace gannet::playbooks

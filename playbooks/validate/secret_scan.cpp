#include "playbooks/validate/secret_scan.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <utility>

#include "base/text.h"
#include "playbooks/validate/rules.h"

namespace gannet::playbooks {
namespace {

using inventory::Problem;

constexpr std::size_t kMaxSecretFindings = 20;
/// Bytes.
constexpr std::size_t kMaxSecretText = std::size_t{1024} * 1024;
constexpr std::size_t kSecretBinaryProbe = 8192;
constexpr std::size_t kMaxShownSecretLine = 500;
constexpr std::size_t kMaxUrlPassword = 256;

/// How a token looks: the prefix, then at least `least` letters, digits and characters of `more`.
struct TokenForm {
  std::string_view prefix;
  std::size_t least;
  std::string_view more;
  std::string_view name;
};

constexpr std::array kTokenForms{
    TokenForm{"AKIA", 16, "", "an AWS access key"},
    TokenForm{"ASIA", 16, "", "an AWS access key"},
    TokenForm{"ghp_", 36, "", "a GitHub token"},
    TokenForm{"gho_", 36, "", "a GitHub token"},
    TokenForm{"ghu_", 36, "", "a GitHub token"},
    TokenForm{"ghs_", 36, "", "a GitHub token"},
    TokenForm{"ghr_", 36, "", "a GitHub token"},
    TokenForm{"github_pat_", 50, "_", "a GitHub token"},
    TokenForm{"glpat-", 20, "_-", "a GitLab token"},
    TokenForm{"xoxb-", 20, "-", "a Slack token"},
    TokenForm{"xoxp-", 20, "-", "a Slack token"},
    TokenForm{"xapp-", 20, "-", "a Slack token"},
    TokenForm{"sk_live_", 20, "", "a Stripe key"},
    TokenForm{"rk_live_", 20, "", "a Stripe key"},
    TokenForm{"AIza", 35, "_-", "a Google API key"},
    TokenForm{"GOCSPX-", 28, "_-", "a Google client secret"},
    TokenForm{"npm_", 36, "", "an npm token"},
    TokenForm{"pypi-AgEI", 50, "_-", "a PyPI token"},
    TokenForm{"nbt_", 20, "._-", "a NetBox token"},
    TokenForm{"eyJ", 30, "._-", "a JSON web token"},
    TokenForm{"AGE-SECRET-KEY-1", 50, "", "an age key"},
};

struct SecretHit {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string_view rule;
  std::string_view name;
};

bool is_secret_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// Random text of 16 characters and more has at least six different ones.
bool is_placeholder_secret(std::string_view body) {
  std::bitset<256> seen;
  for (const char c : body) seen.set(static_cast<unsigned char>(c));
  if (body.size() >= 16 && seen.count() < 6) return true;
  if (seen.count() < 2) return true;
  std::string low(body);
  for (char& c : low) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  constexpr std::array<std::string_view, 9> kWords{"example",   "xxxx",      "changeme",
                                                   "change_me", "change-me", "placeholder",
                                                   "your",      "****",      "..."};
  return std::ranges::any_of(
      kWords, [&](std::string_view word) { return low.find(word) != std::string::npos; });
}

/// The three parts of a JSON web token, the first two of which begin as JSON does in base64.
bool is_web_token(std::string_view token) {
  const auto first = token.find('.');
  if (first == std::string_view::npos || !token.substr(first + 1).starts_with("eyJ")) return false;
  const auto second = token.find('.', first + 1);
  return second != std::string_view::npos && token.size() - second > 20;
}

/// Moves `at` behind the token at it, if there is one, and adds it to `hits`.
bool take_token(std::string_view line, std::size_t& at, std::vector<SecretHit>& hits) {
  for (const TokenForm& form : kTokenForms) {
    if (line[at] != form.prefix[0] || !line.substr(at).starts_with(form.prefix)) continue;
    const std::size_t begin = at + form.prefix.size();
    std::size_t end = begin;
    while (end < line.size() &&
           (is_secret_alnum(line[end]) || form.more.find(line[end]) != std::string_view::npos)) {
      ++end;
    }
    const std::string_view body = line.substr(begin, end - begin);
    const bool aws = form.prefix.size() == 4 && form.least == 16;
    bool real = body.size() >= form.least && !is_placeholder_secret(body);
    if (aws)
      real = real && body.size() == 16 &&
             std::ranges::none_of(body, [](char c) { return c >= 'a' && c <= 'z'; });
    if (form.prefix == "eyJ") real = real && is_web_token(line.substr(at, end - at));
    if (real) hits.push_back({at, end, "GN-SECRET-001", form.name});
    // What was looked at is not looked at again: the scan stays linear.
    at = std::max(end, at + 1);
    return true;
  }
  return false;
}

/// The password of "//user:password@host" whose "//" is at `at`.
void take_url_password(std::string_view line, std::size_t at, std::vector<SecretHit>& hits) {
  const std::string_view rest = line.substr(at + 2, kMaxUrlPassword);
  const auto stop = rest.find_first_of("@/ \t\"'<>{}$`\\,;()|");
  if (stop == std::string_view::npos || rest[stop] != '@') return;
  const auto colon = rest.find(':');
  if (colon == std::string_view::npos || colon + 1 >= stop) return;
  const std::string_view password = rest.substr(colon + 1, stop - colon - 1);
  constexpr std::array<std::string_view, 6> kNames{"password", "pass",     "secret",
                                                   "pwd",      "PASSWORD", "PASS"};
  if (std::ranges::find(kNames, password) != kNames.end()) return;
  if (password.starts_with('%') || is_placeholder_secret(password)) return;
  hits.push_back({at + 2 + colon + 1, at + 2 + stop, "GN-SECRET-003", "a password"});
}

void take_private_key(std::string_view line, std::size_t at, std::vector<SecretHit>& hits) {
  constexpr std::string_view kEnd = "PRIVATE KEY-----";
  const auto end = line.substr(at, 64).find(kEnd);
  if (end == std::string_view::npos) return;
  // The key may follow in the same line, as in JSON: all of it is hidden.
  hits.push_back({at + end + kEnd.size(), line.size(), "GN-SECRET-002", "a private key"});
}

std::vector<SecretHit> secrets_of(std::string_view line, bool binary) {
  std::vector<SecretHit> hits;
  for (std::size_t at = 0; at < line.size();) {
    if (line[at] == '-' && line.substr(at).starts_with("-----BEGIN ")) {
      take_private_key(line, at, hits);
      if (!hits.empty() && hits.back().end == line.size()) return hits;
      at += 11;
      continue;
    }
    const bool begins = at == 0 || !(is_secret_alnum(line[at - 1]) || line[at - 1] == '_');
    if (!binary && begins && take_token(line, at, hits)) continue;
    if (!binary && line[at] == '/' && line.substr(at).starts_with("//") && at > 0 &&
        line[at - 1] == ':') {
      take_url_password(line, at, hits);
    }
    ++at;
  }
  return hits;
}

/// Of a short secret, four characters would be too much.
std::string masked_secret(std::string_view secret) {
  return std::string(secret.substr(0, secret.size() >= 16 ? 4 : 0)) + "***";
}

std::string masked_line(std::string_view line, const std::vector<SecretHit>& hits) {
  std::string out;
  std::size_t done = 0;
  for (const SecretHit& hit : hits) {
    if (hit.begin < done) continue;
    out += line.substr(done, hit.begin - done);
    const std::string_view secret = line.substr(hit.begin, hit.end - hit.begin);
    if (hit.rule != "GN-SECRET-002") out += masked_secret(secret);
    if (hit.rule == "GN-SECRET-002" && !secret.empty()) out += "***";
    done = hit.end;
  }
  return out + std::string(line.substr(done));
}

}  // namespace

std::string hide_secrets(std::string_view text) {
  return masked_line(text, secrets_of(text, false));
}

std::vector<Problem> scan_secrets(std::string_view text, const std::string& file) {
  text = text.substr(0, kMaxSecretText);
  const bool binary = text.substr(0, kSecretBinaryProbe).find('\0') != std::string_view::npos;
  std::vector<Problem> found;
  for (int number = 1; !text.empty() && found.size() < kMaxSecretFindings; ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    const std::vector<SecretHit> hits = secrets_of(line, binary);
    for (const SecretHit& hit : hits) {
      if (found.size() >= kMaxSecretFindings) break;
      const int column = static_cast<int>(display_width(line.substr(0, hit.begin))) + 1;
      std::string what = "the file holds " + std::string(hit.name);
      if (hit.rule == "GN-SECRET-001") {
        what += " (" + masked_secret(line.substr(hit.begin, hit.end - hit.begin)) + ")";
      }
      if (hit.rule == "GN-SECRET-003") what += " in a URL";
      found.push_back(finding(hit.rule, {file, number, binary ? 1 : column}, std::move(what),
                              "keep it in an env file or a file with secret: true"));
      if (!binary && line.size() <= kMaxShownSecretLine) {
        found.back().source_line = masked_line(line, hits);
      }
    }
  }
  return found;
}

}  // namespace gannet::playbooks

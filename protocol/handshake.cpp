#include "protocol/handshake.h"

#include <algorithm>

namespace gannet::protocol {
namespace {

constexpr std::size_t kNoiseKept = 4096;  // bytes

void keep_tail(std::string& noise, std::string_view more) {
  if (more.size() >= kNoiseKept) {
    noise.assign(more.substr(more.size() - kNoiseKept));
    return;
  }
  noise += more;
  if (noise.size() > kNoiseKept) noise.erase(0, noise.size() - kNoiseKept);
}

/// Length of the longest end of `text` that the magic line begins with.
std::size_t possible_start(std::string_view text) {
  for (std::size_t length = std::min(text.size(), kMagic.size() - 1); length > 0; --length) {
    if (text.ends_with(kMagic.substr(0, length))) return length;
  }
  return 0;
}

std::string describe(VersionRange range) {
  if (range.min == range.max) return "version " + std::to_string(range.min);
  return "versions " + std::to_string(range.min) + " to " + std::to_string(range.max);
}

}  // namespace

Result<std::optional<std::vector<std::byte>>> MagicScanner::feed(std::span<const std::byte> bytes) {
  if (found_) return std::vector<std::byte>(bytes.begin(), bytes.end());

  const std::size_t before = pending_.size();
  pending_.resize(before + bytes.size());
  std::transform(bytes.begin(), bytes.end(), pending_.begin() + static_cast<std::ptrdiff_t>(before),
                 [](std::byte byte) { return static_cast<char>(byte); });
  const std::size_t at = pending_.find(kMagic);
  found_ = at != std::string::npos;
  const std::size_t noise = found_ ? at : pending_.size() - possible_start(pending_);

  seen_ += noise;
  keep_tail(noise_, std::string_view(pending_).substr(0, noise));
  pending_.erase(0, noise);
  if (seen_ > kMaxNoise) {
    found_ = false;
    pending_.clear();
    return fail(Code::kNoAgent, "the remote shell printed over 1 MiB before the agent spoke",
                "make the profile of the remote user silent for non-interactive sessions");
  }
  if (!found_) return std::nullopt;
  // The magic line ends in `bytes`: what follows it was not there before.
  const std::size_t rest = pending_.size() - kMagic.size();
  pending_.clear();
  const auto tail = bytes.last(rest);
  return std::vector<std::byte>(tail.begin(), tail.end());
}

Result<std::uint32_t> negotiate_version(VersionRange controller, VersionRange agent) {
  const std::uint32_t lowest = std::max(controller.min, agent.min);
  const std::uint32_t highest = std::min(controller.max, agent.max);
  if (lowest <= highest && lowest > 0) return highest;

  const std::string both =
      "the agent speaks protocol " + describe(agent) + ", this controller " + describe(controller);
  if (agent.max < controller.min) {
    return fail(Code::kVersionMismatch, both + ": the agent is older",
                "run gannet agent remove for this host; the next command installs the right agent");
  }
  if (controller.max < agent.min) {
    return fail(Code::kVersionMismatch, both + ": the controller is older",
                "install a newer gannet on this machine");
  }
  return fail(Code::kVersionMismatch, both + ": one of these ranges is empty",
              "install gannet and its agent from the same release");
}

std::vector<std::string> common_features(std::span<const std::string> ours,
                                         std::span<const std::string> theirs) {
  std::vector<std::string> common;
  for (const std::string& name : ours) {
    if (std::find(theirs.begin(), theirs.end(), name) != theirs.end()) common.push_back(name);
  }
  return common;
}

}  // namespace gannet::protocol

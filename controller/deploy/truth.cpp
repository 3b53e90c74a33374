#include "controller/deploy/truth.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>

namespace gannet::controller {

const protocol::Recovery* recovery_of(const protocol::StatusReply& status,
                                      const std::optional<protocol::Recovery>& recovered,
                                      const std::string& transaction) {
  if (recovered && recovered->transaction == transaction) return &*recovered;
  if (status.last_recovery && status.last_recovery->transaction == transaction)
    return &*status.last_recovery;
  return nullptr;
}

Truth judge(const protocol::StatusReply& status, const std::optional<protocol::Recovery>& recovered,
            const std::string& transaction, std::span<const protocol::Release> releases) {
  if (status.pending && status.pending->transaction == transaction) return Truth::kPending;
  const auto* recovery = recovery_of(status, recovered, transaction);
  if (recovery != nullptr) return recovery->healthy ? Truth::kRestored : Truth::kRestoredSick;
  const auto in_force = [&](const protocol::Release& release) {
    return std::ranges::any_of(status.services, [&](const protocol::ServiceStatus& service) {
      return service.service == release.service && service.current == release.id;
    });
  };
  if (!releases.empty() && std::ranges::all_of(releases, in_force)) return Truth::kCommitted;
  return Truth::kBefore;
}

std::string time_of_day(SteadyTime when) {
  const auto from_now = when - std::chrono::steady_clock::now();
  const auto wall = std::chrono::system_clock::now() +
                    std::chrono::duration_cast<std::chrono::system_clock::duration>(from_now);
  const std::time_t seconds = std::chrono::system_clock::to_time_t(wall);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  std::array<char, 16> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%H:%M:%S", &local);
  return {text.data(), size};
}

}  // namespace gannet::controller

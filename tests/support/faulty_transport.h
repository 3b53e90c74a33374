// A transport whose connections misbehave, always in the same way for the same seed.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>

#include "controller/ssh/transport.h"

namespace gannet::controller {

/// What goes wrong on one connection. Positions count bytes, both directions together.
struct Fault {
  enum class Kind {
    kNone,
    kSplit,     ///< reads give a few bytes at a time
    kStall,     ///< at `position` nothing moves for `pause`, then all goes on
    kTruncate,  ///< at `position` reading finds the end of file
    kFlip,      ///< the byte at `position` has a bit turned over
    kDie,       ///< from `position` on everything fails with kDisconnected
    kRefuse,    ///< there is no connection at all
  };
  Kind kind = Kind::kNone;
  std::uint64_t position = 0;
  std::chrono::milliseconds pause{0};
};

/// Wraps another transport. Every connection draws its fault from the seed, the name of the host
/// and how many connections that host had before; the order of hosts does not matter.
class FaultyTransport final : public Transport {
 public:
  /// `inner` outlives this. `executor` runs the stalls.
  FaultyTransport(Transport& inner, asio::any_io_executor executor, std::uint64_t seed)
      : inner_(inner), executor_(std::move(executor)), seed_(seed) {}

  [[nodiscard]] Task<Result<std::unique_ptr<Session>>> connect(Target target,
                                                               ConnectTimeouts timeouts) override;

  /// From now on new connections are faultless.
  void heal() { healed_ = true; }
  /// The kind of fault the connection number `count` (from 0) of a host has.
  [[nodiscard]] Fault fault_of(const std::string& host, std::uint64_t count) const;

 private:
  Transport& inner_;
  asio::any_io_executor executor_;
  std::uint64_t seed_;
  bool healed_ = false;
  std::map<std::string, std::uint64_t> connections_;
};

}  // namespace gannet::controller

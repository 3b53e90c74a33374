#include "tests/support/faulty_transport.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "controller/fleet/spawn.h"

namespace gannet::controller {
namespace {

using Kind = Fault::Kind;

/// One connection's fault and how far it has come. Shared by the session and its channels.
class FaultyLine {
 public:
  FaultyLine(Fault fault, asio::any_io_executor executor, std::uint64_t seed)
      : fault_(fault), executor_(std::move(executor)), random_(seed) {}

  [[nodiscard]] bool dead() const {
    return fault_.kind == Kind::kDie && passed_ >= fault_.position;
  }
  [[nodiscard]] bool at_end() const {
    return fault_.kind == Kind::kTruncate && passed_ >= fault_.position;
  }
  [[nodiscard]] std::size_t read_size(std::size_t wanted) {
    if (fault_.kind == Kind::kSplit) return std::min<std::size_t>(wanted, 1 + random_() % 40);
    // Stop right where the fault is, so that it strikes there and nowhere else.
    if (fault_.kind != Kind::kNone && passed_ < fault_.position)
      return std::min<std::size_t>(wanted, fault_.position - passed_);
    return wanted;
  }

  /// Turns the byte at the position over, if it is among these, and counts them.
  void pass(std::span<std::byte> bytes) {
    if (fault_.kind == Kind::kFlip && passed_ <= fault_.position &&
        fault_.position < passed_ + bytes.size())
      bytes[fault_.position - passed_] ^= std::byte{0x10};
    passed_ += bytes.size();
  }

  [[nodiscard]] Task<> stall() {
    if (fault_.kind != Kind::kStall || stalled_ || passed_ < fault_.position) co_return;
    stalled_ = true;
    co_await sleep_until(executor_, in(fault_.pause));
  }

 private:
  Fault fault_;
  asio::any_io_executor executor_;
  std::minstd_rand random_;
  std::uint64_t passed_ = 0;
  bool stalled_ = false;
};

tl::unexpected<Error> died() { return fail(Code::kDisconnected, "the line was cut (test)"); }

class FaultyChannel final : public Channel {
 public:
  FaultyChannel(std::unique_ptr<Channel> inner, std::shared_ptr<FaultyLine> line)
      : inner_(std::move(inner)), line_(std::move(line)) {}

  [[nodiscard]] Task<Result<std::size_t>> read(std::span<std::byte> buffer,
                                               DeadlineTime deadline) override {
    co_await line_->stall();
    if (line_->dead()) co_return died();
    if (line_->at_end()) co_return std::size_t{0};
    const auto part = buffer.first(line_->read_size(buffer.size()));
    CO_TRY(const std::size_t got, co_await inner_->read(part, deadline));
    line_->pass(part.first(got));
    co_return got;
  }

  [[nodiscard]] Task<Result<>> write(std::span<const std::byte> bytes,
                                     DeadlineTime deadline) override {
    co_await line_->stall();
    std::vector<std::byte> copy(bytes.begin(), bytes.end());
    line_->pass(copy);
    if (line_->dead()) co_return died();
    co_return co_await inner_->write(copy, deadline);
  }

  [[nodiscard]] Task<Result<>> write_eof(DeadlineTime deadline) override {
    if (line_->dead()) co_return died();
    co_return co_await inner_->write_eof(deadline);
  }

  [[nodiscard]] std::string take_stderr() override { return inner_->take_stderr(); }

  [[nodiscard]] Task<Result<>> wait_stderr(DeadlineTime deadline) override {
    co_return co_await inner_->wait_stderr(deadline);
  }

  [[nodiscard]] Task<Result<ExitStatus>> wait_exit(DeadlineTime deadline) override {
    if (line_->dead()) co_return died();
    co_return co_await inner_->wait_exit(deadline);
  }

 private:
  std::unique_ptr<Channel> inner_;
  std::shared_ptr<FaultyLine> line_;
};

class FaultySession final : public Session {
 public:
  FaultySession(std::unique_ptr<Session> inner, std::shared_ptr<FaultyLine> line)
      : inner_(std::move(inner)), line_(std::move(line)) {}

  [[nodiscard]] Task<Result<std::unique_ptr<Channel>>> exec(std::string command,
                                                            DeadlineTime deadline) override {
    if (line_->dead()) co_return died();
    CO_TRY(std::unique_ptr<Channel> channel, co_await inner_->exec(std::move(command), deadline));
    co_return std::make_unique<FaultyChannel>(std::move(channel), line_);
  }

 private:
  std::unique_ptr<Session> inner_;
  std::shared_ptr<FaultyLine> line_;
};

}  // namespace

Fault FaultyTransport::fault_of(const std::string& host, std::uint64_t count) const {
  if (healed_) return {};
  std::seed_seq seeds{seed_, std::uint64_t{std::hash<std::string>{}(host)}, count};
  std::mt19937 random(seeds);
  Fault fault;
  // Half of the connections are good, so that deployments get far enough to be hurt late.
  const auto dice = random() % 12;
  fault.kind = dice < 6 ? Kind::kNone : static_cast<Kind>(dice - 5);
  // Small positions as likely as large ones: the greeting matters as much as the upload.
  const auto limit = std::uint64_t{1} << (4U + random() % 14U);
  fault.position = random() % limit;
  fault.pause = std::chrono::milliseconds(random() % 300U);
  return fault;
}

Task<Result<std::unique_ptr<Session>>> FaultyTransport::connect(Target target,
                                                                ConnectTimeouts timeouts) {
  const std::uint64_t count = connections_[target.name]++;
  const Fault fault = fault_of(target.name, count);
  if (fault.kind == Kind::kRefuse) co_return fail(Code::kUnreachable, "connection refused (test)");
  CO_TRY(std::unique_ptr<Session> session, co_await inner_.connect(std::move(target), timeouts));
  auto line = std::make_shared<FaultyLine>(fault, executor_, seed_ + count);
  co_return std::make_unique<FaultySession>(std::move(session), std::move(line));
}

}  // namespace gannet::controller

#include "controller/ssh/ssh_channel.h"

#include <algorithm>

#include "base/text.h"

namespace gannet::controller {
namespace {

/// One libssh call writes this much at most: 256 KiB moved 698 MiB/s, 32 KiB 514 (measured).
constexpr std::size_t kWritePiece = 256UL * 1024;

/// Asked for in one read; libssh copies what it has.
constexpr std::size_t kReadPiece = 1024UL * 1024;

std::string text_of(const char* text) { return text == nullptr ? std::string() : text; }

}  // namespace

SshChannel::SshChannel(std::shared_ptr<SshCore> core) : core_(std::move(core)) {
  channel_ = ssh_channel_new(core_->raw());
  callbacks_.size = sizeof callbacks_;
  callbacks_.userdata = this;
  callbacks_.channel_data_function = &SshChannel::on_data;
  callbacks_.channel_exit_status_function = &SshChannel::on_exit_status;
  callbacks_.channel_exit_signal_function = &SshChannel::on_exit_signal;
  if (channel_ == nullptr) return;
  ssh_set_channel_callbacks(channel_, &callbacks_);
  core_->add_channel();
}

SshChannel::~SshChannel() {
  if (channel_ == nullptr) return;
  core_->remove_channel();
  ssh_remove_channel_callbacks(channel_, &callbacks_);
  // Sends a close message if it can at once; the session frees the rest when the host answers.
  static_cast<void>(core_->call([this](ssh_session) {
    ssh_channel_free(channel_);
    return 0;
  }));
}

Task<Result<std::unique_ptr<Channel>>> SshChannel::open(std::shared_ptr<SshCore> core,
                                                        std::string command,
                                                        DeadlineTime deadline) {
  if (!core->is_open()) co_return fail(core->lost("starting a command"));
  auto channel = std::make_unique<SshChannel>(std::move(core));
  if (channel->channel_ == nullptr) co_return fail(Code::kInternal, "no memory for a channel");
  CO_TRY_VOID(co_await channel->start(std::move(command), deadline));
  std::unique_ptr<Channel> result = std::move(channel);
  co_return result;
}

template <class Step>
Task<Result<>> SshChannel::repeat(Step step, std::string doing, DeadlineTime deadline) {
  for (;;) {
    const int rc = core_->call([&](ssh_session) { return step(channel_); });
    if (rc == SSH_OK) co_return Result<>();
    if (rc != SSH_AGAIN || !core_->is_open()) break;
    const bool in_time = co_await core_->wait(deadline);
    if (!in_time) co_return fail(Code::kTimeout, doing + ": the host does not answer");
  }
  if (!core_->is_open()) co_return fail(core_->lost(doing));
  co_return fail(Code::kUnreachable, doing + ": " + core_->error_text());
}

Task<Result<>> SshChannel::start(std::string command, DeadlineTime deadline) {
  const auto open_channel = [](ssh_channel c) { return ssh_channel_open_session(c); };
  CO_TRY_VOID(co_await repeat(open_channel, "opening a channel", deadline));
  const auto request = [&command](ssh_channel c) {
    return ssh_channel_request_exec(c, command.c_str());
  };
  CO_TRY_VOID(co_await repeat(request, "starting a command", deadline));
  co_return Result<>();
}

Task<Result<std::size_t>> SshChannel::read(std::span<std::byte> buffer, DeadlineTime deadline) {
  const auto want = static_cast<std::uint32_t>(std::min(buffer.size(), kReadPiece));
  for (;;) {
    const int got = core_->call([&](ssh_session) {
      return ssh_channel_read_nonblocking(channel_, buffer.data(), want, /*is_stderr=*/0);
    });
    if (got > 0) co_return static_cast<std::size_t>(got);
    if (got == SSH_EOF || ssh_channel_is_eof(channel_) != 0) co_return 0;
    if (got == SSH_ERROR || !core_->is_open()) co_return fail(core_->lost("reading"));
    const bool in_time = co_await core_->wait(deadline);
    if (!in_time) co_return fail(Code::kTimeout, "the host sends nothing");
  }
}

Task<Result<>> SshChannel::write(std::span<const std::byte> bytes, DeadlineTime deadline) {
  while (!bytes.empty()) {
    const auto piece = static_cast<std::uint32_t>(std::min(bytes.size(), kWritePiece));
    const int sent =
        core_->call([&](ssh_session) { return ssh_channel_write(channel_, bytes.data(), piece); });
    if (sent == SSH_ERROR) {
      if (!core_->is_open()) co_return fail(core_->lost("writing"));
      co_return fail(Code::kDisconnected, "the program ended while it was written to");
    }
    if (sent > 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(sent));
      CO_TRY_VOID(co_await core_->flush(deadline));
      continue;
    }
    if (!core_->is_open()) co_return fail(core_->lost("writing"));
    const bool in_time = co_await core_->wait(deadline);  // for the host to widen the window
    if (!in_time) co_return fail(Code::kTimeout, "the program takes no more data");
  }
  co_return Result<>();
}

Task<Result<>> SshChannel::write_eof(DeadlineTime deadline) {
  const auto send = [](ssh_channel c) { return ssh_channel_send_eof(c); };
  CO_TRY_VOID(co_await repeat(send, "closing the program's input", deadline));
  CO_TRY_VOID(co_await core_->flush(deadline));
  co_return Result<>();
}

bool SshChannel::ended() const { return exit_ || ssh_channel_is_closed(channel_) != 0; }

int SshChannel::pump() {
  return core_->call([this](ssh_session) {
    const int code = ssh_channel_get_exit_status(channel_);  // the one call that always reads
    return code == SSH_ERROR && !core_->is_open() ? SSH_ERROR : SSH_AGAIN;
  });
}

Task<Result<>> SshChannel::wait_stderr(DeadlineTime deadline) {
  while (stderr_.empty() && !ended()) {
    if (pump() == SSH_ERROR || !core_->is_open()) co_return fail(core_->lost("reading"));
    if (!stderr_.empty() || ended()) break;
    const bool in_time = co_await core_->wait(deadline);
    if (!in_time) break;
  }
  co_return Result<>();
}

Task<Result<ExitStatus>> SshChannel::wait_exit(DeadlineTime deadline) {
  while (!ended()) {
    const int rc = pump();
    if (ended()) break;
    if (rc == SSH_ERROR || !core_->is_open()) co_return fail(core_->lost("waiting for its end"));
    const bool in_time = co_await core_->wait(deadline);
    if (!in_time) co_return fail(Code::kTimeout, "the program does not end");
  }
  co_return exit_.value_or(ExitStatus());
}

int SshChannel::on_data(ssh_session /*session*/, ssh_channel /*channel*/, void* data,
                        std::uint32_t length, int is_stderr, void* self) {
  // Stdout stays in libssh's buffer, which the window bounds, until read() takes it. Stderr is
  // taken at once: it shares the window, and nobody may be reading it.
  if (is_stderr == 0) return 0;
  static_cast<SshChannel*>(self)->stderr_.add({static_cast<const char*>(data), length});
  return static_cast<int>(length);
}

void SshChannel::on_exit_status(ssh_session /*session*/, ssh_channel /*channel*/, int code,
                                void* self) {
  static_cast<SshChannel*>(self)->exit_ = ExitStatus{code, {}};
}

void SshChannel::on_exit_signal(ssh_session /*session*/, ssh_channel /*channel*/,
                                const char* signal, int /*core_dumped*/, const char* /*message*/,
                                const char* /*language*/, void* self) {
  static_cast<SshChannel*>(self)->exit_ = ExitStatus{-1, printable(text_of(signal))};
}

}  // namespace gannet::controller

// A program on a host, over one libssh channel.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "controller/ssh/ssh_core.h"
#include "controller/ssh/stderr_tail.h"
#include "controller/ssh/transport.h"

namespace gannet::controller {

class SshChannel final : public Channel {
 public:
  /// Opens a channel and starts `command` in it. Errors: kTimeout, kDisconnected, kUnreachable
  /// when the server refuses the channel or the command.
  [[nodiscard]] static Task<Result<std::unique_ptr<Channel>>> open(std::shared_ptr<SshCore> core,
                                                                   std::string command,
                                                                   DeadlineTime deadline);

  explicit SshChannel(std::shared_ptr<SshCore> core);
  SshChannel(const SshChannel&) = delete;
  SshChannel& operator=(const SshChannel&) = delete;
  ~SshChannel() override;

  [[nodiscard]] Task<Result<std::size_t>> read(std::span<std::byte> buffer,
                                               DeadlineTime deadline) override;
  [[nodiscard]] Task<Result<>> write(std::span<const std::byte> bytes,
                                     DeadlineTime deadline) override;
  [[nodiscard]] Task<Result<>> write_eof(DeadlineTime deadline) override;
  [[nodiscard]] std::string take_stderr() override { return stderr_.take(); }
  [[nodiscard]] Task<Result<>> wait_stderr(DeadlineTime deadline) override;
  [[nodiscard]] Task<Result<ExitStatus>> wait_exit(DeadlineTime deadline) override;

 private:
  /// Repeats `step` until it no longer says SSH_AGAIN.
  template <class Step>
  [[nodiscard]] Task<Result<>> repeat(Step step, std::string doing, DeadlineTime deadline);
  [[nodiscard]] Task<Result<>> start(std::string command, DeadlineTime deadline);
  [[nodiscard]] bool ended() const;
  /// Lets libssh take in what has arrived, without waiting. SSH_ERROR when the session is gone.
  [[nodiscard]] int pump();

  static int on_data(ssh_session session, ssh_channel channel, void* data, std::uint32_t length,
                     int is_stderr, void* self);
  static void on_exit_status(ssh_session session, ssh_channel channel, int code, void* self);
  static void on_exit_signal(ssh_session session, ssh_channel channel, const char* signal,
                             int core_dumped, const char* message, const char* language,
                             void* self);

  std::shared_ptr<SshCore> core_;
  ssh_channel channel_ = nullptr;
  ssh_channel_callbacks_struct callbacks_{};
  StderrTail stderr_;
  std::optional<ExitStatus> exit_;
};

}  // namespace gannet::controller

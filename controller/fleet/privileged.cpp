#include "controller/fleet/privileged.h"

#include <array>
#include <utility>

#include "base/text.h"
#include "controller/fleet/ids.h"

namespace gannet::controller {
namespace {

constexpr std::string_view kPasswordHint =
    "let sudo work without a password (NOPASSWD), or give the password with --ask-become-password";

/// What sudo and the script print on stderr, so that the two can be told from everything else.
struct Markers {
  std::string prompt = "gannet-password-" + random_hex(8);
  std::string started = "gannet-started-" + random_hex(8);
};

std::size_t count(std::string_view text, std::string_view wanted) {
  std::size_t found = 0;
  for (auto at = text.find(wanted); at != text.npos; at = text.find(wanted, at + wanted.size()))
    ++found;
  return found;
}

std::string without(std::string text, const std::string& marker) {
  for (auto at = text.find(marker); at != text.npos; at = text.find(marker))
    text.erase(at, marker.size());
  return text;
}

Error wrong_password(const std::string& said) {
  if (auto error = explain_sudo(said)) return std::move(*error);
  return {Code::kAuthentication, "sudo did not take the password", "type it again"};
}

/// The program ended before it started what it was asked to: reads the rest of its words.
Task<Error> explain_early_end(Channel* channel, std::string said) {
  std::array<std::byte, 4096> buffer{};
  for (;;) {
    auto got = co_await channel->read(buffer, in(std::chrono::seconds(2)));
    if (!got || *got == 0) break;
  }
  said += channel->take_stderr();
  if (auto error = explain_sudo(said)) co_return std::move(*error);
  const std::string words = printable(trim(said));
  co_return Error{Code::kAuthentication, "sudo ended without running anything: " + words,
                  "log in by hand and try: sudo -v"};
}

/// Answers sudo's prompt; returns when the script runs.
Task<Result<>> answer_prompt(Channel* channel, Markers markers, Secret password,
                             DeadlineTime deadline) {
  std::string said;
  bool answered = false;
  for (;;) {
    const std::string more = channel->take_stderr();
    said += more;
    if (said.find(markers.started) != std::string::npos) co_return Result<>{};
    const std::size_t prompts = count(said, markers.prompt);
    if (prompts > 1) co_return fail(wrong_password(without(said, markers.prompt)));
    if (prompts == 1 && !answered) {
      answered = true;
      std::string line = std::string(password.reveal()) + "\n";
      auto sent = co_await channel->write(std::as_bytes(std::span(line)), deadline);
      explicit_bzero(line.data(), line.size());
      if (!sent) co_return sent;
      continue;
    }
    if (std::chrono::steady_clock::now() >= deadline) break;
    CO_TRY_VOID(co_await channel->wait_stderr(deadline));
    const std::string news = channel->take_stderr();
    said += news;
    if (news.empty() && std::chrono::steady_clock::now() < deadline) {
      Error error = co_await explain_early_end(channel, without(said, markers.prompt));
      co_return fail(std::move(error));
    }
  }
  const std::string words = printable(trim(without(said, markers.prompt)));
  co_return fail(Code::kTimeout, "sudo neither asked for the password nor went on: " + words,
                 "log in by hand and try: sudo -v");
}

}  // namespace

std::optional<Error> explain_sudo(std::string_view errors) {
  const auto says = [&](std::string_view text) { return errors.find(text) != errors.npos; };
  if (!says("sudo")) return std::nullopt;
  if (says("incorrect password attempt"))
    return Error{Code::kAuthentication, "sudo did not take the password", "type it again"};
  if (says("a password is required") || says("a terminal is required"))
    return Error{Code::kAuthentication, "sudo asks for a password", std::string(kPasswordHint)};
  if (says("not in the sudoers file") || says("may not run sudo") || says("not allowed to execute"))
    return Error{Code::kPermission, printable(trim(errors)),
                 "allow it in /etc/sudoers, or become: none"};
  if (says("not found") || says("No such file"))
    return Error{Code::kPermission, printable(trim(errors)), "install sudo, or set become: none"};
  return std::nullopt;
}

Task<Result<std::unique_ptr<Channel>>> run_script(std::shared_ptr<Session> session,
                                                  ShellScript script, Privilege privilege,
                                                  DeadlineTime deadline) {
  const Markers markers;
  std::string command;
  if (privilege.sudo && privilege.password) {
    script.text.insert(0, "echo " + markers.started + " >&2; ");
    // -k: without a remembered login the order of events is always the same.
    command = "sudo -k -S -p " + markers.prompt + " -- " + shell_command(script);
  } else if (privilege.sudo) {
    command = "sudo -n -- " + shell_command(script);
  } else {
    command = "exec " + shell_command(script);
  }
  CO_TRY(std::unique_ptr<Channel> channel, co_await session->exec(std::move(command), deadline));
  if (privilege.sudo && privilege.password) {
    CO_TRY_VOID(
        co_await answer_prompt(channel.get(), markers, std::move(*privilege.password), deadline));
  }
  co_return channel;
}

}  // namespace gannet::controller

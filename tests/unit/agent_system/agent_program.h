// The built program behind two pipes, with its real state in a folder of the test.
#pragma once

#include <csignal>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "tests/unit/agent_system/link_client.h"
#include "tests/unit/agent_system/support.h"

namespace gannet::agent {

class AgentProgram : public ::testing::Test {
 protected:
  AgentProgram() { std::signal(SIGPIPE, SIG_IGN); }
  ~AgentProgram() override {
    client_.reset();
    if (pid_ > 0) (void)exit_code();
  }

  /// Starts the program with `arguments`, its stderr in the file "stderr".
  void start(std::vector<std::string> arguments) {
    Pipe to = std::move(*make_pipe());
    Pipe from = std::move(*make_pipe());
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, to.read.get(), 0);
    ::posix_spawn_file_actions_adddup2(&actions, from.write.get(), 1);
    ::posix_spawn_file_actions_addopen(&actions, 2, temp_.path("stderr").c_str(),
                                       O_WRONLY | O_CREAT | O_TRUNC, 0600);
    arguments.insert(arguments.begin(), GANNET_AGENT_BINARY);
    std::vector<char*> words;
    for (std::string& argument : arguments) words.push_back(argument.data());
    words.push_back(nullptr);
    ASSERT_EQ(::posix_spawn(&pid_, words[0], &actions, nullptr, words.data(), environ), 0);
    ::posix_spawn_file_actions_destroy(&actions);
    client_ = std::make_unique<LinkClient>(std::move(to.write), std::move(from.read));
  }

  void serve() {
    start({"serve", "--state-dir", temp_.path("state")});
    ASSERT_TRUE(client_->read_magic()) << read_word(temp_.path("stderr"));
  }

  int exit_code() {
    int status = 0;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  TempDir temp_;
  pid_t pid_ = -1;
  std::unique_ptr<LinkClient> client_;
};

}  // namespace gannet::agent

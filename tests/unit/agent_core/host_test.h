// One service on a host in memory, for tests of HostState.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/memory_file_system.h"
#include "tests/unit/agent_core/host_fixture.h"

namespace gannet::agent {

class HostTest : public testing::Test {
 protected:
  HostTest() {
    disk.put("/etc/passwd", "root:x:0:0::/root:/bin/sh\napp:x:1001:1002::/:/bin/sh\n");
    disk.put("/etc/group", "root:x:0:\napp:x:1002:\nweb:x:1003:app\n");
    disk.put("/proc/sys/kernel/random/boot_id", "boot-1\n");
  }

  protocol::Release release(const std::string& id,
                            const std::map<std::string, std::string>& files) {
    return host.contents.release("web", id, files);
  }
  protocol::ApplyReply apply(HostState& state, const std::string& transaction,
                             const protocol::Release& wanted) {
    auto reply = host.apply(state, Host::request(transaction, {wanted}));
    EXPECT_TRUE(reply.has_value()) << (reply ? "" : reply.error().context);
    return reply ? *reply : protocol::ApplyReply{};
  }
  void deploy(HostState& state, const std::string& transaction, const protocol::Release& wanted) {
    const auto reply = host.deploy(state, transaction, {wanted});
    ASSERT_TRUE(reply.has_value()) << reply.error().context;
  }
  Result<protocol::PrepareReply> prepare(HostState& state, std::vector<protocol::Release> wanted) {
    protocol::PrepareRequest request;
    request.releases = std::move(wanted);
    return state.prepare(request, host.progress);
  }
  std::string content(const std::string& path) {
    const auto files = disk.files(path);
    const auto found = files.find(path);
    return found == files.end() ? "(absent)" : found->second.content;
  }

  test::MemoryFileSystem disk;
  Host host{disk};
};

}  // namespace gannet::agent

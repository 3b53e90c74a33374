// From a host's address to a talking agent: connect, install what is missing, start, greet.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "controller/fleet/agent_binaries.h"
#include "controller/fleet/agent_link.h"
#include "controller/fleet/privileged.h"
#include "controller/ssh/transport.h"
#include "protocol/messages.h"

namespace gannet::controller {

/// How to get to the agent of one host.
struct AgentAccess {
  Transport* transport = nullptr;         ///< not owned; outlives the call
  const AgentBinaries* agents = nullptr;  ///< not owned; outlives the call
  Target target;
  ConnectTimeouts timeouts;
  std::chrono::milliseconds silence{60'000};  ///< see AgentLink::Options
  Privilege privilege;
  std::string state_dir;  ///< empty: the default of the user the agent runs as
  protocol::Hello hello;  ///< clock and versions are filled in
  std::function<void(std::string_view)> phase;  ///< told what goes on; may be empty
};

/// Ends the link when it goes out of scope, also when an exception passes.
class LinkHolder {
 public:
  LinkHolder() = default;
  explicit LinkHolder(std::shared_ptr<AgentLink> link) : link_(std::move(link)) {}
  LinkHolder(LinkHolder&&) noexcept = default;
  LinkHolder& operator=(LinkHolder&& other) noexcept;
  LinkHolder(const LinkHolder&) = delete;
  LinkHolder& operator=(const LinkHolder&) = delete;
  ~LinkHolder();

  [[nodiscard]] AgentLink* operator->() const { return link_.get(); }
  [[nodiscard]] const std::shared_ptr<AgentLink>& get() const { return link_; }
  [[nodiscard]] bool alive() const { return link_ != nullptr && link_->alive(); }

 private:
  std::shared_ptr<AgentLink> link_;
};

/// Connects over a new TCP connection and SSH handshake, starts the agent, uploading it first when
/// it is missing, and sends hello without waiting for the answer, so that requests can follow at
/// once. A connection that is dropped before or during the handshake (sshd's MaxStartups) is tried
/// again, up to three times. Errors: those of Transport::connect(), kNoAgent, kAuthentication
/// (sudo), kNotFound (no agent for the architecture), kPermission, kNoSpace, kReadOnly, kCorrupt.
[[nodiscard]] Task<Result<LinkHolder>> open_agent(AgentAccess access);

}  // namespace gannet::controller

// What a release asks of its units, and why. Decides only; systemd is not asked here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/service_manager.h"
#include "agent/services/systemctl.h"
#include "protocol/messages_deploy.h"
#include "protocol/release.h"

namespace gannet::agent {

enum class UnitVerb : std::uint8_t {
  kDaemonReload,
  kEnable,
  kReenable,  ///< enabled anew: its [Install] says other things
  kDisable,
  kStart,
  kRestart,
  kReload,
  kStop
};

struct UnitAction {
  UnitVerb verb = UnitVerb::kStart;
  std::size_t unit = 0;  ///< index in Release::units of the wanted release
  std::string why;
};

/// "restart"; as systemctl calls it.
[[nodiscard]] std::string_view to_string(UnitVerb verb);

/// What to do, in this order, after systemd has read the files anew where a definition changes.
/// `facts`: of change.wanted->units, same order. The answer is the same before and after the files
/// of the release are written.
[[nodiscard]] std::vector<UnitAction> unit_actions(const ServiceChange& change,
                                                   const std::vector<UnitFacts>& facts);

/// True when files change that the units of one of the managers are made of.
[[nodiscard]] bool definitions_change(const ServiceChange& change, bool user);

/// True when `releases`, those of both sides of a change, may enable a unit in different ways: they
/// say so, or only one of them knows it.
[[nodiscard]] bool may_reinstall(const std::vector<const protocol::Release*>& releases,
                                 const protocol::UnitSpec& unit);

/// True when gannet ships the file of the unit, or of its template. Else it ships drop-ins for a
/// unit of the host: whether that starts at boot is the host's to say, and without them it goes on.
[[nodiscard]] bool is_shipped(const protocol::UnitSpec& unit);

/// Units of the release in force that the wanted one does not name and that end with their files.
[[nodiscard]] std::vector<protocol::UnitSpec> dropped_units(const ServiceChange& change);
/// Those of the host that lose their drop-ins only.
[[nodiscard]] std::vector<protocol::UnitSpec> released_units(const ServiceChange& change);

[[nodiscard]] protocol::PlannedAction planned(const UnitAction& action,
                                              const protocol::Release& release);

}  // namespace gannet::agent

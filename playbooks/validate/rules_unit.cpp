// Rules about what stands inside systemd units.
#include <array>

#include "playbooks/validate/rules.h"

namespace gannet::playbooks {
namespace {

using enum inventory::Severity;

constexpr std::array kUnitRules{
    Rule{"GN-UNIT-002", kWarning, false, "systemd ignores a line of a unit",
         "A line of a unit has no \"=\", or stands before the first section.",
         "systemd passes over it with a note in the journal that few people read.",
         "Write Key=value below a section.", "[Service]\nRestart=always\n"},
    Rule{"GN-UNIT-003", kWarning, false, "Unknown section of a unit",
         "systemd knows no section of this name.", "Everything in it is without effect.",
         "Correct the name; sections that begin with X- are for other programs.",
         "[Service]\nExecStart=/usr/local/bin/app\n"},
    Rule{"GN-UNIT-004", kError, false, "systemd refuses to start the service",
         "A service has no ExecStart=, more than one without Type=oneshot, one whose path is "
         "relative, or restarts a oneshot that ended well.",
         "The unit has a bad setting, and systemctl start fails.", "Do what the message asks for.",
         "[Service]\nExecStart=/usr/local/bin/app --port 8080\n"},
    Rule{"GN-UNIT-005", kWarning, false, "Value that systemd does not know",
         "Type= or Restart= holds a word that systemd does not know, or a comment behind it.",
         "systemd uses the default instead: the service is not restarted, or counts as started "
         "too early.",
         "Write one of the words that the message lists; put comments on lines of their own.",
         "[Service]\nType=notify\nRestart=on-failure\n"},
};

}  // namespace

std::span<const Rule> unit_rules() { return kUnitRules; }

}  // namespace gannet::playbooks

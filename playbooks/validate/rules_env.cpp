// Rules about the env files of a project, seen beside each other. GN-ENV-001 to 003 are with the
// rules about the project: they are found by rendering.
#include <array>

#include "playbooks/validate/rules.h"

namespace gannet::playbooks {
namespace {

using enum inventory::Severity;

constexpr std::array kEnvRules{
    Rule{"GN-ENV-004", kWarning, false, "Variable is set twice in a file",
         "An env file assigns the same name more than once; the last line is in force.",
         "Whoever changes the first line wonders why nothing happens.", "Remove all lines but one.",
         "LOG_LEVEL=info\n"},
    Rule{"GN-ENV-005", kWarning, false, "Variable is set in some environments only",
         "Some environments set a name and others do not, although nothing needs it there.",
         "What worked in one environment behaves differently in the next one.",
         "Set it in the others, or in .env for all; an empty value says that it is meant.",
         "# .env.staging\nFEATURE_X=\"\"\n"},
    Rule{"GN-ENV-006", kWarning, false, "Variable is used by nothing",
         "An env file sets a name to which gannet.yaml, its Compose files and its templates do not "
         "refer, and no whole env file goes into a container or to a host.",
         "It is a leftover, or the name is misspelt where it is used; a secret that is not used "
         "still has to be kept.",
         "Correct the name, or remove the line: gannet env unset ENV NAME.",
         "# gannet.yaml: image: \"app:${TAG}\"\nTAG=1.4.2\n"},
    Rule{"GN-ENV-007", kWarning, false, "Compose and systemd read a line differently",
         "The two programs do not agree on quotes, \"$\", \"\\\", comments behind a value, "
         "\"export\" and names. It is an error when a service of the project is a systemd unit.",
         "The same file gives a password to one service and another text to the next.",
         "Let gannet write the line, which quotes it for both: gannet env set ENV NAME.",
         "# a comment has a line of its own\nGREETING=\"it's \\$5\"\n"},
    Rule{"GN-ENV-008", kInfo, false, "Variable is set to nothing", "A line ends behind \"=\".",
         "Nobody can tell whether the value was forgotten. ${NAME:?} refuses it, ${NAME} takes it "
         "for empty.",
         "Write the value, or two quotes when an empty one is meant.", "PROXY=\"\"\n"},
    Rule{"GN-ENV-009", kWarning, false, "Everybody on this machine can read an env file",
         "The mode of an env file lets every user of this machine read it. Only \"gannet env "
         "check\" looks: what a repository is checked out to says nothing about the project.",
         "Env files hold passwords.", "chmod 600 FILE.", "chmod 600 .env.production\n"},
    Rule{"GN-ENV-010", kError, false, "Variable of a Compose file is not set",
         "A Compose file uses a variable without a default, and neither .env nor the env file of "
         "an environment in which the service runs sets it.",
         "Compose takes it for empty, or refuses to start when it is written ${NAME:?}: image "
         "names end in \":\", paths begin at \"/\", passwords are empty.",
         "Set it: gannet env set ENV NAME; or write a default.", "image: \"app:${TAG:-1.4.2}\"\n"},
};

}  // namespace

std::span<const Rule> env_rules() { return kEnvRules; }

}  // namespace gannet::playbooks

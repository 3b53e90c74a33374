// Rules about gannet.yaml, the files it names and the comments that allow something.
#include <array>

#include "playbooks/validate/rules.h"

namespace gannet::playbooks {
namespace {

using enum inventory::Severity;

constexpr std::array kProjectRules{
    Rule{"GN-YAML-001", kError, true, "File is not YAML that gannet reads",
         "The file is not valid YAML, holds more than one document, a tag, a key that is no text, "
         "or is nested deeper or larger than any real file.",
         "Nothing in the file is known, so nothing else in it was checked.",
         "Look at quotes, brackets and indentation at the caret and in the line above. Indent with "
         "spaces.",
         "services:\n  web:\n    image: nginx:1.27\n"},
    Rule{"GN-YAML-002", kError, true, "Key is there twice", "A mapping holds the same key twice.",
         "Most readers keep one of the two without a word, and not all the same one.",
         "Remove one of the two.", "web:\n  image: nginx:1.27\n"},
    Rule{"GN-YAML-003", kError, true, "File is not UTF-8 text",
         "The file holds a NUL byte, another control character or bytes that are not UTF-8.",
         "Programs disagree on what such a file says; often it was saved in another encoding.",
         "Save the file as UTF-8 text.",
         "greeting: \"Gr\xC3\xBC\xC3\x9F"
         "e\"\n"},
    Rule{"GN-CONF-001", kError, true, "Value is not allowed here",
         "A value of gannet.yaml is outside of what its key takes: a number out of range, a word "
         "that is none of the choices, a name with characters that names cannot have, two keys "
         "that exclude each other.",
         "gannet does not guess what was meant.",
         "Write what the message and the reference of the key ask for.",
         "strategy:\n  canary: 1\n  watchdog: 2m\n"},
    Rule{"GN-CONF-002", kError, true, "Unknown key",
         "A key is none that gannet knows at this place.",
         "A misspelt key would otherwise be ignored, and with it what it should do.",
         "Correct it; the message names the nearest known key.",
         "strategy:\n  on_failure: rollback\n"},
    Rule{"GN-CONF-003", kError, true, "Value has the wrong kind",
         "A text stands where a mapping or a list belongs, or the other way round.",
         "The value cannot be read, and often the indentation is not what it seems.",
         "Write the kind that the message names; look at the indentation.",
         "services:\n  web:\n    files: [{ src: app.conf, dest: /etc/app.conf }]\n"},
    Rule{"GN-CONF-004", kError, true, "Key is missing",
         "A key that is always needed is missing or empty.", "Without it the rest has no meaning.",
         "Add it.", "project: weather\n"},
    Rule{"GN-CONF-005", kError, true, "Services cannot be put in order",
         "A service requires one that does not exist, or services require each other in a circle.",
         "No order starts each after what it needs.",
         "Correct the name, or take one service out of the circle.",
         "services:\n  web: { requires: [db] }\n  db: {}\n"},
    Rule{"GN-WATCH-001", kWarning, false, "No dead-man's switch",
         "\"watchdog\" of \"strategy\" is 0, so no host goes back by itself.",
         "A host whose controller dies before the commit, or that a release has locked out, keeps "
         "the unconfirmed release and refuses every other one. Only a restart of the host ends "
         "that: it is put back then.",
         "Leave \"watchdog\" out (2 minutes), or write the time that your slowest host needs.",
         "strategy:\n  watchdog: 2m\n"},
    Rule{"GN-SEL-001", kError, true, "Selector cannot be used",
         "A selector cannot be read, or names a host, group or label that no host has.",
         "It would silently select nothing, or too much.", "Correct the selector or the inventory.",
         "on: role=pi & !site=lab\n"},
    Rule{"GN-SEL-002", kWarning, false, "Selector matches no host",
         "A service or an environment lands on no host of the inventory.",
         "It is never deployed, and nothing below it was checked.",
         "Correct \"on\" or the labels in the inventory; remove what is no longer used.",
         "web:\n  on: role=web\n"},
    Rule{"GN-FILE-001", kError, true, "File cannot be read",
         "A file of the project is missing, is no regular file, leads out of the project or cannot "
         "be read.",
         "It cannot be sent to any host.", "Create it, or correct the path.",
         "files:\n  - { src: conf/app.conf, dest: /etc/app.conf }\n"},
    Rule{
        "GN-FILE-002", kError, true, "Destination or owner cannot be used",
        "\"dest\" is no clean absolute path, a folder where a file belongs or the other way round, "
        "or the owner is no user.",
        "The file would land somewhere else than it reads.",
        "Begin with \"/\", without \".\", \"..\" and \"//\"; end folders with \"/\".",
        "files:\n  - { src: conf/, dest: /etc/app/, owner: \"app:app\" }\n"},
    Rule{"GN-FILE-003", kError, true, "Two services write the same thing on a host",
         "Two services of one host write the same file, run a unit or a Compose project of the "
         "same name.",
         "Each deployment of one would undo the other.",
         "Change one of the two, or select different hosts.",
         "a: { files: [{ src: a.conf, dest: /etc/a.conf }] }\n"
         "b: { files: [{ src: b.conf, dest: /etc/b.conf }] }\n"},
    Rule{"GN-FILE-004", kWarning, false, "Everybody on the host may read a secret",
         "A file with \"secret: true\" has a mode that lets everybody read it.",
         "Any process on the host can read the secret.",
         "Remove \"mode\" (then it is 0600), or write 0640 with an owner and a group.",
         "files:\n  - { src: key.pem, dest: /etc/app/key.pem, secret: true, mode: \"0640\" }\n"},
    Rule{"GN-ENV-001", kError, true, "Env file cannot be used",
         "The env file of an environment or a Compose service is missing or has a line that "
         "Compose would refuse or guess at.",
         "Its variables are not known; everything that uses them was not checked.",
         "Create the file, or correct the line that the message names.",
         "TAG=1.4.2\nDB_HOST=\"db\"\n"},
    Rule{"GN-ENV-002", kError, true, "Variable is not set",
         "A text uses a variable that the env file does not set, and gives no default.",
         "Compose takes it for empty: image names end in \":\", paths begin at \"/\".",
         "Set it in the env file, or write a default.", "image: \"app:${TAG:-1.4.2}\"\n"},
    Rule{"GN-ENV-003", kError, true, "\"$\" cannot be read as a variable",
         "A \"${\" is not closed, or what stands in it is no name.",
         "gannet, Compose and shells each make something else of it.",
         "Correct it, or write \"$$\" for a single \"$\".", "command: echo $${HOME}\n"},
    Rule{"GN-TMPL-001", kError, true, "Template cannot be filled in",
         "A {{ }} is not closed or names something that is not known for the host.",
         "The file would go out with a hole in it.",
         "Correct the name; put what not all hosts have in a section.",
         "{{#label.gpu}}device = /dev/dri{{/label.gpu}}\n"},
    Rule{"GN-CHECK-001", kWarning, false, "Check cannot pass twice",
         "A check asks for a free port that a service of the project itself opens.",
         "The first deployment passes, every later one stops before it begins.",
         "Give the check \"owner\" with the name of the process that may have the port.",
         "checks:\n  - { port_free: 80, owner: nginx }\n"},
    Rule{"GN-CHECK-002", kError, true, "Target of a check cannot be used",
         "With all variables filled in, the target of a check is no path, port, address or unit.",
         "The check could only fail.", "Correct the target or the variable it is made of.",
         "health:\n  - { tcp: \"127.0.0.1:8080\" }\n"},
    Rule{"GN-UNIT-001", kError, true, "systemd part of a service cannot be used",
         "A unit, drop-in or a key beside it cannot be put on the host as written.",
         "systemd would not find the unit, or not the one that was meant.",
         "Do what the message asks for; docs/services.md has the keys.",
         "systemd:\n  units: [units/app.service]\n"},
    Rule{"GN-CADDY-001", kError, true, "Caddy part of a service cannot be used",
         "A site, upstream or host name of \"caddy\" cannot be used as written.",
         "Caddy would refuse the whole configuration, or serve something else.",
         "Do what the message asks for; docs/services.md has the keys.",
         "caddy:\n  hosts: [app.example.org]\n  upstreams: [\"8080\"]\n"},
    Rule{"GN-IGN-001", kError, false, "Comment allows a rule that does not exist",
         "A \"gannet: ignore\" comment names no rule, or one that gannet does not know.",
         "It allows nothing, but reads as if it did.",
         "Correct the id; \"gannet explain\" lists all.",
         "# gannet: ignore GN-PORT-003 -- only reachable through the VPN\n"},
    Rule{"GN-IGN-002", kWarning, false, "Comment allows something without a reason",
         "A \"gannet: ignore\" comment does not say why. It still has its effect.",
         "The next reader cannot tell whether the reason still holds.",
         "Write \" -- \" and the reason behind the id.",
         "# gannet: ignore GN-PORT-003 -- only reachable through the VPN\n"},
    Rule{"GN-IGN-003", kInfo, false, "Comment allows something that is not there",
         "A \"gannet: ignore\" comment stands where its rule finds nothing.",
         "It hides what may come later, and hints at a line that has moved.",
         "Remove the comment, or put it on the line of the finding or right above it.",
         "# gannet: ignore GN-PORT-003 -- only reachable through the VPN\n"},
    Rule{"GN-IGN-004", kError, false, "Comment cannot allow this rule",
         "A \"gannet: ignore\" comment names a rule at which a deployment stops.",
         "validate would pass, and the deployment refuse.",
         "Remove the comment and correct what it hides.",
         "# gannet: ignore GN-PORT-003 -- only reachable through the VPN\n"},
};

}  // namespace

std::span<const Rule> project_rules() { return kProjectRules; }

}  // namespace gannet::playbooks

#include "playbooks/validate/unit_rules.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "playbooks/validate/rules.h"
#include "playbooks/validate/unit_reader.h"

namespace gannet::playbooks {
namespace {

using inventory::in_quotes;
using inventory::Problem;

/// Per file: a file that is no unit at all is told often enough by then.
constexpr std::size_t kMaxUnitFindings = 20;
/// Bytes. Units are a few hundred; what is larger is no reason to wait.
constexpr std::size_t kMaxUnitText = std::size_t{256} * 1024;

using Words = std::vector<std::string>;

const Words& unit_sections() {
  static const Words known{"Unit",  "Service",   "Install", "Timer", "Socket", "Path",
                           "Mount", "Automount", "Swap",    "Slice", "Scope"};
  return known;
}

const Words& unit_service_types() {
  static const Words known{"simple", "exec", "forking", "oneshot", "dbus", "notify", "idle"};
  return known;
}

const Words& unit_restarts() {
  static const Words known{"no",          "always",      "on-success", "on-failure",
                           "on-abnormal", "on-watchdog", "on-abort"};
  return known;
}

class UnitChecker {
 public:
  UnitChecker(std::string_view text, const std::string& file, std::string_view name, bool drop_in)
      : lines_(read_unit(text)), file_(file), name_(name), drop_in_(drop_in) {}

  std::vector<Problem> run() {
    for (const UnitLine& line : lines_) {
      if (problems_.size() >= kMaxUnitFindings) return std::move(problems_);
      check_line(line);
    }
    if (name_.ends_with(".service")) check_start();
    return std::move(problems_);
  }

 private:
  Problem& add(std::string_view rule, const UnitLine& line, std::string message, std::string hint) {
    problems_.push_back(
        finding(rule, {file_, line.line, line.column}, std::move(message), std::move(hint)));
    return problems_.back();
  }

  void check_line(const UnitLine& line) {
    if (line.kind == UnitLine::Kind::kSection) return check_section(line);
    if (line.kind == UnitLine::Kind::kNeither) {
      add("GN-UNIT-002", line, "systemd ignores this line: it has no \"=\"", "write Key=value");
      return;
    }
    if (line.section.empty()) {
      add("GN-UNIT-002", line,
          "systemd ignores " + in_quotes(printable(line.key)) + ": it stands before any section",
          "put it below [Unit], [Service] or another section");
      return;
    }
    if (line.section != "Service") return;
    if (line.key == "Type") check_word(line, unit_service_types());
    if (line.key == "Restart") check_word(line, unit_restarts());
    if (line.key == "ExecStart") check_command(line);
  }

  void check_section(const UnitLine& line) {
    if (line.section.starts_with("X-")) return;  // systemd leaves these to others
    if (std::ranges::find(unit_sections(), line.section) != unit_sections().end()) return;
    add("GN-UNIT-003", line,
        "systemd ignores the unknown section " + in_quotes(printable(line.section)),
        "correct the name, or begin it with \"X-\"")
        .note = inventory::did_you_mean(line.section, unit_sections());
  }

  /// An empty value goes back to the default. Specifiers are left to the host.
  void check_word(const UnitLine& line, const Words& known) {
    if (line.value.empty() || line.value.find('%') != std::string::npos) return;
    if (std::ranges::find(known, line.value) != known.end()) return;
    const bool comment = line.value.find(" #") != std::string::npos;
    add("GN-UNIT-005", line,
        "systemd ignores " + line.key + "=" + printable(line.value) +
            (comment ? ": a comment needs a line of its own" : ""),
        "write one of: " + join(known, ", "))
        .note = inventory::did_you_mean(line.value, known);
  }

  /// systemd takes a bare name from its own search path; a path has to be absolute.
  void check_command(const UnitLine& line) {
    const auto begin = line.value.find_first_not_of("@-:+!");
    if (begin == std::string::npos) return;
    const std::string program =
        line.value.substr(begin, line.value.find_first_of(" \t", begin) - begin);
    if (program.find_first_of("\"'%$\\") != std::string::npos) return;
    if (program.starts_with('/') || program.find('/') == std::string::npos) return;
    add("GN-UNIT-004", line,
        in_quotes(printable(program)) + " is neither an absolute path nor a bare name",
        "begin the path with \"/\"");
  }

  void check_start() {
    std::vector<const UnitLine*> starts;
    const UnitLine* type = nullptr;
    const UnitLine* restart = nullptr;
    const UnitLine* section = nullptr;
    bool other = false;  // what makes a service without ExecStart= a good one
    for (const UnitLine& line : lines_) {
      if (line.section == "Service" && section == nullptr) section = &line;
      other = other || (line.key == "SuccessAction" && line.section == "Unit");
      if (line.kind != UnitLine::Kind::kAssignment || line.section != "Service") continue;
      if (line.key == "ExecStart" && line.value.empty()) starts.clear();
      if (line.key == "ExecStart" && !line.value.empty()) starts.push_back(&line);
      other = other || (line.key == "ExecStop" && !line.value.empty());
      if (line.key == "Type") type = &line;
      if (line.key == "Restart") restart = &line;
    }
    if (drop_in_) return;
    static const UnitLine kTop{UnitLine::Kind::kNeither, "", "", "", 1, 1};
    if (starts.empty() && !other) {
      add("GN-UNIT-004", section == nullptr ? kTop : *section,
          "the service has no ExecStart=", "write ExecStart= with what is to run below [Service]");
    }
    const bool oneshot = type != nullptr && type->value == "oneshot";
    if (starts.size() > 1 && !oneshot) {
      add("GN-UNIT-004", *starts[1],
          "the service has more than one ExecStart=", "keep one, or write Type=oneshot");
    }
    if (oneshot && restart != nullptr &&
        (restart->value == "always" || restart->value == "on-success")) {
      add("GN-UNIT-004", *restart, "Restart=" + restart->value + " is refused with Type=oneshot",
          "write Restart=on-failure, or start it with a timer");
    }
  }

  std::vector<UnitLine> lines_;
  const std::string& file_;
  std::string_view name_;
  bool drop_in_;
  std::vector<Problem> problems_;
};

}  // namespace

std::vector<Problem> check_unit(std::string_view text, const std::string& file,
                                std::string_view name, bool drop_in) {
  // Of a part nobody can say that something is missing in it, as of a drop-in.
  const bool part = text.size() > kMaxUnitText;
  if (part) text = text.substr(0, std::min(text.rfind('\n', kMaxUnitText), kMaxUnitText));
  return UnitChecker(text, file, name, drop_in || part).run();
}

}  // namespace gannet::playbooks

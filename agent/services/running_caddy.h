// Whether the Caddy that runs serves a site as the files on this host say.
#pragma once

#include <map>
#include <string>

#include "agent/progress.h"
#include "agent/services/caddy_program.h"
#include "agent/services/json_value.h"
#include "agent/system/posix.h"
#include "protocol/activation.h"
#include "protocol/check.h"

namespace gannet::agent {

/// Caddy answers 200 for hosts that it does not know, so an answer proves little. This asks its
/// admin endpoint which configuration runs, and compares it with what the files come to.
class RunningCaddy {
 public:
  /// `caddy` must outlive the object.
  RunningCaddy(CaddyProgram& caddy, HostTree tree) : caddy_(caddy), tree_(std::move(tree)) {}

  /// Makes `finding`, which passed, fail when Caddy runs something else for `site`. What cannot be
  /// asked, as with `admin off`, is said in it and held against nobody.
  void judge(const protocol::CaddySpec& site, protocol::Finding& finding, Progress& progress);

  /// From now on the files are those that a release has put there: they are read once, what runs
  /// is asked for each time.
  void files_are_written() {
    files_.clear();
    keeps_ = true;
  }
  /// They may change at any time again.
  void forget() {
    files_.clear();
    keeps_ = false;
  }

 private:
  [[nodiscard]] const JsonValue* files_of(const protocol::CaddySpec& site,
                                          protocol::Finding& finding, Progress& progress);
  [[nodiscard]] Result<JsonValue> running(const std::string& listen, Progress& progress);

  CaddyProgram& caddy_;
  HostTree tree_;
  bool keeps_ = false;
  std::map<std::string, JsonValue> files_;  ///< Caddyfile -> what it comes to
};

}  // namespace gannet::agent

#include "agent/services/caddy_sites.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "agent/services/caddy_imports.h"
#include "agent/services/site_probe.h"
#include "base/text.h"

namespace gannet::agent {
namespace {

using protocol::CaddySpec;
using protocol::Finding;

std::chrono::milliseconds limit_of(const CaddySpec& site) {
  return std::chrono::milliseconds(site.timeout_ms);
}

Finding failing(std::string name, std::string message, std::string hint) {
  Finding finding;
  finding.kind = protocol::CheckKind::kCaddy;
  finding.name = std::move(name);
  finding.severity = protocol::Severity::kFail;
  finding.message = std::move(message);
  finding.hint = std::move(hint);
  return finding;
}

bool ships(const protocol::Release& release, const std::string& path) {
  return std::any_of(release.files.begin(), release.files.end(),
                     [&](const auto& file) { return file.path == path; });
}

const CaddySpec* find_site(const protocol::Release* release, const std::string& path) {
  if (release == nullptr) return nullptr;
  for (const CaddySpec& site : release->sites) {
    if (site.site == path) return &site;
  }
  return nullptr;
}

/// One configuration that has to be read anew.
struct Reload {
  const CaddySpec* site = nullptr;
  std::string why;
};

/// The reason to reload for `site`, of the wanted release or of the one in force; empty: none.
std::string reason(const ServiceChange& change, const CaddySpec& site) {
  const bool wanted = find_site(change.wanted, site.site) != nullptr;
  const bool known = find_site(change.in_force, site.site) != nullptr;
  if (change.changed.contains(site.site)) {
    if (!wanted) return "site " + site.site + " goes";
    return "site " + site.site + (known ? " changes" : " is new");
  }
  if (change.changed.contains(site.config)) return site.config + " changes";
  // What lies beside the site may be imported with it.
  const std::string folder = site.site.substr(0, site.site.rfind('/') + 1);
  for (const std::string& path : change.changed) {
    if (path.starts_with(folder)) return path + " changes";
  }
  return {};
}

/// Each configuration once. What plan() says and activate() does.
std::vector<Reload> reloads(const ServiceChange& change) {
  std::vector<Reload> all;
  for (const protocol::Release* release : {change.wanted, change.in_force}) {
    if (release == nullptr) continue;
    for (const CaddySpec& site : release->sites) {
      const bool known = std::any_of(all.begin(), all.end(), [&](const Reload& other) {
        return other.site->config == site.config;
      });
      std::string why = reason(change, site);
      if (!known && !why.empty()) all.push_back({&site, std::move(why)});
    }
  }
  return all;
}

Finding check_import(const HostTree& tree, const CaddySpec& site) {
  const auto text = read_file(tree.path(site.config));
  const std::string line = import_line(site.config, site.site);
  if (!text) {
    return failing(site.config, text.error().context,
                   "create it with the line: " + line + "  (or set `config` of the site)");
  }
  for (const std::string& pattern : top_level_imports(*text)) {
    if (imports(pattern, site.config, site.site)) return {};
  }
  return failing(site.config, "does not import " + site.site,
                 "add this line at its end, outside of all braces: " + line);
}

}  // namespace

std::vector<Finding> CaddySites::preflight(const ServiceChange& change, Progress& progress) {
  if (change.wanted->sites.empty()) return {};
  const auto installed = caddy_.installed(progress);
  if (!installed) {
    return {failing("caddy", installed.error().context, "run caddy version on the host by hand")};
  }
  if (!*installed) {
    return {failing("caddy", "Caddy is not installed here",
                    "run on the host: sudo apt-get install caddy")};
  }
  std::vector<Finding> findings;
  for (const CaddySpec& site : change.wanted->sites) {
    if (ships(*change.wanted, site.config)) continue;  // `caddy validate` tells, before it counts
    Finding finding = check_import(tree_, site);
    if (!finding.message.empty()) findings.push_back(std::move(finding));
  }
  const auto& units = change.wanted->units;
  const bool starts_it = std::any_of(units.begin(), units.end(),
                                     [](const auto& unit) { return unit.name == "caddy.service"; });
  if (!starts_it && !caddy_.runs(progress)) {
    findings.push_back(failing("caddy", "Caddy does not run here",
                               "run on the host: sudo systemctl enable --now caddy"));
  }
  return findings;
}

std::vector<protocol::PlannedAction> CaddySites::plan(const ServiceChange& change,
                                                      Progress& /*progress*/) {
  std::vector<protocol::PlannedAction> actions;
  for (Reload& reload : reloads(change)) {
    actions.push_back({"reload caddy", std::move(reload.why)});
  }
  return actions;
}

Result<> CaddySites::look(const std::vector<const protocol::Release*>& /*releases*/,
                          protocol::RuntimeState& /*state*/, Progress& /*progress*/) {
  return {};
}

std::vector<Finding> CaddySites::health(const protocol::Release& release,
                                        const std::vector<protocol::ImageTag>& /*images*/,
                                        const protocol::RuntimeState& /*before*/,
                                        Progress& progress) {
  std::vector<Finding> findings;
  for (const CaddySpec& site : release.sites) {
    if (site.probe_host.empty()) continue;
    Finding finding = probe_site(site, tree_, progress);
    if (finding.severity != protocol::Severity::kFail) running_.judge(site, finding, progress);
    findings.push_back(std::move(finding));
  }
  return findings;
}

Outcome CaddySites::withdraw(const ServiceChange& /*change*/, Progress& /*progress*/) { return {}; }

Outcome CaddySites::activate(const ServiceChange& change,
                             const std::vector<protocol::ImageTag>& /*images*/,
                             Progress& progress) {
  running_.files_are_written();
  for (const Reload& reload : reloads(change)) {
    began_ = true;
    const CaddySpec& site = *reload.site;
    progress.step(change.wanted->service, "reload caddy");
    auto valid = caddy_.validate(site.config, limit_of(site), progress);
    if (!valid) return valid;
    loaded_.insert(site.config);
    if (auto done = caddy_.reload(site.config, limit_of(site), progress); !done) return done;
  }
  return {};
}

Outcome CaddySites::undo(const std::vector<const protocol::Release*>& /*releases*/,
                         const protocol::RuntimeState& /*before*/, Progress& /*progress*/) {
  return {};
}

Outcome CaddySites::bring_back(const std::vector<const protocol::Release*>& releases,
                               const protocol::RuntimeState& /*before*/, Progress& progress) {
  running_.forget();
  Outcome first;
  std::set<std::string> done;
  const auto note = [&first](Outcome outcome) {
    const bool good = outcome.has_value();
    if (!good && first) first = std::move(outcome);
    return good;
  };
  for (const protocol::Release* release : releases) {
    for (const CaddySpec& site : release->sites) {
      if (began_ && !loaded_.contains(site.config)) continue;
      if (!done.insert(site.config).second) continue;
      const auto installed = caddy_.installed(progress);
      if (installed && !*installed) continue;  // then it serves nothing, as before
      if (!note(caddy_.validate(site.config, limit_of(site), progress))) continue;
      static_cast<void>(note(caddy_.reload_or_start(site.config, limit_of(site), progress)));
    }
  }
  began_ = false;
  loaded_.clear();
  return first;
}

}  // namespace gannet::agent

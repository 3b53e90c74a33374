#include "playbooks/facts.h"

#include <algorithm>

#include "playbooks/expander.h"
#include "playbooks/template.h"

namespace gannet::playbooks {
namespace {

bool any_uses_facts(const std::vector<PlacedText>& texts) {
  return std::ranges::any_of(texts, [](const PlacedText& text) { return uses_facts(text.value); });
}

bool value_uses_facts(const InlineValue& value) {
  return uses_facts(value.text.value) || std::ranges::any_of(value.items, value_uses_facts) ||
         std::ranges::any_of(value.entries,
                             [](const auto& entry) { return value_uses_facts(entry.value); });
}

bool compose_uses_facts(const ComposeService& compose) {
  return !compose.images.empty() ||
         any_uses_facts({compose.project, compose.directory, compose.env_file}) ||
         any_uses_facts(compose.files) || any_uses_facts(compose.profiles) ||
         any_uses_facts(compose.recreate_on) ||
         std::ranges::any_of(compose.keys,
                             [](const auto& entry) { return value_uses_facts(entry.value); });
}

bool unit_uses_facts(const GeneratedUnit& unit) {
  const bool environment = std::ranges::any_of(
      unit.environment, [](const auto& entry) { return uses_facts(entry.second.value); });
  const bool timer = unit.timer && any_uses_facts({unit.timer->on_calendar, unit.timer->every,
                                                   unit.timer->randomized_delay});
  return environment || timer ||
         any_uses_facts({unit.exec, unit.user, unit.group, unit.working_directory, unit.restart,
                         unit.description}) ||
         any_uses_facts(unit.environment_files) || any_uses_facts(unit.after);
}

bool systemd_uses_facts(const SystemdService& systemd) {
  return any_uses_facts(systemd.units) || any_uses_facts(systemd.drop_ins) ||
         any_uses_facts({systemd.directory}) || any_uses_facts(systemd.reload_on) ||
         (systemd.restart_on && any_uses_facts(*systemd.restart_on)) ||
         (systemd.generated && unit_uses_facts(*systemd.generated));
}

bool caddy_uses_facts(const CaddyService& caddy) {
  return any_uses_facts({caddy.site, caddy.config, caddy.conf_d, caddy.probe}) ||
         any_uses_facts(caddy.hosts) || any_uses_facts(caddy.upstreams);
}

}  // namespace

bool uses_facts(std::string_view text) {
  if (text.find("{{") == std::string_view::npos) return false;
  const auto tags = scan_template(text);
  return tags && std::any_of(tags->begin(), tags->end(),
                             [](const TemplateTag& tag) { return is_fact(tag.name); });
}

bool running_uses_facts(const Service& service) {
  return (service.compose && compose_uses_facts(*service.compose)) ||
         (service.systemd && systemd_uses_facts(*service.systemd)) ||
         (service.caddy && caddy_uses_facts(*service.caddy));
}

}  // namespace gannet::playbooks

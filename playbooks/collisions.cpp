#include <map>
#include <utility>

#include "playbooks/render.h"

namespace gannet::playbooks {
namespace {

using inventory::in_quotes;
using inventory::Problem;

struct Owner {
  const RenderedService* service;
  const RenderedFile* file;
};

/// Where a service says that it runs something.
struct Place {
  const RenderedService* service;
  SourceLocation from;
};

std::string described(const Owner& owner) {
  return "service " + in_quotes(owner.service->name) + " (" + to_string(owner.file->from) + ")";
}

Problem collision(const Owner& owner, const Owner& other, std::string what, std::string_view host) {
  Problem problem;
  problem.from = owner.file->from;
  problem.message = std::move(what);
  if (!host.empty()) problem.message += " on " + std::string(host);
  problem.message += "; the other is in " + described(other);
  problem.hint = "change one of the two \"dest\"";
  problem.rule = "GN-FILE-003";
  inventory::add_source_line(problem, "");
  return problem;
}

/// Names of what services run, by the service that has them.
class NameTable {
 public:
  explicit NameTable(std::string_view host) : host_(host) {}

  void add(std::string name, const Place& place, std::string hint) {
    const auto [there, fresh] = names_.emplace(name, place);
    if (fresh || there->second.service == place.service) return;
    Problem problem;
    problem.from = place.from;
    problem.message = std::move(name) + " is run by two services";
    if (!host_.empty()) problem.message += " on " + std::string(host_);
    problem.message += "; the other is service " + in_quotes(there->second.service->name) + " (" +
                       to_string(there->second.from) + ")";
    problem.hint = std::move(hint);
    problem.rule = "GN-FILE-003";
    inventory::add_source_line(problem, "");
    problems_.push_back(std::move(problem));
  }

  [[nodiscard]] const std::vector<Problem>& problems() const { return problems_; }

 private:
  std::string_view host_;
  std::map<std::string, Place> names_;
  std::vector<Problem> problems_;
};

std::vector<Problem> find_name_collisions(std::span<const RenderedService> services,
                                          std::string_view host) {
  NameTable names(host);
  for (const RenderedService& service : services) {
    for (const RenderedUnit& unit : service.units) {
      names.add(std::string(unit.user ? "user unit " : "unit ") + in_quotes(unit.name),
                {&service, unit.from}, "let one service have the unit");
    }
    if (!service.compose) continue;
    names.add("Compose project " + in_quotes(service.compose->project),
              {&service, service.compose->from}, "give one of them another \"project\"");
  }
  return names.problems();
}

}  // namespace

std::vector<Problem> find_collisions(std::span<const RenderedService> services,
                                     std::string_view host) {
  std::vector<Problem> problems = find_name_collisions(services, host);
  std::map<std::string_view, Owner> files;
  for (const RenderedService& service : services) {
    for (const RenderedFile& file : service.files) {
      const Owner owner{&service, &file};
      const auto [there, fresh] = files.emplace(file.dest, owner);
      if (fresh) continue;
      problems.push_back(
          collision(owner, there->second, in_quotes(file.dest) + " is written twice", host));
    }
  }
  for (const auto& [dest, owner] : files) {
    for (auto slash = dest.rfind('/'); slash != 0 && slash != std::string_view::npos;
         slash = dest.rfind('/', slash - 1)) {
      const auto parent = files.find(dest.substr(0, slash));
      if (parent == files.end()) continue;
      problems.push_back(
          collision(owner, parent->second,
                    in_quotes(dest) + " lies below the file " + in_quotes(parent->first), host));
    }
  }
  return problems;
}

std::vector<Error> check_collisions(std::span<const RenderedService> services,
                                    std::string_view host) {
  return inventory::to_errors(find_collisions(services, host));
}

}  // namespace gannet::playbooks

#include "playbooks/render.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/text.h"
#include "playbooks/check_rules.h"
#include "playbooks/expander.h"
#include "playbooks/facts.h"
#include "playbooks/render_scope.h"
#include "playbooks/source_files.h"

namespace gannet::playbooks {
namespace {

using inventory::in_quotes;
using inventory::Problem;

bool is_owner_part(std::string_view name) {
  return !name.empty() && name.front() != '-' && std::all_of(name.begin(), name.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20U && c != 0x7F && c != ':' && c != '/';
  });
}

}  // namespace

struct Renderer::Impl {
  Impl(const Project& project_in, Variables variables_in, std::string variables_from_in,
       std::filesystem::path env_file_in)
      : project(project_in),
        variables(std::move(variables_in)),
        variables_from(std::move(variables_from_in)),
        env_file(std::move(env_file_in)),
        sources(project_in.root) {}

  /// The same text for many hosts is kept once.
  std::shared_ptr<const std::string> share(std::string text, const Digest& digest) {
    auto& known = texts[digest];
    if (!known) known = std::make_shared<const std::string>(std::move(text));
    return known;
  }

  const Project& project;
  Variables variables;
  std::string variables_from;
  std::filesystem::path env_file;
  SourceFiles sources;
  std::map<Digest, std::shared_ptr<const std::string>> texts;
  std::map<std::string, bool> facts_needed;  ///< by service
};

namespace {

/// Renders one service for one host.
template <class Shared>
class Pass {
 public:
  Pass(Shared& shared, const Service& service, const HostContext& context)
      : shared_(shared),
        service_(service),
        context_(context),
        names_(make_template_names(shared.project, service, context, shared.variables)),
        expander_(names_, shared.variables, shared.variables_from, problems_) {}

  tl::expected<RenderedService, std::vector<Problem>> run() {
    RenderedService rendered;
    rendered.name = service_.name;
    for (const FileSpec& spec : service_.files) add_files(spec, rendered.files);
    if (problems_.empty() && service_.runs_something()) add_what_runs(rendered);
    std::sort(rendered.files.begin(), rendered.files.end(),
              [](const RenderedFile& a, const RenderedFile& b) {
                return std::tie(a.dest, a.from.line, a.from.column) <
                       std::tie(b.dest, b.from.line, b.from.column);
              });
    for (const PlacedText& need : service_.needs) rendered.needs.push_back(need.value);
    rendered.reboot_when_needed = service_.reboot_when_needed;
    rendered.before = hooks(service_.before);
    rendered.after = hooks(service_.after);
    rendered.on_rollback = hooks(service_.on_rollback);
    rendered.health = service_.health;
    for (CheckSpec& check : rendered.health.checks) settle(check);
    if (problems_.empty()) {
      const std::vector<RenderedService> only{rendered};
      problems_ = find_collisions(only, "");
    }
    if (!problems_.empty()) return tl::unexpected(std::move(problems_));
    return rendered;
  }

 private:
  void add(const SourceLocation& from, Error error, std::string_view rule) {
    Problem problem{from,
                    std::move(error.context),
                    "",
                    std::move(error.hint),
                    "",
                    inventory::Severity::kError,
                    std::string(rule)};
    inventory::add_source_line(problem, "");
    problems_.push_back(std::move(problem));
  }

  /// Units first: a change of the service's own files restarts them, one of Compose's does not.
  void add_what_runs(RenderedService& rendered) {
    RenderScope scope(service_, context_, expander_, shared_.sources, problems_,
                      [this](std::string text, const Digest& digest) {
                        return shared_.share(std::move(text), digest);
                      });
    scope.root = shared_.project.root;
    scope.env_file = shared_.env_file;
    render_systemd(scope, rendered);
    inventory::give_rule(problems_, "GN-UNIT-001");
    render_caddy(scope, rendered);
    inventory::give_rule(problems_, "GN-CADDY-001");
    render_compose(scope, rendered);
    inventory::give_rule(problems_, "GN-COMPOSE-001");
  }

  void add_files(const FileSpec& spec, std::vector<RenderedFile>& files) {
    const std::size_t before = problems_.size();
    RenderedFile file;
    file.dest = expander_.expand(spec.dest, spec.dest_from);
    file.secret = spec.secret;
    file.from = spec.from;
    read_owner(spec, file);
    if (problems_.size() != before || !check_dest(spec, file.dest)) return;
    if (spec.content) {
      file.mode = spec.mode.value_or(default_mode(spec.secret, false));
      const Expansion what{spec.is_template, spec.variables};
      hold(file, expander_.expand(*spec.content, spec.content_from, what, spec.secret));
      files.push_back(std::move(file));
      return;
    }
    const std::string src = expander_.expand(spec.src, spec.src_from);
    if (problems_.size() != before) return;
    auto sources = shared_.sources.find(src);
    if (!sources) {
      add(spec.src_from, std::move(sources.error()), "GN-FILE-001");
      return;
    }
    for (const SourceFile& source : *sources) add_source(spec, source, file, files);
  }

  void add_source(const FileSpec& spec, const SourceFile& source, RenderedFile file,
                  std::vector<RenderedFile>& files) {
    if (file.dest.ends_with('/')) file.dest += source.relative;
    file.mode = spec.mode.value_or(default_mode(spec.secret, source.executable));
    if (spec.is_template || spec.variables) {
      auto text = shared_.sources.text(source.path);
      if (!text) {
        add(spec.src_from, std::move(text.error()), "GN-FILE-001");
        return;
      }
      const Expansion what{spec.is_template, spec.variables};
      const std::string shown = source.path.lexically_normal().string();
      hold(file, expander_.expand_file(**text, shown, what, spec.secret));
    } else if (auto digest = shared_.sources.digest(source.path)) {
      file.content.path = source.path;
      file.content.digest = digest->digest;
      file.content.size = digest->size;
    } else {
      add(spec.src_from, std::move(digest.error()), "GN-FILE-001");
      return;
    }
    files.push_back(std::move(file));
  }

  void hold(RenderedFile& file, std::string text) {
    file.content.size = text.size();
    file.content.digest = sha256(text);
    file.content.text = shared_.share(std::move(text), file.content.digest);
  }

  bool check_dest(const FileSpec& spec, const std::string& dest) {
    const bool folder = dest.ends_with('/');
    const std::string path = folder ? dest.substr(0, dest.size() - 1) : dest;
    if (folder && spec.content) {
      add(spec.dest_from,
          Error{Code::kInvalidInput,
                "\"dest\" is a folder, " + in_quotes(dest) + ", but \"content\" is one file",
                "name the file in \"dest\""},
          "GN-FILE-002");
      return false;
    }
    if (!folder && spec.src.ends_with('/')) {
      add(spec.dest_from,
          Error{Code::kInvalidInput,
                "\"src\" is a folder, but \"dest\" is none: " + in_quotes(dest),
                "end \"dest\" with \"/\""},
          "GN-FILE-002");
      return false;
    }
    if (dest == "/" || (is_clean_absolute_path(path) && is_printable_path(path))) return true;
    add(spec.dest_from,
        Error{Code::kInvalidInput,
              "\"dest\" has to be a clean absolute path, not " + in_quotes(printable(dest)),
              "begin with \"/\", without \".\", \"..\" and \"//\""},
        "GN-FILE-002");
    return false;
  }

  void read_owner(const FileSpec& spec, RenderedFile& file) {
    if (spec.owner.empty()) return;
    const std::string owner = expander_.expand(spec.owner, spec.owner_from);
    const auto colon = owner.find(':');
    file.owner = owner.substr(0, colon);
    if (colon != std::string::npos) file.group = owner.substr(colon + 1);
    const bool good =
        (file.owner.empty() || is_owner_part(file.owner)) &&
        (colon == std::string::npos ? !file.owner.empty() : is_owner_part(file.group));
    if (good || owner.empty()) return;
    add(spec.owner_from,
        Error{Code::kInvalidInput, in_quotes(printable(owner)) + " is no owner",
              "write user or user:group"},
        "GN-FILE-002");
  }

  std::vector<HookSpec> hooks(const std::vector<HookSpec>& specs) {
    std::vector<HookSpec> rendered = specs;
    for (HookSpec& hook : rendered) hook.run = expander_.expand(hook.run, hook.from);
    return rendered;
  }

  void settle(CheckSpec& check) {
    const std::size_t before = problems_.size();
    const bool named = check.name != default_name(check);
    check.target = expander_.expand(check.target, check.from);
    check.unresolved = expander_.expand(check.unresolved, check.from);
    check.pattern = expander_.expand(check.pattern, check.from);
    if (named) check.name = expander_.expand(check.name, check.from);
    if (problems_.size() != before) return;
    if (auto settled = settle_target(check); !settled) {
      add(check.from, std::move(settled.error()), "GN-CHECK-002");
    }
    if (!named) check.name = default_name(check);
  }

  Shared& shared_;
  const Service& service_;
  const HostContext& context_;
  std::vector<Problem> problems_;
  TemplateNames names_;
  Expander expander_;
};

bool hooks_use_facts(const std::vector<HookSpec>& hooks) {
  return std::any_of(hooks.begin(), hooks.end(),
                     [](const HookSpec& hook) { return uses_facts(hook.run); });
}

bool check_uses_facts(const CheckSpec& check) {
  return uses_facts(check.target) || uses_facts(check.unresolved) || uses_facts(check.pattern) ||
         uses_facts(check.name);
}

bool file_uses_facts(const FileSpec& file, SourceFiles& sources) {
  if (uses_facts(file.src) || uses_facts(file.dest) || uses_facts(file.owner)) return true;
  if (!file.is_template) return false;
  if (file.content) return uses_facts(*file.content);
  const auto found = sources.find(file.src);
  if (!found) return false;  // rendering says so
  return std::any_of(found->begin(), found->end(), [&](const SourceFile& source) {
    const auto text = sources.text(source.path);
    return text && uses_facts(**text);
  });
}

}  // namespace

Renderer::Renderer(const Project& project, Variables variables, std::string variables_from,
                   std::filesystem::path env_file)
    : impl_(std::make_unique<Impl>(project, std::move(variables), std::move(variables_from),
                                   std::move(env_file))) {}

Renderer::~Renderer() = default;

tl::expected<RenderedService, std::vector<Problem>> Renderer::try_render(
    const Service& service, const HostContext& context) {
  return Pass(*impl_, service, context).run();
}

tl::expected<RenderedService, std::vector<Error>> Renderer::render(const Service& service,
                                                                   const HostContext& context) {
  auto rendered = try_render(service, context);
  if (!rendered) return tl::unexpected(inventory::to_errors(rendered.error()));
  return std::move(*rendered);
}

bool Renderer::needs_facts(const Service& service) {
  if (const auto known = impl_->facts_needed.find(service.name);
      known != impl_->facts_needed.end()) {
    return known->second;
  }
  const bool needed =
      std::any_of(service.files.begin(), service.files.end(),
                  [&](const FileSpec& file) { return file_uses_facts(file, impl_->sources); }) ||
      hooks_use_facts(service.before) || hooks_use_facts(service.after) ||
      hooks_use_facts(service.on_rollback) || running_uses_facts(service) ||
      std::any_of(service.health.checks.begin(), service.health.checks.end(), check_uses_facts);
  impl_->facts_needed[service.name] = needed;
  return needed;
}

}  // namespace gannet::playbooks

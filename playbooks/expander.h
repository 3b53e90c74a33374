// ${VAR} and {{ }} in the texts of gannet.yaml, with problems at the place they were written.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "inventory/problem.h"
#include "playbooks/env_file.h"
#include "playbooks/render.h"
#include "playbooks/template.h"

namespace gannet::playbooks {

/// All names that templates may use for one service on one host.
[[nodiscard]] TemplateNames make_template_names(const Project& project, const Service& service,
                                                const HostContext& context,
                                                const Variables& variables);

/// True for host.arch, host.os, host.hostname and host.kernel: what only the host can tell.
[[nodiscard]] bool is_fact(std::string_view name);

/// What is replaced in a text. Templates go first; a "$" that comes from a label is no variable.
struct Expansion {
  bool templates = true;
  bool variables = true;
};

/// Replaces names in texts of one service on one host and collects what goes wrong.
class Expander {
 public:
  /// All arguments are kept by reference.
  Expander(const TemplateNames& names, const Variables& variables,
           const std::string& variables_from, std::vector<inventory::Problem>& problems);

  /// `text`, written at `from`, with everything replaced; empty after a problem. `secret`: the
  /// source line is not shown.
  [[nodiscard]] std::string expand(const std::string& text, const SourceLocation& from,
                                   Expansion what = {}, bool secret = false);

  /// The content of a file of the project; places are in that file.
  [[nodiscard]] std::string expand_file(const std::string& text, const std::string& file,
                                        Expansion what, bool secret);

 private:
  void add(inventory::Problem problem, std::string_view token, std::string_view text, bool secret);
  [[nodiscard]] std::string variables_of(const std::string& text, const SourceLocation& from,
                                         bool secret);
  [[nodiscard]] const TemplateNames& doubled();

  const TemplateNames& names_;
  TemplateNames doubled_;  ///< names_ with "$$" for "$", made when first needed
  bool has_doubled_ = false;
  const Variables& variables_;
  const std::string& variables_from_;
  std::vector<inventory::Problem>& problems_;
};

}  // namespace gannet::playbooks

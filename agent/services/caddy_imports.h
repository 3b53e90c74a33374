// Which files a Caddyfile imports. Reads only what decides about sites: imports at the top level.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gannet::agent {

/// Patterns of the `import` lines outside of all blocks, as they are written, in order.
[[nodiscard]] std::vector<std::string> top_level_imports(std::string_view caddyfile);

/// True when `pattern` in the Caddyfile at `config` (absolute) means the file `site` (absolute).
/// As in Caddy, * and ? stand for no slash, relative patterns start at the Caddyfile's folder, and
/// a * does not mean files that begin with a dot.
[[nodiscard]] bool imports(std::string_view pattern, std::string_view config,
                           std::string_view site);

/// The line that `config` lacks for the folder of `site`: "import conf.d/*.caddy".
[[nodiscard]] std::string import_line(std::string_view config, std::string_view site);

}  // namespace gannet::agent

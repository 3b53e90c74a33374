#include "playbooks/render_scope.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/text.h"

namespace gannet::playbooks {
namespace {

using inventory::in_quotes;

}  // namespace

std::uint32_t default_mode(bool secret, bool executable) {
  if (secret) return 0600;
  return executable ? 0755 : 0644;
}

bool is_printable_path(std::string_view path) {
  return std::none_of(path.begin(), path.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20U || c == 0x7F; });
}

bool RenderedService::has_file(std::string_view dest) const {
  return std::ranges::any_of(files, [&](const RenderedFile& file) { return file.dest == dest; });
}

bool RenderedService::has_path(std::string_view path) const {
  if (!path.ends_with('/')) return has_file(path);
  return std::ranges::any_of(files,
                             [&](const RenderedFile& file) { return file.dest.starts_with(path); });
}

RenderScope::RenderScope(const Service& service, const HostContext& context, Expander& expander,
                         SourceFiles& sources, std::vector<inventory::Problem>& problems, Keep keep)
    : service_(service),
      context_(context),
      expander_(expander),
      sources_(sources),
      problems_(problems),
      keep_(std::move(keep)) {}

void RenderScope::add(const SourceLocation& from, std::string message, std::string hint,
                      std::string note, std::string_view token) {
  inventory::Problem problem{from, std::move(message),         std::move(note), std::move(hint),
                             "",   inventory::Severity::kError};
  inventory::add_source_line(problem, token);
  problems_.push_back(std::move(problem));
}

std::string RenderScope::expand(const PlacedText& text) {
  return text.given() ? expander_.expand(text.value, text.from) : std::string();
}

std::string RenderScope::expand(const PlacedText& text, const std::string& otherwise) {
  return text.given() ? expand(text) : otherwise;
}

std::vector<std::string> RenderScope::expand(const std::vector<PlacedText>& texts) {
  std::vector<std::string> expanded;
  expanded.reserve(texts.size());
  for (const PlacedText& text : texts) expanded.push_back(expand(text));
  return expanded;
}

std::string RenderScope::expand_path(const PlacedText& text, const std::string& otherwise,
                                     std::string_view key) {
  const std::size_t before = problems();
  std::string path = expand(text, otherwise);
  const bool folder = path.size() > 1 && path.ends_with('/');
  const std::string_view bare = std::string_view(path).substr(0, path.size() - (folder ? 1 : 0));
  if (problems() == before && !(is_clean_absolute_path(bare) && is_printable_path(bare))) {
    add(text.from,
        in_quotes(key) + " has to be a clean absolute path, not " + in_quotes(printable(path)),
        "begin with \"/\", without \".\", \"..\" and \"//\"");
  }
  return path;
}

void RenderScope::place_source(const std::string& src, const Placing& placing,
                               RenderedService& rendered) {
  auto found = sources_.find(src);
  if (!found) {
    add(placing.from, found.error());
    problems_.back().rule = "GN-FILE-001";
    return;
  }
  std::set<std::string> there;
  for (const RenderedFile& file : rendered.files) there.insert(file.dest);
  for (const SourceFile& source : *found) {
    RenderedFile file;
    file.dest = placing.dest.ends_with('/') ? placing.dest + source.relative : placing.dest;
    if (!there.insert(file.dest).second) continue;
    auto digest = sources_.digest(source.path);
    if (!digest) return add(placing.from, digest.error());
    file.content.path = source.path;
    file.content.digest = digest->digest;
    file.content.size = digest->size;
    file.mode = placing.mode.value_or(default_mode(placing.secret, source.executable));
    file.secret = placing.secret;
    file.from = placing.from;
    rendered.files.push_back(std::move(file));
  }
}

void RenderScope::place_text(std::string text, const Placing& placing, RenderedService& rendered) {
  if (rendered.has_file(placing.dest)) return;
  RenderedFile file;
  file.dest = placing.dest;
  file.content.size = text.size();
  file.content.digest = sha256(text);
  file.content.text = keep_(std::move(text), file.content.digest);
  file.mode = placing.mode.value_or(default_mode(placing.secret, false));
  file.secret = placing.secret;
  file.from = placing.from;
  rendered.files.push_back(std::move(file));
}

}  // namespace gannet::playbooks

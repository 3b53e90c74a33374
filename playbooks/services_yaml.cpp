// Services of gannet.yaml: files, hooks, health. Reference: docs/gannet-yaml.md.
#include <algorithm>
#include <utility>

#include "base/text.h"
#include "playbooks/generate/spec.h"
#include "playbooks/service_order.h"
#include "playbooks/spec_reader.h"

namespace gannet::playbooks {
namespace {

using inventory::in_quotes;
using inventory::MapReader;
using inventory::YamlContext;
using inventory::YamlEntry;
using inventory::YamlNode;

bool is_service_name(std::string_view name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !name.empty() && name.size() <= 63 && is_letter(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return is_letter(c) || c == '-' || c == '_'; });
}

class ServiceReader {
 public:
  ServiceReader(const YamlContext& context, const YamlEntry& entry)
      : context_(context), entry_(entry), reader_(context, *entry.value, what(entry)) {}

  Service read() {
    service_.name = entry_.key->text;
    service_.from = context_.place(*entry_.key);
    service_.on = read_selector(reader_, context_, "on");
    read_files();
    read_what_runs();
    service_.before = read_hooks("before");
    service_.after = read_hooks("after");
    service_.on_rollback = read_hooks("on_rollback");
    service_.health = read_health(context_, reader_.get("health"));
    reader_.finish();
    const bool empty = service_.files.empty() && service_.before.empty() &&
                       service_.after.empty() && !service_.runs_something();
    if (empty && !reader_.has("files")) {
      context_.add(*entry_.key, what(entry_) + " does nothing", "",
                   "give it \"files\", \"compose\", \"systemd\" or \"caddy\"");
    }
    return std::move(service_);
  }

 private:
  static std::string what(const YamlEntry& entry) {
    return "service " + in_quotes(entry.key->text);
  }

  void read_what_runs() {
    const std::string service = what(entry_);
    if (const YamlNode* node = reader_.get("compose")) {
      service_.compose = read_compose(context_, *node, service);
    }
    if (const YamlNode* node = reader_.get("systemd")) {
      service_.systemd = read_systemd(context_, *node, service);
    }
    if (const YamlNode* node = reader_.get("caddy")) {
      service_.caddy = read_caddy(context_, *node, service);
    }
    // Only checked here: what is generated is no part of a release.
    if (const YamlNode* node = reader_.get("generate")) {
      [[maybe_unused]] const GenerateSpec checked = read_generate(context_, *node, service_);
    }
    service_.needs = read_placed_list(reader_, context_, "requires");
    service_.order = reader_.number("order", -1'000'000, 1'000'000).value_or(0);
    service_.reboot_when_needed =
        reader_.choice("reboot", {"never", "when-needed"}).value_or("") == "when-needed";
  }

  void read_files() {
    const YamlNode* list = reader_.get("files");
    if (list == nullptr) return;
    if (list->kind != YamlNode::Kind::kSequence) {
      context_.add(*list, "\"files\" has to be a list, not " + std::string(to_string(list->kind)),
                   "", "begin each file with \"- \"");
      return;
    }
    for (const YamlNode* item : list->items) service_.files.push_back(read_file(*item));
  }

  FileSpec read_file(const YamlNode& node) {
    MapReader reader(context_, node, "a file of " + what(entry_));
    FileSpec file;
    file.from = context_.place(node);
    if (const YamlNode* dest = reader.require("dest")) file.dest_from = context_.place(*dest);
    file.dest = reader.text("dest").value_or("");
    read_source(reader, file);
    file.mode = read_mode(reader);
    if (const YamlNode* owner = reader.get("owner")) file.owner_from = context_.place(*owner);
    file.owner = reader.text("owner").value_or("");
    file.is_template = reader.boolean("template").value_or(false);
    file.secret = reader.boolean("secret").value_or(false);
    file.variables = reader.boolean("variables").value_or(file.content.has_value());
    reader.finish();
    check_dest(reader, file);
    return file;
  }

  void read_source(MapReader& reader, FileSpec& file) {
    const YamlNode* content = reader.get("content");
    if (reader.has("src") && reader.has("content")) {
      reader.add("content", "a file has either \"src\" or \"content\", not both", "",
                 "remove one of them");
    }
    if (content != nullptr && is_text(context_, *content, "\"content\"")) {
      file.content = content->text;
      file.content_from = context_.place(*content);
    }
    if (const YamlNode* src = reader.get("src")) file.src_from = context_.place(*src);
    file.src = reader.text("src").value_or("");
    if (reader.valid() && !reader.has("src") && !reader.has("content")) {
      context_.add(reader.node(), reader.what() + " has neither \"src\" nor \"content\"", "",
                   "name the file of the project with src:, or give its text with content:");
    }
    if (file.src.starts_with('/') || file.src.starts_with("~")) {
      reader.add("src", "\"src\" has to be a path inside the project, not " + in_quotes(file.src),
                 "", "copy the file into the project's folder");
    }
  }

  void check_dest(const MapReader& reader, const FileSpec& file) {
    if (file.dest.empty()) return;
    const bool folder = file.dest.ends_with('/');
    if (file.src.ends_with('/') && !folder) {
      reader.add("dest", "\"src\" is a folder (it ends with \"/\"), so \"dest\" has to be one", "",
                 "write dest: " + file.dest + "/");
    } else if (file.content && folder) {
      reader.add("dest", "\"content\" is one file, but \"dest\" is a folder (it ends with \"/\")",
                 "", "name the file in \"dest\"");
    } else if (!has_placeholder(file.dest) && file.dest != "/" &&
               !is_clean_absolute_path(folder ? file.dest.substr(0, file.dest.size() - 1)
                                              : file.dest)) {
      reader.add("dest", "\"dest\" has to be a clean absolute path, not " + in_quotes(file.dest),
                 "", "begin with \"/\", without \".\", \"..\" and \"//\"");
    }
  }

  static std::optional<std::uint32_t> read_mode(MapReader& reader) {
    const auto text = reader.text("mode");
    if (!text) return std::nullopt;
    std::string_view digits = *text;
    if (digits.starts_with("0o")) digits.remove_prefix(2);
    const bool octal = digits.find_first_not_of("01234567") == std::string_view::npos;
    const std::string_view value =
        digits.substr(std::min(digits.find_first_not_of('0'), digits.size()));
    if (octal && digits.size() >= 3 && digits.size() <= 5 && value.size() <= 4) {
      std::uint32_t mode = 0;
      for (const char c : value) mode = mode * 8 + static_cast<std::uint32_t>(c - '0');
      return mode;
    }
    reader.add("mode", in_quotes(*text) + " is not a mode", "",
               "write three or four octal digits in quotes: mode: \"0640\"");
    return std::nullopt;
  }

  std::vector<HookSpec> read_hooks(const std::string& key) {
    std::vector<HookSpec> hooks;
    const YamlNode* node = reader_.get(key);
    if (node == nullptr) return hooks;
    if (node->kind != YamlNode::Kind::kSequence) {
      add_hook(hooks, *node, key);
      return hooks;
    }
    for (const YamlNode* item : node->items) add_hook(hooks, *item, key);
    return hooks;
  }

  void add_hook(std::vector<HookSpec>& hooks, const YamlNode& node, const std::string& key) {
    HookSpec hook;
    hook.from = context_.place(node);
    if (node.kind == YamlNode::Kind::kScalar) {
      hook.run = node.text;
      if (trim(hook.run).empty()) context_.add(node, "the command in \"" + key + "\" is empty");
    } else if (node.kind == YamlNode::Kind::kMapping) {
      MapReader reader(context_, node, "a command in \"" + key + "\"");
      if (const YamlNode* run = reader.require("run")) hook.from = context_.place(*run);
      hook.run = reader.text("run").value_or("");
      hook.timeout = read_wait(reader, "timeout").value_or(hook.timeout);
      if (hook.timeout.count() == 0) reader.add("timeout", "zero is no time");
      reader.finish();
    } else {
      context_.add(node, "a command in \"" + key + "\" has to be text or {run, timeout}, not " +
                             std::string(to_string(node.kind)));
    }
    hooks.push_back(std::move(hook));
  }

  const YamlContext& context_;
  const YamlEntry& entry_;
  MapReader reader_;
  Service service_;
};

}  // namespace

std::vector<Service> read_services(const YamlContext& context, const YamlNode* node) {
  std::vector<Service> services;
  if (node == nullptr) return services;
  const MapReader reader(context, *node, "services");
  for (const YamlEntry& entry : node->entries) {
    if (!is_service_name(entry.key->text)) {
      context.add(*entry.key, in_quotes(entry.key->text) + " cannot be the name of a service", "",
                  "use at most 63 lower-case letters, digits, \"-\" and \"_\", a letter or digit "
                  "first");
    }
    services.push_back(ServiceReader(context, entry).read());
  }
  for (inventory::Problem& problem : check_requirements(services)) {
    context.problems.push_back(std::move(problem));
  }
  put_in_order(services);
  return services;
}

PlacedText read_placed(MapReader& reader, const YamlContext& context, std::string_view key) {
  const auto text = reader.text(key);
  const YamlNode* node = reader.get(key);
  if (!text || node == nullptr) return {};
  return {*text, context.place(*node)};
}

std::vector<PlacedText> read_placed_list(MapReader& reader, const YamlContext& context,
                                         std::string_view key) {
  std::vector<PlacedText> found;
  for (const YamlNode* node : reader.texts(key))
    found.push_back({node->text, context.place(*node)});
  return found;
}

}  // namespace gannet::playbooks

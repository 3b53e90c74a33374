// Key `compose` of a service. Reference: docs/gannet-yaml.md.
#include <algorithm>
#include <array>
#include <utility>

#include "playbooks/spec_reader.h"

namespace gannet::playbooks {
namespace {

using inventory::in_quotes;
using inventory::MapReader;
using inventory::YamlContext;
using inventory::YamlEntry;
using inventory::YamlNode;

/// What a service that gannet writes may say. The rest needs a Compose file of its own.
constexpr std::array<std::string_view, 28> kInlineKeys{
    "image",        "ports",        "volumes",           "environment", "command",   "entrypoint",
    "restart",      "user",         "working_dir",       "hostname",    "labels",    "devices",
    "cap_add",      "cap_drop",     "group_add",         "extra_hosts", "read_only", "tmpfs",
    "init",         "privileged",   "healthcheck",       "mem_limit",   "cpus",      "shm_size",
    "network_mode", "security_opt", "stop_grace_period", "logging"};

InlineValue to_inline(const YamlContext& context, const YamlNode& node) {
  InlineValue value;
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      break;
    case YamlNode::Kind::kScalar:
      value.kind = InlineValue::Kind::kText;
      value.text = {node.text, context.place(node)};
      value.plain = node.plain;
      break;
    case YamlNode::Kind::kSequence:
      value.kind = InlineValue::Kind::kList;
      for (const YamlNode* item : node.items) value.items.push_back(to_inline(context, *item));
      break;
    case YamlNode::Kind::kMapping:
      value.kind = InlineValue::Kind::kMap;
      for (const YamlEntry& entry : node.entries) {
        value.entries.push_back({entry.key->text, to_inline(context, *entry.value)});
      }
      break;
  }
  return value;
}

class ComposeReader {
 public:
  ComposeReader(const YamlContext& context, const YamlNode& node, const std::string& what)
      : context_(context), reader_(context, node, "\"compose\" of " + what) {}

  ComposeService read() {
    compose_.from = context_.place(reader_.node());
    const bool is_inline = reader_.has("image");
    if (is_inline) {
      read_inline();
    } else {
      read_files();
    }
    compose_.project = read_placed(reader_, context_, "project");
    compose_.directory = read_placed(reader_, context_, "directory");
    read_pull();
    if (const auto timeout = read_wait(reader_, "timeout")) compose_.timeout = *timeout;
    if (compose_.timeout.count() == 0) reader_.add("timeout", "zero is no time");
    compose_.recreate_on = read_placed_list(reader_, context_, "recreate_on");
    reader_.finish("x-");
    return std::move(compose_);
  }

 private:
  void read_files() {
    if (reader_.has("file") && reader_.has("files")) {
      reader_.add("files", "\"compose\" has either \"file\" or \"files\", not both", "",
                  "name all of them in \"files\"");
    }
    compose_.files = read_placed_list(reader_, context_, "file");
    for (PlacedText& file : read_placed_list(reader_, context_, "files")) {
      compose_.files.push_back(std::move(file));
    }
    if (reader_.valid() && compose_.files.empty() && !reader_.has("file") &&
        !reader_.has("files")) {
      context_.add(reader_.node(), reader_.what() + " has neither \"file\" nor \"image\"", "",
                   "name the Compose file with file:, or the image with image:");
    }
    compose_.env_file = read_placed(reader_, context_, "env_file");
    compose_.profiles = read_placed_list(reader_, context_, "profiles");
    const YamlNode* images = reader_.get("images");
    if (images == nullptr) return;
    const MapReader kind(context_, *images, "images");
    if (!kind.valid()) return;
    for (const YamlEntry& entry : images->entries) {
      compose_.images.push_back(read_origin(entry.key->text, *entry.value));
    }
  }

  void read_inline() {
    for (const std::string_view key : kInlineKeys) {
      const YamlNode* value = reader_.get(key);
      if (value == nullptr) continue;
      if (key == "image" && value->kind == YamlNode::Kind::kMapping) {
        compose_.images.push_back(read_origin("", *value));
      } else if (key != "image" || is_text(context_, *value, "\"image\" in " + reader_.what())) {
        compose_.keys.push_back({std::string(key), to_inline(context_, *value)});
      }
    }
    if (reader_.get("image") == nullptr) reader_.add("image", "\"image\" is empty");
  }

  ImageOrigin read_origin(const std::string& service, const YamlNode& node) {
    MapReader reader(context_, node,
                     service.empty() ? "\"image\"" : "the image of " + in_quotes(service));
    ImageOrigin origin;
    origin.service = service;
    origin.from = context_.place(node);
    origin.archive = read_placed(reader, context_, "archive");
    origin.local = read_placed(reader, context_, "local");
    if (reader.valid() && reader.has("archive") == reader.has("local")) {
      context_.add(node, reader.what() + " needs either \"archive\" or \"local\"", "",
                   "write { archive: build/app.tar }, or { local: \"app:dev\" } for an image of "
                   "this machine's Docker");
    }
    reader.finish();
    return origin;
  }

  void read_pull() {
    const auto pull = reader_.choice("pull", {"missing", "always", "never"});
    if (!pull) return;
    compose_.pull = *pull == "always"  ? ImagePull::kAlways
                    : *pull == "never" ? ImagePull::kNever
                                       : ImagePull::kMissing;
  }

  const YamlContext& context_;
  MapReader reader_;
  ComposeService compose_;
};

/// compose: docker-compose.yml, or a list of files.
ComposeService short_form(const YamlContext& context, const YamlNode& node,
                          const std::string& what) {
  ComposeService compose;
  compose.from = context.place(node);
  const auto add = [&](const YamlNode& file) {
    if (!is_text(context, file, "a Compose file of " + what)) return;
    if (file.text.empty()) context.add(file, "the name of a Compose file is empty");
    compose.files.push_back({file.text, context.place(file)});
  };
  if (node.kind == YamlNode::Kind::kScalar) {
    add(node);
  } else {
    for (const YamlNode* item : node.items) add(*item);
    if (node.items.empty()) context.add(node, "\"compose\" of " + what + " names no file");
  }
  return compose;
}

}  // namespace

ComposeService read_compose(const YamlContext& context, const YamlNode& node,
                            const std::string& what) {
  if (node.kind == YamlNode::Kind::kMapping) return ComposeReader(context, node, what).read();
  return short_form(context, node, what);
}

}  // namespace gannet::playbooks

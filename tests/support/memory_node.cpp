#include "tests/support/memory_node.h"

#include <algorithm>
#include <utility>

namespace gannet::test {
namespace {

class MemoryReader final : public agent::FileReader {
 public:
  explicit MemoryReader(std::vector<std::byte> data) : data_(std::move(data)) {}
  Result<std::size_t> read(std::span<std::byte> buffer) override {
    const std::size_t count = std::min(buffer.size(), data_.size() - position_);
    std::copy_n(data_.begin() + static_cast<std::ptrdiff_t>(position_), count, buffer.begin());
    position_ += count;
    return count;
  }

 private:
  std::vector<std::byte> data_;
  std::size_t position_ = 0;
};

class MemoryWriter final : public agent::FileWriter {
 public:
  MemoryWriter(NodePtr node, int& syncs) : node_(std::move(node)), syncs_(syncs) {}
  Result<> write(std::span<const std::byte> bytes) override {
    node_->data.insert(node_->data.end(), bytes.begin(), bytes.end());
    return {};
  }
  Result<> set_owner(std::uint32_t uid, std::uint32_t gid) override {
    node_->attributes.uid = uid;
    node_->attributes.gid = gid;
    return {};
  }
  Result<> set_mode(std::uint32_t mode) override {
    node_->attributes.mode = mode;
    return {};
  }
  Result<> sync() override {
    ++syncs_;
    node_->sync();
    return {};
  }

 private:
  NodePtr node_;
  int& syncs_;
};

class MemoryLock final : public agent::FileLock {
 public:
  MemoryLock(std::shared_ptr<MemoryFileSystem::LockState> state, agent::LockMode mode, NodePtr node)
      : state_(std::move(state)), mode_(mode), node_(std::move(node)) {}
  MemoryLock(const MemoryLock&) = delete;
  MemoryLock& operator=(const MemoryLock&) = delete;
  ~MemoryLock() override {
    if (mode_ == agent::LockMode::kExclusive) {
      state_->exclusive = false;
    } else {
      --state_->shared;
    }
  }
  Result<> describe(std::string_view text) override {
    const auto bytes = std::as_bytes(std::span(text));
    node_->data.assign(bytes.begin(), bytes.end());
    return {};
  }

 private:
  std::shared_ptr<MemoryFileSystem::LockState> state_;
  agent::LockMode mode_;
  NodePtr node_;
};

/// Leaves of `node` what a power cut leaves, and of what is below it.
class PowerCut {
 public:
  PowerCut(Loss loss, std::uint32_t seed) : loss_(loss), chance_(seed) {}

  void hit(const NodePtr& node) {
    if (!seen_.insert(node.get()).second) return;
    if (node->kind == agent::FileKind::kDirectory) {
      node->names = names_left(*node);
    } else if (loss_ != Loss::kNothing && !keeps_new()) {
      node->data = torn(*node);
      node->attributes = node->synced_attributes;
    }
    node->sync();
    for (const auto& [name, child] : node->names) hit(child);
  }

 private:
  bool keeps_new() { return loss_ == Loss::kSome && chance_() % 2 == 0; }

  MemoryFileSystem::Node::Names names_left(const MemoryFileSystem::Node& node) {
    if (loss_ == Loss::kNothing) return node.names;
    auto left = node.synced_names;
    if (loss_ == Loss::kEverything) return left;
    std::set<std::string> all;
    for (const auto& [name, child] : node.names) all.insert(name);
    for (const auto& [name, child] : node.synced_names) all.insert(name);
    for (const std::string& name : all) {
      if (!keeps_new()) continue;
      left.erase(name);
      if (const auto now = node.names.find(name); now != node.names.end()) left.insert(*now);
    }
    return left;
  }

  std::vector<std::byte> torn(const MemoryFileSystem::Node& node) {
    if (loss_ == Loss::kEverything || node.data == node.synced_data || chance_() % 2 == 0) {
      return node.synced_data;
    }
    auto half = node.data;
    half.resize(half.size() / 2);
    return half;
  }

  Loss loss_;
  std::mt19937 chance_;
  std::set<MemoryFileSystem::Node*> seen_;
};

}  // namespace

std::unique_ptr<agent::FileReader> read_node(const MemoryFileSystem::Node& node) {
  return std::make_unique<MemoryReader>(node.data);
}

std::unique_ptr<agent::FileWriter> write_node(NodePtr node, int& syncs) {
  return std::make_unique<MemoryWriter>(std::move(node), syncs);
}

std::unique_ptr<agent::FileLock> lock_node(std::shared_ptr<MemoryFileSystem::LockState> state,
                                           agent::LockMode mode, NodePtr node) {
  return std::make_unique<MemoryLock>(std::move(state), mode, std::move(node));
}

void cut_power(const NodePtr& root, Loss loss, std::uint32_t seed) {
  PowerCut(loss, seed).hit(root);
}

}  // namespace gannet::test

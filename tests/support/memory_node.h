// The insides of MemoryFileSystem: its nodes, and what a power cut does to them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/support/memory_file_system.h"

namespace gannet::test {

struct MemoryFileSystem::Node {
  struct Attributes {
    std::uint32_t mode = 0600;
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
  };
  using Names = std::map<std::string, NodePtr>;

  agent::FileKind kind = agent::FileKind::kFile;
  std::uint64_t inode = 0;
  Attributes attributes;
  Attributes synced_attributes;
  std::vector<std::byte> data;
  std::vector<std::byte> synced_data;
  Names names;
  Names synced_names;
  std::string target;

  void sync() {
    synced_attributes = attributes;
    synced_data = data;
    synced_names = names;
  }
};

struct MemoryFileSystem::LockState {
  int shared = 0;
  bool exclusive = false;
};

using NodePtr = std::shared_ptr<MemoryFileSystem::Node>;

[[nodiscard]] std::unique_ptr<agent::FileReader> read_node(const MemoryFileSystem::Node& node);
/// `syncs` is counted up by each sync and must outlive the writer.
[[nodiscard]] std::unique_ptr<agent::FileWriter> write_node(NodePtr node, int& syncs);
/// Gives `state` back when destroyed; it is taken already.
[[nodiscard]] std::unique_ptr<agent::FileLock> lock_node(
    std::shared_ptr<MemoryFileSystem::LockState> state, agent::LockMode mode, NodePtr node);

/// Leaves of `root` and all below it what `loss` leaves.
void cut_power(const NodePtr& root, Loss loss, std::uint32_t seed);

}  // namespace gannet::test

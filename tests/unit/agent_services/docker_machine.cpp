#include "tests/unit/agent_services/docker_machine.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <thread>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/services/image_archive.h"
#include "base/text.h"
#include "tests/support/paths.h"
#include "tests/unit/inventory/temp_folder.h"

namespace gannet::agent {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

std::string read_file(const fs::path& path) {
  const std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

class MemoryReader final : public BlobReader {
 public:
  explicit MemoryReader(std::string content) : content_(std::move(content)) {}
  Result<std::size_t> read(std::span<std::byte> buffer) override {
    const std::size_t count = std::min(buffer.size(), content_.size() - at_);
    std::memcpy(buffer.data(), content_.data() + at_, count);
    at_ += count;
    return count;
  }

 private:
  std::string content_;
  std::size_t at_ = 0;
};

/// A tar of one file, which may be executed.
std::string layer_of(const std::string& name, const std::string& content) {
  constexpr std::size_t kBlock = 512;
  std::string header = tar_header(name, content.size());
  std::string tar = header;
  tar[104] = '7';  // mode 0000744: the checksum grows by what was added
  tar[106] = '5';
  tar[105] = '5';
  std::uint64_t sum = 8 * static_cast<std::uint64_t>(' ');
  for (std::size_t i = 0; i < kBlock; ++i) {
    if (i < 148 || i >= 156) sum += static_cast<unsigned char>(tar[i]);
  }
  std::snprintf(tar.data() + 148, 7, "%06llo", static_cast<unsigned long long>(sum));
  tar += content;
  tar.append((kBlock - content.size() % kBlock) % kBlock, '\0');
  tar.append(2 * kBlock, '\0');
  return tar;
}

bool wait_for(pid_t pid, std::chrono::seconds time) {
  const auto deadline = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < deadline) {
    if (::waitpid(pid, nullptr, WNOHANG) == pid) return true;
    std::this_thread::sleep_for(50ms);
  }
  return false;
}

bool has_compose() {
  const std::string version = shell("docker compose version --short");
  return !version.empty() && (version[0] == '2' || version[0] == 'v');
}

/// Debian 12 has no Compose plugin, but the tree that the machines of tests/system boot from has.
void borrow_compose() {
  static const test::TempFolder config;  // until the end of the process
  const std::string tree = shell(test::source_dir() + "/tests/system/fleet/fleet tree 2>/dev/null");
  const fs::path plugin = fs::path(trim(tree)) / "usr/libexec/docker/cli-plugins/docker-compose";
  const fs::path link = config.path() / "cli-plugins/docker-compose";
  std::error_code error;
  if (!fs::exists(plugin, error) || fs::exists(link, error)) return;
  fs::create_directories(link.parent_path());
  fs::create_symlink(plugin, link);
  ::setenv("DOCKER_CONFIG", config.path().c_str(), 1);
}

}  // namespace

Result<std::unique_ptr<BlobReader>> MemoryBlobs::open(const Digest& digest) {
  const auto found = blobs.find(digest);
  if (found == blobs.end()) return fail(Code::kNotFound, "blob " + digest.hex() + ": not here");
  return std::make_unique<MemoryReader>(found->second);
}

Digest MemoryBlobs::add(std::string content) {
  const Digest digest = sha256(content);
  blobs[digest] = std::move(content);
  return digest;
}

std::string shell(const std::string& command) {
  std::string printed;
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return printed;
  std::array<char, 4096> buffer{};
  while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    printed.append(buffer.data(), got);
  }
  ::pclose(pipe);
  return printed;
}

std::string DockerMachine::missing() {
  if (::geteuid() != 0) return "not root";
  for (const char* program : {"dockerd", "docker", "unshare"}) {
    if (shell(std::string("command -v ") + program).empty()) {
      return std::string("no ") + program;
    }
  }
  if (!has_compose()) borrow_compose();
  return has_compose() ? "" : "no Compose plugin: `docker compose version` does not answer";
}

DockerMachine::DockerMachine() {
  std::string name = (fs::temp_directory_path() / "gannet-docker-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) return;
  folder_ = name;
  const std::string socket = "unix://" + name + "/docker.sock";
  daemon_ = ::fork();
  if (daemon_ == 0) {
    const int log = ::open((name + "/log").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ::dup2(log, STDOUT_FILENO);
    ::dup2(log, STDERR_FILENO);
    const std::string data = name + "/data";
    const std::string run = name + "/run";
    const std::string pid = name + "/pid";
    ::execlp("unshare", "unshare", "--net", "dockerd", "--data-root", data.c_str(), "--exec-root",
             run.c_str(), "--pidfile", pid.c_str(), "--host", socket.c_str(), "--iptables=false",
             "--ip6tables=false", "--bridge=none", nullptr);
    ::_exit(127);
  }
  ::setenv("DOCKER_HOST", socket.c_str(), 1);
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  while (!answers_ && std::chrono::steady_clock::now() < deadline) {
    answers_ = shell("docker version --format OK{{.Server.Os}}").find("OKlinux") == 0;
    if (!answers_) std::this_thread::sleep_for(200ms);
  }
}

DockerMachine::~DockerMachine() {
  if (daemon_ > 0) {
    static_cast<void>(shell("docker ps -aq | xargs -r docker rm -f"));
    ::kill(daemon_, SIGTERM);
    if (!wait_for(daemon_, 20s)) {
      ::kill(daemon_, SIGKILL);
      ::waitpid(daemon_, nullptr, 0);
    }
  }
  std::error_code ignored;
  if (!folder_.empty()) fs::remove_all(folder_, ignored);
}

std::string DockerMachine::log() const { return read_file(folder_ / "log"); }

protocol::ImageSpec make_image(MemoryBlobs& blobs, const std::string& service,
                               const std::string& reference, const std::string& version) {
  protocol::ImageSpec image;
  image.service = service;
  image.reference = reference;
  image.pull = protocol::PullPolicy::kNever;
  std::string ids;
  const std::string layers[] = {layer_of("program", read_file(GANNET_CONTAINER_PROGRAM)),
                                layer_of("version", version)};
  for (const std::string& layer : layers) {
    const Digest diff_id = blobs.add(layer);
    image.layers.push_back({diff_id, layer.size()});
    ids += (ids.empty() ? "\"sha256:" : ",\"sha256:") + diff_id.hex() + "\"";
  }
  const std::string config =
      R"({"architecture":"amd64","os":"linux","created":"2020-01-01T00:00:00Z",)"
      R"("config":{"Entrypoint":["/program"],"Cmd":["stay"],"Env":["PATH=/"]},)"
      R"("rootfs":{"type":"layers","diff_ids":[)" +
      ids +
      R"(]},"history":[{"created":"2020-01-01T00:00:00Z"},{"created":"2020-01-01T00:00:00Z"}]})";
  image.config_size = config.size();
  image.config = blobs.add(config);
  return image;
}

}  // namespace gannet::agent

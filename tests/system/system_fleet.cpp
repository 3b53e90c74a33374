#include "tests/system/system_fleet.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/paths.h"

namespace gannet::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kIp = "/sbin/ip";
constexpr int kCannotRunHere = 77;

std::string script() { return source_dir() + "/tests/system/fleet/fleet"; }

ProcessOptions of_fleet(const fs::path& dir) {
  ProcessOptions options;
  options.environment["GANNET_FLEET"] = dir;
  return options;
}

Ended run_to_end(const std::vector<std::string>& argv, ProcessOptions options) {
  const TempDir dir;
  options.output_file = dir / "output";
  ChildProcess process(argv, options);
  const int code = process.wait();
  return {code, read_file(options.output_file)};
}

std::string without_last_newline(std::string text) {
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

fs::path new_fleet_dir() {
  static int made = 0;
  const fs::path all = fs::temp_directory_path() / "gannet-fleet";
  fs::create_directories(all);
  return all / ("g" + std::to_string(::getpid()) + "-" + std::to_string(++made));
}

}  // namespace

Machine::Machine(fs::path fleet, std::string name, std::size_t number)
    : fleet_(std::move(fleet)),
      name_(std::move(name)),
      address_("10.77.0." + std::to_string(10 + number)) {}

void Machine::order(const std::string& verb) const {
  run_command({script(), verb, name_}, of_fleet(fleet_));
}

std::string Machine::init() const {
  const Ended ended = run_to_end({script(), "pid", name_}, of_fleet(fleet_));
  return ended.exit_code == 0 ? without_last_newline(ended.output) : std::string();
}

Ended Machine::run(const std::string& command) const {
  return run_to_end({script(), "exec", name_, "/bin/sh", "-c", command}, of_fleet(fleet_));
}

std::string Machine::sh(const std::string& command) const {
  const Ended ended = run(command);
  if (ended.exit_code == 0) return without_last_newline(ended.output);
  throw std::runtime_error(name_ + ": exit " + std::to_string(ended.exit_code) + " from " +
                           command + ":\n" + ended.output);
}

fs::path Machine::path(const std::string& absolute) const {
  return fleet_ / name_ / "root" / absolute.substr(1);
}

std::string Machine::read(const std::string& absolute) const { return read_file(path(absolute)); }

bool Machine::has(const std::string& absolute) const {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(path(absolute), ignored));
}

void Machine::write(const std::string& absolute, const std::string& content, unsigned mode) const {
  fs::create_directories(path(absolute).parent_path());
  write_file(path(absolute), content, mode);
}

std::map<std::string, std::string> Machine::tree(const std::string& folder) const {
  return fs::exists(path(folder)) ? tree_of(path(folder)) : std::map<std::string, std::string>{};
}

std::vector<std::string> Machine::journal() const {
  std::vector<std::string> names;
  if (!has("/var/lib/gannet/journal")) return names;
  for (const auto& entry : fs::directory_iterator(path("/var/lib/gannet/journal"))) {
    names.push_back(entry.path().filename());
  }
  return names;
}

void Machine::set_session_environment(const std::map<std::string, std::string>& variables) const {
  std::string text;
  for (const auto& [name, value] : variables) text += name + "=" + value + "\n";
  write("/etc/environment", text);  // pam_env reads it for every session
}

SystemFleet::SystemFleet(const std::vector<MachineOptions>& machines) : dir_(new_fleet_dir()) {
  keep_guard();
  order("up");
  std::vector<std::string> names;
  for (std::size_t number = 1; number <= machines.size(); ++number) {
    const MachineOptions& options = machines[number - 1];
    const Machine& machine = machines_.emplace_back(dir_, "h" + std::to_string(number), number);
    std::vector<std::string> words = {machine.name(), std::to_string(number)};
    if (options.docker) words.emplace_back("docker");
    if (!options.disk.empty()) words.push_back("disk=" + options.disk);
    order("plug", words);
    names.push_back(machine.name());
  }
  order("start", names);
  write_inventory();
}

SystemFleet::~SystemFleet() {
  try {
    order("down");
  } catch (const std::exception& problem) {
    ADD_FAILURE() << problem.what();
  }
}

/// Not a child of this process any more when it runs: whoever kills this one with all its children
/// (ctest at its time limit) does not reach it.
void SystemFleet::keep_guard() {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe for the guard");
  const UniqueFd read_end(ends[0]);
  guard_ = UniqueFd(ends[1]);
  const std::string variable = "GANNET_FLEET=" + dir_.string();
  const std::string program = script();
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::dup2(read_end.get(), STDIN_FILENO);
    const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    ::dup2(null, STDOUT_FILENO);
    ::dup2(null, STDERR_FILENO);
    ::execlp("env", "env", variable.c_str(), "setsid", "-f", program.c_str(), "guard", nullptr);
    ::_exit(127);
  }
  int status = -1;
  if (pid < 0 || ::waitpid(pid, &status, 0) != pid || status != 0) {
    throw std::runtime_error("could not start the guard of the fleet");
  }
}

void SystemFleet::order(const std::string& verb, const std::vector<std::string>& names) const {
  std::vector<std::string> words = {script(), verb};
  words.insert(words.end(), names.begin(), names.end());
  run_command(words, of_fleet(dir_));
}

void SystemFleet::write(const std::string& path, const std::string& content, unsigned mode) const {
  fs::create_directories((project_dir() / path).parent_path());
  write_file(project_dir() / path, content, mode);
}

void SystemFleet::write_project(const std::string& rest) const {
  write("gannet.yaml", "project: fleet\ninventory: inventory.yaml\n" + rest);
}

void SystemFleet::write_inventory(const std::map<std::string, std::string>& extra) const {
  std::string known;
  std::string text = "defaults:\n  ssh:\n    user: root\n    identity_files: [" +
                     (dir_ / "key").string() + "]\n    known_hosts: " + home_ / "known_hosts" +
                     "\nhosts:\n";
  for (const Machine& machine : machines_) {
    known += read_file(dir_ / machine.name() / "known_hosts");
    text += "  " + machine.name() + ":\n    address: " + machine.address() + "\n";
    const auto more = extra.find(machine.name());
    if (more != extra.end()) text += "    " + more->second + "\n";
  }
  write_file(home_ / "known_hosts", known);
  write("inventory.yaml", text);
}

std::vector<std::string> SystemFleet::gannet_words(
    const std::vector<std::string>& arguments) const {
  std::vector<std::string> words = {
      "netns", "exec", dir_.filename(), build_dir() + "/controller/gannet", "-C", project_dir()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return words;
}

std::map<std::string, std::string> SystemFleet::gannet_environment() const {
  return {{"HOME", home_.path()},
          {"USER", "root"},
          {"GANNET_STATE_DIR", home_ / "results"},
          {"NO_COLOR", "1"}};
}

std::unique_ptr<GannetProcess> SystemFleet::start(const std::vector<std::string>& arguments) const {
  return std::make_unique<GannetProcess>(kIp, gannet_words(arguments), gannet_environment());
}

std::unique_ptr<TerminalProcess> SystemFleet::start_on_terminal(
    const std::vector<std::string>& arguments) const {
  std::vector<std::string> words = {"/usr/bin/env", "TERM=xterm"};
  for (const auto& [name, value] : gannet_environment()) words.push_back(name + "=" + value);
  words.emplace_back(kIp);
  for (std::string& word : gannet_words(arguments)) words.push_back(std::move(word));
  return std::make_unique<TerminalProcess>(words);
}

Output SystemFleet::run(const std::vector<std::string>& arguments) const {
  return start(arguments)->wait();
}

Output SystemFleet::json(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), {"-o", "json"});
  return run(arguments);
}

std::vector<std::string> SystemFleet::in_network(const std::vector<std::string>& command) const {
  std::vector<std::string> words = {kIp, "netns", "exec", dir_.filename()};
  words.insert(words.end(), command.begin(), command.end());
  return words;
}

std::string SystemFleet::get(const Machine& machine, const std::string& port_and_path) const {
  return run_to_end(in_network({"curl", "-sf", "-m", "2",
                                "http://" + machine.address() + ":" + port_and_path}),
                    {})
      .output;
}

void SystemFleet::push(const fs::path& archive, const std::string& name) const {
  order("push", {archive, name});
}

void SystemTest::SetUp() {
  const Ended check = run_to_end({script(), "check"}, {});
  if (check.exit_code == kCannotRunHere) GTEST_SKIP() << "system test: " << check.output;
  ASSERT_EQ(check.exit_code, 0) << check.output;
  fleet_ = std::make_unique<SystemFleet>(wanted());
  prepare();
}

void SystemTest::TearDown() { fleet_.reset(); }

}  // namespace gannet::test

#include "controller/cli/run_log.h"

#include <algorithm>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "base/unique_fd.h"

namespace gannet::controller {
namespace {

constexpr std::size_t kKeptFiles = 200;
constexpr const char* kPattern = "%Y-%m-%dT%H:%M:%S.%e%z %l %v";

}  // namespace

RunLog::RunLog(std::filesystem::path folder, int verbose)
    : folder_(std::move(folder)), logger_("gannet") {
  logger_.set_level(spdlog::level::debug);
  logger_.set_error_handler([](const std::string&) {});
  if (verbose < 2) return;
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_st>();
  sink->set_pattern(kPattern);
  logger_.sinks().push_back(std::move(sink));
}

void RunLog::begin(const std::string& run) {
  remove_old();
  const auto file = folder_ / (run + ".log");
  ::mkdir(folder_.c_str(), 0700);
  // Made here for the mode; spdlog opens it again.
  const UniqueFd made(::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  if (!made) return;
  try {
    auto sink = std::make_shared<spdlog::sinks::basic_file_sink_st>(file.string());
    sink->set_pattern(kPattern);
    logger_.sinks().push_back(std::move(sink));
    logger_.flush_on(spdlog::level::info);
  } catch (const spdlog::spdlog_ex& error) {
    logger_.warn("no log file: {}", error.what());
  }
}

void RunLog::remove_old() const {
  std::error_code ec;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, ec))
    if (entry.path().extension() == ".log") files.push_back(entry.path());
  if (files.size() < kKeptFiles) return;
  std::ranges::sort(files);  // names begin with the time
  files.resize(files.size() - kKeptFiles + 1);
  for (const auto& file : files) std::filesystem::remove(file, ec);
}

}  // namespace gannet::controller

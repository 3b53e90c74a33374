#include "controller/fleet/fan_out.h"

#include <algorithm>
#include <memory>
#include <utility>

#include <sys/resource.h>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "controller/fleet/spawn.h"

namespace gannet::controller {
namespace {

constexpr std::uint64_t kReservedFiles = 64;  ///< the program's own: database, terminal, resolver
constexpr std::uint64_t kFilesPerHost = 4;    ///< old and new connection, and room for both
constexpr std::size_t kDefaultHosts = 64;

struct Shared {
  FanOut plan;
  std::size_t next = 0;

  [[nodiscard]] bool more() const {
    return next < plan.count && !(plan.stop != nullptr && plan.stop());
  }
};

Task<> work_off(std::shared_ptr<Shared> shared) {
  while (shared->more()) {
    const std::size_t index = shared->next++;
    try {
      co_await shared->plan.work(index);
    } catch (const boost::system::system_error& error) {
      if (error.code() == asio::error::operation_aborted) throw;  // the whole fan-out is cancelled
      shared->plan.failed(index, Error{Code::kInternal, error.what(), "please report this"});
    } catch (const std::exception& error) {
      shared->plan.failed(index, Error{Code::kInternal, error.what(), "please report this"});
    }
  }
}

}  // namespace

Task<> fan_out(asio::any_io_executor executor, FanOut plan) {
  const std::size_t workers = std::min(std::max<std::size_t>(plan.limit, 1), plan.count);
  auto shared = std::make_shared<Shared>();
  shared->plan = std::move(plan);
  TaskGroup group(executor);
  if (shared->plan.started) shared->plan.started(group);
  for (std::size_t i = 0; i < workers; ++i) group.spawn("host", work_off(shared));
  while (group.running() > 0) {
    [[maybe_unused]] const bool all = co_await group.join(in(std::chrono::hours(1)));
  }
}

std::size_t hosts_for_files(std::uint64_t limit) {
  if (limit <= kReservedFiles + kFilesPerHost) return 1;
  return static_cast<std::size_t>((limit - kReservedFiles) / kFilesPerHost);
}

std::uint64_t raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  if (limit.rlim_cur < limit.rlim_max) {
    rlimit raised = limit;
    raised.rlim_cur = limit.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  }
  return limit.rlim_cur;
}

std::size_t hosts_at_once(std::uint32_t jobs, std::uint64_t open_files) {
  const std::size_t wanted = jobs > 0 ? jobs : kDefaultHosts;
  return std::min(wanted, hosts_for_files(open_files));
}

}  // namespace gannet::controller

// A program of this machine, run to its end by a thread that may wait.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/result.h"
#include "controller/images/image_archive.h"

namespace gannet::controller {

struct ProgramResult {
  int code = 0;     ///< exit code; 127: there is no such program; -1: a signal ended it
  std::string out;  ///< first 64 KiB of stdout
  std::string err;  ///< first 64 KiB of stderr, and by which signal it was ended
};

/// Runs `words` (program and arguments, found by PATH) without a shell's tricks and with an empty
/// stdin. Errors: kTimeout after `limit`, kInterrupted when `cancelled` is set (it and its children
/// are ended then), kIo when nothing can be started.
[[nodiscard]] Result<ProgramResult> run_program(const std::vector<std::string>& words,
                                                std::chrono::milliseconds limit,
                                                const CancelFlag& cancelled);

}  // namespace gannet::controller

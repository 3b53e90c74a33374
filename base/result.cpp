#include "base/result.h"

#include <string.h>

namespace gannet {

tl::unexpected<Error> fail_errno(Code code, std::string what, int error_number, std::string hint) {
  // strerrordesc_np: thread-safe and never translated, so messages are the same everywhere.
  const char* text = strerrordesc_np(error_number);
  what += ": ";
  what += text != nullptr ? std::string(text) : "error number " + std::to_string(error_number);
  return fail(code, std::move(what), std::move(hint));
}

}  // namespace gannet

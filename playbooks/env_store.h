// Env files on disk: read whole, replaced whole.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace gannet::playbooks {

/// What some editors put before the first character of a file.
inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// The text with its byte order mark, at most 10 MB. Errors: kNotFound, kInvalidInput naming the
/// file.
[[nodiscard]] Result<std::string> read_env_text(const std::filesystem::path& file);

/// Makes the new text of a file out of the old one.
using EnvTextEdit = std::function<Result<std::string>(std::string text)>;

/// Replaces the text of `file` by what `edit` makes of it; a file that is not there counts as
/// empty. The new text is written beside it, synced and renamed over it, with mode 0600; a symbolic
/// link stays one. Nobody else may edit files of the folder meanwhile (advisory lock on the
/// folder). Nothing is written when the text stays the same. Errors: those of `edit`, kIo.
[[nodiscard]] Result<> edit_env_text(const std::filesystem::path& file, const EnvTextEdit& edit);

}  // namespace gannet::playbooks

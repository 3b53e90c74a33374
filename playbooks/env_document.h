// An env file as its owner wrote it: edits touch the lines concerned and nothing else.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "inventory/source_location.h"

namespace gannet::playbooks {

/// One assignment. Offsets are bytes in the text of the document, ends exclusive.
struct EnvEntry {
  std::string key;
  std::size_t begin = 0;                       ///< of the first line it stands on
  std::size_t key_at = 0;                      ///< behind "export "
  std::size_t word_at = 0;                     ///< the key, or "export" before it
  std::size_t value_begin = 0, value_end = 0;  ///< with quotes; without blanks around it
  std::size_t comment = 0;                     ///< the "#" of a comment behind the value; 0: none
  std::size_t end = 0;  ///< of the last line it stands on, without its line break
  inventory::SourceLocation from;
};

/// Which program has to understand what is written.
enum class EnvReader { kBoth, kCompose, kSystemd };

/// What an edit did beyond what was asked, for the user to know.
struct EnvEdit {
  int line = 0;            ///< 1-based line of the assignment; 0: there is none any more
  bool added = false;      ///< the key was not there
  bool unchanged = false;  ///< the text was already this
  int others = 0;          ///< further assignments of the key (set: left alone; unset: removed too)
  bool comment_moved = false;  ///< a comment behind the value stands above it now
};

class EnvDocument {
 public:
  /// Finds the assignments of `text` (Compose's dialect, as parse_env(), but no variable is looked
  /// up). `file` is for messages. Errors: kInvalidInput with the place, never the line itself.
  [[nodiscard]] static Result<EnvDocument> parse(std::string text, std::string file);

  [[nodiscard]] const std::string& text() const { return text_; }
  /// In file order; a key may stand there more than once: the last one is in force.
  [[nodiscard]] const std::vector<EnvEntry>& entries() const { return entries_; }
  /// The entry in force, or null. Valid until the next edit.
  [[nodiscard]] const EnvEntry* find(std::string_view key) const;
  /// The value as it is written, with its quotes.
  [[nodiscard]] std::string_view written(const EnvEntry& entry) const;

  /// Writes `form` (what stands behind "=") as the value of `key`: in the entry in force, or in a
  /// new last line. Unless only Compose reads the file, "export " and ":" give way to "KEY=", and a
  /// comment behind the value moves above it: systemd would take it for a part of the value.
  /// Errors: `key` and `form` do not make one assignment.
  [[nodiscard]] Result<EnvEdit> set(const std::string& key, const std::string& form,
                                    EnvReader reader);
  /// Removes all assignments of `key` with their lines. Errors: kNotFound.
  [[nodiscard]] Result<EnvEdit> unset(const std::string& key);

 private:
  [[nodiscard]] Result<> replace(std::string text);
  [[nodiscard]] std::string_view line_break() const;

  std::string text_;
  std::string file_;
  std::vector<EnvEntry> entries_;
};

}  // namespace gannet::playbooks

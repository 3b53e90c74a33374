#include "playbooks/env_document.h"

#include <algorithm>
#include <utility>

#include "inventory/problem.h"
#include "inventory/yaml_node.h"
#include "playbooks/env_store.h"

namespace gannet::playbooks {
namespace {

bool is_gap(char c) { return c == ' ' || c == '\t' || c == '\r'; }

bool is_word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || c == '-';
}

/// Walks over the text once. Lines are counted as it goes: a file may have a million.
class EnvScanner {
 public:
  EnvScanner(std::string_view text, const std::string& file) : text_(text), file_(file) {}

  Result<std::vector<EnvEntry>> scan() {
    if (const auto bad = inventory::find_bad_byte(text_))
      return refuse(bad->offset, bad->message, "save the file as UTF-8 text");
    if (text_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
    for (;;) {
      while (at_ < text_.size() && (is_gap(text_[at_]) || text_[at_] == '\n')) ++at_;
      if (at_ >= text_.size()) return std::move(entries_);
      if (text_[at_] == '#') {
        at_ = line_end(at_);
      } else {
        TRY_VOID(assignment());
      }
    }
  }

 private:
  [[nodiscard]] std::size_t line_end(std::size_t from) const {
    return std::min(text_.find('\n', from), text_.size());
  }

  void skip_gap() {
    while (at_ < text_.size() && is_gap(text_[at_])) ++at_;
  }

  Result<> assignment() {
    EnvEntry entry;
    entry.word_at = at_;
    const auto rest = text_.substr(at_);
    if (rest.starts_with("export ") || rest.starts_with("export\t")) {
      at_ += 7;
      skip_gap();
    }
    entry.key_at = at_;
    while (at_ < text_.size() && is_word_char(text_[at_])) ++at_;
    entry.key = text_.substr(entry.key_at, at_ - entry.key_at);
    const std::size_t key_end = at_;
    skip_gap();
    if (at_ >= text_.size() || text_[at_] == '\n')
      return refuse(entry.key_at, "there is no \"=\" in this line", "write NAME=value");
    if (text_[at_] != '=' && text_[at_] != ':')
      return refuse(
          at_,
          at_ > key_end ? "a name cannot hold a blank" : "this character cannot stand in a name",
          "write NAME=value, with letters, digits and \"_\" in the name");
    if (entry.key.empty()) return refuse(at_, "a name is missing before \"=\"");
    ++at_;
    skip_gap();
    const auto before = text_.rfind('\n', entry.word_at);
    entry.begin = before == std::string_view::npos
                      ? (text_.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0)
                      : before + 1;
    entry.from = place(entry.key_at);
    TRY_VOID(value(entry));
    entries_.push_back(std::move(entry));
    return {};
  }

  Result<> value(EnvEntry& entry) {
    entry.value_begin = at_;
    const bool quoted = at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'');
    if (quoted) {
      TRY_VOID(skip_quoted());
      entry.value_end = at_;
      skip_gap();
      if (at_ < text_.size() && text_[at_] == '#') entry.comment = at_;
      if (at_ < text_.size() && text_[at_] != '\n' && text_[at_] != '#')
        return refuse(at_, "text behind the closing quote", "quote the whole value");
      at_ = line_end(at_);
    } else {
      at_ = line_end(at_);
      const auto line = text_.substr(entry.value_begin, at_ - entry.value_begin);
      auto length = line.find(" #");
      if (length == std::string_view::npos)
        length = line.size();
      else
        entry.comment = entry.value_begin + length + 1;
      while (length > 0 && is_gap(line[length - 1])) --length;
      entry.value_end = entry.value_begin + length;
    }
    // With CRLF the "\r" belongs to the line break.
    entry.end = at_ > entry.value_end && text_[at_ - 1] == '\r' ? at_ - 1 : at_;
    return {};
  }

  Result<> skip_quoted() {
    const std::size_t start = at_;
    const char quote = text_[at_++];
    while (at_ < text_.size() && text_[at_] != quote) {
      const bool escape =
          text_[at_] == '\\' && at_ + 1 < text_.size() && (quote == '"' || text_[at_ + 1] == '\'');
      at_ += escape ? 2 : 1;
    }
    if (at_ >= text_.size()) return refuse(start, "this quote is never closed");
    ++at_;
    return {};
  }

  [[nodiscard]] inventory::SourceLocation place(std::size_t offset) {
    line_ +=
        static_cast<int>(std::count(text_.begin() + static_cast<std::ptrdiff_t>(counted_),
                                    text_.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
    counted_ = offset;
    const auto before = text_.substr(0, offset).rfind('\n');
    auto start = before == std::string_view::npos ? 0 : before + 1;
    if (start == 0 && text_.starts_with(kByteOrderMark)) start = kByteOrderMark.size();
    return {file_, line_, static_cast<int>(offset - std::min(start, offset)) + 1};
  }

  [[nodiscard]] tl::unexpected<Error> refuse(std::size_t offset, std::string message,
                                             std::string hint = {}) {
    if (offset < counted_) counted_ = 0, line_ = 1;
    inventory::Problem problem;
    problem.from = place(offset);
    problem.message = std::move(message);
    problem.hint = std::move(hint);
    return fail(to_error(problem));
  }

  std::string_view text_;
  const std::string& file_;
  std::size_t at_ = 0;
  std::size_t counted_ = 0;  ///< bytes whose line breaks are in line_
  int line_ = 1;
  std::vector<EnvEntry> entries_;
};

}  // namespace

Result<EnvDocument> EnvDocument::parse(std::string text, std::string file) {
  EnvDocument document;
  document.file_ = std::move(file);
  TRY_VOID(document.replace(std::move(text)));
  return document;
}

Result<> EnvDocument::replace(std::string text) {
  TRY(auto entries, EnvScanner(text, file_).scan());
  text_ = std::move(text);
  entries_ = std::move(entries);
  return {};
}

const EnvEntry* EnvDocument::find(std::string_view key) const {
  const auto found = std::find_if(entries_.rbegin(), entries_.rend(),
                                  [key](const EnvEntry& entry) { return entry.key == key; });
  return found == entries_.rend() ? nullptr : &*found;
}

std::string_view EnvDocument::written(const EnvEntry& entry) const {
  return std::string_view(text_).substr(entry.value_begin, entry.value_end - entry.value_begin);
}

std::string_view EnvDocument::line_break() const {
  const auto first = text_.find('\n');
  return first != std::string::npos && first > 0 && text_[first - 1] == '\r' ? "\r\n" : "\n";
}

Result<EnvEdit> EnvDocument::set(const std::string& key, const std::string& form,
                                 EnvReader reader) {
  EnvEdit edit;
  const auto same = [&key](const EnvEntry& entry) { return entry.key == key; };
  const auto before = std::ranges::count_if(entries_, same);
  std::string text = text_;
  if (const EnvEntry* entry = find(key); entry == nullptr) {
    edit.added = true;
    const bool open = !text.empty() && text != kByteOrderMark && text.back() != '\n';
    if (open) text += line_break();
    text += key + "=" + form;
    if (!open) text += line_break();
  } else if (reader == EnvReader::kCompose) {
    text.replace(entry->value_begin, entry->value_end - entry->value_begin, form);
  } else {
    std::string line = key + "=" + form;
    if (entry->comment != 0) {
      const auto indent = text.substr(entry->begin, entry->word_at - entry->begin);
      std::string comment = text.substr(entry->comment, entry->end - entry->comment);
      // systemd 252 takes the line below a comment that ends with "\" for a part of it.
      if (comment.ends_with('\\')) comment += " .";
      line.insert(0, comment.append(line_break()).append(indent));
      edit.comment_moved = true;
    }
    text.replace(entry->word_at, entry->end - entry->word_at, line);
  }
  edit.unchanged = text == text_;
  TRY(auto after, EnvScanner(text, file_).scan());
  // All of it and nothing else: "a # b" would be a value and a comment.
  const auto last = std::find_if(after.rbegin(), after.rend(), same);
  const bool whole =
      last != after.rend() &&
      text.compare(last->value_begin, last->value_end - last->value_begin, form) == 0;
  if (!whole || std::ranges::count_if(after, same) != std::max<std::ptrdiff_t>(before, 1) ||
      after.size() != entries_.size() + (before == 0 ? 1 : 0))
    return fail(Code::kInvalidInput, file_ + ": the new value of " + key + " is not one value",
                "quote it");
  text_ = std::move(text);
  entries_ = std::move(after);
  edit.line = find(key)->from.line;
  edit.others = static_cast<int>(std::max<std::ptrdiff_t>(before, 1)) - 1;
  return edit;
}

Result<EnvEdit> EnvDocument::unset(const std::string& key) {
  std::string text = text_;
  EnvEdit edit;
  edit.others = -1;
  for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
    if (entry->key != key) continue;
    ++edit.others;
    std::size_t begin = entry->begin;
    const auto next = text.find('\n', entry->end);
    const bool open = next == std::string::npos;
    // The last line had no line break: neither has the one before it from now on.
    if (open && begin > 0 && text[begin - 1] == '\n') --begin;
    if (open && begin < entry->begin && begin > 0 && text[begin - 1] == '\r') --begin;
    text.erase(begin, open ? std::string::npos : next + 1 - begin);
  }
  if (edit.others < 0)
    return fail(Code::kNotFound, file_ + ": " + key + " is not set here",
                "see what is: gannet env show");
  TRY_VOID(replace(std::move(text)));
  return edit;
}

}  // namespace gannet::playbooks

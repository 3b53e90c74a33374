#include "controller/report/text_reporter.h"

#include <algorithm>
#include <chrono>

#include "base/text.h"
#include "controller/report/table.h"
#include "controller/report/wording.h"

namespace gannet::controller {
namespace {

constexpr std::chrono::milliseconds kRedrawEvery{100};
constexpr std::size_t kMessageColumns = 60;  // in the table; the whole text follows below it

/// Whether the outcome of each host is what the command is about; others print what they found.
bool changes_hosts(std::string_view command) {
  return vocabulary_of(command) == Vocabulary::kDeployment;
}

bool good(Outcome outcome) {
  return outcome == Outcome::kDeployed || outcome == Outcome::kUnchanged;
}

/// What runs after the run, as far as it is known: never a release that is not there.
std::string release_text(const HostRecord& host) {
  std::vector<std::string> parts;
  for (const auto& service : host.services) {
    std::string release;
    if (good(service.outcome)) release = service.tag.empty() ? service.release : service.tag;
    if (service.outcome == Outcome::kRolledBack)
      release = service.previous.empty() ? "none" : service.previous;
    if (!release.empty()) parts.push_back(service.service + " " + release);
  }
  return join(parts, ", ");
}

std::int64_t elapsed_of(const HostRecord& host) {
  if (host.started_ms == 0 || host.finished_ms < host.started_ms) return 0;
  return host.finished_ms - host.started_ms;
}

}  // namespace

std::string error_text(const Error& error, const Style& style) {
  constexpr std::size_t kIndent = 7;  // under the text behind "error: "
  auto text = style.paint(Tone::kBad, "error:") + " " + indented(error.context, kIndent) + "\n";
  if (!error.hint.empty())
    text += style.paint(Tone::kNotice, "  hint:") + " " + indented(error.hint, kIndent + 1) + "\n";
  return text;
}

TextReporter::TextReporter(ReportOptions options, Sink& sink)
    : options_(options), sink_(sink), style_(options.color) {}

TextReporter::~TextReporter() { stop_redrawing(); }

void TextReporter::begin(std::string_view command, std::size_t selected, std::size_t total,
                         const std::vector<std::string>& hosts) {
  const std::lock_guard lock(mutex_);
  command_ = command;
  write(Stream::kOut,
        "Selected " + std::to_string(selected) + " of " + count_of(total, "host") + "\n");
  if (!options_.live || options_.quiet > 0 || live_) return;
  live_.emplace(hosts, style_, options_.unicode);
  visible_ = true;
  redraw_ = std::thread([this] { redraw_until_stopped(); });
}

void TextReporter::note(std::string_view text) {
  if (options_.quiet > 0) return;
  const std::lock_guard lock(mutex_);
  write(Stream::kOut, printable(text) + "\n");
}

void TextReporter::warning(std::string_view text) {
  const std::lock_guard lock(mutex_);
  write(Stream::kErr, style_.paint(Tone::kNotice, "warning:") + " " + indented(text, 9) + "\n");
}

void TextReporter::phase(const std::string& host, std::string_view phase) {
  const std::lock_guard lock(mutex_);
  if (live_) {
    live_->enter(host, phase, std::chrono::steady_clock::now());
    visible_ = true;
  }
  if (options_.verbose > 0) write(Stream::kOut, host + ": " + one_line(phase) + "\n");
}

void TextReporter::output(const std::string& host, std::string_view line, bool error_stream) {
  // What exec prints is folded when it ends; of the other commands it is a detail.
  if (options_.verbose == 0) return;
  const std::lock_guard lock(mutex_);
  const auto mark = error_stream ? "! " : "| ";
  write(Stream::kOut, host + " " + style_.paint(Tone::kMuted, mark) + printable(trim(line)) + "\n");
}

void TextReporter::host_done(const HostRecord& host) {
  const std::lock_guard lock(mutex_);
  if (live_) {
    live_->finish(host, std::chrono::steady_clock::now());
    return;
  }
  if (options_.quiet > 0 || !changes_hosts(command_)) return;
  const std::string outcome(to_string(host.outcome));
  auto text = host.host + ": " + style_.paint(tone_of(host.outcome), outcome);
  if (!host.message.empty() && !good(host.outcome)) text += ": " + one_line(host.message);
  if (const auto elapsed = elapsed_of(host); elapsed > 0)
    text += " (" + format_elapsed(elapsed) + ")";
  write(Stream::kOut, text + "\n");
}

void TextReporter::end(const RunRecord& run, const std::vector<HostRecord>& hosts,
                       std::int64_t elapsed_ms) {
  stop_redrawing();
  ended_ = Ended{run, hosts, elapsed_ms};
}

void TextReporter::error(const Error& error) {
  const std::lock_guard lock(mutex_);
  print_error(error);
}

void TextReporter::print(std::string_view text) {
  const std::lock_guard lock(mutex_);
  write(Stream::kOut, std::string(text));
}

void TextReporter::suspend() {
  const std::lock_guard lock(mutex_);
  if (live_) sink_.out(live_->erase());
  visible_ = false;
}

void TextReporter::close(int /*exit_code*/) {
  stop_redrawing();
  const std::lock_guard lock(mutex_);
  if (!ended_) return;
  if (changes_hosts(command_)) print_table();
  print_messages();
  std::vector<Outcome> outcomes;
  for (const auto& host : ended_->hosts) outcomes.push_back(host.outcome);
  write(Stream::kOut, count_of(outcomes.size(), "host") + ": " +
                          outcome_counts(outcomes, vocabulary_of(command_)) + " in " +
                          format_elapsed(ended_->elapsed_ms) + "\n");
  ended_.reset();
}

void TextReporter::print_table() {
  Table table({"HOST", "OUTCOME", "RELEASE", "TIME", "MESSAGE"});
  for (const auto& host : ended_->hosts) {
    const auto elapsed = elapsed_of(host);
    table.add({{host.host},
               {std::string(to_string(host.outcome)), tone_of(host.outcome)},
               {release_text(host)},
               {elapsed > 0 ? format_elapsed(elapsed) : ""},
               {cut_to(one_line(host.message), kMessageColumns), Tone::kMuted}});
  }
  const auto columns = options_.live ? sink_.size().columns : 0;
  write(Stream::kOut, "\n" + table.render(style_, columns) + "\n");
}

void TextReporter::print_messages() {
  std::vector<HostRecord> off;  // that they were skipped is no error, but why is worth a line
  for (const auto& host : ended_->hosts)
    if (host.outcome == Outcome::kSkipped && host.missed) off.push_back(host);
  for (const auto& folded : fold_messages(off))
    write(Stream::kOut, style_.paint(Tone::kNotice, "skipped:") + " " + name_hosts(folded.hosts) +
                            ": " + indented(folded.message, 9) + "\n");
  for (const auto& folded : fold_messages(ended_->hosts)) {
    if (good(folded.outcome) || folded.outcome == Outcome::kSkipped) continue;
    print_error({Code::kInternal, name_hosts(folded.hosts) + ": " + folded.message, folded.hint});
  }
}

void TextReporter::print_error(const Error& error) {
  write(Stream::kErr, error_text(error, style_));
}

/// Text above the live lines: they go, the text comes, they come back.
void TextReporter::write(Stream stream, const std::string& text) {
  if (live_) sink_.out(live_->erase());
  if (stream == Stream::kOut)
    sink_.out(text);
  else
    sink_.err(text);
  draw();
}

void TextReporter::draw() {
  if (live_ && visible_) sink_.out(live_->draw(std::chrono::steady_clock::now(), sink_.size()));
}

void TextReporter::redraw_until_stopped() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    draw();
    wake_.wait_for(lock, kRedrawEvery, [this] { return stop_; });
  }
}

void TextReporter::stop_redrawing() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    visible_ = false;
  }
  wake_.notify_all();
  if (redraw_.joinable()) redraw_.join();
  const std::lock_guard lock(mutex_);
  if (live_) sink_.out(live_->erase());
  live_.reset();
}

}  // namespace gannet::controller

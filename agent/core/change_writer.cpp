#include "agent/core/change_writer.h"

#include <utility>

#include "agent/core/file_tools.h"
#include "agent/core/step_point.h"

namespace gannet::agent {

std::string ChangeWriter::temp_of(const std::string& path) const {
  // Of fixed length, so that a file name of 255 bytes still has a temporary one.
  const std::string tag = sha256(transaction_ + "\n" + path).hex().substr(0, 16);
  return path_in(parent_of(path), std::string(kTempPrefix) + tag);
}

Result<> ChangeWriter::bring_about(const std::vector<PathState>& wanted, Order order) {
  std::vector<PathState> differing;
  for (const PathState& state : wanted) {
    TRY(const PathState now, look_at(files_, state.path));
    if (now != state) differing.push_back(state);
  }
  touched_.clear();
  if (order == Order::kRemoveFirst) {
    // Somebody who went back before us may have died before his directories were synced.
    for (const PathState& state : wanted) touched_.insert(parent_of(state.path));
  }
  auto done = order == Order::kRemoveFirst ? remove(differing) : write(differing);
  if (done) done = order == Order::kRemoveFirst ? write(differing) : remove(differing);
  if (!done) {
    // The error that counts is the first one; the caller goes back, or tries again later.
    static_cast<void>(remove_temps(differing));
    return done;
  }
  TRY_VOID(sync_dirs(files_, touched_));
  step_point("files synced");
  return {};
}

Result<> ChangeWriter::remove_temps(const std::vector<PathState>& paths) {
  Result<> first;
  for (const PathState& state : paths) {
    auto gone = remove_if_there(files_, temp_of(state.path));
    // Without a directory there is no temporary file in it, whatever stands in its place.
    if (!gone && gone.error().code != Code::kConflict && first) first = std::move(gone);
  }
  return first;
}

Result<> ChangeWriter::write(const std::vector<PathState>& wanted) {
  std::vector<std::string> temps;
  for (const PathState& state : wanted) {
    if (!state.exists) continue;
    TRY_VOID(make_parents(state.path));
    TRY_VOID(write_temp(state));
    temps.push_back(temp_of(state.path));
  }
  TRY_VOID(sync_files(files_, temps));
  step_point("contents synced");
  for (const PathState& state : wanted) {
    if (!state.exists) continue;
    TRY_VOID(files_.rename(temp_of(state.path), state.path));
    touched_.insert(parent_of(state.path));
    step_point("renamed " + state.path);
  }
  return {};
}

Result<> ChangeWriter::write_temp(const PathState& state) {
  const std::string temp = temp_of(state.path);
  TRY_VOID(remove_if_there(files_, temp));
  TRY(const auto writer, files_.create(temp));
  auto filled = fill_temp(state, temp, *writer);
  if (!filled) return fail(std::move(filled.error()).in("write " + state.path));
  return {};
}

Result<> ChangeWriter::fill_temp(const PathState& state, const std::string& temp,
                                 FileWriter& writer) {
  auto copied = copy_file(files_, store_.path_of(state.content), writer);
  const std::string hint = "deploy again: what is missing is uploaded again";
  if (!copied && copied.error().code == Code::kNotFound) {
    return fail(Code::kCorrupt, "its content is not in the store", hint);
  }
  if (!copied) return fail(std::move(copied.error()));
  if (copied->digest != state.content) {
    // Out of the way, so that the next prepare asks for it.
    static_cast<void>(files_.unlink(store_.path_of(state.content)));
    return fail(Code::kCorrupt, "its content in the store is damaged", hint);
  }
  // The group may come from the directory; without root only a real difference may be asked for.
  TRY(const auto info, files_.stat(temp));
  if (!info || info->uid != state.uid || info->gid != state.gid) {
    TRY_VOID(writer.set_owner(state.uid, state.gid));
  }
  return writer.set_mode(state.mode);
}

Result<> ChangeWriter::make_parents(const std::string& path) {
  TRY(const auto missing, missing_parents(files_, path));
  for (const std::string& directory : missing) {
    TRY_VOID(files_.make_dir(directory, 0755));
    touched_.insert(parent_of(directory));
  }
  return {};
}

Result<> ChangeWriter::remove(const std::vector<PathState>& wanted) {
  for (const PathState& state : wanted) {
    if (state.exists) continue;
    TRY_VOID(remove_if_there(files_, state.path));
    touched_.insert(parent_of(state.path));
    step_point("removed " + state.path);
  }
  return {};
}

}  // namespace gannet::agent

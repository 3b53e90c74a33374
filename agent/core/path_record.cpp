#include "agent/core/path_record.h"

#include <algorithm>

namespace gannet::agent {
namespace {

using protocol::Field;
using protocol::FieldReader;
using protocol::FieldWriter;

enum PathTag : std::uint32_t {
  kPathName = 1,
  kPathExists = 2,
  kPathContent = 3,
  kPathSize = 4,
  kPathMode = 5,
  kPathUid = 6,
  kPathGid = 7,
};

Result<> read_path_field(const Field& field, PathState& state) {
  switch (field.tag) {
    case kPathName:
      state.path = field.as_string();
      return {};
    case kPathExists: {
      TRY(state.exists, field.as_bool());
      return {};
    }
    case kPathContent:
      if (field.value.size() != state.content.bytes.size()) {
        return fail(Code::kCorrupt, "digest of the wrong length");
      }
      std::copy(field.value.begin(), field.value.end(), state.content.bytes.begin());
      return {};
    case kPathSize:
      return read_number(field, state.size);
    case kPathMode:
      return read_number(field, state.mode);
    case kPathUid:
      return read_number(field, state.uid);
    case kPathGid:
      return read_number(field, state.gid);
    default:
      return {};
  }
}

}  // namespace

protocol::Bytes encode_path(const PathState& state) {
  FieldWriter writer;
  writer.put_string(kPathName, state.path);
  if (!state.exists) return writer.take();
  writer.put_bool(kPathExists, true);
  writer.put_bytes(kPathContent, state.content.bytes);
  writer.put_unsigned(kPathSize, state.size);
  writer.put_unsigned(kPathMode, state.mode);
  writer.put_unsigned(kPathUid, state.uid);
  writer.put_unsigned(kPathGid, state.gid);
  return writer.take();
}

Result<PathState> decode_path(std::span<const std::byte> bytes) {
  PathState state;
  FieldReader reader(bytes);
  while (!reader.done()) {
    TRY(const Field field, reader.next());
    TRY_VOID(read_path_field(field, state));
  }
  return state;
}

}  // namespace gannet::agent

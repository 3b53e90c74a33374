// Writes the seeds of the kept corpus: make_corpus tests/fuzz/corpus. Run it again when messages
// change; finds of the fuzzer are kept beside the seeds under other names.
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "protocol/frame.h"
#include "protocol/handshake.h"
#include "tests/unit/protocol/samples.h"

namespace {

namespace fs = std::filesystem;
using namespace gannet::protocol;

void write(const fs::path& path, const Bytes& bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream out(path, std::ios::binary);
  for (const std::byte byte : bytes) out.put(static_cast<char>(byte));
}

Bytes with_front(std::initializer_list<int> front, const Bytes& rest) {
  Bytes bytes;
  for (const int value : front) bytes.push_back(static_cast<std::byte>(value));
  bytes.insert(bytes.end(), rest.begin(), rest.end());
  return bytes;
}

Bytes text(std::string_view value) {
  const auto bytes = std::as_bytes(std::span(value));
  return {bytes.begin(), bytes.end()};
}

void write_messages(const fs::path& folder) {
  int number = 0;
  for (const auto& message : gannet::protocol::all_messages()) {
    write(folder / ("seed-" + message.name), with_front({number++}, message.encoded_sample()));
  }
}

void write_frames(const fs::path& folder) {
  const Bytes ping = encode_frame(FrameType::kPing, 1, {});
  Bytes two = encode_frame(FrameType::kReply, 2, text("payload"));
  two.insert(two.end(), ping.begin(), ping.end());
  write(folder / "seed-whole", with_front({0, 255}, two));
  write(folder / "seed-bytewise", with_front({1, 0}, two));
  Bytes flipped = two;
  flipped.back() ^= std::byte{1};
  write(folder / "seed-flipped", with_front({1, 9}, flipped));
  write(folder / "seed-too-large", with_front({0, 15}, Bytes(16, std::byte{0xff})));
  // type, request, length, payload: two parts of a long request, then the request itself
  const Bytes parts = with_front({96, 5, 2, 'a', 'b', 96, 5, 1, 'c', 3, 5, 1, 'd'}, {});
  write(folder / "seed-long-request", with_front({6, 3}, parts));
  const Bytes reply = with_front({96, 5, 2, 'a', 'b', 66, 5, 0, 64, 5, 1, 'd'}, {});
  write(folder / "seed-long-reply", with_front({2, 3}, reply));
  const Bytes stream = with_front({4, 5, 0, 96, 5, 2, 'a', 'b', 97, 5, 0}, {});
  write(folder / "seed-stream", with_front({6, 20}, stream));
}

void write_magic(const fs::path& folder) {
  const std::string magic(kMagic);
  write(folder / "seed-plain", with_front({255}, text(magic)));
  write(folder / "seed-noise", with_front({2}, text("motd\n" + magic + "rest")));
  write(folder / "seed-false-start", with_front({0}, text(magic.substr(0, 15) + magic)));
  write(folder / "seed-none", with_front({6}, text("bash: no such file\n")));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: make_corpus FOLDER\n");
    return 2;
  }
  const fs::path root = argv[1];
  write_messages(root / "fuzz_messages");
  write_frames(root / "fuzz_frame");
  write_magic(root / "fuzz_magic");
  return 0;
}

#include "base/hash.h"

#include <vector>

#include <gtest/gtest.h>

namespace gannet {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

// FIPS 180-4 examples.
TEST(Sha256, MatchesPublishedVectors) {
  EXPECT_EQ(sha256("").hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("abc").hex(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq").hex(),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256(std::string(1'000'000, 'a')).hex(),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, IsTheSameHoweverTheInputIsCut) {
  const std::string text(200, 'x');
  const Digest whole = sha256(text);
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    Sha256 hash;
    hash.update(std::string_view(text).substr(0, cut));
    hash.update(bytes_of(text).subspan(cut));
    ASSERT_EQ(hash.finish(), whole) << cut;
  }
}

TEST(Digest, HexRoundTrips) {
  const Digest digest = sha256("abc");
  const auto again = Digest::from_hex(digest.hex());
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, digest);
  EXPECT_NE(*again, Digest{});
}

TEST(Digest, FromHexRefusesWhatIsNot64LowerCaseDigits) {
  const std::string good = sha256("abc").hex();
  EXPECT_EQ(Digest::from_hex("").error().context,
            "a SHA-256 digest has 64 hexadecimal digits, this has 0");
  EXPECT_FALSE(Digest::from_hex(good + "0"));
  EXPECT_FALSE(Digest::from_hex(good.substr(1)));
  std::string upper = good;
  upper[0] = 'B';
  EXPECT_EQ(Digest::from_hex(upper).error().context,
            "a SHA-256 digest has only the digits 0-9 and a-f");
  EXPECT_EQ(Digest::from_hex(std::string(64, 'g')).error().code, Code::kInvalidInput);
}

// RFC 3720 appendix B.4 and the usual check value.
TEST(Crc32c, MatchesPublishedVectors) {
  EXPECT_EQ(crc32c({}), 0U);
  EXPECT_EQ(crc32c(bytes_of("123456789")), 0xe3069283U);
  EXPECT_EQ(crc32c(std::vector<std::byte>(32, std::byte{0})), 0x8a9136aaU);
  EXPECT_EQ(crc32c(std::vector<std::byte>(32, std::byte{0xff})), 0x62a8ab43U);
  std::vector<std::byte> up(32);
  for (std::size_t i = 0; i < up.size(); ++i) up[i] = static_cast<std::byte>(i);
  EXPECT_EQ(crc32c(up), 0x46dd794eU);
  const std::vector<std::byte> down(up.rbegin(), up.rend());
  EXPECT_EQ(crc32c(down), 0x113fdb5cU);
}

TEST(Crc32c, ContinuesAnEarlierCall) {
  const std::string text = "the quick brown fox jumps over the lazy dog";
  const std::uint32_t whole = crc32c(bytes_of(text));
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    const std::uint32_t first = crc32c(bytes_of(text).first(cut));
    ASSERT_EQ(crc32c(bytes_of(text).subspan(cut), first), whole) << cut;
  }
}

}  // namespace
}  // namespace gannet

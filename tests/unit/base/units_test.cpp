#include <limits>

#include <gtest/gtest.h>

#include "base/text.h"

namespace gannet {
namespace {

using std::chrono::milliseconds;

TEST(ParseDuration, ReadsEveryUnitAndSums) {
  EXPECT_EQ(parse_duration("500ms").value(), milliseconds(500));
  EXPECT_EQ(parse_duration("5s").value(), milliseconds(5'000));
  EXPECT_EQ(parse_duration("2m").value(), milliseconds(120'000));
  EXPECT_EQ(parse_duration("1h").value(), milliseconds(3'600'000));
  EXPECT_EQ(parse_duration("1d").value(), milliseconds(86'400'000));
  EXPECT_EQ(parse_duration(" 1m30s ").value(), milliseconds(90'000));
  EXPECT_EQ(parse_duration("0s").value(), milliseconds(0));
}

TEST(ParseDuration, RefusesEverythingElse) {
  for (const std::string_view text :
       {"", "5", "s", "5x", "-1s", "+1s", "1.5s", "1s1m", "1s1s", "5 s", "1m 30s", "1sm", "1S"}) {
    const auto result = parse_duration(text);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().code, Code::kInvalidInput);
    EXPECT_FALSE(result.error().hint.empty());
  }
}

TEST(ParseDuration, SaysWhatIsWrong) {
  EXPECT_EQ(parse_duration("30").error().context, "\"30\" is not a duration: it has no unit");
  EXPECT_EQ(parse_duration("99999999999999999999s").error().context,
            "\"99999999999999999999s\" is not a duration: it is too long");
  EXPECT_FALSE(parse_duration("106751991168d"));
  EXPECT_TRUE(parse_duration("106751991167d"));
  EXPECT_FALSE(parse_duration("9223372036854775807ms1ms"));
  EXPECT_FALSE(parse_duration("106751991167d24h"));
}

TEST(FormatDuration, IsTheShortestFormThatReadsBack) {
  EXPECT_EQ(format_duration(milliseconds(0)), "0s");
  EXPECT_EQ(format_duration(milliseconds(500)), "500ms");
  EXPECT_EQ(format_duration(milliseconds(90'000)), "1m30s");
  EXPECT_EQ(format_duration(milliseconds(86'400'000)), "1d");
  EXPECT_EQ(format_duration(milliseconds(-1'500)), "-1s500ms");
  for (const std::int64_t ms : {1LL, 999LL, 61'001LL, 90'061'001LL, 9'223'372'036'854'775'807LL}) {
    EXPECT_EQ(parse_duration(format_duration(milliseconds(ms))).value(), milliseconds(ms));
  }
  EXPECT_EQ(format_duration(milliseconds::min()).front(), '-');
}

TEST(ParseSize, ReadsPowersOf1024) {
  EXPECT_EQ(parse_size("512").value(), 512U);
  EXPECT_EQ(parse_size("512B").value(), 512U);
  EXPECT_EQ(parse_size("64K").value(), 65'536U);
  EXPECT_EQ(parse_size("10MB").value(), 10'485'760U);
  EXPECT_EQ(parse_size("1.5GiB").value(), 1'610'612'736U);
  EXPECT_EQ(parse_size("1.5 GiB").value(), 1'610'612'736U);
  EXPECT_EQ(parse_size("2t").value(), std::uint64_t{2} << 40);
  EXPECT_EQ(parse_size("18446744073709551615").value(), std::numeric_limits<std::uint64_t>::max());
}

TEST(ParseSize, RefusesEverythingElse) {
  for (const std::string_view text : {"", "K", "-1", "1.5", "1.5B", "1.K", ".5K", "1X", "1KX",
                                      "1Bi", "1.1234567K", "18446744073709551616", "16777216T"}) {
    const auto result = parse_size(text);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().code, Code::kInvalidInput);
  }
  EXPECT_EQ(parse_size("16777216T").error().context,
            "\"16777216T\" is not a size: it is too large");
}

TEST(FormatSize, IsShortAndRounded) {
  EXPECT_EQ(format_size(0), "0 B");
  EXPECT_EQ(format_size(312), "312 B");
  EXPECT_EQ(format_size(1023), "1023 B");
  EXPECT_EQ(format_size(1024), "1 KiB");
  EXPECT_EQ(format_size(1'610'612'736), "1.5 GiB");
  EXPECT_EQ(format_size(30'000'000'000), "27.9 GiB");
  EXPECT_EQ(format_size(std::uint64_t{412} << 20), "412 MiB");
  EXPECT_EQ(format_size((std::uint64_t{1} << 20) - 1), "1 MiB");
  EXPECT_EQ(format_size((std::uint64_t{1} << 20) - 600), "1023 KiB");
  EXPECT_EQ(format_size(std::numeric_limits<std::uint64_t>::max()), "16 EiB");
}

}  // namespace
}  // namespace gannet

#include "controller/images/tar_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/image_writer.h"
#include "tests/support/ssh_fixtures.h"

namespace gannet::controller {
namespace {

using test::TarWriter;
using testing::HasSubstr;

class TarReader : public testing::Test {
 protected:
  Result<TarIndex> read(const std::string& text) {
    test::write_file(path_, text);
    auto file = ArchiveFile::open(path_);
    EXPECT_TRUE(file.has_value());
    file_ = *file;
    return TarIndex::read(file_);
  }

  /// "(none)" when there is no such entry.
  std::string content(const TarIndex& index, const std::string& name) {
    const TarEntry* entry = index.find(name);
    if (entry == nullptr) return "(none)";
    std::string text(entry->size, '\0');
    EXPECT_TRUE(file_->read(entry->offset, std::as_writable_bytes(std::span(text))).has_value());
    return text;
  }

  std::string error_of(const std::string& text) {
    const auto index = read(text);
    if (index) return "(no error)";
    EXPECT_EQ(index.error().code, Code::kInvalidInput);
    EXPECT_THAT(index.error().context, HasSubstr(path_));
    return index.error().context;
  }

  test::TempDir dir_;
  std::string path_ = dir_ / "a.tar";
  std::shared_ptr<const ArchiveFile> file_;
};

TEST_F(TarReader, FindsFilesByName) {
  const auto index = read(TarWriter().file("a", "one").file("b/c", std::string(700, 'x')).finish());
  ASSERT_TRUE(index.has_value());
  EXPECT_EQ(content(*index, "a"), "one");
  EXPECT_EQ(content(*index, "b/c"), std::string(700, 'x'));
  EXPECT_EQ(content(*index, "c"), "(none)");
  EXPECT_EQ(content(*index, "b"), "(none)");
}

TEST_F(TarReader, LongNamesOfGnuAndOfPax) {
  const std::string name = std::string(90, 'd') + "/" + std::string(120, 'f');
  for (const bool pax : {false, true}) {
    const auto index = read(TarWriter()
                                .use_pax(pax)
                                .file(name, "long")
                                .file("short", "s")
                                .link("alias", name)
                                .finish());
    ASSERT_TRUE(index.has_value()) << pax;
    EXPECT_EQ(content(*index, name), "long") << pax;
    EXPECT_EQ(content(*index, "short"), "s") << pax;
    EXPECT_EQ(content(*index, "alias"), "long") << pax;
  }
}

TEST_F(TarReader, SizesInPaxAndInBase256) {
  std::string binary(12, '\0');
  binary[0] = '\x80';
  binary[11] = '\3';
  const auto index = read(TarWriter()
                              .raw('x', "p", "10 size=5\n", "00000000012")
                              .raw('0', "a", "12345", "77777777777")
                              .raw('0', "b", "abc", binary)
                              .finish());
  ASSERT_TRUE(index.has_value()) << index.error().context;
  EXPECT_EQ(content(*index, "a"), "12345");
  EXPECT_EQ(content(*index, "b"), "abc");
}

TEST_F(TarReader, FollowsLinksInsideTheArchiveOnly) {
  const auto index = read(TarWriter()
                              .file("l1/layer.tar", "base")
                              .link("l2/layer.tar", "../l1/layer.tar")
                              .link("l3/layer.tar", "l1/layer.tar", true)
                              .link("out", "../../etc/passwd")
                              .link("absolute", "/l1/layer.tar")
                              .link("round", "round2")
                              .link("round2", "round")
                              .finish());
  ASSERT_TRUE(index.has_value());
  EXPECT_EQ(content(*index, "l2/layer.tar"), "base");
  EXPECT_EQ(content(*index, "l3/layer.tar"), "base");
  for (const char* name : {"out", "absolute", "round"})
    EXPECT_EQ(content(*index, name), "(none)") << name;
}

TEST_F(TarReader, NamesThatLeadElsewhereAreOnlyNames) {
  const auto index = read(TarWriter()
                              .file("./manifest.json", "here")
                              .file("../outside", "no")
                              .file("a/../../outside2", "no")
                              .file("/etc/passwd", "only in the archive")
                              .file("a//b/./c", "untidy")
                              .finish());
  ASSERT_TRUE(index.has_value());
  EXPECT_EQ(content(*index, "manifest.json"), "here");
  EXPECT_EQ(content(*index, "outside"), "(none)");
  EXPECT_EQ(content(*index, "../outside"), "(none)");
  EXPECT_EQ(content(*index, "outside2"), "(none)");
  EXPECT_EQ(content(*index, "etc/passwd"), "only in the archive");
  EXPECT_EQ(content(*index, "a/b/c"), "untidy");
}

TEST_F(TarReader, TheLastOfTwoEntriesCounts) {
  const auto index =
      read(TarWriter().file("a", "old").link("b", "a").file("a", "new").file("b", "own").finish());
  ASSERT_TRUE(index.has_value());
  EXPECT_EQ(content(*index, "a"), "new");
  EXPECT_EQ(content(*index, "b"), "own");
}

TEST_F(TarReader, TakesArchivesWithoutTheEnd) {
  const auto index = read(TarWriter().file("a", "one").text());
  ASSERT_TRUE(index.has_value());
  EXPECT_EQ(content(*index, "a"), "one");
}

TEST_F(TarReader, RefusesWhatIsNoTar) {
  EXPECT_THAT(error_of(""), HasSubstr("is empty"));
  EXPECT_THAT(error_of("hello"), HasSubstr("cut off"));
  EXPECT_THAT(error_of(std::string(2048, 'x')), HasSubstr("not a tar archive"));
}

TEST_F(TarReader, RefusesDamage) {
  const std::string good = TarWriter().file("first", "one").file("second", "two").finish();
  std::string flipped = good;
  flipped[1024 + 3] = 'X';  // in the name of the second
  EXPECT_THAT(error_of(flipped), HasSubstr("at byte 1024: the archive is damaged"));
  EXPECT_THAT(error_of(TarWriter().file("big", std::string(5000, 'b')).text().substr(0, 3000)),
              HasSubstr("cut off in big"));
  EXPECT_THAT(error_of(TarWriter().raw('0', "a", "", "hello").finish()), HasSubstr("not a number"));
  EXPECT_THAT(error_of(TarWriter().raw('L', "n", "", "77777777777").finish()),
              HasSubstr("cut off"));
  EXPECT_THAT(error_of(TarWriter().raw('x', "p", "99 path=x\n", "00000000012").finish()),
              HasSubstr("pax header"));
}

TEST_F(TarReader, SurvivesEveryCutAndEveryFlippedBit) {
  const std::string good = TarWriter()
                               .use_pax(true)
                               .file(std::string(150, 'n'), "content")
                               .link("l", "a")
                               .file("a", "x")
                               .finish();
  for (std::size_t size = 0; size < good.size(); size += 61)
    static_cast<void>(read(good.substr(0, size)));
  for (std::size_t at = 0; at < good.size(); at += 23) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x10);
    const auto index = read(bad);
    if (!index) continue;
    const TarEntry* entry = index->find("a");
    if (entry == nullptr) continue;
    EXPECT_LE(entry->offset + entry->size, good.size());
  }
}

}  // namespace
}  // namespace gannet::controller

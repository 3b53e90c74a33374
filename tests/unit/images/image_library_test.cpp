#include "controller/images/image_library.h"

#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/image_writer.h"
#include "tests/support/ssh_fixtures.h"

namespace gannet::controller {
namespace {

using test::TestImage;
using testing::HasSubstr;

using Results = std::vector<Result<ShippedImage>>;

Task<> ask(ImageLibrary* library, ImageRequest request, Results* results) {
  results->push_back(co_await library->get(std::move(request)));
}

class Library : public testing::Test {
 protected:
  Library() {
    TestImage image;
    image.names = {"web:1"};
    image.layers = {test::TarWriter().file("a", "b").finish()};
    test::write_file(path_, test::docker_archive({image}));
  }

  void begin(ImageLibrary& library, const std::string& machine) {
    ImageRequest request;
    request.archive = path_;
    request.reference = "web:1";
    request.machine = machine;
    asio::co_spawn(io_, ask(&library, std::move(request), &results_), asio::detached);
  }

  test::TempDir dir_;
  std::string path_ = dir_ / "web.tar";
  asio::io_context io_;
  Results results_;
};

TEST_F(Library, ServesManyHostsAtOnce) {
  ImageLibrary library(io_.get_executor());
  for (int i = 0; i < 20; ++i) begin(library, i == 7 ? "aarch64" : "x86_64");
  io_.run();
  ASSERT_EQ(results_.size(), 20U);
  int wrong = 0;
  for (const auto& result : results_) {
    if (result) continue;
    ++wrong;
    EXPECT_EQ(result.error().code, Code::kPreflight);
    EXPECT_THAT(result.error().context, HasSubstr("linux/arm64"));
  }
  EXPECT_EQ(wrong, 1);
}

TEST_F(Library, RemembersAnArchiveForTheRun) {
  ImageLibrary library(io_.get_executor());
  begin(library, "x86_64");
  io_.run();
  test::write_file(dir_ / "other", "x");
  std::filesystem::rename(dir_ / "other", path_);
  io_.restart();
  begin(library, "x86_64");
  io_.run();
  ASSERT_EQ(results_.size(), 2U);
  EXPECT_TRUE(results_[1].has_value());
}

TEST_F(Library, GivesNothingAfterACancel) {
  ImageLibrary library(io_.get_executor());
  library.cancel();
  begin(library, "x86_64");
  io_.run();
  ASSERT_EQ(results_.size(), 1U);
  EXPECT_EQ(results_[0].error().code, Code::kInterrupted);
}

}  // namespace
}  // namespace gannet::controller

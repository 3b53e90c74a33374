// Programs on a host over one real SSH session.
#include "tests/integration/ssh_transport_fixture.h"

namespace gannet::controller {
namespace {

class SshExecTest : public SshTransportTest {
 protected:
  void SetUp() override {
    auto session = connect(target_for(server_));
    ASSERT_TRUE(session) << session.error().context;
    session_ = std::move(*session);
  }

  test::SshServer server_;
  std::unique_ptr<Session> session_;
};

TEST_F(SshExecTest, ReturnsOutputErrorsAndExitCode) {
  const auto ran = run(run_on(*session_, "echo out; echo err >&2; exit 7"));
  ASSERT_TRUE(ran) << ran.error().context;
  EXPECT_EQ(ran->output, "out\n");
  EXPECT_EQ(ran->errors, "err\n");
  EXPECT_EQ(ran->status.code, 7);
  EXPECT_EQ(ran->status.signal, "");
}

}  // namespace
}  // namespace gannet::controller

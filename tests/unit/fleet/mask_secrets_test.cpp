#include "controller/deploy/mask_secrets.h"

#include <gtest/gtest.h>

namespace gannet::controller {
namespace {

TEST(LooksSecret, KnowsNamesInEverySpelling) {
  for (const char* name : {"DB_PASSWORD", "api-token", "privateKey", "  \"client_secret\" ",
                           "+API_KEY", "smtp.passwd"})
    EXPECT_TRUE(looks_secret(name)) << name;
  for (const char* name : {"port", "key_size", "public_url", "pass_through", ""})
    EXPECT_FALSE(looks_secret(name)) << name;
}

TEST(MaskSecrets, HidesOldAndNewValuesOfSecretLines) {
  EXPECT_EQ(mask_secrets(
                "@@ -1,3 +1,3 @@\n host = \"x\"\n-password = \"old\"\n+password = \"new\"\n", {}),
            "@@ -1,3 +1,3 @@\n host = \"x\"\n-password = ********\n+password = ********\n");
  EXPECT_EQ(mask_secrets("+  api_token: abc", {}), "+  api_token: ********");
}

TEST(MaskSecrets, KeepsSecretLinesWithoutAValue) {
  EXPECT_EQ(mask_secrets("secrets:\n  password:\n", {}), "secrets:\n  password:\n");
}

TEST(MaskSecrets, HidesKnownValuesAnywhere) {
  EXPECT_EQ(mask_secrets("+url = http://me:hunter2@host/", {"hunter2"}),
            "+url = http://me:********@host/");
}

TEST(MaskSecrets, HidesLinesThatHoldTheValueBefore) {
  EXPECT_EQ(
      mask_secrets("-a = 1\n+a = 2\n same\n-u = me:older@h\n+u = me:hunter2@h\n", {"hunter2"}),
      "-a = 1\n+a = 2\n same\n-********\n+u = me:********@h\n");
}

TEST(MaskSecrets, LeavesShortValuesAlone) {
  EXPECT_EQ(mask_secrets("+a = abc", {"abc", ""}), "+a = abc");
}

TEST(MaskSecrets, MasksDifferencesAndCommandsOfAPlan) {
  HostPlan plan;
  auto& service = plan.services.emplace_back();
  service.files.emplace_back().diff = "+x = s3cret-and-more\n+y = s3cret\n";
  service.commands = {"login --as me s3cret"};
  mask_secrets(plan, {{"DB_PASSWORD", "s3cret"}, {"TOKEN", "s3cret-and-more"}, {"USER", "login"}});
  EXPECT_EQ(service.files[0].diff, "+x = ********\n+y = ********\n");
  EXPECT_EQ(service.commands[0], "login --as me ********");
}

}  // namespace
}  // namespace gannet::controller

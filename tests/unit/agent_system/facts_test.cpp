#include "agent/system/facts.h"

#include <unistd.h>

#include <gtest/gtest.h>

#include "tests/unit/agent_system/support.h"

namespace gannet::agent {
namespace {

TEST(Facts, DescribeARecordedRaspberryPi) {
  const protocol::Facts facts = read_facts(pi4());
  EXPECT_EQ(facts.hostname, "pi-garage");
  EXPECT_EQ(facts.os_id, "debian");
  EXPECT_EQ(facts.os_version, "12");
  EXPECT_EQ(facts.os_name, "Debian GNU/Linux 12 (bookworm)");
  EXPECT_EQ(facts.model, "Raspberry Pi 4 Model B Rev 1.4");
  EXPECT_EQ(facts.boot_id, "6b3a7c0e-5d1f-4c52-9a53-0d3c8a1f7e42");
  EXPECT_EQ(facts.cpus, 4U);
  EXPECT_EQ(facts.memory_bytes, 3'882'584ULL * 1024);
  EXPECT_EQ(facts.memory_available_bytes, 2'954'120ULL * 1024);
  EXPECT_EQ(facts.init, "systemd");
  EXPECT_EQ(facts.uptime_s, 22'174U);
}

TEST(Facts, DescribeThisHost) {
  const protocol::Facts facts = read_facts({});
  EXPECT_FALSE(facts.hostname.empty());
  EXPECT_FALSE(facts.kernel.empty());
  EXPECT_FALSE(facts.arch.empty());
  EXPECT_EQ(facts.boot_id.size(), 36U);
  EXPECT_GE(facts.cpus, 1U);
  EXPECT_GT(facts.memory_bytes, facts.memory_available_bytes);
  EXPECT_EQ(facts.uid, ::geteuid());
  EXPECT_FALSE(facts.init.empty());
}

/// The head of an ELF file of 32 bits.
std::string elf32(char machine, char flags) {
  std::string head(64, '\0');
  head.replace(0, 7,
               "\x7f"
               "ELF\x01\x01\x01");
  head[18] = machine;
  head[37] = flags;
  return head;
}

TEST(Facts, TellTheUserlandBeneathA64BitKernel) {
  const TempDir host;
  const HostTree tree{host.path()};
  const std::string kernel = read_facts(tree).arch;
  EXPECT_EQ(read_facts(tree).userland, kernel);
  if (kernel != "aarch64" && kernel != "x86_64") GTEST_SKIP() << "this kernel is not of 64 bits";
  host.write("bin/sh", elf32(0x28, 0x04));
  EXPECT_EQ(read_facts(tree).userland, "armv7l");
  host.write("bin/sh", elf32(0x28, 0x02));
  EXPECT_EQ(read_facts(tree).userland, "armv5tel");
  host.write("bin/sh", elf32(0x03, 0));
  EXPECT_EQ(read_facts(tree).userland, "i686");
  for (const std::string& other : {std::string("#!/bin/bash\n"), std::string(),
                                   std::string("\x7f"
                                               "ELF\x02\x01",
                                               6) +
                                       std::string(60, '\0')}) {
    host.write("bin/sh", other);
    EXPECT_EQ(read_facts(tree).userland, kernel);
  }
}

TEST(Facts, StayEmptyWhereNothingCanBeRead) {
  const TempDir empty;
  const protocol::Facts facts = read_facts({empty.path()});
  EXPECT_EQ(facts.hostname, "");
  EXPECT_EQ(facts.model, "");
  EXPECT_EQ(facts.memory_bytes, 0U);
  EXPECT_EQ(facts.user, std::to_string(::geteuid()));
}

TEST(FindAccount, ReadsNameAndHome) {
  const std::string passwd = *read_file(pi4().path("/etc/passwd"));
  const auto pi = find_account(passwd, 1000);
  ASSERT_TRUE(pi.has_value());
  EXPECT_EQ(pi->name, "pi");
  EXPECT_EQ(pi->home, "/home/pi");
  EXPECT_FALSE(find_account(passwd, 100).has_value());
  EXPECT_FALSE(find_account("", 0).has_value());
}

TEST(OsRelease, ReadsQuotedAndBareValuesOfExactlyTheKey) {
  const std::string text = "ID_LIKE=debian\n  ID=raspbian\nNAME='Some Name'\nVERSION_ID=\"12\"\n";
  EXPECT_EQ(os_release_value(text, "ID"), "raspbian");
  EXPECT_EQ(os_release_value(text, "NAME"), "Some Name");
  EXPECT_EQ(os_release_value(text, "VERSION_ID"), "12");
  EXPECT_EQ(os_release_value(text, "MISSING"), "");
}

TEST(Meminfo, ReadsKibibytesOfExactlyTheKey) {
  EXPECT_EQ(meminfo_bytes("MemTotal:  10 kB\nMem: 3 kB\n", "Mem"), 3072U);
  EXPECT_EQ(meminfo_bytes("MemTotal:  ten kB\n", "MemTotal"), std::nullopt);
  EXPECT_EQ(meminfo_bytes("", "MemTotal"), std::nullopt);
}

}  // namespace
}  // namespace gannet::agent

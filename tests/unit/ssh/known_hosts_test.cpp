#include "controller/ssh/known_hosts.h"

#include <chrono>
#include <filesystem>
#include <iostream>

#include <sys/stat.h>

#include <gtest/gtest.h>

#include "tests/support/ssh_fixtures.h"

namespace gannet::controller {
namespace {

using test::read_file;
using test::TempDir;
using test::write_file;
using Verdict = KnownHosts::Verdict;

/// A well-formed ed25519 key, a different one per `number`.
HostKey made_key(std::uint32_t number, const std::string& type = "ssh-ed25519") {
  const auto length_of = [](std::size_t n) {
    return std::string{'\0', '\0', static_cast<char>(n >> 8U), static_cast<char>(n)};
  };
  std::string body(32, '\x5a');
  for (std::size_t i = 0; i < 4; ++i) body[i] = static_cast<char>(number >> (8 * i));
  return *HostKey::from_base64(
      encode_base64(length_of(type.size()) + type + length_of(body.size()) + body));
}

std::string line(const std::string& names, const HostKey& key) {
  return names + " " + key.type + " " + key.base64 + "\n";
}

class KnownHostsTest : public ::testing::Test {
 protected:
  KnownHosts load(const std::string& text) {
    write_file(file_, text);
    auto loaded = KnownHosts::load(std::vector<std::string>{file_});
    if (!loaded) throw std::runtime_error(loaded.error().context);
    return std::move(*loaded);
  }

  Verdict verdict(const std::string& text, const std::string& address, std::uint16_t port,
                  const HostKey& key) {
    return load(text).check(address, port, key).verdict;
  }

  TempDir dir_;
  std::string file_ = dir_ / "known_hosts";
  HostKey key_ = made_key(1);
  HostKey other_ = made_key(2);
};

TEST_F(KnownHostsTest, KnowsAPlainName) {
  EXPECT_EQ(verdict(line("pi-1", key_), "pi-1", 22, key_), Verdict::kTrusted);
  EXPECT_EQ(verdict(line("pi-1", key_), "PI-1", 22, key_), Verdict::kTrusted);
  EXPECT_EQ(verdict(line("Pi-1", key_), "pi-1", 22, key_), Verdict::kTrusted);
  EXPECT_EQ(verdict(line("pi-1", key_), "pi-2", 22, key_), Verdict::kUnknown);
  EXPECT_EQ(verdict(line("pi-1", key_), "pi-1", 22, other_), Verdict::kChanged);
}

TEST_F(KnownHostsTest, TellsPortsApart) {
  const std::string text = line("[pi-1]:2222", key_);
  EXPECT_EQ(verdict(text, "pi-1", 2222, key_), Verdict::kTrusted);
  EXPECT_EQ(verdict(text, "pi-1", 22, key_), Verdict::kUnknown);
  EXPECT_EQ(verdict(line("pi-1", key_), "pi-1", 2222, key_), Verdict::kUnknown);
}

TEST_F(KnownHostsTest, ReadsListsOfNames) {
  const std::string text = line("pi-1,10.0.0.5,[fe80::1]:2222", key_);
  EXPECT_EQ(verdict(text, "10.0.0.5", 22, key_), Verdict::kTrusted);
  EXPECT_EQ(verdict(text, "fe80::1", 2222, key_), Verdict::kTrusted);
}

TEST_F(KnownHostsTest, ReadsWildcardsAndNegation) {
  const std::string text = line("*.lan,!bad.lan,pi-?", key_);
  EXPECT_EQ(verdict(text, "a.lan", 22, key_), Verdict::kTrusted);
  EXPECT_EQ(verdict(text, "pi-7", 22, key_), Verdict::kTrusted);
  EXPECT_EQ(verdict(text, "pi-10", 22, key_), Verdict::kUnknown);
  EXPECT_EQ(verdict(text, "bad.lan", 22, key_), Verdict::kUnknown);
  EXPECT_EQ(verdict(text, "a.lan", 22, other_), Verdict::kChanged);
}

TEST_F(KnownHostsTest, KnowsSeveralKeyTypesOfOneHost) {
  const HostKey rsa = made_key(3, "ssh-rsa");
  const std::string text = line("pi-1", key_) + line("pi-1", rsa);
  EXPECT_EQ(verdict(text, "pi-1", 22, key_), Verdict::kTrusted);
  EXPECT_EQ(verdict(text, "pi-1", 22, rsa), Verdict::kTrusted);
  const std::vector<std::string> both = {"ssh-ed25519", "ssh-rsa"};
  EXPECT_EQ(load(text).likely_types("pi-1", 22), both);
  EXPECT_EQ(load(text).known_types("pi-1", 22), both);
}

TEST_F(KnownHostsTest, NamesTheOldKeyOfTheSameTypeFirstWhenAKeyHasChanged) {
  const auto hosts =
      load("# comment\n" + line("pi-1", made_key(3, "ssh-rsa")) + "\n" + line("pi-1", other_));
  const auto answer = hosts.check("pi-1", 22, key_);
  EXPECT_EQ(answer.verdict, Verdict::kChanged);
  ASSERT_EQ(answer.known.size(), 2U);
  EXPECT_EQ(answer.known[0].key, other_);
  EXPECT_EQ(answer.known[0].line, 4U);
  EXPECT_EQ(answer.known[0].file, file_);
}

TEST_F(KnownHostsTest, RefusesARevokedKeyWhereverItsLineStands) {
  const std::string trusted = line("pi-1", key_);
  const std::string revoked = "@revoked " + line("*", key_);
  EXPECT_EQ(verdict(trusted + revoked, "pi-1", 22, key_), Verdict::kRevoked);
  EXPECT_EQ(verdict(revoked + trusted, "pi-1", 22, key_), Verdict::kRevoked);
  EXPECT_EQ(verdict(revoked + line("pi-1", other_), "pi-1", 22, other_), Verdict::kTrusted);
}

TEST_F(KnownHostsTest, SaysWhenOnlyACertificateAuthorityIsKnown) {
  const std::string authority = "@cert-authority " + line("*.lan", other_);
  const auto answer = load(authority).check("a.lan", 22, key_);
  EXPECT_EQ(answer.verdict, Verdict::kCertAuthority);
  EXPECT_EQ(answer.known[0].line, 1U);
  EXPECT_EQ(verdict(authority, "a.lan", 22, other_), Verdict::kCertAuthority);
  EXPECT_EQ(verdict(authority + line("a.lan", key_), "a.lan", 22, key_), Verdict::kTrusted);
  EXPECT_EQ(verdict(authority, "a.wan", 22, key_), Verdict::kUnknown);
}

TEST_F(KnownHostsTest, ReadsNamesThatSshKeygenHashed) {
  write_file(file_, line("pi-1", key_) + line("[pi-1]:2222", other_) + line("10.0.0.5", key_));
  test::run_command({"ssh-keygen", "-q", "-H", "-f", file_});
  const std::string hashed = read_file(file_);
  ASSERT_EQ(hashed.find("pi-1"), std::string::npos);
  EXPECT_EQ(verdict(hashed, "pi-1", 22, key_), Verdict::kTrusted);
  EXPECT_EQ(verdict(hashed, "PI-1", 2222, other_), Verdict::kTrusted);
  EXPECT_EQ(verdict(hashed, "10.0.0.5", 22, key_), Verdict::kTrusted);
  EXPECT_EQ(verdict(hashed, "pi-1", 22, other_), Verdict::kChanged);
  EXPECT_EQ(verdict(hashed, "pi-2", 22, key_), Verdict::kUnknown);
}

TEST_F(KnownHostsTest, ReportsEachLineItCannotUnderstandAndReadsTheOthers) {
  const auto hosts =
      load("pi-1 ssh-ed25519\n" + line("pi-2", key_) + "@wrong pi-3 ssh-ed25519 AAAA\n" +
           "pi-4 ssh-ed25519 !!!!\n" + "pi-5 ssh-rsa " + key_.base64 + "\n" +
           line("|1|AAAA", key_) + "  \t\n#ok\r\n" + line("pi-6", other_));
  const std::vector<std::string> problems = {
      file_ + ":1: expected a host, a key type and a key",
      file_ + ":3: unknown marker \"@wrong\"",
      file_ + ":4: the key is damaged, or is no ssh-ed25519",
      file_ + ":5: the key is damaged, or is no ssh-rsa",
      file_ + ":6: not a hashed host name",
  };
  EXPECT_EQ(hosts.problems(), problems);
  EXPECT_EQ(hosts.size(), 2U);
  EXPECT_EQ(hosts.check("pi-6", 22, other_).verdict, Verdict::kTrusted);
}

TEST_F(KnownHostsTest, TreatsAMissingFileAsEmptyAndReadsAllFiles) {
  write_file(file_, line("pi-1", key_));
  write_file(dir_ / "second", line("pi-2", other_));
  const auto hosts =
      KnownHosts::load(std::vector<std::string>{dir_ / "none", file_, dir_ / "second"});
  ASSERT_TRUE(hosts) << hosts.error().context;
  EXPECT_EQ(hosts->check("pi-1", 22, key_).verdict, Verdict::kTrusted);
  EXPECT_EQ(hosts->check("pi-2", 22, other_).verdict, Verdict::kTrusted);
}

TEST_F(KnownHostsTest, SaysWhichFileCannotBeRead) {
  const auto hosts = KnownHosts::load(std::vector<std::string>{dir_.path()});
  ASSERT_FALSE(hosts);
  EXPECT_EQ(hosts.error().code, Code::kIo);
  EXPECT_TRUE(hosts.error().context.starts_with("read " + dir_.path().string()));
}

TEST_F(KnownHostsTest, ShowsTheFingerprintThatSshKeygenShows) {
  const std::string pub = test::make_key(dir_ / "key");
  const std::string shown = test::run_command({"ssh-keygen", "-l", "-f", dir_ / "key.pub"});
  const auto key = HostKey::from_base64(pub.substr(12, pub.find(' ', 12) - 12));
  ASSERT_TRUE(key);
  EXPECT_NE(shown.find(" " + key->fingerprint + " "), std::string::npos) << shown;
}

// The lookup that a run over 200 hosts makes, in a long file with nothing but hashed names. The
// figure is printed, not judged: the machine may be busy.
TEST_F(KnownHostsTest, FindsTwoHundredHostsAmongFiveThousandHashedLines) {
  std::string text;
  for (std::uint32_t i = 0; i < 5000; ++i) {
    text += line("host-" + std::to_string(i), made_key(i));
  }
  write_file(file_, text);
  test::run_command({"ssh-keygen", "-q", "-H", "-f", file_});
  const auto start = std::chrono::steady_clock::now();
  const auto hosts = KnownHosts::load(std::vector<std::string>{file_});
  ASSERT_TRUE(hosts);
  const auto loaded = std::chrono::steady_clock::now();
  for (std::uint32_t i = 0; i < 200; ++i) {
    const std::uint32_t n = i * 25;
    const auto answer = hosts->check("host-" + std::to_string(n), 22, made_key(n));
    EXPECT_EQ(answer.verdict, Verdict::kTrusted);
  }
  const auto found = std::chrono::steady_clock::now();
  EXPECT_EQ(hosts->check("host-1", 22, made_key(0)).verdict, Verdict::kChanged);
  EXPECT_EQ(hosts->check("stranger", 22, made_key(0)).verdict, Verdict::kUnknown);
  const auto searched = std::chrono::steady_clock::now();
  const auto ms = [](auto span) { return std::chrono::duration<double, std::milli>(span).count(); };
  std::cout << "5,000 hashed lines: read in " << ms(loaded - start) << " ms, 200 known hosts in "
            << ms(found - loaded) << " ms, 2 full searches in " << ms(searched - found) << " ms\n";
}

class AddToKnownHostsTest : public KnownHostsTest {
 protected:
  Result<> add(const std::string& file, const std::string& address, std::uint16_t port = 22) {
    std::vector<KnownHostsEntry> entries(1);
    entries[0] = {address, port, key_};
    return add_to_known_hosts(file, entries);
  }

  static unsigned mode_of(const std::string& file) {
    struct stat status {};
    ::stat(file.c_str(), &status);
    return status.st_mode & 0777U;
  }
};

TEST_F(AddToKnownHostsTest, MakesTheFileAndItsFolderPrivate) {
  const std::string file = dir_ / ".ssh/known_hosts";
  ASSERT_TRUE(add(file, "pi-1", 2222));
  EXPECT_EQ(read_file(file), line("[pi-1]:2222", key_));
  EXPECT_EQ(mode_of(file), 0600U);
  EXPECT_EQ(mode_of(dir_ / ".ssh"), 0700U);
}

TEST_F(AddToKnownHostsTest, TakesAFileOfTheWorkingFolder) {
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(dir_.path());
  const auto added = add("hosts_here", "pi-1");
  std::filesystem::current_path(before);
  ASSERT_TRUE(added) << added.error().context;
  EXPECT_EQ(read_file(dir_ / "hosts_here"), line("pi-1", key_));
}

TEST_F(AddToKnownHostsTest, KeepsWhatIsThereAndEndsAnUnendedLine) {
  write_file(file_, "# mine\nodd line", 0644);
  ASSERT_TRUE(add(file_, "pi-1"));
  EXPECT_EQ(read_file(file_), "# mine\nodd line\n" + line("pi-1", key_));
  EXPECT_EQ(mode_of(file_), 0644U);
}

TEST_F(AddToKnownHostsTest, WritesThroughASymlink) {
  write_file(dir_ / "real", "", 0600);
  std::filesystem::create_symlink(dir_ / "real", file_);
  ASSERT_TRUE(add(file_, "pi-1"));
  EXPECT_TRUE(std::filesystem::is_symlink(file_));
  EXPECT_EQ(read_file(dir_ / "real"), line("pi-1", key_));
}

TEST_F(AddToKnownHostsTest, LeavesNothingBehindWhenItFails) {
  const auto added = add("/proc/known_hosts", "pi-1");
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, Code::kIo);
  EXPECT_NE(added.error().context.find("/proc/known_hosts"), std::string::npos);
}

}  // namespace
}  // namespace gannet::controller

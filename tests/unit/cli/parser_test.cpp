#include "controller/cli/parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "controller/cli/help.h"

namespace gannet::controller {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Words = std::vector<std::string>;

/// Remembers what it was given.
class Fake final : public Command {
 public:
  explicit Fake(std::string name) : name_(std::move(name)) {}
  [[nodiscard]] std::string name() const override { return name_; }
  [[nodiscard]] std::string summary() const override { return "Do " + name_; }
  Options options() override {
    Options options;
    options.positionals = {{"SERVICE", "which", &services, 0, 9, Completes::kServices, {}}};
    options.options = {{"", "tag", "TAG", "a tag", &tag, {}, {}},
                       {"", "plan", "", "only plan", &plan, {}, {}},
                       {"n", "number", "N", "how many", &number, {}, {}},
                       {"", "ttl", "DURATION", "how long", &ttl, {}, {}}};
    if (name_ == "exec") options.after_dashes = &after;
    return options;
  }
  Result<ExitCode> run(Application& /*application*/) override { return ExitCode::kOk; }

  Words services, after;
  std::string tag;
  bool plan = false;
  std::uint32_t number = 0;
  std::chrono::milliseconds ttl{0};

 private:
  std::string name_;
};

class ParserTest : public testing::Test {
 protected:
  ParserTest() {
    for (const char* name : {"deploy", "exec", "inventory list", "inventory trust", "check"})
      commands_.push_back(std::make_unique<Fake>(name));
  }
  Result<Parsed> parse_words(const Words& words) { return parse(words, commands_, global_); }
  Fake& good(const Words& words) {
    const auto parsed = parse_words(words);
    EXPECT_TRUE(parsed) << parsed.error().context;
    return dynamic_cast<Fake&>(*parsed->command);
  }
  Error bad(const Words& words) {
    auto parsed = parse_words(words);
    EXPECT_FALSE(parsed);
    return parsed ? Error{} : parsed.error();
  }

  Commands commands_;
  GlobalOptions global_;
};

TEST_F(ParserTest, GlobalOptionsStandBeforeAndAfterTheCommand) {
  const auto& before = good({"--on", "role=pi", "-o", "json", "deploy", "web"});
  EXPECT_THAT(before.services, ElementsAre("web"));
  EXPECT_THAT(global_.selectors, ElementsAre("role=pi"));
  EXPECT_EQ(global_.format, OutputFormat::kJson);
  global_ = {};
  const auto& after = good({"deploy", "web", "--on=role=pi", "api", "-ojsonl", "-j4"});
  EXPECT_THAT(after.services, ElementsAre("web", "api"));
  EXPECT_THAT(global_.selectors, ElementsAre("role=pi"));
  EXPECT_EQ(global_.format, OutputFormat::kJsonLines);
  EXPECT_EQ(global_.jobs, 4U);
}

TEST_F(ParserTest, ValuesAreConverted) {
  const auto& command = good({"deploy", "--tag", "v1", "--plan", "-n", "7", "--ttl", "1m30s", "-y",
                              "-v", "-v", "-q", "--timeout", "2s", "-i", "a", "-i", "b", "web"});
  EXPECT_EQ(command.tag, "v1");
  EXPECT_TRUE(command.plan);
  EXPECT_EQ(command.number, 7U);
  EXPECT_EQ(command.ttl, std::chrono::seconds(90));
  EXPECT_TRUE(global_.yes);
  EXPECT_EQ(global_.verbose, 2);
  EXPECT_EQ(global_.quiet, 1);
  EXPECT_EQ(global_.connect_timeout, std::chrono::seconds(2));
  EXPECT_THAT(global_.inventory_files, ElementsAre("a", "b"));
  EXPECT_THAT(command.services, ElementsAre("web"));
}

TEST_F(ParserTest, ServiceMayBeCalledLikeACommand) {
  EXPECT_THAT(good({"deploy", "check", "deploy"}).services, ElementsAre("check", "deploy"));
}

TEST_F(ParserTest, ValueOfAnOptionIsNotTheCommand) {
  EXPECT_EQ(good({"--env", "check", "deploy"}).name(), "deploy");
  EXPECT_EQ(global_.environment, "check");
}

TEST_F(ParserTest, MembersOfGroupsAreTwoWords) {
  EXPECT_EQ(good({"inventory", "--on", "x", "trust"}).name(), "inventory trust");
}

TEST_F(ParserTest, WordsAfterDashesAreLeftAlone) {
  const auto& command = good({"exec", "--on", "x", "--", "ls", "--help", "-o", "--", "-y"});
  EXPECT_THAT(command.after, ElementsAre("ls", "--help", "-o", "--", "-y"));
  EXPECT_FALSE(global_.yes);
  EXPECT_THAT(bad({"deploy", "--", "x"}).context, HasSubstr("nothing may follow"));
}

TEST_F(ParserTest, HelpAnywhereIsHelpAndNothingElse) {
  const std::vector<Words> lines{{"deploy", "web", "--on", "role=pi", "-y", "--tag", "v1"},
                                 {"--on", "x", "inventory", "trust", "-y"},
                                 {"exec", "--on", "x", "--", "rm", "-rf", "/"},
                                 {"inventory"},
                                 {"deploy", "--no-such-option", "--env"},
                                 {}};
  for (const auto& line : lines) {
    const auto dashes = std::find(line.begin(), line.end(), "--") - line.begin();
    for (std::ptrdiff_t i = 0; i <= dashes; ++i) {
      for (const char* help : {"--help", "-h"}) {
        auto words = line;
        words.insert(words.begin() + i, help);
        const auto parsed = parse_words(words);
        ASSERT_TRUE(parsed) << join(words, " ");
        EXPECT_TRUE(parsed->help.has_value()) << join(words, " ");
        EXPECT_EQ(parsed->command, nullptr);
      }
    }
  }
}

TEST_F(ParserTest, HelpIsAboutTheCommand) {
  EXPECT_THAT(*parse_words({"deploy", "--help"})->help, HasSubstr("gannet deploy [SERVICE...]"));
  EXPECT_THAT(*parse_words({"help", "deploy"})->help, HasSubstr("gannet deploy [SERVICE...]"));
  EXPECT_THAT(*parse_words({"inventory", "-h"})->help, HasSubstr("inventory trust"));
  EXPECT_THAT(*parse_words({"--help"})->help, HasSubstr("Usage: gannet COMMAND"));
}

TEST_F(ParserTest, UnknownWordsNameTheNearest) {
  EXPECT_EQ(bad({"depoly"}).context, "unknown command \"depoly\"");
  EXPECT_EQ(bad({"depoly"}).hint, "did you mean \"deploy\"?");
  EXPECT_EQ(bad({"inventory", "trsut"}).hint, "did you mean \"trust\"?");
  EXPECT_EQ(bad({"deploy", "--tga", "x"}).context, "unknown option \"--tga\"");
  EXPECT_EQ(bad({"deploy", "--tga", "x"}).hint, "did you mean \"--tag\"?");
  EXPECT_EQ(bad({"deploy", "-z"}).context, "unknown option \"-z\"");
  EXPECT_EQ(bad({"xyzzy"}).hint, "see: gannet --help");
}

TEST_F(ParserTest, IncompleteAndWrongValuesAreRefused) {
  EXPECT_EQ(bad({}).context, "no command");
  EXPECT_EQ(bad({"inventory"}).context, "inventory: which of list, trust?");
  EXPECT_EQ(bad({"deploy", "--tag"}).context, "--tag: needs a value (TAG)");
  EXPECT_THAT(bad({"deploy", "-o", "yaml"}).context,
              HasSubstr("\"yaml\" is not text, json or jsonl"));
  EXPECT_THAT(bad({"deploy", "-j", "0"}).context, HasSubstr("not a number from 1"));
  EXPECT_THAT(bad({"deploy", "-j", "many"}).context, HasSubstr("not a number from 1"));
  EXPECT_THAT(bad({"deploy", "--timeout", "10"}).context, HasSubstr("not a duration"));
  for (const auto& words : std::vector<Words>{{}, {"x"}, {"deploy", "--tag"}})
    EXPECT_EQ(bad(words).code, Code::kInvalidInput);
}

TEST_F(ParserTest, ControlCharactersInWordsAreShownHarmless) {
  EXPECT_EQ(bad({"\x1b[2J"}).context, "unknown command \"\\x1b[2J\"");
}

TEST(RequestedFormat, IsKnownEvenWhenParsingFails) {
  EXPECT_EQ(requested_format({"depoly", "-o", "json"}), OutputFormat::kJson);
  EXPECT_EQ(requested_format({"--output=jsonl", "x"}), OutputFormat::kJsonLines);
  EXPECT_EQ(requested_format({"-ojson"}), OutputFormat::kJson);
  EXPECT_EQ(requested_format({"exec", "--", "-o", "json"}), OutputFormat::kText);
}

TEST(AllCommands, HaveDistinctNamesAndOptionsWithoutClashes) {
  GlobalOptions values;
  const auto everywhere = global_options(values);
  Words names;
  for (const auto& command : all_commands()) {
    EXPECT_EQ(std::count(names.begin(), names.end(), command->name()), 0) << command->name();
    names.push_back(command->name());
    for (const auto& option : command->options().options) {
      EXPECT_EQ(everywhere.find_long(option.long_name), nullptr) << option.long_name;
      if (!option.short_name.empty()) {
        EXPECT_EQ(everywhere.find_short(option.short_name.front()), nullptr) << option.short_name;
      }
    }
  }
}

TEST(AllCommands, NameTheirOwnFormatsInTheGeneralHelp) {
  GlobalOptions global;
  const auto parsed = parse({"--help"}, all_commands(), global);
  ASSERT_TRUE(parsed && parsed->help);
  EXPECT_THAT(*parsed->help, HasSubstr("-o of validate              also sarif, github"));
}

TEST(AllCommands, TakeHelpInEveryPosition) {
  const auto commands = all_commands();
  for (const auto& command : commands) {
    auto words = split(command->name(), ' ');
    for (std::size_t i = 0; i <= words.size(); ++i) {
      auto with_help = words;
      with_help.insert(with_help.begin() + static_cast<std::ptrdiff_t>(i), "--help");
      GlobalOptions global;
      const auto parsed = parse(with_help, commands, global);
      ASSERT_TRUE(parsed) << command->name();
      EXPECT_TRUE(parsed->help) << command->name();
    }
  }
}

}  // namespace
}  // namespace gannet::controller

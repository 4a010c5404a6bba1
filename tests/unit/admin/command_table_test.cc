// The tables against the API description: a wrong name in a row would otherwise show only when the command
// runs.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "admin/cli.h"
#include "admin/completion.h"
#include "admin/fields.h"
#include "admin/methods.h"
#include "admin/run.h"

namespace mendwork::admin {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

// What a column is read from: the rows of a list, the session of a sign-in, else the reply.
const Descriptor& ColumnType(const Command& command) {
  const Descriptor& reply = *FindMethod(command.method)->output_type();
  if (command.path == "sign-in") {
    return *FindMethod("SessionService.GetSession")->output_type();
  }
  return IsList(command) ? *reply.field(0)->message_type() : reply;
}

// Splits an example line like a shell does, as far as the examples need it.
std::vector<std::string> Words(absl::string_view line) {
  std::vector<std::string> words;
  bool is_quoted = false;
  bool is_open = false;
  for (const char letter : line) {
    if (letter == '"') {
      is_quoted = !is_quoted;
      is_open = true;
      words.resize(words.size() + (is_quoted ? 1 : 0));
    } else if (letter == ' ' && !is_quoted) {
      is_open = false;
    } else {
      words.resize(words.size() + (is_open ? 0 : 1));
      is_open = true;
      words.back() += letter;
    }
  }
  return words;
}

TEST(CommandTable, NamesOnlyMethodsThatExist) {
  for (const Command& command : AllCommands()) {
    for (const std::string& method : {command.method, command.read_method}) {
      EXPECT_TRUE(method.empty() || FindMethod(method) != nullptr) << command.path << ": " << method;
    }
  }
}

TEST(CommandTable, NamesOnlyFieldsThatExist) {
  for (const Command& command : AllCommands()) {
    if (command.method.empty()) {
      continue;
    }
    const Descriptor& request = *FindMethod(command.method)->input_type();
    for (const Argument& argument : command.arguments) {
      EXPECT_TRUE(argument.field.empty() || FindField(request, argument.field) != nullptr)
          << command.path << ": " << argument.field;
    }
    for (const auto& [field, text] : command.constants) {
      EXPECT_NE(FindField(request, field), nullptr) << command.path << ": " << field;
    }
    for (const Column& column : command.columns) {
      EXPECT_NE(FindField(ColumnType(command), column.field), nullptr)
          << command.path << ": " << column.field;
    }
  }
}

// An etag that the API asks for is read by mendctl itself, never typed.
TEST(CommandTable, ReadsEveryEtagItMustSend) {
  for (const Command& command : AllCommands()) {
    if (command.method.empty()) {
      continue;
    }
    const Descriptor& request = *FindMethod(command.method)->input_type();
    const bool is_update = FindField(request, "update_mask") != nullptr;
    if (FindField(request, "etag") != nullptr || is_update) {
      EXPECT_FALSE(command.read_method.empty()) << command.path;
      EXPECT_NE(FindField(request, command.resource + "etag"), nullptr) << command.path;
    }
  }
}

TEST(CommandTable, TakesNoClientContentFromTheCommandLine) {
  const std::set<std::string> content = {"partner add --name", "partner confirm --location",
                                         "partner link --number"};
  std::set<std::string> found;
  for (const Command& command : AllCommands()) {
    for (const Argument& argument : command.arguments) {
      if (argument.kind == ArgumentKind::kContent) {
        found.insert(command.path + " " + argument.flag);
      }
    }
  }
  EXPECT_EQ(found, content);
}

TEST(CommandTable, EveryExampleParses) {
  const std::vector<Command> commands = AllCommands();
  CommandLine parser(commands);
  for (const Command& command : commands) {
    for (const absl::string_view line : absl::StrSplit(command.example, '\n')) {
      std::vector<std::string> words = Words(absl::StripAsciiWhitespace(line));
      if (words.empty() || words[0] != "mendctl") {
        continue;  // a pipe or an eval
      }
      words.erase(words.begin());
      std::reverse(words.begin(), words.end());
      EXPECT_NO_THROW(parser.app().parse(words)) << line;
      ASSERT_NE(parser.command(), nullptr) << line;
      EXPECT_EQ(parser.command()->path, command.path);
    }
  }
}

TEST(CommandTable, ParsesRepeatedOptionsAndKeepsPositionals) {
  const std::vector<Command> commands = AllCommands();
  CommandLine parser(commands);
  parser.app().parse(std::vector<std::string>{"c1", "joint", "--decision", "b", "--partner", "a", "--partner",
                                              "record", "suitability", "--json"});
  EXPECT_EQ(parser.values().All("--partner"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(parser.values().Get("couple"), "c1");
  EXPECT_TRUE(parser.options().json);
}

TEST(CommandTable, UnknownCommandsAreNamed) {
  const std::vector<Command> commands = AllCommands();
  CommandLine parser(commands);
  try {
    parser.app().parse(std::vector<std::string>{"bogus", "staff"});
    FAIL() << "It parsed.";
  } catch (const CLI::ParseError& error) {
    EXPECT_EQ(parser.ErrorText(error),
              "mendctl: There is no command \"bogus\".\nSee: mendctl staff --help\n");
  }
}

TEST(Completion, KnowsEveryCommandAndItsWords) {
  const std::vector<Command> commands = AllCommands();
  const CommandLine parser(commands);
  const std::string script = BashCompletion(parser);
  for (const Command& command : commands) {
    EXPECT_TRUE(absl::StrContains(script, "[\"mendctl " + command.path + "\"]")) << command.path;
  }
  EXPECT_TRUE(
      absl::StrContains(script, "choices[\"mendctl relation add --kind\"]=\"lead co-therapist cover\""));
}

}  // namespace
}  // namespace mendwork::admin

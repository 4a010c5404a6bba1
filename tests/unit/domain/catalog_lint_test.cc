// The harm lint: for every rule a file that breaks it, the nearest harmless one, and the same file passing
// once the rule is taken away.
#include "service/domain/catalog_lint.h"

#include <algorithm>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "tests/unit/domain/domain_fixtures.h"

namespace mendwork::domain {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// "file:line: rule" of every fault.
std::vector<std::string> Faults(const std::string& text, const HarmRules& rules) {
  const absl::StatusOr<ExerciseRevision> parsed = Catalog::Parse("f.yaml", text, rules);
  std::vector<std::string> faults;
  if (parsed.ok()) return faults;
  for (absl::string_view line : absl::StrSplit(parsed.status().message(), '\n')) {
    const std::vector<std::string> parts = absl::StrSplit(line, absl::MaxSplits(": ", 2));
    faults.push_back(absl::StrCat(parts[0], ": ", parts.size() > 1 ? parts[1] : ""));
  }
  return faults;
}

HarmRules Without(const std::string& rule_id) {
  HarmRules rules = ShippedRules();
  rules.rules.erase(std::remove_if(rules.rules.begin(), rules.rules.end(),
                                   [&](const HarmRule& rule) { return rule.id == rule_id; }),
                    rules.rules.end());
  return rules;
}

// A form with one item more, and other changes to its head.
struct Form {
  std::string items;
  std::vector<std::pair<std::string, std::string>> changes;

  std::string Text() const {
    std::string text = FormText(items);
    for (const auto& [from, to] : changes) {
      EXPECT_TRUE(absl::StrContains(text, from)) << from;
      text = absl::StrReplaceAll(text, {{from, to}});
    }
    return text;
  }
};

struct Case {
  std::string rule;
  int line;       // of the breach
  Form breaking;  // breaks this rule and no other
  Form harmless;  // as near as can be
};

void PrintTo(const Case& each, std::ostream* out) { *out << each.rule << ": " << each.breaking.items; }

std::string TextItem(const std::string& question, const std::string& audiences,
                     const std::string& type = "text") {
  return absl::StrCat("      - id: extra\n        type: ", type, "\n        text: {en: \"", question,
                      "\"}\n        audiences: [", audiences, "]\n");
}

std::string YesNo(const std::string& question, const std::string& more = "") {
  return TextItem(question, "therapist", "yes_no") + more;
}

std::string Info(const std::string& text, const std::string& more = "") {
  return absl::StrCat("      - id: extra\n        type: info\n        text: {en: \"", text, "\"}\n", more);
}

constexpr char kRule[] =
    "        risk_rules: [{id: extra_rule, when: {equals: yes}, severity: high, category: suicide, subject: "
    "self}]\n";
constexpr char kGate[] = "      - {id: door, type: gate, text: {en: \"A step\"}, audiences: [therapist]}\n";
constexpr char kPick[] = "      - {id: pick, type: yes_no, text: {en: \"Go on?\"}, audiences: [therapist]}\n";
constexpr char kWhenPicked[] = "        show_when: {item: pick, equals: yes}\n";
const std::pair<std::string, std::string> kCoupleWork = {"requires: []", "requires: [couple_work]"};
const std::pair<std::string, std::string> kJoint = {"solo: true", "solo: false"};
const std::pair<std::string, std::string> kCloseness = {"strategy: S7", "strategy: S4"};
const std::pair<std::string, std::string> kBetrayed = {"role: any", "role: betrayed"};
const std::pair<std::string, std::string> kInvolved = {"role: any", "role: involved"};

const std::vector<Case>& Cases() {
  constexpr int kItem = kFirstItemLine;
  constexpr int kVariant = kFirstItemLine - 3;
  static const auto* const kCases = new std::vector<Case>{
      // Titles can be seen over a shoulder.
      {"title_neutral", 7, {"", {{"A form", "After the Affair"}}}, {"", {{"A form", "A fair start"}}}},
      {"title_neutral",
       7,
       {"", {{"A form", "BETRAYED: part 1"}}},
       {"", {{"A form", "Looking back with care"}}}},
      {"title_neutral", 7, {"", {{"A form", "Violence screen"}}}, {"", {{"A form", "A therapeutic walk"}}}},
      {"title_neutral", 7, {"", {{"A form", "Tras la TRAICIÓN"}}}, {"", {{"A form", "Mirar atrás"}}}},
      {"title_neutral", 7, {"", {{"A form", "ИЗМЕНА"}}}, {"", {{"A form", "Без изменений"}}}},
      {"title_neutral", 2, {"", {{"test-form", "s2-involved"}}}, {"", {{"test-form", "s2-harmony"}}}},
      // Unfinished texts, wherever they stand.
      {"unfinished_text",
       8,
       {"",
        {{"A purpose",
          "TO"
          "DO: write"}}},
       {"", {{"A purpose", "Todo lo que necesito"}}}},
      {"unfinished_text", kItem + 2, {Info("Hello {{name}}"), {}}, {Info("Hello (you)"), {}}},
      {"unfinished_text", kItem + 2, {Info("Lorem ipsum"), {}}, {Info("Why?"), {}}},
      // No form that the hurt partner may get asks for their part; a form for everybody is one of them.
      {"own_part",
       kItem,
       {TextItem("What was your part in this?", "therapist"), {kBetrayed}},
       {TextItem("What was your part in this?", "therapist"), {kInvolved}}},
      {"own_part",
       kItem,
       {TextItem("How did I contribute to it?", "therapist"), {}},
       {TextItem("How did I get through this week?", "therapist"), {}}},
      {"own_part",
       kItem,
       {Info("Think of your fault in it."), {kBetrayed}},
       {Info("It is not your fault. This part of the form is about you."), {kBetrayed}}},
      {"own_part",
       kItem,
       {TextItem("¿Qué hizo mal?", "therapist"), {}},
       {TextItem("¿Qué hizo hoy?", "therapist"), {}}},
      {"own_part",
       kItem,
       {TextItem("В чём моя вина?", "therapist"), {}},
       {TextItem("В чём моя сила?", "therapist"), {}}},
      // Free text about sexual acts.
      {"sexual_free_text",
       kItem,
       {TextItem("What did the sex mean to you?", "therapist, partner"), {}},
       {TextItem("What did the sex mean to you?", "therapist"), {}}},
      {"sexual_free_text",
       kItem,
       {TextItem("Describe the physical encounters", "therapist, partner", "long_text"), {}},
       {TextItem("One thing I understood. No sexual details.", "therapist, partner", "long_text"), {}}},
      {"sexual_free_text",
       kItem,
       {TextItem("Опишите интимную близость", "therapist, partner"), {}},
       {TextItem("Опишите прогулку", "therapist, partner"), {}}},
      // Somebody can always stop.
      {"intimacy_stop",
       kVariant,
       {Info("Take your time."), {kCloseness}},
       {Info("Everyone can stop at any time."), {kCloseness}}},
      {"intimacy_stop",
       kVariant,
       {kPick + Info("Everyone can stop at any time.", kWhenPicked), {kCloseness}},
       {kPick + Info("Everyone can stop at any time."), {kCloseness}}},
      {"gate_stop",
       kVariant,
       {kGate, {kCoupleWork}},
       {Info("You may stop at any point.") + kGate, {kCoupleWork}}},
      {"joint_stop",
       kVariant,
       {Info("Sit down together."), {kJoint}},
       {Info("Sit down together. Stopping early counts as done."), {kJoint}}},
      // Asking about danger means hearing the answer.
      {"risk_item_without_rule",
       kItem,
       {YesNo("Do you think of suicide?"), {}},
       {YesNo("Do you think of suicide?", kRule), {}}},
      {"risk_item_without_rule",
       kItem,
       {YesNo("Has anyone threatened you?"), {}},
       {YesNo("Has anyone thanked you?"), {}}},
      {"risk_item_without_rule",
       kItem,
       {YesNo("¿Siente miedo de su pareja?"), {}},
       {YesNo("¿Siente cariño por su pareja?"), {}}},
      // How to reach or find somebody else.
      {"third_party_contact",
       kItem,
       {TextItem("What is their phone number?", "therapist, partner"), {}},
       {TextItem("What is their phone number?", "therapist"), {}}},
      {"third_party_contact",
       kItem,
       {TextItem("Where does it happen, and where do they go? Tell where they live", "therapist, partner"),
        {}},
       {TextItem("Who was it? Initials are enough, no phone number", "therapist, partner"), {}}},
      {"contact_in_text",
       8,
       {"", {{"A purpose", "Write to help@example.org"}}},
       {"", {{"A purpose", "Meet us @ noon. Bring tea."}}}},
      {"contact_in_text",
       kItem + 2,
       {Info("Call +34 (91) 123-45-67 at night"), {}},
       {Info("Within 72 hours (3 days), best before 2026-01-31 18:00"), {}}},
  };
  return *kCases;
}

class HarmLint : public testing::TestWithParam<Case> {};

TEST_P(HarmLint, RefusesTheBreachAndNotItsNeighbour) {
  const Case& each = GetParam();
  EXPECT_THAT(Faults(each.breaking.Text(), ShippedRules()),
              ElementsAre(absl::StrCat("f.yaml:", each.line, ": ", each.rule)));
  EXPECT_THAT(Faults(each.breaking.Text(), Without(each.rule)), ElementsAre())
      << "another rule refuses it too";
  EXPECT_THAT(Faults(each.harmless.Text(), ShippedRules()), ElementsAre());
}

INSTANTIATE_TEST_SUITE_P(All, HarmLint, testing::ValuesIn(Cases()));

TEST(HarmRulesTest, EveryShippedRuleHasACase) {
  std::set<std::string> tried, shipped;
  for (const Case& each : Cases()) tried.insert(each.rule);
  for (const HarmRule& rule : ShippedRules().rules) {
    shipped.insert(rule.id);
    EXPECT_FALSE(rule.source.empty()) << rule.id;
  }
  EXPECT_EQ(tried, shipped);
}

TEST(HarmRulesTest, RefusalsSayWhatToDo) {
  const Form form = {"", {{"A form", "After the Affair"}}};
  EXPECT_EQ(
      Catalog::Parse("f.yaml", form.Text(), ShippedRules()).status().message(),
      "f.yaml:7: title_neutral: a title or key names a role, a betrayal, violence, sex or danger; it can be "
      "seen over a shoulder: choose a bland one, such as \"A look back\"");
}

// Nothing would be looked for in a language without words.
TEST(HarmRulesTest, RefusesLanguagesWithoutWords) {
  EXPECT_THAT(Faults(absl::StrReplaceAll(FormText(""), {{"[en]", "[en, fr]"}}), ShippedRules()),
              testing::Contains("f.yaml:1: lint_language"));
}

TEST(HarmRulesTest, WantTheStopInEveryLanguageOfTheFile) {
  const std::string form = FormText(Info("Everyone can stop at any time."));
  const std::string spanish = absl::StrReplaceAll(form, {{"languages: [en]", "languages: [en, es-MX]"},
                                                         {"solo: true", "solo: false"},
                                                         {"language: \"\"}", "language: \"\"}"},  // as it is
                                                         {"\"}", "\", es-MX: \"Hola\"}"}});
  EXPECT_THAT(Faults(spanish, ShippedRules()), ElementsAre("f.yaml:17: joint_stop"));
  const std::string complete = absl::StrReplaceAll(
      spanish, {{"any time.\", es-MX: \"Hola", "any time.\", es-MX: \"Puede parar en cualquier momento"}});
  EXPECT_THAT(Faults(complete, ShippedRules()), ElementsAre());
}

// A small rules file, right as it stands, and what spoils it.
constexpr char kRules[] = R"(format: 1
languages: [en, es]
word_lists:
  - {id: bad, match: word_start, en: ["ugly"], es: ["feo"], except: {en: ["not ugly"]}}
rules:
  - id: no_bad
    looks_at: item
    severity: refuse
    where: {roles: [any], types: [info]}
    words: [bad]
    message: "it is bad"
    remedy: "make it good"
    source: "the test"
)";

struct BadRules {
  const char* from;
  const char* to;
  const char* expected;
};

TEST(HarmRulesTest, AreCheckedWhenTheyAreRead) {
  ASSERT_TRUE(Catalog::ParseRules("r.yaml", kRules).ok()) << Catalog::ParseRules("r.yaml", kRules).status();
  constexpr BadRules kCases[] = {
      {"format: 1", "format: 2", "r.yaml:1: range"},
      {"[en, es]", "[en, qq]", "r.yaml:2: language_code"},
      {", es: [\"feo\"]", "", "r.yaml:4: missing_key"},
      {"es: [\"feo\"]", "es: []", "r.yaml:4: words_missing"},
      {"\"ugly\"]", "\"Ugly\"]", "r.yaml:4: word_case"},
      {"match: word_start", "match: somewhere", "r.yaml:4: match"},
      {"except: {en:", "except: {fr:", "r.yaml:4: unknown_key"},
      {"id: no_bad", "id: bad", "r.yaml:6: duplicate_id"},
      {"looks_at: item", "looks_at: sky", "r.yaml:7: looks_at"},
      {"looks_at: item", "looks_at: text", "r.yaml:9: where"},
      {"severity: refuse", "severity: warn", "r.yaml:8: severity"},
      {"roles: [any]", "roles: [boss]", "r.yaml:9: where"},
      {"types: [info]", "types: [song]", "r.yaml:9: where"},
      {"words: [bad]", "words: [worse]", "r.yaml:10: word_list"},
      {"    words: [bad]\n", "", "r.yaml:6: rule_shape"},
      {"words: [bad]", "needs: bad", "r.yaml:6: rule_shape"},
      {"words: [bad]", "patterns: [postcode]", "r.yaml:10: pattern"},
      {"    remedy: \"make it good\"\n", "", "r.yaml:6: missing_key"},
      {"source: \"the test\"", "source: \" \"", "r.yaml:13: empty_value"},
      {"source: \"the test\"", "source: \"the test\"\n    regex: x", "r.yaml:14: unknown_key"},
  };
  for (const BadRules& each : kCases) {
    ASSERT_TRUE(absl::StrContains(kRules, each.from)) << each.from;
    const absl::Status status =
        Catalog::ParseRules("r.yaml", absl::StrReplaceAll(kRules, {{each.from, each.to}})).status();
    EXPECT_THAT(std::string(status.message()), HasSubstr(each.expected)) << each.from << " -> " << each.to;
  }
}

TEST(HarmRulesTest, WordsAreFoundAsTheirListSays) {
  WordList list = {
      .id = "l", .match = WordList::Match::kWordStart, .words = {{"en", {"ape"}}}, .except = {"ape man"}};
  EXPECT_TRUE(HasWord(list, "An APES' house"));
  EXPECT_FALSE(HasWord(list, "tape, the Ape Man"));
  list.match = WordList::Match::kAnywhere;
  EXPECT_TRUE(HasWord(list, "Tape"));
  list.match = WordList::Match::kExactCase;
  EXPECT_FALSE(HasWord(list, "TAPE"));
}

}  // namespace
}  // namespace mendwork::domain

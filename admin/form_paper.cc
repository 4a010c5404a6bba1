#include "admin/form_paper.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "admin/form_text.h"
#include "admin/names.h"
#include "admin/print.h"

namespace mendwork::admin {
namespace {

using mendwork::v1::Form;
using mendwork::v1::FormItem;

constexpr int kShortTextMax = 300;  // characters that fit on two lines of handwriting
constexpr int kLogRowsMax = 5;
constexpr int kGroupRowsMax = 3;
constexpr int kScalePointsMax = 21;  // more numbers do not fit on a line
constexpr char kBlank[] = "____________________________________________________________";

// On paper nothing is passed on by a tick, whatever the text made for the screen says.
constexpr char kOnPaper[] =
    "Please write no names on these pages, neither yours nor anyone else's. Hand them to your therapist "
    "yourself. On paper nobody is told anything until your therapist has read it, also where a question says "
    "that an answer is passed on. If anyone is in danger, call your local emergency number now.";
constexpr char kSafetyOnPaper[] =
    "On paper this is read only when you hand it in. If you are in danger now, call your local emergency "
    "number.";

std::string Blanks(int count, const std::string& indent) {
  std::string lines;
  for (int i = 0; i < count; ++i) {
    absl::StrAppend(&lines, indent, kBlank, "\n");
  }
  return lines;
}

std::string Scale(const FormItem& item, const std::string& indent) {
  const int points =
      item.step() > 0 ? static_cast<int>((item.maximum() - item.minimum()) / item.step() + 0.5) + 1 : 0;
  if (points < 2 || points > kScalePointsMax) {
    return Wrap(absl::StrCat("________ (from ", item.minimum(), " to ", item.maximum(), ")"), indent);
  }
  std::vector<std::string> numbers;
  for (int i = 0; i < points; ++i) {
    numbers.push_back(absl::StrCat(item.minimum() + i * item.step()));
  }
  std::string text = absl::StrCat(indent, absl::StrJoin(numbers, "  "), "\n");
  if (!item.minimum_label().empty()) {
    text += Wrap(absl::StrCat(item.minimum(), " = ", item.minimum_label(), ", ", item.maximum(), " = ",
                              item.maximum_label()),
                 indent);
  }
  return text;
}

std::string LogRows(const FormItem& item, const std::string& indent) {
  std::string text;
  const int rows = item.count_max() == 0 ? kLogRowsMax : std::min(item.count_max(), kLogRowsMax);
  if (item.options_size() > 0) {
    std::vector<std::string> labels;
    for (const FormItem::Option& option : item.options()) {
      labels.push_back(option.label());
    }
    text += Wrap(absl::StrCat("What to choose from: ", absl::StrJoin(labels, "; ")), indent);
  }
  for (int i = 0; i < rows; ++i) {
    absl::StrAppend(&text, indent,
                    "What: ______________________________   ____ minutes   rating 0 to 10: ____\n", indent,
                    "   [ ] done   [ ] cut short   [ ] skipped\n");
  }
  return text;
}

std::string ItemPaper(const FormItem& item, const std::string& number, const std::string& indent);

std::string GroupRows(const FormItem& item, const std::string& indent) {
  std::string text;
  const int rows = item.count_max() == 0 ? kGroupRowsMax : std::min(item.count_max(), kGroupRowsMax);
  for (int row = 1; row <= rows; ++row) {
    for (int i = 0; i < item.items_size(); ++i) {
      text += ItemPaper(item.items(i), absl::StrCat(row, ".", i + 1), indent);
    }
  }
  return text;
}

std::string Boxes(const FormItem& item, const std::string& indent) {
  const bool ranked = item.type() == FormItem::TYPE_RANKED_CHOICE;
  std::string text = ranked ? Wrap("Write 1 beside the first, 2 beside the second, and so on.", indent) : "";
  for (const FormItem::Option& option : item.options()) {
    text += Wrap(absl::StrCat(ranked ? "[__] " : "[ ] ", option.label()), indent);
  }
  return text;
}

std::string Sections(const FormItem& item, const std::string& indent) {
  std::string text;
  for (const FormItem::Option& section : item.options()) {
    absl::StrAppend(&text, Wrap(section.label(), indent), Blanks(6, indent));
  }
  return text;
}

// Where the answer goes.
std::string Space(const FormItem& item, const std::string& indent) {
  switch (item.type()) {
    case FormItem::TYPE_TEXT:
      return Blanks(item.length_max() > 0 && item.length_max() <= kShortTextMax ? 2 : 4, indent);
    case FormItem::TYPE_LONG_TEXT:
      return Blanks(10, indent);
    case FormItem::TYPE_LETTER:
      return Sections(item, indent);
    case FormItem::TYPE_CHOICE:
    case FormItem::TYPE_LIKERT:
    case FormItem::TYPE_MULTI_CHOICE:
    case FormItem::TYPE_RANKED_CHOICE:
    case FormItem::TYPE_CHECKLIST:
      return Boxes(item, indent);
    case FormItem::TYPE_SLIDER:
    case FormItem::TYPE_NUMBER:
      return Scale(item, indent);
    case FormItem::TYPE_DATE:
      return indent + "Year ______  month ____  day ____\n";
    case FormItem::TYPE_TIME:
      return indent + "____ : ____\n";
    case FormItem::TYPE_YES_NO:
      return indent + "[ ] Yes   [ ] No\n";
    case FormItem::TYPE_ATTESTATION:
    case FormItem::TYPE_SAFETY_CHECK:
      return indent + "[ ] Yes\n";
    case FormItem::TYPE_ACTIVITY_LOG:
      return LogRows(item, indent);
    case FormItem::TYPE_GROUP:
      return GroupRows(item, indent);
    default:
      return "";
  }
}

std::string ItemPaper(const FormItem& item, const std::string& number, const std::string& indent) {
  const std::string inner = indent + "    ";
  std::string text = Numbered(number, item.text(), indent);
  const std::string help = item.type() == FormItem::TYPE_SAFETY_CHECK ? kSafetyOnPaper : item.help();
  if (!help.empty()) {
    text += Wrap(help, inner);
  }
  if (!item.show_when().empty()) {
    text += Wrap(absl::StrCat("Only if ", item.show_when(), "."), inner);
  }
  if (IsAnsweredElsewhere(item)) {
    text += Wrap("Not on paper: you do this together with your therapist.", inner);
  }
  const bool chooses = item.options_size() > 0 && item.count_max() > 1 &&
                       item.type() != FormItem::TYPE_ACTIVITY_LOG && item.type() != FormItem::TYPE_LETTER;
  if (chooses) {
    text += Wrap(AskWords(item), inner);
  }
  text += Space(item, inner);
  const bool in_row = !indent.empty();
  if (!item.readers().empty() && !in_row) {
    text += Wrap(absl::StrCat("(Who may read it at the practice, at the widest: ",
                              absl::StrJoin(item.readers(), "; "), ")"),
                 inner);
  }
  return in_row ? text : text + "\n";
}

}  // namespace

std::string FormPaper(const Form& form) {
  std::string text = absl::StrCat(form.title(), "\n\n", Wrap(form.purpose(), ""));
  if (form.minutes_max() > 0) {
    text += Wrap(
        absl::StrCat(form.minutes_min(), " to ", form.minutes_max(), " minutes. Stopping early is fine."),
        "");
  }
  absl::StrAppend(&text, "\n", Wrap(kOnPaper, ""), "\n");
  for (int i = 0; i < form.items_size(); ++i) {
    text += ItemPaper(form.items(i), absl::StrCat(i + 1), "");
  }
  if (!form.third_party_notice().empty()) {
    absl::StrAppend(&text, Wrap(form.third_party_notice(), ""), "\n");
  }
  absl::StrAppend(&text, ShortName(form.exercise_revision(), ""), ", ", form.language(), "\n");
  return Clean(text);
}

}  // namespace mendwork::admin

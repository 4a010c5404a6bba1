#include "admin/form_text.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "admin/names.h"
#include "admin/print.h"

namespace mendwork::admin {
namespace {

using mendwork::v1::Form;
using mendwork::v1::FormItem;

constexpr absl::string_view kInner = "    ";  // wide enough for "10. "

// " (well)", or nothing.
std::string InBrackets(const std::string& label) {
  return label.empty() ? "" : absl::StrCat(" (", label, ")");
}

std::string ScaleWords(const FormItem& item) {
  std::string words = absl::StrCat("from ", item.minimum(), InBrackets(item.minimum_label()), " to ",
                                   item.maximum(), InBrackets(item.maximum_label()));
  if (item.step() != 0) {
    absl::StrAppend(&words, ", in steps of ", item.step());
  }
  return words;
}

// "up to 3", "2 to 5", "any number"
std::string CountWords(const FormItem& item) {
  const bool free =
      item.count_max() == 0 || (item.options_size() > 0 && item.count_max() >= item.options_size() &&
                                item.type() != FormItem::TYPE_ACTIVITY_LOG);
  if (item.count_min() <= 0) {
    return free ? "any number" : absl::StrCat("up to ", item.count_max());
  }
  return free ? absl::StrCat("at least ", item.count_min())
              : absl::StrCat(item.count_min(), " to ", item.count_max());
}

std::string LogWords(const FormItem& item) {
  return absl::StrCat("A log, ", CountWords(item), " of entries: what, done or cut short or skipped, ",
                      item.minimum(), " to ", item.maximum(), " minutes, a rating from 0",
                      InBrackets(item.minimum_label()), " to 10", InBrackets(item.maximum_label()), ".");
}

std::string LengthWords(const FormItem& item) {
  return item.length_max() == 0 ? "." : absl::StrCat(", at most ", item.length_max(), " characters.");
}

std::string TypeWords(const FormItem& item) {
  switch (item.type()) {
    case FormItem::TYPE_INFO:
      return "To read.";
    case FormItem::TYPE_TEXT:
      return absl::StrCat("A short text", LengthWords(item));
    case FormItem::TYPE_LONG_TEXT:
      return absl::StrCat("A text", LengthWords(item));
    case FormItem::TYPE_LETTER:
      return "A letter in these parts:";
    case FormItem::TYPE_CHOICE:
    case FormItem::TYPE_LIKERT:
      return "Choose one.";
    case FormItem::TYPE_MULTI_CHOICE:
      return absl::StrCat("Choose ", CountWords(item), ".");
    case FormItem::TYPE_RANKED_CHOICE:
      return absl::StrCat("Put in order, ", CountWords(item), ".");
    case FormItem::TYPE_SLIDER:
      return absl::StrCat("A scale ", ScaleWords(item), ".");
    case FormItem::TYPE_NUMBER:
      return absl::StrCat("A number ", ScaleWords(item), ".");
    case FormItem::TYPE_DATE:
      return "A date.";
    case FormItem::TYPE_TIME:
      return "A time of day.";
    case FormItem::TYPE_YES_NO:
      return "Yes or no.";
    case FormItem::TYPE_CHECKLIST:
      return absl::StrCat("Tick ", CountWords(item), ".");
    case FormItem::TYPE_ACTIVITY_LOG:
      return LogWords(item);
    case FormItem::TYPE_GROUP:
      return absl::StrCat("Rows, ", CountWords(item), ", each with:");
    case FormItem::TYPE_ATTESTATION:
      return "Tick to confirm.";
    case FormItem::TYPE_SAFETY_CHECK:
      return "Tick. It counts as soon as it is ticked, and is never shown again.";
    case FormItem::TYPE_GATE:
      return "Not answered here: readiness is set in couple work, blind, and never shown to the other.";
    case FormItem::TYPE_AGREEMENT:
      return "Not answered here: clauses are drafted in session, and assented to in private.";
    default:
      return "Of a kind that this program does not know.";
  }
}

std::string ItemText(const FormItem& item, const std::string& number, const std::string& indent) {
  const std::string inner = absl::StrCat(indent, kInner);
  std::string text = Numbered(number, item.text(), indent);
  if (!item.help().empty()) {
    text += Wrap(item.help(), inner);
  }
  text += Wrap(absl::StrCat("[", AskWords(item), "]  ", item.item_id()), inner);
  if (const std::string shown = ShownWords(item); !shown.empty()) {
    text += Wrap(shown, inner);
  }
  for (const FormItem::Option& option : item.options()) {
    const bool part = item.type() == FormItem::TYPE_LETTER;
    text += Wrap(absl::StrCat(part ? "- " : "( ) ", option.label(),
                              option.exclusive() ? " (instead of all others)" : ""),
                 inner);
  }
  for (int i = 0; i < item.items_size(); ++i) {
    text += ItemText(item.items(i), absl::StrCat(number, ".", i + 1), inner);
  }
  const bool in_row = !indent.empty();  // a row is read by whoever reads its group
  if (!item.readers().empty() && !in_row) {
    text +=
        Wrap(absl::StrCat("Who may read it, at the widest: ", absl::StrJoin(item.readers(), "; ")), inner);
  }
  return in_row ? text : text + "\n";
}

}  // namespace

bool IsAnsweredElsewhere(const FormItem& item) {
  return item.type() == FormItem::TYPE_GATE || item.type() == FormItem::TYPE_AGREEMENT;
}

std::string Numbered(const std::string& number, const std::string& text, const std::string& indent) {
  const std::string label = absl::StrCat(indent, number, ". ");
  const std::string lines =
      Wrap(text, std::string(std::max(label.size(), indent.size() + kInner.size()), ' '));
  return absl::StrCat(label, lines.substr(std::min(label.size(), lines.size())));
}

std::string AskWords(const FormItem& item) {
  return item.required() ? absl::StrCat(TypeWords(item), " Must be answered.") : TypeWords(item);
}

std::string ShownWords(const FormItem& item) {
  return item.show_when().empty() ? "" : absl::StrCat("Shown if ", item.show_when(), ".");
}

std::string FormText(const Form& form) {
  std::string text =
      absl::StrCat(form.title(), "\n", ShortName(form.exercise_revision(), ""), ", ", form.language());
  if (form.minutes_max() > 0) {
    absl::StrAppend(&text, ", ", form.minutes_min(), " to ", form.minutes_max(),
                    " minutes; stopping early is fine");
  }
  absl::StrAppend(&text, "\n\n", Wrap(form.purpose(), ""), "\n");
  for (int i = 0; i < form.items_size(); ++i) {
    text += ItemText(form.items(i), absl::StrCat(i + 1), "");
  }
  if (!form.third_party_notice().empty()) {
    text += Wrap(form.third_party_notice(), "");
  }
  return Clean(text);
}

}  // namespace mendwork::admin

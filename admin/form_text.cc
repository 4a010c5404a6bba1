#include "admin/form_text.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "admin/fields.h"
#include "admin/names.h"
#include "admin/print.h"

namespace mendwork::admin {
namespace {

using mendwork::v1::Form;
using mendwork::v1::FormItem;

std::string TypeWords(const FormItem& item) {
  const google::protobuf::EnumValueDescriptor* value =
      FormItem::Type_descriptor()->FindValueByNumber(item.type());
  return value == nullptr ? "unknown" : absl::StrReplaceAll(EnumText(*value), {{"-", " "}});
}

std::string ScaleWords(const FormItem& item) {
  std::string words = absl::StrCat("from ", item.minimum(), " to ", item.maximum());
  if (item.step() != 0) {
    absl::StrAppend(&words, " in steps of ", item.step());
  }
  return words;
}

std::string CountWords(const FormItem& item) {
  if (item.count_min() == 0 && item.count_max() == 0) {
    return "";
  }
  if (item.count_max() == 0) {
    return absl::StrCat("at least ", item.count_min());
  }
  return item.count_min() == 0 ? absl::StrCat("at most ", item.count_max())
                               : absl::StrCat(item.count_min(), " to ", item.count_max());
}

// "[slider, from 0 to 10 in steps of 1, required]"
std::string Kind(const FormItem& item) {
  std::vector<std::string> words = {TypeWords(item)};
  if (item.minimum() != item.maximum()) {
    words.push_back(ScaleWords(item));
  }
  if (item.length_max() > 0) {
    words.push_back(absl::StrCat("at most ", item.length_max(), " characters"));
  }
  if (const std::string count = CountWords(item); !count.empty()) {
    words.push_back(count);
  }
  if (item.required()) {
    words.push_back("required");
  }
  return absl::StrCat("[", absl::StrJoin(words, ", "), "]");
}

std::string ItemText(const FormItem& item, const std::string& number, const std::string& indent) {
  const std::string inner = indent + "   ";
  std::string text = Wrap(absl::StrCat(number, ". ", item.text(), " ", Kind(item)), indent);
  if (!item.help().empty()) {
    text += Wrap(item.help(), inner);
  }
  if (!item.show_when().empty()) {
    text += Wrap(absl::StrCat("Shown when: ", item.show_when()), inner);
  }
  for (const FormItem::Option& option : item.options()) {
    text += Wrap(absl::StrCat("( ) ", option.label(), option.exclusive() ? " (excludes the others)" : "",
                              "  ", option.code()),
                 inner);
  }
  if (!item.minimum_label().empty() || !item.maximum_label().empty()) {
    text += Wrap(absl::StrCat(item.minimum(), " = ", item.minimum_label(), ", ", item.maximum(), " = ",
                              item.maximum_label()),
                 inner);
  }
  for (int i = 0; i < item.items_size(); ++i) {
    text += ItemText(item.items(i), absl::StrCat(number, ".", i + 1), inner);
  }
  if (!item.readers().empty()) {
    text +=
        Wrap(absl::StrCat("Who may read it, at the widest: ", absl::StrJoin(item.readers(), ", ")), inner);
  }
  return text + Wrap(absl::StrCat("id: ", item.item_id()), inner) + "\n";
}

}  // namespace

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

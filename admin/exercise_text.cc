#include "admin/exercise_text.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "admin/fields.h"
#include "admin/names.h"
#include "admin/print.h"

namespace mendwork::admin {
namespace {

using mendwork::v1::Exercise;

// A heading and below it, indented, its text; nothing when there is no text.
std::string Part(const std::string& heading, const std::string& text) {
  return text.empty() ? "" : absl::StrCat(heading, "\n", Wrap(text, "  "));
}

std::string Times(const Exercise& exercise) {
  return absl::StrCat(exercise.minutes_min(), " to ", exercise.minutes_max(),
                      " minutes; stopping early is a success");
}

std::string ScheduleText(const Exercise::Schedule& schedule) {
  const std::string words = ScheduleWords(schedule);
  return schedule.note().empty() ? words : absl::StrCat(words, ". ", schedule.note());
}

std::string Weighing(const Exercise& exercise) {
  if (exercise.contraindications().empty()) {
    return "";
  }
  std::string text = "Not to be given, or only with a plan of yours, when\n";
  for (const std::string& reason : exercise.contraindications()) {
    std::string lines = Wrap(reason, "    ");
    lines[2] = '-';
    text += lines;
  }
  return text;
}

}  // namespace

std::string MissingWords(const Exercise& exercise) {
  if (exercise.missing_capabilities().empty()) {
    return "";
  }
  return absl::StrCat("cannot be assigned yet: this server lacks ",
                      absl::StrJoin(exercise.missing_capabilities(), ", "));
}

std::string ScheduleWords(const Exercise::Schedule& schedule) {
  const auto spoken = [](const std::string& word) { return absl::StrReplaceAll(word, {{"_", " "}}); };
  std::string words = spoken(schedule.repeat());
  if (schedule.times() > 0) {
    absl::StrAppend(&words, ", ", schedule.times(), schedule.times() == 1 ? " time" : " times");
  }
  if (!schedule.then().empty()) {
    absl::StrAppend(&words, ", then ", spoken(schedule.then()));
  }
  return words;
}

std::string VariantWords(const Exercise& exercise) {
  return absl::StrJoin(exercise.variants(), ", ", [](std::string* out, const Exercise::Variant& variant) {
    const auto* role = mendwork::v1::EventRole_descriptor()->FindValueByNumber(variant.role());
    const bool any = role == nullptr || variant.role() == mendwork::v1::EVENT_ROLE_UNSPECIFIED;
    absl::StrAppend(out, variant.code(), " (", any ? "everybody" : EnumText(*role), ")");
  });
}

std::string ExerciseText(const Exercise& exercise) {
  std::string text =
      absl::StrCat(exercise.title(), "\n", ShortName(exercise.name(), ""), ", strategy ", exercise.strategy(),
                   ", stage ", absl::StrReplaceAll(exercise.stage(), {{"_", " "}}), ", complete in ",
                   absl::StrJoin(exercise.languages(), ", "), "\n");
  if (std::string missing = MissingWords(exercise); !missing.empty()) {
    missing[0] = absl::ascii_toupper(missing[0]);
    absl::StrAppend(&text, missing, ".\n");
  }
  absl::StrAppend(
      &text, "\n", Part("Purpose", exercise.purpose()), Part("Dose", Times(exercise)),
      Part("Schedule", ScheduleText(exercise.schedule())),
      Part("Forms", absl::StrCat(VariantWords(exercise),
                                 exercise.solo() ? "; for one person alone" : "; part of joint work")),
      Weighing(exercise), Part("Review", exercise.review_step()));
  const std::string accepted =
      exercise.accepted() ? absl::StrCat("yes, ", FieldText(exercise, "accept_time", ""))
                          : "no: only a demo practice can assign it before one of its clinicians accepts it";
  absl::StrAppend(&text, Part("Accepted by your practice", accepted),
                  Part("Notice", exercise.third_party_notice()), Part("SHA-256", exercise.content_hash()));
  return Clean(text);
}

}  // namespace mendwork::admin

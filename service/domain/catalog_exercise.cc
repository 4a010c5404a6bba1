#include "service/domain/catalog_exercise.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "service/base/crypto.h"
#include "service/base/encoding.h"
#include "service/domain/catalog_item.h"
#include "service/domain/catalog_lint.h"
#include "service/domain/catalog_measure.h"
#include "service/domain/catalog_reader.h"
#include "service/domain/validation_limits.h"

namespace mendwork::domain {
namespace {

constexpr int kFormat = 1;
constexpr int kRevisionMax = 100'000;
constexpr int kNoticeLengthMax = 5'000;
constexpr int kScheduleTimesMax = 100;
constexpr int kEventDaysMax = 3'650;

// What a server may offer beyond plain homework. A file may ask for nothing else.
const std::vector<absl::string_view>& Capabilities() {
  static const auto* const kCapabilities = new std::vector<absl::string_view>{"couple_work"};
  return *kCapabilities;
}

// What a therapist or the server can know about a couple or a partner, and a contraindication can rest on.
const std::vector<absl::string_view>& Facts() {
  static const auto* const kFacts = new std::vector<absl::string_view>{
      "fear",         "control",         "open_flag",  "suicide_risk",     "acute_distress",
      "event_age",    "ongoing_contact", "separation", "protective_order", "score",
      "intoxication", "pressure",        "leaving",    "health_concern",   "trauma_history",
      "therapy_break"};
  return *kFacts;
}

const std::vector<absl::string_view>& Repeats() {
  static const auto* const kRepeats = new std::vector<absl::string_view>{
      "once", "daily", "weekly", "every_2_weeks", "every_4_weeks", "each_session", "on_demand"};
  return *kRepeats;
}

// "s2-responsibility": words of lower-case letters and digits joined by single hyphens.
bool IsKey(absl::string_view key) {
  if (key.empty() || key.size() > static_cast<size_t>(kIdentifierLengthMax)) return false;
  if (!absl::ascii_islower(key.front()) || key.back() == '-') return false;
  char previous = 'a';
  for (char c : key) {
    if (!absl::ascii_islower(c) && !absl::ascii_isdigit(c) && c != '-') return false;
    if (c == '-' && previous == '-') return false;
    previous = c;
  }
  return true;
}

void ReadLanguages(MapReader& reader, FileContext& context) {
  const int line = reader.LineOf("languages");
  for (const std::string& language : reader.Words("languages", Need::kRequired)) {
    if (IsLanguageTag(language)) {
      context.languages.push_back(language);
    } else {
      context.Fault(line, "language_code", absl::StrCat("'", language, "' is no BCP 47 language tag"));
    }
  }
  const auto& all = context.languages;
  const bool english = std::find(all.begin(), all.end(), "en") != all.end();
  if (!english && reader.Has("languages"))
    context.Fault(line, "english_missing", "English is always among them");
}

void ReadCapabilities(MapReader& reader, FileContext& context) {
  context.capabilities = reader.Words("requires", Need::kRequired);
  for (const std::string& word : context.capabilities) {
    if (std::find(Capabilities().begin(), Capabilities().end(), word) != Capabilities().end()) continue;
    context.Fault(reader.LineOf("requires"), "capability",
                  absl::StrCat("'", word, "' is no known capability"));
  }
}

Dose ReadDose(MapReader& reader, FileContext& context) {
  Dose dose;
  const YamlNode* node = reader.Map("dose", Need::kRequired);
  if (node == nullptr) return dose;
  MapReader dose_reader(*node, "a dose", context);
  dose.minutes_min = dose_reader.Integer("minutes_min", Need::kRequired, {0, kDoseMinutesMax}, 0);
  dose.minutes_max =
      dose_reader.Integer("minutes_max", Need::kRequired, {1, kDoseMinutesMax}, kDoseMinutesMax);
  dose_reader.Finish();
  if (dose.minutes_min > dose.minutes_max) {
    context.Fault(node->line, "dose", "minutes_min is not above minutes_max");
  }
  return dose;
}

Schedule ReadSchedule(MapReader& reader, FileContext& context) {
  Schedule schedule;
  const YamlNode* node = reader.Map("schedule", Need::kRequired);
  if (node == nullptr) return schedule;
  MapReader schedule_reader(*node, "a schedule", context);
  schedule.repeat = schedule_reader.WordOf("repeat", Need::kRequired, "schedule", Repeats());
  schedule.times = schedule_reader.Integer("times", Need::kOptional, {1, kScheduleTimesMax}, 0);
  schedule.then = schedule_reader.WordOf("then", Need::kOptional, "schedule", Repeats());
  schedule.note = schedule_reader.Text("note", Need::kOptional, kTextLengthMax);
  schedule_reader.Finish();
  const bool uncounted = schedule.repeat == "once" || schedule.repeat == "on_demand";
  if (uncounted && schedule.times > 0) {
    context.Fault(node->line, "schedule", "'times' counts what repeats: leave it out here");
  } else if (!schedule.then.empty() && schedule.times == 0 && schedule.repeat != "once") {
    context.Fault(node->line, "schedule", "'then' follows after so many 'times'");
  }
  return schedule;
}

std::vector<Contraindication> ReadContraindications(MapReader& reader, FileContext& context) {
  std::vector<Contraindication> contraindications;
  const YamlNode* list = reader.List("contraindications", Need::kRequired);
  if (list == nullptr) return contraindications;
  std::set<std::string> ids;
  for (const YamlNode& node : list->items) {
    MapReader row(node, "a contraindication", context);
    Contraindication contraindication;
    contraindication.id = row.Identifier("id");
    if (!contraindication.id.empty() && !ids.insert(contraindication.id).second) {
      context.Fault(row.LineOf("id"), "duplicate_id",
                    absl::StrCat("the id '", contraindication.id, "' is used twice"));
    }
    contraindication.fact = row.WordOf("fact", Need::kRequired, "fact", Facts());
    contraindication.text = row.Text("text", Need::kRequired, kTextLengthMax);
    contraindication.days = row.Integer("days", Need::kOptional, {1, kEventDaysMax}, 0);
    if (contraindication.days > 0 && contraindication.fact != "event_age") {
      context.Fault(row.LineOf("days"), "fact", "only the fact event_age counts days");
    }
    row.Finish();
    contraindications.push_back(std::move(contraindication));
  }
  return contraindications;
}

ClinicalReview ReadClinicalReview(MapReader& reader, FileContext& context) {
  ClinicalReview review;
  const YamlNode* node = reader.Map("clinical_review", Need::kRequired);
  if (node == nullptr) return review;
  MapReader review_reader(*node, "a clinical review", context);
  review.by = review_reader.Word("by", Need::kRequired);
  review.licence = review_reader.Word("licence", Need::kRequired);
  review.date = review_reader.Word("date", Need::kRequired);
  review.language = review_reader.Word("language", Need::kRequired);
  review_reader.Finish();
  return review;
}

Variant ReadVariant(const YamlNode& node, FileContext& context) {
  MapReader reader(node, "a variant", context);
  Variant variant;
  variant.line = node.line;
  variant.code = reader.Word("code", Need::kRequired);
  const bool one_letter = variant.code.size() == 1 && absl::ascii_islower(variant.code[0]);
  if (reader.Has("code") && !one_letter) {
    context.Fault(reader.LineOf("code"), "variant_code",
                  "the code is one lower-case letter, so it names no role");
  }
  const std::string role =
      reader.WordOf("role", Need::kRequired, "variant_role", {"any", "betrayed", "involved"});
  variant.role = ParseEventRole(role).value_or(EventRole::kAny);
  const YamlNode* items = reader.List("items", Need::kRequired);
  if (items != nullptr) variant.items = ReadItems(*items, context).items;
  reader.Finish();
  return variant;
}

std::vector<Variant> ReadVariants(MapReader& reader, FileContext& context) {
  std::vector<Variant> variants;
  const YamlNode* list = reader.List("variants", Need::kRequired);
  if (list == nullptr) return variants;
  if (list->items.empty()) context.Fault(list->line, "variants_missing", "there is at least one variant");
  std::set<std::string> codes;
  std::set<EventRole> roles;
  for (const YamlNode& node : list->items) {
    variants.push_back(ReadVariant(node, context));
    const Variant& variant = variants.back();
    if (!codes.insert(variant.code).second) {
      context.Fault(node.line, "duplicate_id",
                    absl::StrCat("the variant code '", variant.code, "' is used twice"));
    }
    if (!roles.insert(variant.role).second) {
      context.Fault(node.line, "variant_role",
                    absl::StrCat("the role '", Name(variant.role), "' has two variants"));
    }
  }
  return variants;
}

void ReadHead(MapReader& reader, ExerciseRevision& revision, FileContext& context) {
  reader.Integer("format", Need::kRequired, {kFormat, kFormat}, kFormat);
  revision.key = reader.Word("key", Need::kRequired);
  if (reader.Has("key") && !IsKey(revision.key)) {
    context.Fault(reader.LineOf("key"), "key",
                  "a key has lower-case letters and digits, joined by single hyphens");
  }
  context.texts.push_back({reader.LineOf("key"), /*is_title=*/true, revision.key});
  revision.revision = reader.Integer("revision", Need::kRequired, {1, kRevisionMax}, 1);
  revision.strategy = reader.WordOf("strategy", Need::kRequired, "strategy",
                                    {"S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8"});
  revision.stage =
      reader.WordOf("stage", Need::kRequired, "stage", {"impact", "meaning", "moving_on", "any"});
  ReadLanguages(reader, context);
  ReadCapabilities(reader, context);
  revision.languages = context.languages;
  revision.requires_capabilities = context.capabilities;
  revision.title = reader.Title("title");
  revision.purpose = reader.Text("purpose", Need::kRequired, kCatalogTextLengthMax);
  revision.review_step = reader.Text("review_step", Need::kRequired, kCatalogTextLengthMax);
  revision.solo = reader.Flag("solo");
  revision.third_party_notice = reader.Word("third_party_notice", Need::kOptional);
  if (revision.third_party_notice.size() > static_cast<size_t>(kNoticeLengthMax)) {
    context.Fault(reader.LineOf("third_party_notice"), "text_length", "the notice is too long");
  }
}

}  // namespace

ReadExerciseResult ReadExercise(absl::string_view text, const HarmRules& rules) {
  YamlDocument document = ReadYaml(text);
  if (!document.root.has_value()) return {absl::nullopt, std::move(document.errors)};

  FileContext context;
  for (const CatalogError& error : document.errors) context.Fault(error.line, error.rule, error.message);
  MapReader reader(*document.root, "an exercise", context);
  ExerciseRevision revision;
  ReadHead(reader, revision, context);
  revision.dose = ReadDose(reader, context);
  revision.schedule = ReadSchedule(reader, context);
  revision.contraindications = ReadContraindications(reader, context);
  revision.clinical_review = ReadClinicalReview(reader, context);
  revision.variants = ReadVariants(reader, context);
  if (const YamlNode* measures = reader.List("measures", Need::kOptional)) {
    revision.measures = ReadMeasures(*measures, revision.variants, context);
  }
  reader.Finish();
  LintExercise(revision, rules, context);
  std::vector<CatalogError> errors = context.TakeErrors();
  if (!errors.empty()) return {absl::nullopt, std::move(errors)};

  revision.source_text = std::string(text);
  revision.content_hash = base::HexEncode(base::Sha256(text));
  return {std::move(revision), {}};
}

}  // namespace mendwork::domain

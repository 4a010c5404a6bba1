#include "service/app/catalog_service.h"

#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/app/common.h"
#include "service/app/forms.h"
#include "service/base/status.h"

namespace mendwork::app {

const std::set<std::string>& Capabilities() {
  static const auto* const kCapabilities = new std::set<std::string>();
  return *kCapabilities;
}

namespace {

using domain::TextIn;

absl::StatusOr<v1::Exercise> Present(const Call& call, store::Transaction& transaction,
                                     const domain::ExerciseRevision& revision, absl::string_view language) {
  v1::Exercise exercise;
  exercise.set_name(FormatExerciseName(revision.key, revision.revision));
  exercise.set_title(TextIn(revision.title, language));
  exercise.set_purpose(TextIn(revision.purpose, language));
  exercise.set_strategy(revision.strategy);
  exercise.set_stage(revision.stage);
  exercise.set_minutes_min(revision.dose.minutes_min);
  exercise.set_minutes_max(revision.dose.minutes_max);
  exercise.mutable_schedule()->set_repeat(revision.schedule.repeat);
  exercise.mutable_schedule()->set_times(revision.schedule.times);
  exercise.mutable_schedule()->set_then(revision.schedule.then);
  exercise.mutable_schedule()->set_note(TextIn(revision.schedule.note, language));
  for (const std::string& tag : revision.languages) {
    exercise.add_languages(tag);
  }
  for (const domain::Variant& variant : revision.variants) {
    v1::Exercise::Variant* shown = exercise.add_variants();
    shown->set_code(variant.code);
    shown->set_role(static_cast<v1::EventRole>(variant.role));
  }
  for (const domain::Contraindication& rule : revision.contraindications) {
    const std::string& text = TextIn(rule.text, language);
    exercise.add_contraindications(rule.days == 0 ? text : absl::StrCat(text, " (", rule.days, " days)"));
  }
  for (const std::string& capability : revision.requires_capabilities) {
    exercise.add_required_capabilities(capability);
  }
  for (const std::string& capability : domain::MissingCapabilities(revision, Capabilities())) {
    exercise.add_missing_capabilities(capability);
  }
  exercise.set_solo(revision.solo);
  exercise.set_review_step(TextIn(revision.review_step, language));
  exercise.set_content_hash(revision.content_hash);
  exercise.set_third_party_notice(revision.third_party_notice);
  MENDWORK_ASSIGN_OR_RETURN(auto acceptance, store::FindAcceptance(transaction, call.caller.practice_id,
                                                                   revision.key, revision.revision));
  if (acceptance.has_value()) {
    exercise.set_accepted(true);
    SetTime(acceptance->create_time, exercise.mutable_accept_time());
  }
  return exercise;
}

absl::StatusOr<const domain::ExerciseRevision*> RequireRevision(Runtime& runtime, absl::string_view name) {
  MENDWORK_ASSIGN_OR_RETURN(ExerciseName parsed, ParseExerciseName("name", name));
  const domain::ExerciseRevision* revision = runtime.catalog().Find(parsed.key, parsed.revision);
  if (revision == nullptr) {
    return base::NotFound();
  }
  return revision;
}

}  // namespace

absl::StatusOr<v1::ListExercisesResponse> ListExercises(const Call& call, store::Transaction& transaction,
                                                        const v1::ListExercisesRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(Page page,
                            Page::Open(call, "exercises", request.page_size(), request.page_token()));
  // The catalogue is small and immutable while the server runs: a page is a range of positions, from 1.
  v1::ListExercisesResponse response;
  const auto& exercises = call.runtime.catalog().exercises();
  for (size_t i = static_cast<size_t>(page.range().after_id); i < exercises.size(); ++i) {
    if (response.exercises_size() == page.size()) {
      response.set_next_page_token(page.Token(static_cast<int64_t>(i)));
      break;
    }
    MENDWORK_ASSIGN_OR_RETURN(*response.add_exercises(),
                              Present(call, transaction, exercises[i], request.language()));
  }
  return response;
}

absl::StatusOr<v1::Exercise> GetExercise(const Call& call, store::Transaction& transaction,
                                         const v1::GetExerciseRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(const domain::ExerciseRevision* revision,
                            RequireRevision(call.runtime, request.name()));
  return Present(call, transaction, *revision, request.language());
}

absl::StatusOr<v1::Form> PreviewForm(const Call& call, store::Transaction&,
                                     const v1::PreviewFormRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(const domain::ExerciseRevision* revision,
                            RequireRevision(call.runtime, request.name()));
  const domain::Variant* variant = nullptr;
  if (request.variant().empty() && revision->variants.size() == 1) {
    variant = &revision->variants.front();
  } else {
    variant = revision->FindVariantByCode(request.variant());
  }
  if (variant == nullptr) {
    return base::InvalidArgument({{"variant", "UNKNOWN_VARIANT", "must be the code of one of the variants"}});
  }
  v1::Form form = BuildForm(*revision, *variant, request.language());
  return form;
}

absl::StatusOr<v1::Exercise> AcceptExercise(const Call& call, store::WriteTransaction& transaction,
                                            const v1::AcceptExerciseRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(const domain::ExerciseRevision* revision,
                            RequireRevision(call.runtime, request.name()));
  MENDWORK_RETURN_IF_ERROR(store::PutAcceptance(transaction, {.practice_id = call.caller.practice_id,
                                                              .exercise_key = revision->key,
                                                              .revision = revision->revision,
                                                              .staff_id = call.caller.person_id,
                                                              .licence = request.licence(),
                                                              .language = request.language(),
                                                              .create_time = transaction.now()}));
  MENDWORK_RETURN_IF_ERROR(AuditChange(call, transaction, {"AcceptExercise", "exercise_revision", 0, ""}));
  return Present(call, transaction, *revision, request.language());
}

}  // namespace mendwork::app

// The pre-session brief (clinical rulings 2.14): one sheet that may lie open on the table, and one that must
// not be hinted at.
#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "service/app/appointments.h"
#include "service/app/common.h"
#include "service/app/encounter_service.h"
#include "service/app/flags.h"
#include "service/app/joint_work.h"
#include "service/app/response_common.h"
#include "service/base/status.h"
#include "service/domain/scoring.h"
#include "service/store/encounter_rows.h"
#include "service/store/safety_rows.h"

namespace mendwork::app {
namespace {

using policy::Viewer;

constexpr int64_t kAllPartners = 100;
constexpr int64_t kRowsMax = 50;             // of one list of a sheet
constexpr int64_t kResponsesLookedAt = 100;  // per partner, newest first: about a year of homework
constexpr int64_t kAppointmentsMax = 10;
constexpr char kTalkAlone[] = "alone_with_therapist";  // the neutral closing item (clinical rulings 1.1)

std::string NameOf(const Call& call, const store::ResponseRow& row) {
  return FormatName(call.runtime.ids(), kResponseName,
                    {row.practice_id, row.couple_id, row.assignment_id, row.response_id});
}

std::string NameOfPartner(const Call& call, int64_t practice_id, int64_t couple_id, int64_t person_id) {
  return FormatName(call.runtime.ids(), kPartnerName, {practice_id, couple_id, person_id});
}

bool Submitted(const store::ResponseRow& row) {
  return row.content_version > 0 && row.state != store::ResponseState::kWithdrawn;
}

// The end of the last session, from which "changed" counts.
absl::StatusOr<absl::optional<store::EncounterRow>> LastClosed(const Call& call,
                                                               store::Transaction& transaction,
                                                               int64_t couple_id) {
  // At most one session of a couple is open, so the last closed one is among the newest two.
  MENDWORK_ASSIGN_OR_RETURN(
      auto rows, store::ListEncounters(transaction, call.caller.practice_id, couple_id,
                                       {.after_id = std::numeric_limits<int64_t>::max(), .limit = 2}));
  for (auto& row : rows) {
    if (row.state == store::EncounterState::kClosed) {
      return absl::optional<store::EncounterRow>(std::move(row));
    }
  }
  return absl::optional<store::EncounterRow>();
}

absl::Status AddNextAppointment(const Call& call, store::Transaction& transaction, int64_t couple_id,
                                size_t partner_count, v1::JointBrief* brief) {
  MENDWORK_ASSIGN_OR_RETURN(auto rows,
                            store::ListUpcomingAppointments(transaction, call.caller.practice_id, couple_id,
                                                            transaction.now(), kRowsMax));
  for (const auto& row : rows) {
    MENDWORK_ASSIGN_OR_RETURN(auto attendees, store::ListAttendees(transaction, row.appointment_id));
    if (attendees.size() == partner_count) {  // of a part of the couple, the others need not know
      brief->set_next_appointment(FormatName(call.runtime.ids(), kAppointmentName,
                                             {row.practice_id, row.couple_id, row.appointment_id}));
      SetTime(row.start_time, brief->mutable_next_appointment_time());
      return absl::OkStatus();
    }
  }
  return absl::OkStatus();
}

// Homework given to everybody in one act, until it was reviewed with everybody: that one is done and another
// is not cannot be told from it.
absl::Status AddCommonHomework(const Call& call, store::Transaction& transaction, int64_t couple_id,
                               size_t partner_count, v1::JointBrief* brief) {
  std::map<int64_t, std::set<int64_t>> people_by_group;
  std::set<int64_t> unfinished_groups;       // one whose every assignment was reviewed is over
  std::vector<store::AssignmentRow> firsts;  // one per group, in the order of assigning
  store::PageRange range = {.limit = kPageSizeMax};
  for (;;) {
    MENDWORK_ASSIGN_OR_RETURN(auto rows,
                              store::ListAssignments(transaction, call.caller.practice_id, couple_id, range));
    for (const auto& row : rows) {
      range.after_id = row.assignment_id;
      if (row.state == store::AssignmentState::kCancelled) {
        continue;
      }
      auto& people = people_by_group[row.group_id];
      if (people.empty()) {
        firsts.push_back(row);
      }
      people.insert(row.person_id);
      if (row.state == store::AssignmentState::kOpen) {
        unfinished_groups.insert(row.group_id);
      }
    }
    if (rows.size() < static_cast<size_t>(range.limit)) {
      break;
    }
  }
  for (auto row = firsts.rbegin(); row != firsts.rend() && brief->common_homework_size() < kRowsMax; ++row) {
    const auto* revision = call.runtime.catalog().Find(row->exercise_key, static_cast<int>(row->revision));
    if (people_by_group[row->group_id].size() < partner_count || revision == nullptr ||
        unfinished_groups.count(row->group_id) == 0) {
      continue;
    }
    auto* homework = brief->add_common_homework();
    homework->set_title(domain::TextIn(revision->title, call.caller.language));
    homework->set_exercise_revision(FormatExerciseName(row->exercise_key, row->revision));
  }
  return absl::OkStatus();
}

absl::Status AddShared(const Call& call, store::WriteTransaction& transaction,
                       const std::vector<store::PartnerRow>& partners, v1::JointBrief* brief) {
  for (const auto& author : partners) {
    std::vector<int64_t> others;
    for (const auto& partner : partners) {
      if (partner.person_id != author.person_id) {
        others.push_back(partner.person_id);
      }
    }
    MENDWORK_ASSIGN_OR_RETURN(
        auto rows, store::ListNewestResponsesOfPerson(
                       transaction, call.caller.practice_id, author.person_id,
                       {.after_id = std::numeric_limits<int64_t>::max(), .limit = kResponsesLookedAt}));
    for (const auto& row : rows) {
      if (!Submitted(row) || brief->shared_size() == kRowsMax) {
        continue;
      }
      MENDWORK_ASSIGN_OR_RETURN(Pinned pinned,
                                RequirePinned(call.runtime, row.exercise_key, row.revision, row.variant));
      MENDWORK_ASSIGN_OR_RETURN(
          auto items, ItemsSharedWith(call, transaction, others, row, *pinned.variant, "AccessJointBrief"));
      if (items.empty()) {
        continue;
      }
      auto* shared = brief->add_shared();
      shared->set_response(NameOf(call, row));
      shared->set_partner(NameOfPartner(call, row.practice_id, row.couple_id, row.person_id));
      shared->set_title(domain::TextIn(pinned.revision->title, call.caller.language));
      shared->mutable_item_ids()->Assign(items.begin(), items.end());
    }
  }
  return absl::OkStatus();
}

// What the private sheet needs of one response, opened through the door at most once.
struct Opened {
  store::ResponseRow row;
  Pinned pinned;
  OpenedResponse content;
};

// The newest submissions that the therapist may read: the two newest of each exercise that is scored, and the
// newest of any, for the closing question.
absl::StatusOr<std::vector<Opened>> OpenNewest(const Call& call, store::WriteTransaction& transaction,
                                               const std::vector<store::ResponseRow>& newest_first) {
  std::vector<Opened> opened;
  std::map<std::string, int> count_by_exercise;
  for (const auto& row : newest_first) {
    if (!Submitted(row)) {
      continue;
    }
    MENDWORK_ASSIGN_OR_RETURN(Pinned pinned,
                              RequirePinned(call.runtime, row.exercise_key, row.revision, row.variant));
    const bool scored = !pinned.revision->measures.empty() && count_by_exercise[row.exercise_key] < 2;
    if (!scored && !opened.empty()) {
      continue;
    }
    MENDWORK_ASSIGN_OR_RETURN(ResponseFacts facts, TherapistFacts(call, transaction, row));
    auto content = OpenResponse(transaction,
                                {.viewer = Viewer::kTherapist,
                                 .practice_id = call.caller.practice_id,
                                 .viewer_id = call.caller.person_id,
                                 .action = "AccessPrivateBrief"},
                                facts, row, row.content_version, *pinned.revision, *pinned.variant);
    if (absl::IsNotFound(content.status())) {
      continue;  // nothing of it is open to the therapist
    }
    MENDWORK_RETURN_IF_ERROR(content.status());
    ++count_by_exercise[row.exercise_key];
    opened.push_back({row, pinned, *std::move(content)});
  }
  return opened;
}

v1::PrivateBrief::WantsToTalk WantsToTalk(const std::vector<Opened>& opened) {
  for (const Opened& each : opened) {
    for (const v1::Answer& answer : each.content.answers) {
      if (answer.item_id() != kTalkAlone || answer.codes().codes_size() != 1) {
        continue;
      }
      const std::string& code = answer.codes().codes(0);
      return code == "next_time"      ? v1::PrivateBrief::WANTS_TO_TALK_NEXT_TIME
             : code == "safe_channel" ? v1::PrivateBrief::WANTS_TO_TALK_SAFE_CHANNEL
                                      : v1::PrivateBrief::WANTS_TO_TALK_NO;
    }
  }
  return v1::PrivateBrief::WANTS_TO_TALK_UNSPECIFIED;
}

const v1::Score* FindScore(const Opened& opened, const std::string& measure_id) {
  for (const v1::Score& score : opened.content.scores) {
    if (score.measure_id() == measure_id && score.has_total()) {
      return &score;
    }
  }
  return nullptr;
}

void AddScores(const Call& call, const std::vector<Opened>& opened, v1::PrivateBrief::PartnerSheet* sheet) {
  std::set<std::pair<std::string, std::string>> seen;
  for (size_t i = 0; i < opened.size(); ++i) {
    for (const v1::Score& score : opened[i].content.scores) {
      if (!score.has_total() || !seen.insert({opened[i].row.exercise_key, score.measure_id()}).second) {
        continue;
      }
      const domain::Measure* measure = opened[i].pinned.revision->FindMeasure(score.measure_id());
      auto* change = sheet->add_scores();
      change->set_title(domain::TextIn(measure->title, call.caller.language));
      change->set_measure_id(score.measure_id());
      change->set_total(score.total());
      change->set_band(score.band());
      SetTime(opened[i].content.submit_time, change->mutable_submit_time());
      for (size_t j = i + 1; j < opened.size(); ++j) {
        const v1::Score* before = opened[j].row.exercise_key == opened[i].row.exercise_key &&
                                          opened[j].row.revision == opened[i].row.revision &&
                                          opened[j].content.language == opened[i].content.language
                                      ? FindScore(opened[j], score.measure_id())
                                      : nullptr;
        if (before != nullptr) {
          change->set_previous_total(before->total());
          change->set_reliable_change(domain::IsReliableChange(*measure, before->total(), score.total()));
          break;
        }
      }
    }
  }
}

// What waits for review, then what changed, then what is open.
int Rank(const v1::PrivateBrief::Homework& homework) {
  return homework.unreviewed() ? 0 : homework.changed() ? 1 : 2;
}

absl::StatusOr<v1::PrivateBrief::Homework> PresentHomework(const Call& call, store::Transaction& transaction,
                                                           const store::ResponseRow& row,
                                                           absl::Time changed_since) {
  v1::PrivateBrief::Homework homework;
  homework.set_response(NameOf(call, row));
  const auto* revision = call.runtime.catalog().Find(row.exercise_key, static_cast<int>(row.revision));
  if (revision != nullptr) {
    homework.set_title(domain::TextIn(revision->title, call.caller.language));
  }
  homework.set_state(static_cast<v1::Response::State>(row.state));
  SetOptionalTime(row.submit_time, &homework, &v1::PrivateBrief::Homework::mutable_submit_time);
  MENDWORK_ASSIGN_OR_RETURN(auto assignment,
                            store::FindAssignment(transaction, row.practice_id, row.assignment_id));
  if (assignment.has_value()) {
    SetOptionalTime(assignment->due_time, &homework, &v1::PrivateBrief::Homework::mutable_due_time);
    homework.set_overdue(row.state == store::ResponseState::kOpen &&
                         assignment->state == store::AssignmentState::kOpen &&
                         assignment->due_time.has_value() && *assignment->due_time < transaction.now());
  }
  homework.set_unreviewed(row.state == store::ResponseState::kSubmitted ||
                          row.state == store::ResponseState::kAmended);
  if (row.content_version > 0) {
    MENDWORK_ASSIGN_OR_RETURN(auto version,
                              store::FindResponseVersion(transaction, row.response_id, row.content_version));
    homework.set_changed(version.has_value() && version->submit_time > changed_since);
  }
  return homework;
}

absl::Status AddHomework(const Call& call, store::Transaction& transaction,
                         const std::vector<store::ResponseRow>& newest_first, absl::Time changed_since,
                         int64_t person_id, v1::PrivateBrief::PartnerSheet* sheet) {
  MENDWORK_ASSIGN_OR_RETURN(auto rows, store::ListUnreviewedResponsesOfPerson(
                                           transaction, call.caller.practice_id, person_id, kRowsMax));
  std::set<int64_t> seen;
  for (const auto& row : rows) {
    seen.insert(row.response_id);
  }
  for (const auto& row : newest_first) {
    const bool over = row.assignment_state == store::AssignmentState::kCancelled;
    if (!over && seen.insert(row.response_id).second) {
      rows.push_back(row);
    }
  }
  std::vector<v1::PrivateBrief::Homework> homework;
  for (const auto& row : rows) {
    MENDWORK_ASSIGN_OR_RETURN(auto shown, PresentHomework(call, transaction, row, changed_since));
    if (shown.unreviewed() || shown.changed() || row.state == store::ResponseState::kOpen) {
      homework.push_back(std::move(shown));
    }
  }
  std::stable_sort(homework.begin(), homework.end(),
                   [](const auto& left, const auto& right) { return Rank(left) < Rank(right); });
  for (size_t i = 0; i < homework.size() && i < static_cast<size_t>(kRowsMax); ++i) {
    *sheet->add_homework() = std::move(homework[i]);
  }
  return absl::OkStatus();
}

absl::Status AddIndividualAppointments(const Call& call, store::Transaction& transaction, int64_t couple_id,
                                       int64_t person_id, v1::PrivateBrief::PartnerSheet* sheet) {
  MENDWORK_ASSIGN_OR_RETURN(auto rows,
                            store::ListUpcomingAppointments(transaction, call.caller.practice_id, couple_id,
                                                            transaction.now(), kPageSizeMax));
  for (const auto& row : rows) {
    MENDWORK_ASSIGN_OR_RETURN(auto attendees, store::ListAttendees(transaction, row.appointment_id));
    const bool individual = attendees.size() == 1 && attendees.front() == person_id;
    if (individual && sheet->individual_appointments_size() < kAppointmentsMax) {
      MENDWORK_ASSIGN_OR_RETURN(*sheet->add_individual_appointments(),
                                PresentAppointment(call, transaction, row));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::PrivateBrief::PartnerSheet> BuildPartnerSheet(const Call& call,
                                                                 store::WriteTransaction& transaction,
                                                                 const store::PartnerRow& partner,
                                                                 absl::Time changed_since) {
  v1::PrivateBrief::PartnerSheet sheet;
  sheet.set_partner(NameOfPartner(call, partner.practice_id, partner.couple_id, partner.person_id));
  sheet.set_state(static_cast<v1::Partner::State>(partner.state));
  MENDWORK_ASSIGN_OR_RETURN(
      auto consents, store::ListConsentsInForce(transaction, partner.practice_id, partner.person_id,
                                                store::AudienceKind::kTherapist, 0, transaction.now()));
  sheet.set_treatment_granted(!consents.empty());
  SetOptionalTime(partner.location_confirm_time, &sheet,
                  &v1::PrivateBrief::PartnerSheet::mutable_location_confirm_time);
  MENDWORK_ASSIGN_OR_RETURN(auto flags, store::ListOpenFlagsOfPerson(transaction, partner.practice_id,
                                                                     partner.person_id, kRowsMax));
  for (const auto& flag : flags) {
    *sheet.add_open_flags() = PresentFlag(call.runtime, flag);
  }
  MENDWORK_ASSIGN_OR_RETURN(
      auto newest, store::ListNewestResponsesOfPerson(
                       transaction, partner.practice_id, partner.person_id,
                       {.after_id = std::numeric_limits<int64_t>::max(), .limit = kResponsesLookedAt}));
  MENDWORK_ASSIGN_OR_RETURN(auto opened, OpenNewest(call, transaction, newest));
  sheet.set_wants_to_talk(WantsToTalk(opened));
  AddScores(call, opened, &sheet);
  MENDWORK_RETURN_IF_ERROR(AddHomework(call, transaction, newest, changed_since, partner.person_id, &sheet));
  MENDWORK_RETURN_IF_ERROR(
      AddIndividualAppointments(call, transaction, partner.couple_id, partner.person_id, &sheet));
  return sheet;
}

absl::Status AddPairs(const Call& call, store::Transaction& transaction, int64_t couple_id,
                      const std::vector<store::PartnerRow>& partners, v1::PrivateBrief* brief) {
  MENDWORK_ASSIGN_OR_RETURN(auto decisions, NewestDecisions(call, transaction, couple_id));
  for (size_t i = 0; i < partners.size(); ++i) {
    for (size_t j = i + 1; j < partners.size(); ++j) {
      const auto pair = std::minmax(partners[i].person_id, partners[j].person_id);
      auto* sheet = brief->add_pairs();
      for (int64_t person_id : {partners[i].person_id, partners[j].person_id}) {
        sheet->add_partners(NameOfPartner(call, call.caller.practice_id, couple_id, person_id));
      }
      const auto found = std::find_if(decisions.begin(), decisions.end(), [&](const auto& decision) {
        return decision.first_person_id == pair.first && decision.second_person_id == pair.second;
      });
      if (found != decisions.end()) {
        sheet->set_decision(static_cast<v1::SuitabilityDecision::Decision>(found->decision));
        SetTime(found->expire_time, sheet->mutable_expire_time());
        sheet->set_current(found->expire_time > transaction.now());
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::JointBrief> AccessJointBrief(const Call& call, store::WriteTransaction& transaction,
                                                const v1::AccessJointBriefRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(Ids ids,
                            RequireCoupleNamed(call, transaction, request.parent(), Panel::kTogether));
  MENDWORK_ASSIGN_OR_RETURN(auto partners, store::ListPartners(transaction, call.caller.practice_id, ids[1],
                                                               {.limit = kAllPartners}));
  v1::JointBrief brief;
  brief.set_couple(request.parent());
  MENDWORK_ASSIGN_OR_RETURN(auto last, LastClosed(call, transaction, ids[1]));
  MENDWORK_ASSIGN_OR_RETURN(auto open,
                            store::FindOpenEncounter(transaction, call.caller.practice_id, ids[1]));
  if (open.has_value() || last.has_value()) {
    const store::EncounterRow& shown = open.has_value() ? *open : *last;
    brief.set_encounter(FormatName(call.runtime.ids(), kEncounterName,
                                   {shown.practice_id, shown.couple_id, shown.encounter_id}));
  }
  if (last.has_value()) {
    SetOptionalTime(last->end_time, &brief, &v1::JointBrief::mutable_last_end_time);
  }
  MENDWORK_RETURN_IF_ERROR(AddNextAppointment(call, transaction, ids[1], partners.size(), &brief));
  MENDWORK_ASSIGN_OR_RETURN(auto window_end, store::FindJointWindowEnd(transaction, call.caller.practice_id,
                                                                       ids[1], transaction.now()));
  SetOptionalTime(window_end, &brief, &v1::JointBrief::mutable_joint_window_end_time);
  MENDWORK_RETURN_IF_ERROR(AddCommonHomework(call, transaction, ids[1], partners.size(), &brief));
  MENDWORK_RETURN_IF_ERROR(AddShared(call, transaction, partners, &brief));
  MENDWORK_RETURN_IF_ERROR(AuditChange(call, transaction, {"AccessJointBrief", "couple", ids[1], ""}));
  return brief;
}

absl::StatusOr<v1::PrivateBrief> AccessPrivateBrief(const Call& call, store::WriteTransaction& transaction,
                                                    const v1::AccessPrivateBriefRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(Ids ids, RequireCoupleNamed(call, transaction, request.parent()));
  MENDWORK_ASSIGN_OR_RETURN(auto partners, store::ListPartners(transaction, call.caller.practice_id, ids[1],
                                                               {.limit = kAllPartners}));
  v1::PrivateBrief brief;
  brief.set_couple(request.parent());
  MENDWORK_ASSIGN_OR_RETURN(auto last, LastClosed(call, transaction, ids[1]));
  absl::Time changed_since = absl::InfinitePast();
  if (last.has_value() && last->end_time.has_value()) {
    changed_since = *last->end_time;
    SetTime(changed_since, brief.mutable_changed_since_time());
  }
  for (const auto& partner : partners) {
    MENDWORK_ASSIGN_OR_RETURN(*brief.add_partners(),
                              BuildPartnerSheet(call, transaction, partner, changed_since));
  }
  MENDWORK_RETURN_IF_ERROR(AddPairs(call, transaction, ids[1], partners, &brief));
  MENDWORK_RETURN_IF_ERROR(AuditChange(call, transaction, {"AccessPrivateBrief", "couple", ids[1], ""}));
  return brief;
}

}  // namespace mendwork::app

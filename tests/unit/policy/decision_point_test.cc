// The policy's laws over its whole abstract space (confidentiality C): every viewer, class and combination of
// facts is decided and compared with a second opinion that shares no code with the rule table.
#include "service/policy/decision_point.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace mendwork::policy {
namespace {

Viewer ViewerAt(int i) { return static_cast<Viewer>(i); }
DataClass ClassAt(int i) { return static_cast<DataClass>(i); }

template <class Visit>
void ForEverything(Visit visit) {
  for (int viewer = 0; viewer < kViewerCount; ++viewer) {
    for (int data_class = 0; data_class < kDataClassCount; ++data_class) {
      for (Facts facts = 0; facts < (Facts{1} << kFactCount); ++facts) {
        visit(ViewerAt(viewer), ClassAt(data_class), facts);
      }
    }
  }
}

bool Has(Facts facts, Fact fact) { return (facts & fact) != 0; }

// The rules of confidentiality A in plain sentences: sets and conditions only, no table.
bool MayReadAnswer(Viewer viewer, Facts facts) {
  if (!Has(facts, kSamePractice)) {
    return false;
  }
  if (viewer == Viewer::kAuthor) {
    return !Has(facts, kSafetyItem);  // write-only
  }
  const bool open = Has(facts, kConsentInForce) && Has(facts, kAudienceAllowed) && !Has(facts, kWithheld) &&
                    !Has(facts, kWithdrawn);
  switch (viewer) {
    case Viewer::kTherapist:
      return open && Has(facts, kCurrentRelation);
    case Viewer::kOtherPartner:
      return open && !Has(facts, kSafetyItem);
    case Viewer::kPlugin:
      return open && Has(facts, kReleased) && Has(facts, kDataClassGranted) &&
             (!Has(facts, kSafetyItem) || Has(facts, kSafetySink));
    default:
      return false;
  }
}

bool MayReadFlag(Viewer viewer, Facts facts) {
  if (!Has(facts, kSamePractice) || !Has(facts, kLimitsAcknowledged)) {
    return false;
  }
  return (viewer == Viewer::kTherapist && Has(facts, kCurrentRelation)) ||
         (viewer == Viewer::kOnCall && Has(facts, kFlagOpen));
}

TEST(Policy, AgreesWithTheRulesInPlainSentences) {
  int64_t tuples = 0;
  ForEverything([&](Viewer viewer, DataClass data_class, Facts facts) {
    ++tuples;
    const bool allowed = Decide(viewer, data_class, facts).allowed;
    if (data_class == DataClass::kAnswer) {
      ASSERT_EQ(allowed, MayReadAnswer(viewer, facts)) << Name(viewer) << " answer " << facts;
    } else if (data_class == DataClass::kFlagEvidence || data_class == DataClass::kFlagNote) {
      ASSERT_EQ(allowed, MayReadFlag(viewer, facts)) << Name(viewer) << " flag " << facts;
    }
  });
  RecordProperty("tuples", std::to_string(tuples));
  EXPECT_EQ(tuples, int64_t{kViewerCount} * kDataClassCount * (int64_t{1} << kFactCount));
}

TEST(Policy, NothingCrossesPractices) {
  ForEverything([](Viewer viewer, DataClass data_class, Facts facts) {
    if (!Has(facts, kSamePractice)) {
      ASSERT_FALSE(Decide(viewer, data_class, facts).allowed) << Name(viewer) << " " << Name(data_class);
    }
  });
}

TEST(Policy, PartnersNeverSeeFlagsAndNobodyElseSeesDrafts) {
  ForEverything([](Viewer viewer, DataClass data_class, Facts facts) {
    const bool allowed = Decide(viewer, data_class, facts).allowed;
    if (data_class == DataClass::kFlagEvidence || data_class == DataClass::kFlagNote) {
      ASSERT_FALSE(allowed && (viewer == Viewer::kAuthor || viewer == Viewer::kOtherPartner));
    }
    if (data_class == DataClass::kDraft) {
      ASSERT_FALSE(allowed && viewer != Viewer::kAuthor);
    }
  });
}

TEST(Policy, AnAppointmentLeavesOnlyToAGrantedPluginOfWhomeverItIs) {
  ForEverything([](Viewer viewer, DataClass data_class, Facts facts) {
    if (data_class == DataClass::kAppointment) {
      ASSERT_EQ(Decide(viewer, data_class, facts).allowed,
                viewer == Viewer::kPlugin && Has(facts, kSamePractice) && Has(facts, kConsentInForce) &&
                    Has(facts, kDataClassGranted))
          << Name(viewer) << " " << facts;
    }
  });
}

TEST(Policy, AdministratorsSeeNoClinicalContent) {
  const std::set<DataClass> identities = {DataClass::kStaffIdentity};
  ForEverything([&](Viewer viewer, DataClass data_class, Facts facts) {
    if (viewer == Viewer::kAdministrator && Decide(viewer, data_class, facts).allowed) {
      ASSERT_EQ(identities.count(data_class), 1u) << Name(data_class);
    }
  });
}

// Taking a consent, a release, a relation or a grant away never opens anything; withholding, withdrawing and
// marking as safety never do either.
TEST(Policy, WithdrawingNeverWidensAndGrantingNeverNarrows) {
  const Fact opening[] = {kCurrentRelation,    kConsentInForce,   kAudienceAllowed, kReleased,
                          kLimitsAcknowledged, kDataClassGranted, kFlagOpen,        kSafetySink};
  const Fact closing[] = {kWithheld, kWithdrawn, kSafetyItem};
  ForEverything([&](Viewer viewer, DataClass data_class, Facts facts) {
    if (!Decide(viewer, data_class, facts).allowed) {
      for (Fact fact : opening) {
        ASSERT_FALSE(Decide(viewer, data_class, facts & ~fact).allowed)
            << Name(viewer) << " " << Name(data_class);
      }
      for (Fact fact : closing) {
        ASSERT_FALSE(Decide(viewer, data_class, facts | fact).allowed)
            << Name(viewer) << " " << Name(data_class);
      }
    }
  });
}

TEST(Policy, EveryRuleDecidesSomething) {
  std::set<std::string> decisive;
  ForEverything([&](Viewer viewer, DataClass data_class, Facts facts) {
    decisive.insert(Decide(viewer, data_class, facts).rule_id);
  });
  std::set<std::string> ids;
  for (const Rule& rule : Rules()) {
    EXPECT_TRUE(ids.insert(rule.id).second) << "two rules are called " << rule.id;
    EXPECT_EQ(decisive.count(rule.id), 1u) << rule.id << " decides nothing";
    EXPECT_STRNE(rule.source, "") << rule.id;
  }
}

TEST(Policy, UnknownIsDeniedByDefault) {
  EXPECT_FALSE(Decide(Viewer::kPlugin, DataClass::kAnswer, kSamePractice).allowed);
  EXPECT_STREQ(Decide(Viewer::kPlugin, DataClass::kPartnerIdentity, kSamePractice).rule_id, "default-deny");
}

TEST(DecisionPoint, AGrantCarriesItsTransactionSubjectAndItems) {
  DecisionPoint::Items items(Viewer::kTherapist, DataClass::kAnswer);
  const Facts open = kSamePractice | kCurrentRelation | kConsentInForce | kAudienceAllowed;
  items.Consider("shown", open);
  items.Consider("withheld", open | kWithheld);
  const Request request = {.practice_id = 7,
                           .subject = {.kind = domain::Subject::Kind::kPerson, .id = 9},
                           .viewer_id = 11,
                           .transaction_id = 13,
                           .action = "AccessResponse"};
  const domain::Grant grant = items.Grant(request);
  EXPECT_EQ(grant.transaction_id(), 13u);
  EXPECT_EQ(grant.subject().id, 9);
  EXPECT_EQ(grant.purpose(), domain::KeyPurpose::kPartnerPrivate);
  ASSERT_TRUE(grant.items().has_value());
  EXPECT_EQ(*grant.items(), std::set<std::string>{"shown"});
  EXPECT_FALSE(
      DecisionPoint::ForRecord(request, Viewer::kOtherPartner, DataClass::kFlagEvidence, kSamePractice)
          .has_value());
}

}  // namespace
}  // namespace mendwork::policy

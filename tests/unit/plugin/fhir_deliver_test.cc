// Deliveries and revocations against servers that misbehave in ways a real one cannot be asked to.
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "plugins/fhir/copies.h"
#include "plugins/fhir/deliver.h"
#include "plugins/fhir/plan.h"
#include "plugins/fhir/revoke.h"
#include "service/base/encoding.h"

namespace mendwork::fhir {
namespace {

constexpr char kChart[] =
    R"({"resourceType": "Patient", "id": "p1", "identifier": [{"system": "urn:oid:1.2.3.4.5", "value": "MRN-1001"}]})";

HttpResponse Answer(int status, const std::string& body = "") {
  HttpResponse response;
  response.status = status;
  response.body = body;
  return response;
}

std::string Searchset(const std::string& resources) {
  std::string entries;
  const absl::optional<Json> list = ParseJson("[" + resources + "]");
  for (const Json& resource : *list) {
    absl::StrAppend(&entries, entries.empty() ? "" : ",", "{\"resource\":", DumpJson(resource), "}");
  }
  return absl::StrCat(R"({"resourceType": "Bundle", "type": "searchset", "entry": [)", entries, "]}");
}

// Answers the chart search itself, everything else by the test's function; remembers what was asked.
class ScriptedServer : public HttpClient {
 public:
  using Script = std::function<HttpResponse(const HttpRequest&)>;
  explicit ScriptedServer(Script script) : script_(std::move(script)) {}

  HttpResponse Send(const HttpRequest& request, const sdk::CallContext&) override {
    requests.push_back(request);
    return absl::StrContains(request.url, "/Patient?") ? Answer(200, Searchset(chart)) : script_(request);
  }

  std::string chart = kChart;
  std::vector<HttpRequest> requests;

 private:
  Script script_;
};

class FhirDeliverTest : public testing::Test {
 protected:
  FhirDeliverTest() {
    configuration_.base_url = "https://ehr.example/fhir";
    configuration_.identifier_base_url = "https://practice.example";
    configuration_.questionnaire_base_url = "https://practice.example";
    std::ifstream file(std::string(MENDWORK_SOURCE_DIR) + "/tests/golden/fhir/scores_only.event.json");
    std::ostringstream text;
    text << file.rdbuf();
    EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(text.str(), item_.mutable_event()).ok());
  }

  // The one score of the event, as our server would hold it.
  Json Remote(const std::string& version = "1") const {
    const Plan plan = MakePlan({configuration_, "p1"}, item_.event().response_released());
    Json resource = plan.resources[0].resource;
    resource["id"] = "o1";
    resource["meta"]["versionId"] = version;
    return resource;
  }

  v1::Outcome Run(ScriptedServer& server) {
    Client client(configuration_, token_, server, context_);
    return Deliver(client, item_);
  }

  v1::Outcome Run(const ScriptedServer::Script& script) {
    ScriptedServer server(script);
    return Run(server);
  }

  static std::string Entries(const std::string& status, const std::string& more = "") {
    return absl::StrCat(
        R"({"resourceType": "Bundle", "type": "transaction-response", "entry": [{"response": {"status": ")",
        status, "\"", more, "}}]}");
  }

  Configuration configuration_;
  const std::string token_ = "secret-token";
  const sdk::CallContext context_;
  v1::DeliveryItem item_;
};

TEST_F(FhirDeliverTest, CreatedEntryIsDoneWithItsPlace) {
  ScriptedServer server([](const HttpRequest&) {
    return Answer(
        200, Entries("201 Created", R"(, "location": "https://ehr.example/fhir/Observation/o7/_history/3")"));
  });
  const v1::Outcome outcome = Run(server);
  ASSERT_TRUE(outcome.has_done()) << outcome.ShortDebugString();
  ASSERT_EQ(outcome.done().refs_size(), 1);
  EXPECT_EQ(outcome.done().refs(0).id(), "o7");
  EXPECT_EQ(outcome.done().refs(0).version(), "3");
  EXPECT_EQ(outcome.done().refs(0).identifier(),
            "https://practice.example/id/score|release-00000000000000000002/gad7");
  ASSERT_EQ(server.requests.size(), 3U) << "chart, transaction, and a look for a response nobody released";
  EXPECT_EQ(server.requests[0].url,
            "https://ehr.example/fhir/Patient?identifier=urn:oid:1.2.3.4.5%7CMRN-1001&_count=2");
  EXPECT_EQ(server.requests[1].url, "https://ehr.example/fhir");
}

TEST_F(FhirDeliverTest, EveryEntryTellsForItself) {
  const std::pair<const char*, const char*> table[] = {{"422 Unprocessable", "rejected"},
                                                       {"403", "forbidden"},
                                                       {"429", "throttled"},
                                                       {"nonsense", "not-http"}};
  for (const auto& [status, code] : table) {
    const v1::Outcome outcome =
        Run([status = status](const HttpRequest&) { return Answer(200, Entries(status)); });
    EXPECT_EQ(outcome.has_retry() ? outcome.retry().code() : outcome.permanent().code(), code) << status;
  }
}

TEST_F(FhirDeliverTest, AnswersThatMakeNoSenseAreTriedAgain) {
  for (const char* body : {"", "<html>", "[]", "{}", R"({"entry": []})", R"({"entry": {}})"}) {
    EXPECT_EQ(Run([body](const HttpRequest&) { return Answer(200, body); }).retry().code(),
              "incomplete-answer")
        << body;
  }
}

TEST_F(FhirDeliverTest, RefusalAfterWritingCountsAsWritten) {
  for (const int status : {409, 412, 500}) {
    const v1::Outcome outcome = Run([&](const HttpRequest& request) {
      return request.method == "POST" ? Answer(status) : Answer(200, Searchset(DumpJson(Remote())));
    });
    EXPECT_TRUE(outcome.has_done()) << status << " " << outcome.ShortDebugString();
  }
}

TEST_F(FhirDeliverTest, RefusalWithoutWritingEndsWithTheRefusal) {
  const v1::Outcome outcome = Run([](const HttpRequest& request) {
    return request.method == "POST" ? Answer(409) : Answer(200, Searchset(""));
  });
  EXPECT_EQ(outcome.retry().code(), "contended");
}

TEST_F(FhirDeliverTest, DuplicatesAreForAPerson) {
  const v1::Outcome outcome = Run([&](const HttpRequest& request) {
    Json second = Remote();
    second["id"] = "o2";
    return request.method == "POST" ? Answer(412)
                                    : Answer(200, Searchset(DumpJson(Remote()) + "," + DumpJson(second)));
  });
  EXPECT_EQ(outcome.conflict().code(), "duplicates");
  EXPECT_EQ(outcome.conflict().refs_size(), 2);
}

TEST_F(FhirDeliverTest, OlderContentIsUpdatedWithItsVersion) {
  ScriptedServer server([&](const HttpRequest& request) {
    if (request.method == "POST") {
      return Answer(200, Entries("200 OK"));
    }
    if (request.method == "PUT") {
      return Answer(200, R"({"meta": {"versionId": "6"}})");
    }
    Json older = Remote("5");
    older["valueQuantity"]["value"] = 3;
    SetContentTag(configuration_, base::HexEncode(ContentHash(older)), older);
    return Answer(200, Searchset(DumpJson(older)));
  });
  const v1::Outcome outcome = Run(server);
  ASSERT_TRUE(outcome.has_done()) << outcome.ShortDebugString();
  EXPECT_EQ(outcome.done().refs(0).version(), "6");
  const auto found = std::find_if(server.requests.begin(), server.requests.end(),
                                  [](const HttpRequest& request) { return request.method == "PUT"; });
  ASSERT_NE(found, server.requests.end());
  const HttpRequest& put = *found;
  EXPECT_EQ(put.url, "https://ehr.example/fhir/Observation/o1");
  EXPECT_NE(std::find(put.headers.begin(), put.headers.end(),
                      std::make_pair(std::string("If-Match"), std::string("W/\"5\""))),
            put.headers.end());
}

TEST_F(FhirDeliverTest, ContentionEnds) {
  int updates = 0;
  const v1::Outcome outcome = Run([&](const HttpRequest& request) {
    if (request.method == "POST") {
      return Answer(200, Entries("200 OK"));
    }
    if (request.method == "PUT") {
      ++updates;
      return Answer(412);
    }
    Json older = Remote("5");
    older["valueQuantity"]["value"] = 3;
    SetContentTag(configuration_, base::HexEncode(ContentHash(older)), older);
    return Answer(200, Searchset(DumpJson(older)));
  });
  EXPECT_EQ(outcome.retry().code(), "contended");
  EXPECT_EQ(updates, 3);
}

TEST_F(FhirDeliverTest, SomebodyElsesChangeIsNotWrittenOver) {
  Json edited = Remote("2");
  edited["valueQuantity"]["value"] = 99;
  edited["meta"]["tag"][0]["code"] = "0000";
  const auto script = [&](const HttpRequest& request) {
    return request.method == "GET"   ? Answer(200, Searchset(DumpJson(edited)))
           : request.method == "PUT" ? Answer(200, "{}")
                                     : Answer(200, Entries("200"));
  };
  EXPECT_EQ(Run(script).conflict().code(), "changed-remotely");
  // The version we left: then it was the server that rewrote what we sent.
  *item_.add_known_refs() = RefOf(edited, "", "");
  EXPECT_TRUE(Run(script).has_done());
}

TEST_F(FhirDeliverTest, CopyInAnotherChartIsForAPerson) {
  Json elsewhere = Remote();
  elsewhere["subject"]["reference"] = "Patient/p2";
  const v1::Outcome outcome = Run([&](const HttpRequest& request) {
    return request.method == "POST" ? Answer(200, Entries("200"))
                                    : Answer(200, Searchset(DumpJson(elsewhere)));
  });
  EXPECT_EQ(outcome.conflict().code(), "in-another-chart");
}

TEST_F(FhirDeliverTest, ChartIsNeverGuessed) {
  const std::pair<std::string, const char*> table[] = {
      {"", "chart-not-found"},
      {std::string(kChart) + "," + kChart, "chart-ambiguous"},
      {R"({"resourceType": "Patient", "id": "p9", "identifier": [{"system": "urn:oid:1.2.3.4.5", "value": "other"}]})",
       "chart-not-found"},
      {R"({"resourceType": "Patient", "id": "../Observation", "identifier": [{"system": "urn:oid:1.2.3.4.5", "value": "MRN-1001"}]})",
       "chart-not-found"},
      {R"({"resourceType": "Patient", "id": "p1", "link": [{"type": "replaced-by"}],
          "identifier": [{"system": "urn:oid:1.2.3.4.5", "value": "MRN-1001"}]})",
       "chart-merged"},
  };
  for (const auto& [chart, code] : table) {
    ScriptedServer server([](const HttpRequest&) { return Answer(500); });
    server.chart = chart;
    const v1::Outcome outcome = Run(server);
    EXPECT_EQ(outcome.permanent().code(), code);
    EXPECT_EQ(outcome.permanent().scope(), v1::PERMANENT_SCOPE_RECORD_LINK);
    EXPECT_EQ(server.requests.size(), 1U) << "nothing is written";
  }
}

TEST_F(FhirDeliverTest, TokenGoesIntoItsHeaderAndNowhereElse) {
  ScriptedServer server([](const HttpRequest&) { return Answer(401); });
  testing::internal::CaptureStderr();
  const v1::Outcome outcome = Run(server);
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(outcome.permanent().code(), "unauthorized");
  EXPECT_EQ(log.find(token_), std::string::npos);
  for (const HttpRequest& request : server.requests) {
    EXPECT_EQ(request.url.find(token_), std::string::npos);
    const auto header = std::make_pair(std::string("Authorization"), "Bearer " + token_);
    EXPECT_NE(std::find(request.headers.begin(), request.headers.end(), header), request.headers.end());
  }
}

class FhirRevokeTest : public FhirDeliverTest {
 protected:
  FhirRevokeTest() {
    request_.set_release_id(item_.event().response_released().release_id());
    *request_.mutable_record_link() = item_.event().record_link();
    request_.add_measure_ids("gad7");
    request_.set_policy(v1::WITHDRAWAL_POLICY_ENTERED_IN_ERROR);
  }

  v1::Outcome RunRevoke(ScriptedServer& server) {
    Client client(configuration_, token_, server, context_);
    return Revoke(client, request_);
  }

  v1::RevokeRequest request_;
};

TEST_F(FhirRevokeTest, ContentionIsFollowedUntilItIsMarked) {
  int version = 1;
  bool marked = false;
  ScriptedServer server([&](const HttpRequest& request) {
    Json remote = Remote(absl::StrCat(version));
    if (marked) {
      remote["status"] = kEnteredInError;
    }
    if (request.method == "PUT") {
      if (++version < 4) {
        return Answer(412);
      }
      marked = true;
      return Answer(200, "{}");
    }
    if (absl::StrContains(request.url, "QuestionnaireResponse?")) {
      return Answer(200, Searchset(""));
    }
    return Answer(200, absl::StrContains(request.url, "?") ? Searchset(DumpJson(remote)) : DumpJson(remote));
  });
  const v1::Outcome outcome = RunRevoke(server);
  ASSERT_TRUE(outcome.has_done()) << outcome.ShortDebugString();
  EXPECT_EQ(outcome.done().refs_size(), 1);
  EXPECT_TRUE(marked);
}

TEST_F(FhirRevokeTest, GoneMeanwhileIsDone) {
  for (const int gone : {404, 410}) {
    for (const v1::WithdrawalPolicy policy :
         {v1::WITHDRAWAL_POLICY_ENTERED_IN_ERROR, v1::WITHDRAWAL_POLICY_DELETE}) {
      request_.set_policy(policy);
      ScriptedServer server([&](const HttpRequest& request) {
        return absl::StrContains(request.url, "Observation?") ? Answer(200, Searchset(DumpJson(Remote())))
               : absl::StrContains(request.url, "?")          ? Answer(200, Searchset(""))
                                                              : Answer(gone);
      });
      const v1::Outcome outcome = RunRevoke(server);
      EXPECT_TRUE(outcome.has_done()) << outcome.ShortDebugString();
      EXPECT_EQ(outcome.done().refs_size(), 0);
    }
  }
}

TEST_F(FhirRevokeTest, OnlyOwnCopiesAreTouched) {
  request_.set_policy(v1::WITHDRAWAL_POLICY_DELETE);
  v1::ExternalRef* ref = request_.add_refs();
  ref->set_type("Observation");
  ref->set_id("o5");
  ref->set_identifier("https://practice.example/id/score|release-00000000000000000002/gad7");
  v1::ExternalRef* odd = request_.add_refs();
  odd->set_type("Patient");
  odd->set_id("p1");
  ScriptedServer server([&](const HttpRequest& request) {
    // A server that ignores search parameters and returns whatever it has.
    const std::string stranger =
        R"({"resourceType": "Observation", "id": "o5", "status": "final", "identifier": [{"system": "x", "value": "y"}]})";
    return Answer(200, absl::StrContains(request.url, "?") ? Searchset(stranger) : stranger);
  });
  EXPECT_TRUE(RunRevoke(server).has_done());
  for (const HttpRequest& request : server.requests) {
    EXPECT_EQ(request.method, "GET") << request.url;
  }
}

TEST_F(FhirRevokeTest, ServerWithoutDeleteIsTold) {
  request_.set_policy(v1::WITHDRAWAL_POLICY_DELETE);
  ScriptedServer server([&](const HttpRequest& request) {
    return request.method == "DELETE"                       ? Answer(405)
           : absl::StrContains(request.url, "Observation?") ? Answer(200, Searchset(DumpJson(Remote())))
                                                            : Answer(200, Searchset(""));
  });
  const v1::Outcome outcome = RunRevoke(server);
  EXPECT_EQ(outcome.permanent().code(), "unsupported");
  EXPECT_EQ(outcome.permanent().scope(), v1::PERMANENT_SCOPE_CONFIGURATION);
}

TEST_F(FhirRevokeTest, TaskIsLeftOnlyWhereSomethingIs) {
  request_.set_policy(v1::WITHDRAWAL_POLICY_TASK);
  ScriptedServer server([](const HttpRequest&) { return Answer(200, Searchset("")); });
  EXPECT_TRUE(RunRevoke(server).has_done());
  for (const HttpRequest& request : server.requests) {
    EXPECT_EQ(request.method, "GET");
  }
}

}  // namespace
}  // namespace mendwork::fhir

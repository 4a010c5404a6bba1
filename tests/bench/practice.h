// A practice on a running server, set up over the API as its people would, and the calls they make.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mendwork/v1/response_service.pb.h"
#include "tests/bench/api.h"
#include "tests/bench/load.h"

namespace mendwork::bench {

struct PracticeOptions {
  std::string api_target;
  std::string admin_target;
  // One person may have 128 calls in flight and 8 streams open (service/rpc/limits.h): enough people that no
  // load here comes near it.
  int therapists = 4;
  int couples = 16;
  uint64_t seed = 1;
};

struct Person {
  std::string name;           // resource name
  std::string authorization;  // "Bearer ..."
};

struct Couple {
  std::string name;
  size_t therapist = 0;     // index
  size_t partners[2] = {};  // indexes
};

struct OpenResponse {
  std::string name;
  std::string etag;
  size_t couple = 0;
  size_t partner = 0;
};

class Practice {
 public:
  explicit Practice(const PracticeOptions& options);

  const std::string& name() const { return name_; }
  const std::vector<Person>& therapists() const { return therapists_; }
  const std::vector<Person>& partners() const { return partners_; }
  const std::vector<Couple>& couples() const { return couples_; }

  // More staff with the role of a therapist, signed in.
  std::vector<Person> HireTherapists(int count);

  // Assigns the exercise to both partners of couple after couple until `count` responses are open and have
  // not been handed out by Submit.
  void AssignUntil(size_t count, const Process& server);

  // SubmitResponse on open responses, each once; ends when none is left.
  NextCall Submit();
  // On responses submitted before: GetResponse by the author, AccessResponse by the treating therapist,
  // ListResponses (a page of 50 of one couple) by the therapist.
  NextCall Get();
  NextCall Access();
  NextCall List();

  size_t open() const { return open_.size() - next_open_; }
  size_t submitted() const { return next_open_; }
  // The answers that every request submits, and their bytes as protobuf.
  static v1::SubmitResponseRequest AnswersOnly();
  size_t answers_bytes() const { return answers_.ByteSizeLong(); }

 private:
  Person Enroll(const std::string& name, const std::string& code);
  void BringInCouple(size_t therapist);
  size_t BringInPartner(const Person& therapist, const std::string& couple, const std::string& language);

  const PracticeOptions options_;
  Api api_;
  Api admin_;
  std::string name_;
  Person administrator_;
  std::vector<Person> therapists_;
  std::vector<Person> partners_;
  std::vector<Couple> couples_;
  v1::SubmitResponseRequest answers_;
  std::vector<OpenResponse> open_;
  size_t next_open_ = 0;  // those before were handed out
  size_t next_couple_ = 0;
  uint64_t turn_ = 0;
};

}  // namespace mendwork::bench

// What a partner can do in a test history: one case per method that a partner may call, chosen by a seed.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/property/world.h"

namespace mendwork::test {

using Rng = std::mt19937_64;
using MessagePtr = std::unique_ptr<google::protobuf::Message>;

inline uint64_t Pick(Rng& rng, uint64_t count) { return rng() % count; }

// What A does: one case per method that a partner may call. The same seed makes the same choices in both
// worlds.
struct Player {
  World& world;
  const app::Caller& self;
  Rng& rng;
  std::vector<std::string> responses;        // one's own
  std::vector<std::string> other_responses;  // of the other: probed by name
  std::map<std::string, std::string> etags;
  std::map<std::string, int> draft_revisions;
  std::vector<std::string> consents;
  std::string own_appointment, other_appointment;

  const std::string& AnyResponse() {
    const bool probe = !other_responses.empty() && Pick(rng, 5) == 0;
    const auto& names = probe ? other_responses : responses;
    return names[Pick(rng, names.size())];
  }
  std::string AssignmentOf(const std::string& response) {
    return response.substr(0, response.find("/responses/"));
  }
};

template <class Request>
Request Named(const std::string& name) {
  Request request;
  request.set_name(name);
  return request;
}

template <class Request>
Request Child(const std::string& parent) {
  Request request;
  request.set_parent(parent);
  return request;
}

using Case = std::function<MessagePtr(Player&)>;
const std::map<std::string, Case>& Cases();

// Remembers what the next calls need: etags, draft revisions, names of consents.
void Learn(Player& player, const std::string& method, const Outcome& outcome);

// One thing that B, or the therapist with B alone, does in private. No time passes.
void PrivateMove(World& world, Player& b);

// An individual appointment of one partner; returns its name.
std::string Appointment(World& world, const std::string& partner);

}  // namespace mendwork::test

// A server and a person for mendctl's tests: canned replies, recorded requests, prepared answers.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "admin/client.h"
#include "admin/command.h"
#include "admin/errors.h"
#include "admin/methods.h"
#include "admin/run.h"
#include "admin/terminal.h"
#include "tests/support/seeded_random.h"

namespace mendwork::admin {

class FakeTransport : public Transport {
 public:
  struct Sent {
    std::string method_path;
    std::string bytes;
    std::string token;
  };

  // Replies in the order given; the last one stays.
  void Answer(const std::string& method, const google::protobuf::Message& reply) {
    replies_[MethodPath(*FindMethod(method))].push_back(reply.SerializeAsString());
  }
  void Fail(const std::string& method, absl::Status status) {
    replies_[MethodPath(*FindMethod(method))].push_back(std::move(status));
  }

  absl::StatusOr<std::string> Call(const std::string& method_path, const std::string& request,
                                   const std::string& token) override {
    sent.push_back({method_path, request, token});
    std::deque<absl::StatusOr<std::string>>& replies = replies_[method_path];
    if (replies.empty()) {
      return ServerError(absl::StatusCode::kUnimplemented, "There is no canned reply.", "");
    }
    const absl::StatusOr<std::string> reply = replies.front();
    if (replies.size() > 1) {
      replies.pop_front();
    }
    return reply;
  }

  template <typename Request>
  Request Last() const {
    Request request;
    request.ParseFromString(sent.back().bytes);
    return request;
  }

  std::vector<Sent> sent;

 private:
  std::map<std::string, std::deque<absl::StatusOr<std::string>>> replies_;
};

class FakeTerminal : public Terminal {
 public:
  absl::StatusOr<std::string> Ask(absl::string_view prompt, bool echo) override {
    prompts.push_back(std::string(prompt) + (echo ? "" : "(hidden)"));
    return Next(answers);
  }
  absl::StatusOr<std::string> ReadLine() override { return Next(input); }
  absl::StatusOr<std::string> ReadAll() override { return Next(input); }

  std::vector<std::string> prompts;
  std::deque<std::string> answers;  // typed on the terminal
  std::deque<std::string> input;    // lines of standard input

 private:
  static absl::StatusOr<std::string> Next(std::deque<std::string>& texts) {
    if (texts.empty()) {
      return UsageError("Nothing is left to read.");
    }
    std::string text = texts.front();
    texts.pop_front();
    return text;
  }
};

// Somebody signed in at practices/p.
struct FakeWorld {
  FakeTransport transport;
  FakeTerminal terminal;
  test::SeededRandom random{1};
  std::vector<std::string> notices;
  Client client{transport, random, [this](absl::string_view notice) { notices.emplace_back(notice); }};
  std::ostringstream out;
  std::ostringstream err;
  Context context{.client = client, .terminal = terminal, .out = out, .err = err, .practice = "practices/p"};

  FakeWorld() { client.set_token("token"); }

  // Runs a command with flag and value pairs; a switch has the value "true".
  absl::Status Run(const std::string& path,
                   const std::vector<std::pair<std::string, std::string>>& typed = {}) {
    Values values;
    for (const auto& [flag, value] : typed) {
      values.Add(flag, value);
    }
    for (const Command& command : AllCommands()) {
      if (command.path == path) {
        return RunCommand(context, command, values);
      }
    }
    return absl::NotFoundError("There is no such command.");
  }
};

}  // namespace mendwork::admin

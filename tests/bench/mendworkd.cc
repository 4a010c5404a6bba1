#include <sys/stat.h>

#include <chrono>

#include "tests/bench/sections.h"

namespace mendwork::bench {
namespace {

// After an unclean end the server reads its whole file first.
constexpr double kStartSecondsMax = 300;

}  // namespace

Mendworkd::Mendworkd(const Settings& settings, const std::string& directory, const std::string& name,
                     const std::string& transport)
    : settings_(settings),
      data_(directory + "/" + name),
      api_(transport == "tcp" ? "127.0.0.1:" + std::to_string(FreePort()) : "unix:" + data_ + "/api.sock"),
      admin_("unix:" + data_ + "/admin.sock") {
  mkdir(data_.c_str(), 0700);
}

double Mendworkd::Start() {
  const auto start = std::chrono::steady_clock::now();
  process_ = std::make_unique<Process>(
      std::vector<std::string>{settings_.server, "--data", data_, "--listen", api_, "--admin-listen", admin_,
                               "--catalog", settings_.catalog},
      data_ + ".log");
  if (!WaitUntilAccepting(*process_, api_, kStartSecondsMax)) {
    Fail("mendworkd did not start; the end of its log is in " + data_ + ".log");
  }
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void Mendworkd::Stop() {
  if (!process_->Stop()) {
    Fail("mendworkd did not end cleanly; its log is in " + data_ + ".log");
  }
}

PracticeOptions Mendworkd::PracticeAt(uint64_t seed) const {
  PracticeOptions options;
  options.api_target = api_;
  options.admin_target = admin_;
  options.seed = seed;
  return options;
}

}  // namespace mendwork::bench

// mendwork-webhook: tells a receiver that something was released or taken back, and nothing of what it says.
#include "plugins/sdk/run.h"
#include "plugins/webhook/handler.h"
#include "service/base/clock.h"
#include "service/base/random.h"

#if defined(__SANITIZE_ADDRESS__)
// The leak check at exit traces its own process, which the launcher's filter forbids.
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }
#endif

int main(int argc, char** argv) {
  const mendwork::base::SystemClock clock;
  mendwork::base::SystemRandom random;
  mendwork::webhook::Handler handler(clock, random);
  return mendwork::sdk::RunPlugin(argc, argv, handler);
}

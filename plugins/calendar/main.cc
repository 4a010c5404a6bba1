// mendwork-calendar: keeps appointments as neutral entries in a CalDAV calendar, and publishes a feed of
// them.
#include "plugins/calendar/handler.h"
#include "plugins/sdk/run.h"

#if defined(__SANITIZE_ADDRESS__)
// The leak check at exit traces its own process, which the launcher's filter forbids.
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }
#endif

int main(int argc, char** argv) {
  mendwork::calendar::Handler handler;
  return mendwork::sdk::RunPlugin(argc, argv, handler);
}

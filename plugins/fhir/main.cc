// mendwork-fhir: delivers released responses to a FHIR R4 record system.
#include "plugins/fhir/handler.h"
#include "plugins/sdk/run.h"

#if defined(__SANITIZE_ADDRESS__)
// The leak check at exit traces its own process, which the launcher's filter forbids.
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }
#endif

int main(int argc, char** argv) {
  mendwork::fhir::Handler handler;
  return mendwork::sdk::RunPlugin(argc, argv, handler);
}

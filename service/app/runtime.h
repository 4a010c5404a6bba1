// The server as the use cases see it: everything they need comes in here, so that tests decide time,
// randomness, keys and faults.
#pragma once

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "service/app/change_feed.h"
#include "service/app/plugin_supervisor.h"
#include "service/app/session_table.h"
#include "service/base/clock.h"
#include "service/base/crypto.h"
#include "service/base/public_id.h"
#include "service/base/random.h"
#include "service/base/secret.h"
#include "service/domain/catalog.h"
#include "service/store/store.h"

namespace mendwork::app {

struct RuntimeOptions {
  store::Store* store = nullptr;             // not owned
  const domain::Catalog* catalog = nullptr;  // not owned
  const base::Clock* clock = nullptr;        // not owned
  base::RandomSource* random = nullptr;      // not owned
  base::Argon2Parameters argon2;
  std::string version = "0.1.0";
};

class Runtime {
 public:
  // Loads the server secrets and the sessions, and records the loaded catalogue: a file whose key and
  // revision are known with other bytes is refused (revisions are immutable).
  static absl::StatusOr<std::unique_ptr<Runtime>> Start(RuntimeOptions options);

  store::Store& store() { return *options_.store; }
  const domain::Catalog& catalog() const { return *options_.catalog; }
  base::RandomSource& random() { return *options_.random; }
  absl::Time Now() const { return options_.clock->Now(); }
  const base::Argon2Parameters& argon2() const { return options_.argon2; }
  const std::string& version() const { return options_.version; }
  absl::Time start_time() const { return start_time_; }

  const base::PublicIds& ids() const { return *ids_; }
  const base::Secret& login_key() const { return login_key_; }
  const base::Secret& page_token_key() const { return page_token_key_; }
  SessionTable& sessions() { return sessions_; }
  SignInThrottle& throttle() { return throttle_; }
  // Wakes those who watch flags, and the dispatcher.
  ChangeFeed& flag_feed() { return flag_feed_; }
  ChangeFeed& delivery_feed() { return delivery_feed_; }
  // Set by main before serving; null where no plugin can run (tests of lower layers).
  PluginSupervisor* plugins() { return plugins_; }
  void set_plugins(PluginSupervisor* plugins) { plugins_ = plugins; }

 private:
  explicit Runtime(RuntimeOptions options) : options_(std::move(options)) {}

  RuntimeOptions options_;
  absl::Time start_time_;
  std::unique_ptr<base::PublicIds> ids_;
  base::Secret login_key_;
  base::Secret page_token_key_;
  SessionTable sessions_;
  SignInThrottle throttle_;
  ChangeFeed flag_feed_;
  ChangeFeed delivery_feed_;
  PluginSupervisor* plugins_ = nullptr;
};

}  // namespace mendwork::app

// What the host asks of a plugin, as a seam: the real one speaks gRPC to a process, tests put their own in
// its place.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mendwork/plugin/v1/plugin.pb.h"

namespace mendwork::plugin {

class PluginChannel {
 public:
  virtual ~PluginChannel() = default;
  virtual absl::StatusOr<v1::GetInfoResponse> GetInfo() = 0;
  virtual absl::StatusOr<v1::ValidateConfigResponse> ValidateConfig(
      const v1::ValidateConfigRequest& request) = 0;
  virtual absl::StatusOr<v1::ConfigureResponse> Configure(const v1::ConfigureRequest& request) = 0;
  virtual absl::StatusOr<v1::ProbeResponse> Probe() = 0;
  virtual absl::StatusOr<v1::DeliverResponse> Deliver(const v1::DeliverRequest& request) = 0;
  virtual absl::StatusOr<v1::RevokeResponse> Revoke(const v1::RevokeRequest& request) = 0;
  // Ends the call under way and refuses later ones. May be called from another thread.
  virtual void Cancel() = 0;
  // True when the plugin is gone and must be started anew.
  virtual bool IsGone() = 0;
};

}  // namespace mendwork::plugin

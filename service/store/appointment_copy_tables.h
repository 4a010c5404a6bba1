// The SQL that adds copies of appointments with plugins, and deliveries of them.
#pragma once

namespace mendwork::store {

extern const char kAddAppointmentCopies[];

}  // namespace mendwork::store

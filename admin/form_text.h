// A form as a clinician reads it before giving it to a client.
#pragma once

#include <string>

#include "mendwork/v1/answer.pb.h"

namespace mendwork::admin {

std::string FormText(const mendwork::v1::Form& form);

}  // namespace mendwork::admin

// A form for pen and paper: boxes, blanks and scales, and no name of anybody.
#pragma once

#include <string>

#include "mendwork/v1/answer.pb.h"

namespace mendwork::admin {

std::string FormPaper(const mendwork::v1::Form& form);

}  // namespace mendwork::admin

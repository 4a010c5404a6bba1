// Where the catalogue lies when nobody says so.
#pragma once

#include <string>

namespace mendwork::domain {

// As installed (PREFIX/bin and PREFIX/share/mendwork/catalog), otherwise as built (build/PRESET/bin in the
// source tree), seen from the running program.
std::string DefaultCatalogDirectory();

}  // namespace mendwork::domain

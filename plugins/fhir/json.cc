#include "plugins/fhir/json.h"

#include <cmath>
#include <cstdint>

namespace mendwork::fhir {

Json NumberJson(double number) {
  constexpr double kExactMax = 9007199254740992.0;  // 2^53: beyond it doubles skip integers
  if (std::trunc(number) == number && std::abs(number) <= kExactMax) {
    return static_cast<int64_t>(number);
  }
  return number;
}

std::string FhirText(absl::string_view text) {
  std::string out(text);
  for (char& c : out) {
    const unsigned char byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\n' && c != '\r' && c != '\t') || byte == 0x7f) {
      c = ' ';
    }
  }
  return out;
}

}  // namespace mendwork::fhir

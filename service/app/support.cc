#include "service/app/support.h"

#include <string>

#include "nlohmann/json.hpp"
#include "service/base/check.h"

namespace mendwork::app {
namespace {

constexpr char kText[] =
    "If anyone is hurt, afraid, or worried about what they might do: help exists, at any hour. In an "
    "emergency call the "
    "emergency number where you are. What you write here is not watched around the clock, and this is not an "
    "emergency "
    "service. On a shared phone, calls and messages may be seen by others.";

}  // namespace

v1::SupportBlock BuildSupportBlock(const store::PracticeRow& practice) {
  v1::SupportBlock block;
  block.set_text(kText);
  block.set_reading_hours(practice.reading_hours);
  const auto contacts = nlohmann::json::parse(practice.support_contacts, nullptr, false);
  if (contacts.is_array()) {
    for (const auto& contact : contacts) {
      v1::SupportContact* shown = block.add_contacts();
      shown->set_label(contact.value("label", ""));
      shown->set_contact(contact.value("contact", ""));
    }
  }
  // The padding field itself takes one byte of tag and two of length for any padding of 128 bytes or more.
  const size_t size = block.ByteSizeLong() + 3;
  MENDWORK_CHECK(size + 128 <= kSupportBlockBytes,
                 "the limits of practice settings keep the block below its size");
  block.set_padding(std::string(kSupportBlockBytes - size, '\0'));
  return block;
}

}  // namespace mendwork::app

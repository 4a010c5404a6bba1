// A form as a clinician reads it before giving it to a client.
#pragma once

#include <string>

#include "mendwork/v1/answer.pb.h"

namespace mendwork::admin {

std::string FormText(const mendwork::v1::Form& form);

// What an item asks for, in words: "Choose one. Must be answered."
std::string AskWords(const mendwork::v1::FormItem& item);

// "Shown if you ..." is left out by an item that is always shown.
std::string ShownWords(const mendwork::v1::FormItem& item);

// A wrapped text after its number: "2. What helps?"; its further lines stand below its first word.
std::string Numbered(const std::string& number, const std::string& text, const std::string& indent);

// Couple work keeps readiness and clauses; no response answers them.
bool IsAnsweredElsewhere(const mendwork::v1::FormItem& item);

}  // namespace mendwork::admin

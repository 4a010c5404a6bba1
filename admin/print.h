// Text for people and JSON for scripts. Whatever came from outside is cleaned before it reaches a terminal.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"

namespace mendwork::admin {

// Replaces control and direction-changing characters, which could rewrite what the terminal shows, by "?".
// Line feeds stay.
std::string Clean(absl::string_view text);

// Columns as wide as their widest cell; the last is not padded. Line feeds in a cell become ", ".
std::string Table(const std::vector<std::string>& titles, const std::vector<std::vector<std::string>>& rows);

// One "title: value" per line, values aligned; empty values are left out, further lines of a value indented.
std::string Record(const std::vector<std::pair<std::string, std::string>>& entries);

// Breaks at spaces so that no line is longer than `width`, each line starting with `indent`.
std::string Wrap(absl::string_view text, absl::string_view indent, size_t width = 80);

// In the zone of the machine, with its offset: "2025-01-31 14:05 +01:00".
std::string TimeText(absl::Time time);
// "3.4 MiB"
std::string BytesText(int64_t bytes);

// protobuf's JSON mapping, every field present, ending with a line feed.
std::string Json(const google::protobuf::Message& message);

}  // namespace mendwork::admin

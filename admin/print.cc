#include "admin/print.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/util/json_util.h"

namespace mendwork::admin {
namespace {

// The bytes of the UTF-8 sequence that starts at `text[0]`, or 0 when it is malformed.
size_t SequenceLength(absl::string_view text) {
  const unsigned char lead = static_cast<unsigned char>(text[0]);
  size_t length = 0;
  if (lead < 0x80) {
    length = 1;
  } else if (lead >= 0xC2 && lead < 0xE0) {
    length = 2;
  } else if (lead >= 0xE0 && lead < 0xF0) {
    length = 3;
  } else if (lead >= 0xF0 && lead < 0xF5) {
    length = 4;
  }
  if (length == 0 || length > text.size()) {
    return 0;
  }
  for (size_t i = 1; i < length; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) {
      return 0;
    }
  }
  return length;
}

uint32_t CodePoint(absl::string_view sequence) {
  const unsigned char lead = static_cast<unsigned char>(sequence[0]);
  if (sequence.size() == 1) {
    return lead;
  }
  uint32_t point = lead & (0xFF >> (sequence.size() + 1));
  for (const char byte : sequence.substr(1)) {
    point = point << 6 | (static_cast<unsigned char>(byte) & 0x3F);
  }
  return point;
}

bool IsUnsafe(uint32_t point) {
  const bool is_control = (point < 0x20 && point != '\n') || (point >= 0x7F && point < 0xA0);
  const bool changes_direction = point == 0x061C || point == 0x200E || point == 0x200F ||
                                 (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
  const bool breaks_line = point == 0x2028 || point == 0x2029;
  return is_control || changes_direction || breaks_line;
}

// Code points, which is the width of every script Mendwork has texts in.
size_t Width(absl::string_view text) {
  return static_cast<size_t>(std::count_if(
      text.begin(), text.end(), [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; }));
}

std::string Cell(absl::string_view text) { return absl::StrReplaceAll(Clean(text), {{"\n", ", "}}); }

std::string Line(const std::vector<std::string>& cells, const std::vector<size_t>& widths) {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    line += cells[i];
    if (i + 1 < cells.size()) {
      line.append(widths[i] - Width(cells[i]) + 2, ' ');
    }
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

}  // namespace

std::string Clean(absl::string_view text) {
  std::string clean;
  while (!text.empty()) {
    const size_t length = SequenceLength(text);
    if (length == 0 || IsUnsafe(CodePoint(text.substr(0, length)))) {
      clean += '?';
    } else {
      absl::StrAppend(&clean, text.substr(0, length));
    }
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  return clean;
}

std::string Table(const std::vector<std::string>& titles, const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::vector<std::string>> lines = {titles};
  for (const std::vector<std::string>& row : rows) {
    std::vector<std::string>& line = lines.emplace_back();
    for (const std::string& cell : row) {
      line.push_back(Cell(cell));
    }
  }
  std::vector<size_t> widths(titles.size(), 0);
  for (const std::vector<std::string>& line : lines) {
    for (size_t i = 0; i < line.size() && i < widths.size(); ++i) {
      widths[i] = std::max(widths[i], Width(line[i]));
    }
  }
  std::string text;
  for (const std::vector<std::string>& line : lines) {
    text += Line(line, widths);
  }
  return text;
}

std::string Record(const std::vector<std::pair<std::string, std::string>>& entries) {
  size_t width = 0;
  for (const auto& [title, value] : entries) {
    width = value.empty() ? width : std::max(width, Width(title));
  }
  std::string text;
  for (const auto& [title, value] : entries) {
    if (value.empty()) {
      continue;
    }
    std::string label = absl::StrCat(title, ":");
    for (const absl::string_view line : absl::StrSplit(Clean(value), '\n')) {
      absl::StrAppend(&text, label, std::string(width + 3 - Width(label), ' '), line, "\n");
      label.clear();
    }
  }
  return text;
}

std::string Wrap(absl::string_view text, absl::string_view indent, size_t width) {
  std::string wrapped;
  for (const absl::string_view paragraph : absl::StrSplit(text, '\n')) {
    std::string line(indent);
    bool is_empty = true;
    for (const absl::string_view word : absl::StrSplit(paragraph, ' ', absl::SkipEmpty())) {
      if (!is_empty && Width(line) + 1 + Width(word) > width) {
        absl::StrAppend(&wrapped, line, "\n");
        line = std::string(indent);
        is_empty = true;
      }
      absl::StrAppend(&line, is_empty ? "" : " ", word);
      is_empty = false;
    }
    absl::StrAppend(&wrapped, is_empty ? "" : line, "\n");
  }
  return wrapped;
}

std::string TimeText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M %Ez", time, absl::LocalTimeZone());
}

std::string BytesText(int64_t bytes) {
  constexpr const char* kUnits[] = {"KiB", "MiB", "GiB", "TiB"};
  if (bytes < 1024) {
    return absl::StrCat(bytes, " bytes");
  }
  double amount = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  while (amount >= 1024 && unit + 1 < std::size(kUnits)) {
    amount /= 1024;
    ++unit;
  }
  return absl::StrFormat("%.1f %s", amount, kUnits[unit]);
}

std::string Json(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.always_print_primitive_fields = true;
  std::string json;
  // Fails only for a message with an Any of an unknown type, and no reply holds an Any.
  if (!google::protobuf::util::MessageToJsonString(message, &json, options).ok()) {
    return "{}\n";
  }
  return json;
}

}  // namespace mendwork::admin

// Shared material of the domain tests: one valid exercise file to spoil, and short ways to write answers.
#pragma once

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "service/base/status.h"
#include "service/domain/answers.h"
#include "service/domain/catalog.h"

namespace mendwork::domain {

inline constexpr char kCatalogDirectory[] = MENDWORK_SOURCE_DIR "/service/catalog";

inline const Catalog& ShippedCatalog() {
  static const auto* const kCatalog = new Catalog([] {
    absl::StatusOr<Catalog> loaded = Catalog::Load(kCatalogDirectory);
    EXPECT_TRUE(loaded.ok()) << loaded.status();
    return loaded.ok() ? *std::move(loaded) : Catalog();
  }());
  return *kCatalog;
}

inline std::string TextOf(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

inline const HarmRules& ShippedRules() {
  static const auto* const kRules = new HarmRules([] {
    absl::StatusOr<HarmRules> rules =
        Catalog::ParseRules(kHarmRulesFile, TextOf(absl::StrCat(kCatalogDirectory, "/", kHarmRulesFile)));
    EXPECT_TRUE(rules.ok()) << rules.status();
    return rules.ok() ? *std::move(rules) : HarmRules();
  }());
  return *kRules;
}

// The items every test form ends with.
inline constexpr char kClosing[] = R"(      - id: alone_with_therapist
        type: choice
        text: {en: "Anything to talk about alone?"}
        audiences: [therapist]
        options:
          - {code: no, label: {en: "No"}}
          - {code: next_time, label: {en: "Next time"}}
          - {code: safe_channel, label: {en: "Contact me"}}
)";

// A valid file around the given items (indented by six blanks); `tail` follows the variants.
inline std::string FormText(absl::string_view items, absl::string_view tail = "") {
  constexpr absl::string_view kHead = R"(format: 1
key: test-form
revision: 1
strategy: S7
stage: any
languages: [en]
title: {en: "A form"}
purpose: {en: "A purpose"}
dose: {minutes_min: 1, minutes_max: 5}
schedule: {repeat: once}
solo: true
requires: []
contraindications: []
review_step: {en: "A step"}
clinical_review: {by: "", licence: "", date: "", language: ""}
variants:
  - code: a
    role: any
    items:
)";
  return absl::StrCat(kHead, items, kClosing, tail);
}

// The first item of a form made by FormText stands on this line.
inline constexpr int kFirstItemLine = 20;

inline ExerciseRevision ParseForm(absl::string_view items, absl::string_view tail = "") {
  absl::StatusOr<ExerciseRevision> parsed =
      Catalog::Parse("form.yaml", FormText(items, tail), ShippedRules());
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  return parsed.ok() ? *std::move(parsed) : ExerciseRevision();
}

inline Answer Codes(std::string id, std::vector<std::string> codes) {
  return {std::move(id), std::move(codes)};
}
inline Answer Words(std::string id, std::string text) { return {std::move(id), std::move(text)}; }
inline Answer Amount(std::string id, double number) { return {std::move(id), number}; }
inline Answer Flag(std::string id, bool flag) { return {std::move(id), flag}; }

// "field rule" of each violation.
inline std::vector<std::string> Brief(const std::vector<base::Violation>& violations) {
  std::vector<std::string> brief;
  for (const base::Violation& violation : violations) brief.push_back(violation.field + " " + violation.rule);
  return brief;
}

}  // namespace mendwork::domain

#include "service/domain/catalog_yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <sstream>

#include "absl/strings/str_cat.h"
#include "service/domain/validation_limits.h"
#include "service/domain/validation_text.h"

namespace mendwork::domain {
namespace {

int LineOf(const YAML::Mark& mark) { return mark.line + 1; }

// Builds the tree from the parser's events, because the library's own node type keeps repeated keys silently.
class TreeBuilder : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    RefuseAnchor(mark, anchor);
    // The mark of an absent value is that of whatever follows; the key is where the reader looks.
    const bool after_key = !open_.empty() && open_.back().has_key;
    YamlNode node = Scalar(mark, "");
    if (after_key) node.line = open_.back().key_line;
    document_.errors.push_back({node.line, "empty_value", "write a value, or leave the key out"});
    Place(std::move(node));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    Fault(mark, "yaml_feature", "aliases are not part of this format");
    Place(Scalar(mark, ""));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    RefuseAnchor(mark, anchor);
    RefuseTag(mark, tag);
    Place(Scalar(mark, value));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Start(mark, tag, anchor, YamlNode::Kind::kList);
  }
  void OnSequenceEnd() override { End(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Start(mark, tag, anchor, YamlNode::Kind::kMap);
  }
  void OnMapEnd() override { End(); }

  void Fault(const YAML::Mark& mark, absl::string_view rule, absl::string_view message) {
    document_.errors.push_back({LineOf(mark), std::string(rule), std::string(message)});
  }

  YamlDocument Take() { return std::move(document_); }

 private:
  // A container under construction; a map waits in turn for a key and for its value.
  struct Open {
    YamlNode node;
    bool has_key = false;
    std::string key;
    int key_line = 0;
  };

  static YamlNode Scalar(const YAML::Mark& mark, const std::string& value) {
    YamlNode node;
    node.line = LineOf(mark);
    node.scalar = value;
    return node;
  }

  void RefuseAnchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != 0) Fault(mark, "yaml_feature", "anchors are not part of this format");
  }

  void RefuseTag(const YAML::Mark& mark, const std::string& tag) {
    const bool plain_or_quoted = tag.empty() || tag == "?" || tag == "!";
    if (!plain_or_quoted) Fault(mark, "yaml_feature", "tags are not part of this format");
  }

  void Start(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YamlNode::Kind kind) {
    RefuseAnchor(mark, anchor);
    RefuseTag(mark, tag);
    Open open;
    open.node.kind = kind;
    open.node.line = LineOf(mark);
    open_.push_back(std::move(open));
  }

  void End() {
    YamlNode node = std::move(open_.back().node);
    open_.pop_back();
    Place(std::move(node));
  }

  void Place(YamlNode node) {
    if (open_.empty()) {
      document_.root = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.kind == YamlNode::Kind::kList) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.has_key) {
      PlaceKey(parent, node);
    } else {
      parent.has_key = false;
      parent.node.entries.push_back({parent.key, parent.key_line, std::move(node)});
    }
  }

  void PlaceKey(Open& parent, const YamlNode& key) {
    parent.has_key = true;
    parent.key = key.scalar;
    parent.key_line = key.line;
    if (key.kind != YamlNode::Kind::kScalar) {
      document_.errors.push_back({key.line, "wrong_type", "a key is a single word"});
    } else if (const YamlEntry* earlier = parent.node.Find(key.scalar)) {
      document_.errors.push_back(
          {key.line, "duplicate_key",
           absl::StrCat("'", key.scalar, "' is already given on line ", earlier->line)});
    }
  }

  std::vector<Open> open_;
  YamlDocument document_;
};

YamlDocument Refused(int line, absl::string_view rule, absl::string_view message) {
  YamlDocument document;
  document.errors.push_back({line, std::string(rule), std::string(message)});
  return document;
}

}  // namespace

const YamlEntry* YamlNode::Find(absl::string_view key) const {
  for (const YamlEntry& entry : entries) {
    if (entry.key == key) return &entry;
  }
  return nullptr;
}

YamlDocument ReadYaml(absl::string_view text) {
  if (text.size() > kCatalogFileBytesMax) {
    return Refused(1, "size", absl::StrCat("a file has at most ", kCatalogFileBytesMax, " bytes"));
  }
  if (!CodePoints(text).has_value()) return Refused(1, "utf8", "the file is not valid UTF-8");
  TreeBuilder builder;
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) return Refused(1, "yaml_syntax", "the file is empty");
    YamlDocument document = builder.Take();
    TreeBuilder further;
    if (parser.HandleNextDocument(further)) {
      document.errors.push_back({1, "yaml_feature", "a file holds exactly one document"});
    }
    return document;
  } catch (const YAML::Exception& exception) {  // the library's only way to report bad syntax
    return Refused(LineOf(exception.mark), "yaml_syntax", exception.msg);
  }
}

}  // namespace mendwork::domain

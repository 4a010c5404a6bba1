#include "plugins/calendar/multistatus.h"

#include <libxml/parser.h>
#include <libxml/tree.h>

#include <memory>
#include <mutex>

namespace mendwork::calendar {
namespace {

constexpr char kDav[] = "DAV:";
constexpr char kCalDav[] = "urn:ietf:params:xml:ns:caldav";

using Document = std::unique_ptr<xmlDoc, decltype(&xmlFreeDoc)>;

bool Is(const xmlNode* node, const char* space, const char* name) {
  return node->type == XML_ELEMENT_NODE && node->ns != nullptr && node->ns->href != nullptr &&
         xmlStrEqual(node->name, reinterpret_cast<const xmlChar*>(name)) != 0 &&
         xmlStrEqual(node->ns->href, reinterpret_cast<const xmlChar*>(space)) != 0;
}

Document Parse(absl::string_view xml) {
  static std::once_flag once;
  std::call_once(once, [] { xmlInitParser(); });
  Document document(xmlReadMemory(xml.data(), static_cast<int>(xml.size()), nullptr, nullptr,
                                  XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING),
                    xmlFreeDoc);
  const xmlNode* root = document == nullptr ? nullptr : xmlDocGetRootElement(document.get());
  if (root == nullptr || document->intSubset != nullptr || !Is(root, kDav, "multistatus")) {
    return Document(nullptr, xmlFreeDoc);
  }
  return document;
}

// Every element of that name, in the order of the document. Depth is bounded by the parser (256).
void Find(xmlNode* node, const char* space, const char* name, std::vector<xmlNode*>& found) {
  for (; node != nullptr; node = node->next) {
    if (Is(node, space, name)) {
      found.push_back(node);
    }
    Find(node->children, space, name, found);
  }
}

std::vector<xmlNode*> All(const Document& document, const char* space, const char* name) {
  std::vector<xmlNode*> found;
  Find(xmlDocGetRootElement(document.get()), space, name, found);
  return found;
}

template <class Text>
std::string Taken(Text* text) {
  const std::unique_ptr<xmlChar, decltype(xmlFree)> owned(text, xmlFree);
  return owned == nullptr ? "" : reinterpret_cast<const char*>(owned.get());
}

}  // namespace

absl::optional<std::vector<std::string>> CalendarData(absl::string_view xml) {
  const Document document = Parse(xml);
  if (document == nullptr) {
    return absl::nullopt;
  }
  std::vector<std::string> out;
  for (xmlNode* node : All(document, kCalDav, "calendar-data")) {
    out.push_back(Taken(xmlNodeGetContent(node)));
  }
  return out;
}

absl::optional<CollectionKind> KindOfCollection(absl::string_view xml) {
  const Document document = Parse(xml);
  if (document == nullptr) {
    return absl::nullopt;
  }
  CollectionKind kind;
  kind.is_calendar = !All(document, kCalDav, "calendar").empty();
  const std::vector<xmlNode*> components = All(document, kCalDav, "comp");
  kind.takes_events = components.empty();
  for (xmlNode* node : components) {
    kind.takes_events = kind.takes_events ||
                        Taken(xmlGetNoNsProp(node, reinterpret_cast<const xmlChar*>("name"))) == "VEVENT";
  }
  return kind;
}

}  // namespace mendwork::calendar

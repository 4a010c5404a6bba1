#include "admin/client.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "admin/errors.h"
#include "admin/methods.h"
#include "service/base/check.h"
#include "service/base/encoding.h"
#include "service/base/status.h"

namespace mendwork::admin {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

constexpr int kPageSize = 200;

const MethodDescriptor& MethodNamed(absl::string_view name, const Message& request) {
  const MethodDescriptor* method = FindMethod(name);
  MENDWORK_CHECK(method != nullptr && method->input_type() == request.GetDescriptor(),
                 "The method exists and takes this request.");
  return *method;
}

// The rows of a List reply: its only repeated field.
const FieldDescriptor* RowsField(const google::protobuf::Descriptor& reply) {
  for (int i = 0; i < reply.field_count(); ++i) {
    if (reply.field(i)->is_repeated()) {
      return reply.field(i);
    }
  }
  return nullptr;
}

}  // namespace

std::string NewRequestId(base::RandomSource& random) {
  std::string bytes = random.Bytes(16);
  bytes[6] = static_cast<char>((bytes[6] & 0x0F) | 0x40);  // version 4
  bytes[8] = static_cast<char>((bytes[8] & 0x3F) | 0x80);  // variant 10
  const std::string hex = base::HexEncode(bytes);
  return absl::StrCat(hex.substr(0, 8), "-", hex.substr(8, 4), "-", hex.substr(12, 4), "-", hex.substr(16, 4),
                      "-", hex.substr(20));
}

Client::Reply Client::Call(absl::string_view name, const Message& request) {
  const MethodDescriptor& method = MethodNamed(name, request);
  if (!AllowsAnonymous(method) && token_.empty()) {
    return NotSignedInError("You are not signed in at this server.");
  }
  std::unique_ptr<Message> sent(request.New());
  sent->CopyFrom(request);
  const FieldDescriptor* request_id = sent->GetDescriptor()->FindFieldByName("request_id");
  if (request_id != nullptr && sent->GetReflection()->GetString(*sent, request_id).empty()) {
    sent->GetReflection()->SetString(sent.get(), request_id, NewRequestId(random_));
  }
  const std::string bytes = sent->SerializeAsString();
  const std::string path = MethodPath(method);
  const std::string token = AllowsAnonymous(method) ? "" : token_;
  absl::StatusOr<std::string> answer = transport_.Call(path, bytes, token);
  if (OutcomeIsUnknown(answer.status()) && (request_id != nullptr || HasNoSideEffects(method))) {
    notice_(request_id == nullptr
                ? "No answer came. Asking once more."
                : "No answer came, so the outcome is unknown. Asking once more with the same request id.");
    answer = transport_.Call(path, bytes, token);
  }
  MENDWORK_RETURN_IF_ERROR(answer.status());
  std::unique_ptr<Message> reply = NewMessage(*method.output_type());
  if (!reply->ParseFromString(*answer)) {
    return ServerError(absl::StatusCode::kInternal, "The answer of the server cannot be read.", "");
  }
  return reply;
}

Client::Reply Client::CallList(absl::string_view name, const Message& request, int limit) {
  std::unique_ptr<Message> page_request(request.New());
  page_request->CopyFrom(request);
  const google::protobuf::Descriptor& type = *page_request->GetDescriptor();
  page_request->GetReflection()->SetInt32(page_request.get(), type.FindFieldByName("page_size"), kPageSize);
  std::unique_ptr<Message> all;
  for (;;) {
    MENDWORK_ASSIGN_OR_RETURN(std::unique_ptr<Message> page, Call(name, *page_request));
    const google::protobuf::Reflection& reflection = *page->GetReflection();
    const FieldDescriptor* token_field = page->GetDescriptor()->FindFieldByName("next_page_token");
    const FieldDescriptor* rows = RowsField(*page->GetDescriptor());
    MENDWORK_CHECK(token_field != nullptr && rows != nullptr, "A List reply has rows and a page token.");
    const std::string token = reflection.GetString(*page, token_field);
    if (all == nullptr) {
      all = std::move(page);
    } else {
      reflection.ClearField(all.get(), token_field);
      all->MergeFrom(*page);
    }
    if (token.empty() || (limit > 0 && reflection.FieldSize(*all, rows) >= limit)) {
      return all;
    }
    page_request->GetReflection()->SetString(page_request.get(), type.FindFieldByName("page_token"), token);
  }
}

}  // namespace mendwork::admin

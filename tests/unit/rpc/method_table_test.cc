#include "service/rpc/method_table.h"

#include <google/protobuf/descriptor.pb.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/app/call.h"
#include "service/rpc/services.h"
#include "tests/unit/rpc/fixture.h"

namespace mendwork::rpc {
namespace {

using ::testing::HasSubstr;

const MethodInfo* Find(const std::vector<ServiceInfo>& table, const std::string& full_name) {
  for (const ServiceInfo& service : table) {
    for (const MethodInfo& method : service.methods) {
      if (method.full_name == full_name) {
        return &method;
      }
    }
  }
  return nullptr;
}

TEST(MethodTableTest, TheServersOwnMethodsAllFit) {
  const absl::StatusOr<std::vector<ServiceInfo>> table = BuildMethodTable(AllServices());
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ(table->size(), 11u);

  const MethodInfo* const submit = Find(*table, "mendwork.v1.ResponseService.SubmitResponse");
  ASSERT_NE(submit, nullptr);
  EXPECT_EQ(submit->path, "/mendwork.v1.ResponseService/SubmitResponse");
  EXPECT_EQ(submit->roles, static_cast<uint32_t>(app::Role::kPartner));
  EXPECT_TRUE(submit->side_effects);
  EXPECT_FALSE(submit->anonymous);
  EXPECT_FALSE(submit->administration);
  EXPECT_NE(submit->request_id, nullptr);

  const MethodInfo* const get = Find(*table, "mendwork.v1.SafetyService.GetFlag");
  ASSERT_NE(get, nullptr);
  EXPECT_FALSE(get->side_effects);
  EXPECT_EQ(get->request_id, nullptr);
  EXPECT_EQ(get->roles,
            static_cast<uint32_t>(app::Role::kTherapist) | static_cast<uint32_t>(app::Role::kOnCall));

  EXPECT_TRUE(Find(*table, "mendwork.v1.SessionService.SignIn")->anonymous);
  EXPECT_TRUE(Find(*table, "mendwork.v1.SessionService.SignIn")->handler.slow);
  EXPECT_TRUE(Find(*table, "mendwork.admin.v1.PracticeService.InitializeServer")->administration);
}

// Every mutation can be repeated safely, except those named here, each for a reason that is written in its
// proto.
TEST(MethodTableTest, MutationsTakeARequestId) {
  const absl::StatusOr<std::vector<ServiceInfo>> table = BuildMethodTable(AllServices());
  ASSERT_TRUE(table.ok()) << table.status();
  const std::set<std::string> others = {
      "mendwork.v1.SessionService.SignIn",                   // a repeat makes another session
      "mendwork.v1.SessionService.SignOut",                  // the same however often
      "mendwork.v1.SessionService.StepUp",                   // a time in memory, the later one holds
      "mendwork.v1.SessionService.RevokeSessions",           // the same however often
      "mendwork.admin.v1.PracticeService.InitializeServer",  // works once
      "mendwork.v1.ResponseService.ListSharedResponses",     // makes the caller's names of what it lists
  };
  for (const ServiceInfo& service : *table) {
    for (const MethodInfo& method : service.methods) {
      const bool opens_content = method.handler.name.rfind("Access", 0) == 0;
      if (method.side_effects && !opens_content) {
        EXPECT_EQ(method.request_id == nullptr, others.count(method.full_name) == 1) << method.full_name;
      }
    }
  }
}

TEST(MethodTableTest, RefusesMethodsWithoutPermission) {
  google::protobuf::FileDescriptorProto file;
  file.set_name("unguarded.proto");
  file.set_package("test");
  file.set_syntax("proto3");
  file.add_message_type()->set_name("Empty");
  google::protobuf::ServiceDescriptorProto& service = *file.add_service();
  service.set_name("Unguarded");
  for (const char* name : {"First", "Second"}) {
    google::protobuf::MethodDescriptorProto& method = *service.add_method();
    method.set_name(name);
    method.set_input_type(".test.Empty");
    method.set_output_type(".test.Empty");
  }
  google::protobuf::DescriptorPool pool;
  const google::protobuf::FileDescriptor* const built = pool.BuildFile(file);
  ASSERT_NE(built, nullptr);

  const absl::Status status = BuildMethodTable({{built->service(0), {}}}).status();
  EXPECT_EQ(base::Reason(status), "METHOD_TABLE");
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("test.Unguarded.First has no (mendwork.options.v1.method) option."));
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("test.Unguarded.Second has no (mendwork.options.v1.method) option."));
}

std::string WhyRefused(std::vector<ServiceHandlers> services) {
  return std::string(BuildMethodTable(std::move(services)).status().message());
}

TEST(MethodTableTest, RefusesHandlersThatDoNotFit) {
  constexpr char kService[] = "mendwork.v1.SafetyService";
  EXPECT_THAT(WhyRefused({{FindService(kService), {}}}), HasSubstr("SafetyService.GetFlag has no handler."));

  ServiceHandlers writes = WithUnusedMethods(kService, {});
  for (Handler& handler : writes.handlers) {
    handler.shape = handler.name == "GetFlag" ? Shape::kMutation : handler.shape;
  }
  EXPECT_THAT(WhyRefused({writes}),
              HasSubstr("GetFlag is declared NO_SIDE_EFFECTS, but its use case writes"));

  ServiceHandlers reads = WithUnusedMethods(kService, {});
  for (Handler& handler : reads.handlers) {
    handler.shape = handler.name == "AccessFlag" ? Shape::kQuery : handler.shape;
  }
  EXPECT_THAT(WhyRefused({reads}), HasSubstr("AccessFlag has a use case that only reads"));

  ServiceHandlers other = WithUnusedMethods(kService, {});
  other.handlers[0].request_type = v1::GetSupportRequest::descriptor();
  EXPECT_THAT(WhyRefused({other}), HasSubstr("has a handler for other messages"));

  ServiceHandlers twice = WithUnusedMethods(kService, {});
  twice.handlers.push_back(twice.handlers[0]);
  EXPECT_THAT(WhyRefused({twice}), HasSubstr("has two handlers."));

  ServiceHandlers unknown = WithUnusedMethods(kService, {});
  unknown.handlers.push_back(unknown.handlers[0]);
  unknown.handlers.back().name = "Nonesuch";
  EXPECT_THAT(WhyRefused({unknown}), HasSubstr("Nonesuch is not in the proto."));
}

}  // namespace
}  // namespace mendwork::rpc

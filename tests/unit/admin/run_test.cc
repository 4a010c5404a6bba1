// Commands against a canned server: what is sent, what is printed, what is kept.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "absl/strings/match.h"
#include "admin/session.h"
#include "mendwork/admin/v1/plugin_admin_service.pb.h"
#include "mendwork/admin/v1/practice_service.pb.h"
#include "mendwork/admin/v1/staff_service.pb.h"
#include "mendwork/v1/care_service.pb.h"
#include "mendwork/v1/consent_service.pb.h"
#include "mendwork/v1/safety_service.pb.h"
#include "mendwork/v1/session_service.pb.h"
#include "service/base/file.h"
#include "tests/support/temporary_directory.h"
#include "tests/unit/admin/fakes.h"

namespace mendwork::admin {
namespace {

using ::mendwork::v1::Couple;

absl::Status Lost() { return ServerError(absl::StatusCode::kUnavailable, "connection reset", ""); }

TEST(RequestId, IsAUuidVersionFour) {
  test::SeededRandom random;
  const std::string id = NewRequestId(random);
  ASSERT_EQ(id.size(), 36u);
  EXPECT_EQ(id[8], '-');
  EXPECT_EQ(id[14], '4');
  EXPECT_TRUE(absl::StrContains("89ab", id.substr(19, 1)));
  EXPECT_NE(id, NewRequestId(random));
}

TEST(Client, RepeatsAMutationOnceWithTheSameRequestId) {
  FakeWorld world;
  Couple couple;
  couple.set_name("practices/p/couples/c");
  world.transport.Fail("CareService.CreateCouple", Lost());
  world.transport.Answer("CareService.CreateCouple", couple);
  ASSERT_TRUE(world.Run("couple create").ok());
  ASSERT_EQ(world.transport.sent.size(), 2u);
  EXPECT_EQ(world.transport.sent[0].bytes, world.transport.sent[1].bytes);
  EXPECT_EQ(world.notices.size(), 1u);
  EXPECT_TRUE(absl::StrContains(world.out.str(), "couples/c\n"));
}

TEST(Client, NeverRepeatsWhatHasNoRequestId) {
  FakeWorld world;
  world.transport.Fail("PracticeService.InitializeServer", Lost());
  EXPECT_FALSE(world.Run("init", {{"--practice", "P"}, {"--administrator", "A"}}).ok());
  EXPECT_EQ(world.transport.sent.size(), 1u);
}

TEST(Client, DoesNotSendTheTokenWhereNobodyNeedsToBeSignedIn) {
  FakeWorld world;
  world.Run("init", {{"--practice", "P"}, {"--administrator", "A"}}).IgnoreError();
  EXPECT_EQ(world.transport.sent.back().token, "");
  world.Run("whoami").IgnoreError();
  EXPECT_EQ(world.transport.sent.back().token, "token");
}

TEST(Client, RefusesWithoutASessionBeforeAnythingIsSent) {
  FakeWorld world;
  world.client.set_token("");
  EXPECT_EQ(Explain(world.Run("couple create"), "").exit_code, ExitCode::kNotSignedIn);
  EXPECT_TRUE(world.transport.sent.empty());
}

TEST(List, JoinsPages) {
  FakeWorld world;
  mendwork::v1::ListCouplesResponse first;
  first.add_couples()->set_name("practices/p/couples/a");
  first.set_next_page_token("t");
  mendwork::v1::ListCouplesResponse second;
  second.add_couples()->set_name("practices/p/couples/b");
  world.transport.Answer("CareService.ListCouples", first);
  world.transport.Answer("CareService.ListCouples", second);
  ASSERT_TRUE(world.Run("couple list").ok());
  EXPECT_EQ(world.out.str(), "Couple     State  Created\ncouples/a\ncouples/b\n");
  EXPECT_EQ(world.transport.Last<mendwork::v1::ListCouplesRequest>().page_token(), "t");
}

TEST(Update, SendsTheEtagItReadAndTheMaskOfWhatWasTyped) {
  FakeWorld world;
  v1::Practice practice;
  practice.set_name("practices/p");
  practice.set_etag("e7");
  v1::Practice::SupportContact* contact = practice.add_support_contacts();
  contact->set_label("Crisis line");
  contact->set_contact("024");
  world.transport.Answer("PracticeService.GetPractice", practice);
  world.transport.Answer("PracticeService.UpdatePractice", practice);
  ASSERT_TRUE(world
                  .Run("practice update", {{"--grant-delay", "36h"},
                                           {"--support-confirmed-by", "Ana"},
                                           {"--confirmed-on", "2025-01-31"}})
                  .ok());
  const auto sent = world.transport.Last<v1::UpdatePracticeRequest>();
  EXPECT_EQ(sent.practice().name(), "practices/p");
  EXPECT_EQ(sent.practice().etag(), "e7");
  EXPECT_EQ(sent.practice().partner_grant_delay().seconds(), 36 * 3600);
  EXPECT_EQ(sent.practice().support_contacts(0).contact(), "024");
  EXPECT_EQ(sent.practice().support_contacts(0).confirmed_by(), "Ana");
  ASSERT_EQ(sent.update_mask().paths_size(), 2);
  EXPECT_EQ(sent.update_mask().paths(0), "partner_grant_delay");
  EXPECT_EQ(sent.update_mask().paths(1), "support_contacts");
}

TEST(Update, CancelsAnAppointmentByItsState) {
  FakeWorld world;
  mendwork::v1::Appointment appointment;
  appointment.set_etag("e");
  world.transport.Answer("CareService.GetAppointment", appointment);
  world.transport.Answer("CareService.UpdateAppointment", appointment);
  ASSERT_TRUE(world.Run("appointment cancel", {{"appointment", "couples/c/appointments/a"}}).ok());
  const auto sent = world.transport.Last<mendwork::v1::UpdateAppointmentRequest>();
  EXPECT_EQ(sent.appointment().name(), "practices/p/couples/c/appointments/a");
  EXPECT_EQ(sent.appointment().state(), mendwork::v1::Appointment::STATE_CANCELLED);
  EXPECT_EQ(sent.appointment().etag(), "e");
  EXPECT_EQ(sent.update_mask().paths(0), "state");
}

TEST(DryRun, ReadsAndChangesNothing) {
  FakeWorld world;
  v1::Staff staff;
  staff.set_name("practices/p/staff/s");
  world.transport.Answer("StaffService.GetStaff", staff);
  ASSERT_TRUE(world.Run("staff disable", {{"staff", "s"}, {"--dry-run", "true"}}).ok());
  ASSERT_EQ(world.transport.sent.size(), 1u);
  EXPECT_TRUE(absl::StrContains(world.out.str(), "Nothing was changed."));
}

TEST(Content, IsAskedForAndNeverTakenFromTheCommandLine) {
  FakeWorld world;
  world.transport.Answer("CareService.CreatePartner", mendwork::v1::Partner());
  EXPECT_EQ(Explain(world.Run("partner add", {{"couple", "c"}, {"--name", "Alex"}}), "").exit_code,
            ExitCode::kUsage);
  EXPECT_TRUE(world.transport.sent.empty());

  world.terminal.answers = {"Alex"};
  ASSERT_TRUE(world.Run("partner add", {{"couple", "c"}}).ok());
  EXPECT_EQ(world.terminal.prompts.front(), "Name by which they want to be called: ");
  EXPECT_EQ(world.transport.Last<mendwork::v1::CreatePartnerRequest>().display_name(), "Alex");

  world.terminal.input = {"Robin"};
  ASSERT_TRUE(world.Run("partner add", {{"couple", "c"}, {"--name", "-"}}).ok());
  EXPECT_EQ(world.transport.Last<mendwork::v1::CreatePartnerRequest>().display_name(), "Robin");
}

TEST(Event, TiesPartnersToTheirParts) {
  FakeWorld world;
  world.transport.Answer("CareService.CreateBetrayalEvent", mendwork::v1::BetrayalEvent());
  EXPECT_FALSE(world.Run("event create", {{"couple", "c"}, {"--status", "acknowledged"}}).ok());
  ASSERT_TRUE(world
                  .Run("event create", {{"couple", "c"},
                                        {"--status", "acknowledged"},
                                        {"--betrayed", "x"},
                                        {"--involved", "couples/c/partners/y"}})
                  .ok());
  const auto sent = world.transport.Last<mendwork::v1::CreateBetrayalEventRequest>().betrayal_event();
  ASSERT_EQ(sent.participants_size(), 2);
  EXPECT_EQ(sent.participants(0).partner(), "practices/p/couples/c/partners/x");
  EXPECT_EQ(sent.participants(0).role(), mendwork::v1::EVENT_ROLE_BETRAYED);
  EXPECT_EQ(sent.participants(1).partner(), "practices/p/couples/c/partners/y");
  EXPECT_EQ(sent.participants(1).role(), mendwork::v1::EVENT_ROLE_INVOLVED);
}

TEST(Release, TakesTheCoupleFromTheResponse) {
  FakeWorld world;
  world.transport.Answer("ConsentService.CreateRelease", mendwork::v1::Release());
  ASSERT_TRUE(
      world.Run("release create", {{"response", "couples/c/assignments/a/responses/r"}, {"--plugin", "g"}})
          .ok());
  const auto sent = world.transport.Last<mendwork::v1::CreateReleaseRequest>();
  EXPECT_EQ(sent.parent(), "practices/p/couples/c");
  EXPECT_EQ(sent.plugin(), "practices/p/plugins/g");
}

TEST(Plugin, GrantSaysNothingOnlyOnPurpose) {
  FakeWorld world;
  world.transport.Answer("PluginAdminService.GetPlugin", v1::Plugin());
  world.transport.Answer("PluginAdminService.GrantPlugin", v1::Plugin());
  EXPECT_FALSE(world.Run("plugin grant", {{"plugin", "g"}}).ok());
  EXPECT_FALSE(world.Run("plugin grant", {{"plugin", "g"}, {"--nothing", "true"}, {"--egress", "a:1"}}).ok());
  EXPECT_TRUE(world.Run("plugin grant", {{"plugin", "g"}, {"--nothing", "true"}}).ok());
}

TEST(Plugin, RegisterHashesTheOneExecutableAndAsks) {
  const test::TemporaryDirectory directory;
  ASSERT_TRUE(base::WriteFileAtomically(directory.File("plugin.json"), "{}", 0600).ok());
  ASSERT_TRUE(base::WriteFileAtomically(directory.File("run"), "abc", 0700).ok());
  FakeWorld world;
  world.transport.Answer("PluginAdminService.RegisterPlugin", v1::Plugin());
  world.terminal.answers = {"n"};
  EXPECT_EQ(Explain(world.Run("plugin register", {{"directory", directory.path()}}), "").exit_code,
            ExitCode::kRefused);
  EXPECT_TRUE(world.transport.sent.empty());
  ASSERT_TRUE(world.Run("plugin register", {{"directory", directory.path() + "/"}, {"--yes", "true"}}).ok());
  const auto sent = world.transport.Last<v1::RegisterPluginRequest>();
  EXPECT_EQ(sent.package_directory(), directory.path());
  EXPECT_EQ(sent.executable_sha256(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");

  ASSERT_TRUE(base::WriteFileAtomically(directory.File("other"), "abc", 0700).ok());
  EXPECT_FALSE(world.Run("plugin register", {{"directory", directory.path()}, {"--yes", "true"}}).ok());
}

TEST(Session, IsKeptInAPrivateFileAndNeverPrinted) {
  const test::TemporaryDirectory directory;
  FakeWorld world;
  world.client.set_token("");
  world.context.json = true;
  world.context.session_path = directory.File("state/session");
  mendwork::v1::SignInResponse reply;
  reply.mutable_session()->set_token("the-token");
  reply.mutable_session()->mutable_session()->set_practice("practices/p");
  world.transport.Answer("SessionService.SignIn", reply);
  world.terminal.answers = {"the secret"};
  ASSERT_TRUE(world.Run("sign-in", {{"--name", "calm-otter"}}).ok());
  EXPECT_EQ(world.terminal.prompts.front(), "Secret: (hidden)");
  EXPECT_FALSE(absl::StrContains(world.out.str(), "the-token"));
  struct stat info = {};
  ASSERT_EQ(stat(world.context.session_path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_EQ((*LoadSession(world.context.session_path))->token, "the-token");

  ASSERT_EQ(chmod(world.context.session_path.c_str(), 0640), 0);
  EXPECT_FALSE(LoadSession(world.context.session_path).ok());
}

TEST(Session, EndsHereEvenWhenTheServerForgotIt) {
  const test::TemporaryDirectory directory;
  FakeWorld world;
  world.context.session_path = directory.File("session");
  ASSERT_TRUE(SaveSession(world.context.session_path, {.token = "t"}).ok());
  world.transport.Fail("SessionService.SignOut", Lost());
  world.transport.Fail("SessionService.SignOut", ServerError(absl::StatusCode::kUnauthenticated, "x", ""));
  EXPECT_FALSE(world.Run("sign-out").ok());
  EXPECT_TRUE(LoadSession(world.context.session_path)->has_value());
  EXPECT_TRUE(world.Run("sign-out").ok());
  EXPECT_FALSE(LoadSession(world.context.session_path)->has_value());
}

TEST(Session, SecretsAreComparedBeforeAnythingIsSent) {
  FakeWorld world;
  world.terminal.answers = {"code", "first secret", "other secret"};
  EXPECT_EQ(Explain(world.Run("enroll"), "").exit_code, ExitCode::kUsage);
  EXPECT_TRUE(world.transport.sent.empty());
}

TEST(Address, PrefersWhatWasTyped) {
  EXPECT_EQ(ResolveAddress("host:443", ""), "host:443");
  EXPECT_EQ(ResolveAddress("", "/srv/mendwork"), "unix:/srv/mendwork/admin.sock");
  EXPECT_EQ(ResolveAddress("unix:///a/../b.sock", ""), "unix:/b.sock");
}

TEST(Address, OnlyThisMachineIsSpokenToInPlainText) {
  for (const char* address : {"unix:/a.sock", "localhost:1", "127.0.0.1:443", "[::1]:443"}) {
    EXPECT_TRUE(IsLocalAddress(address)) << address;
  }
  for (const char* address :
       {"10.0.0.1:443", "127.example:443", "mendwork.example:443", "localhost.example:1"}) {
    EXPECT_FALSE(IsLocalAddress(address)) << address;
  }
}

}  // namespace
}  // namespace mendwork::admin

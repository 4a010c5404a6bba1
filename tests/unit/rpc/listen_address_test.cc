#include "service/rpc/listen_address.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/temporary_directory.h"

namespace mendwork::rpc {
namespace {

using ::testing::HasSubstr;

struct Case {
  const char* text;
  const char* target;  // null: refused
  const char* message;
};

TEST(ListenAddressTest, Table) {
  const Case cases[] = {
      {"unix:/run/mendwork/api.sock", "unix:/run/mendwork/api.sock", ""},
      {"unix:///run/mendwork/api.sock", "unix:/run/mendwork/api.sock", ""},
      {"127.0.0.1:0", "127.0.0.1:0", ""},
      {"127.8.8.8:50051", "127.8.8.8:50051", ""},
      {"localhost:50051", "127.0.0.1:50051", ""},
      {"[::1]:50051", "[::1]:50051", ""},
      {"0.0.0.0:50051", nullptr, "can be stopped by one hostile client"},
      {"[::]:50051", nullptr, "nginx edge"},
      {"192.168.1.4:50051", nullptr, "--allow-insecure-network-listener"},
      {"[::ffff:127.0.0.1]:50051", nullptr, "which others can reach"},
      {"example.org:50051", nullptr, "names are not looked up"},
      {"127.0.0.1", nullptr, "is not an address"},
      {"127.0.0.1:x", nullptr, "is not an address"},
      {"127.0.0.1:70000", nullptr, "is not an address"},
      {":50051", nullptr, "is not an IP address"},
      {"unix:", nullptr, "names no socket"},
      {"unix-abstract:x", nullptr, "is not an address"},
      {"vsock:1:2", nullptr, "is not an IP address"},
  };
  for (const Case& test_case : cases) {
    SCOPED_TRACE(test_case.text);
    const absl::StatusOr<ListenAddress> address = ParseListenAddress(test_case.text, Network::kRefuse);
    ASSERT_EQ(address.ok(), test_case.target != nullptr);
    if (address.ok()) {
      EXPECT_EQ(address->Target(), test_case.target);
    } else {
      EXPECT_THAT(std::string(address.status().message()), HasSubstr(test_case.message));
    }
  }
}

TEST(ListenAddressTest, ANetworkOnlyWithTheFlag) {
  const absl::StatusOr<ListenAddress> address = ParseListenAddress("0.0.0.0:50051", Network::kAllow);
  ASSERT_TRUE(address.ok());
  EXPECT_TRUE(address->is_network);
  EXPECT_FALSE(ParseListenAddress("127.0.0.1:50051", Network::kAllow)->is_network);
}

TEST(ListenAddressTest, APathTooLongForASocket) {
  const absl::Status status = ParseListenAddress("unix:/" + std::string(120, 'x'), Network::kRefuse).status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("longer than the 107 bytes"));
}

std::string WhyNot(const std::string& path) {
  return std::string(PrepareToBind(*ParseListenAddress("unix:" + path, Network::kRefuse)).message());
}

int ListenOn(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  const int socket_file = socket(AF_UNIX, SOCK_STREAM, 0);
  EXPECT_EQ(bind(socket_file, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  EXPECT_EQ(listen(socket_file, 1), 0);
  return socket_file;
}

TEST(ListenAddressTest, SocketsInTheWay) {
  const test::TemporaryDirectory directory;
  EXPECT_EQ(WhyNot(directory.File("new/api.sock")), "");
  struct stat made;
  ASSERT_EQ(stat(directory.File("new").c_str(), &made), 0);
  EXPECT_EQ(made.st_mode & 0777, 0700u);

  std::ofstream(directory.File("file")) << "x";
  EXPECT_THAT(WhyNot(directory.File("file")), HasSubstr("is not a socket"));
  EXPECT_THAT(WhyNot(directory.File("file/api.sock")), HasSubstr("is not a directory"));
  EXPECT_THAT(WhyNot(directory.File("no/such/api.sock")), HasSubstr("cannot be made"));

  const int listening = ListenOn(directory.File("live.sock"));
  EXPECT_THAT(WhyNot(directory.File("live.sock")), HasSubstr("Another process answers"));
  close(listening);
  EXPECT_EQ(WhyNot(directory.File("live.sock")), "");  // left over

  ASSERT_EQ(chmod(directory.File("new").c_str(), 0770), 0);
  EXPECT_THAT(WhyNot(directory.File("new/api.sock")), HasSubstr("Others may write"));
}

}  // namespace
}  // namespace mendwork::rpc

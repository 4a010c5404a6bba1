// A server on a loopback address that gives every connection the same answer and remembers what it was sent.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "gtest/gtest.h"

namespace mendwork::test {

class LoopbackServer {
 public:
  // An empty answer: reads the request and never answers.
  explicit LoopbackServer(std::string answer, const char* address = "127.0.0.1")
      : answer_(std::move(answer)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in name = {};
    name.sin_family = AF_INET;
    inet_pton(AF_INET, address, &name.sin_addr);
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&name), sizeof(name)), 0);
    EXPECT_EQ(listen(listener_, 16), 0);
    socklen_t size = sizeof(name);
    EXPECT_EQ(getsockname(listener_, reinterpret_cast<sockaddr*>(&name), &size), 0);
    port_ = ntohs(name.sin_port);
    thread_ = std::thread([this] { Loop(); });
  }
  ~LoopbackServer() {
    stopping_ = true;
    thread_.join();
    for (const int fd : held_) {
      close(fd);
    }
    close(listener_);
  }

  int port() const { return port_; }
  std::vector<std::string> requests() {
    absl::MutexLock lock(&mutex_);
    return requests_;
  }

 private:
  static constexpr int kLookMs = 20;

  void Loop() {
    while (!stopping_) {
      pollfd ready = {listener_, POLLIN, 0};
      if (poll(&ready, 1, kLookMs) > 0) {
        const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd >= 0) {
          Answer(fd);
        }
      }
    }
  }

  void Answer(int fd) {
    std::string request;
    char buffer[4096];
    while (!stopping_ && !IsWhole(request)) {
      pollfd ready = {fd, POLLIN, 0};
      const ssize_t count = poll(&ready, 1, kLookMs) > 0 ? read(fd, buffer, sizeof(buffer)) : -1;
      if (count == 0) {
        break;
      }
      request.append(buffer, count > 0 ? static_cast<size_t>(count) : 0);
    }
    {
      absl::MutexLock lock(&mutex_);
      requests_.push_back(request);
    }
    if (answer_.empty()) {
      held_.push_back(fd);
      return;
    }
    [[maybe_unused]] const ssize_t sent = send(fd, answer_.data(), answer_.size(), MSG_NOSIGNAL);
    close(fd);
  }

  // The tests' bodies end with "}".
  static bool IsWhole(const std::string& request) {
    return absl::StrContains(request, "\r\n\r\n") &&
           (absl::StartsWith(request, "GET") || absl::EndsWith(request, "}"));
  }

  const std::string answer_;
  int listener_ = -1;
  int port_ = 0;
  std::vector<int> held_;
  std::atomic<bool> stopping_{false};
  absl::Mutex mutex_;
  std::vector<std::string> requests_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace mendwork::test

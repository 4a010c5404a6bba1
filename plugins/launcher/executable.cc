#include "plugins/launcher/executable.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

namespace mendwork::launcher {
namespace {

constexpr char kElf[] = "\177ELF";
constexpr off_t kExecutableSizeMax = off_t{1} << 30;
constexpr mode_t kWritableByOthers = S_IWGRP | S_IWOTH;
constexpr unsigned kMemfdExec = 0x0010U;  // MFD_EXEC, Linux 6.3; older kernels refuse it and do not need it

// -I: neither the environment nor the user's own directories nor the working directory add modules.
constexpr Interpreter kInterpreters[] = {
    {"#!/usr/bin/python3 -I\n", "/usr/bin/python3", "-I", "/etc/python3.11"},
};

int MemoryFile() {
  const int fd = memfd_create("mendwork-plugin", MFD_CLOEXEC | MFD_ALLOW_SEALING | kMemfdExec);
  return fd >= 0 || errno != EINVAL ? fd : memfd_create("mendwork-plugin", MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

bool WriteWhole(int fd, const unsigned char* bytes, size_t size) {
  while (size > 0) {
    const ssize_t written = write(fd, bytes, size);
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written <= 0) {
      return false;
    }
    bytes += written;
    size -= static_cast<size_t>(written);
  }
  return true;
}

std::string Hex(const unsigned char* bytes, size_t size) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (size_t i = 0; i < size; ++i) {
    out += kDigits[bytes[i] >> 4];
    out += kDigits[bytes[i] & 15];
  }
  return out;
}

// Copies by pread, so that the descriptor's shared offset does not matter. Returns the hash, or nothing.
std::optional<std::string> CopyAndHash(int from, int to) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> hash(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  if (hash == nullptr || EVP_DigestInit_ex(hash.get(), EVP_sha256(), nullptr) != 1) {
    return std::nullopt;
  }
  std::vector<unsigned char> buffer(1 << 20);
  off_t offset = 0;
  for (;;) {
    const ssize_t got = pread(from, buffer.data(), buffer.size(), offset);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0 || offset + got > kExecutableSizeMax) {
      return std::nullopt;
    }
    if (got == 0) {
      break;
    }
    const size_t size = static_cast<size_t>(got);
    if (EVP_DigestUpdate(hash.get(), buffer.data(), size) != 1 || !WriteWhole(to, buffer.data(), size)) {
      return std::nullopt;
    }
    offset += got;
  }
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int digest_size = 0;
  if (EVP_DigestFinal_ex(hash.get(), digest, &digest_size) != 1) {
    return std::nullopt;
  }
  return Hex(digest, digest_size);
}

bool BeginsWith(int fd, const char* text) {
  const size_t size = std::strlen(text);
  std::string found(size, '\0');
  return pread(fd, found.data(), size, 0) == static_cast<ssize_t>(size) && found == text;
}

bool Seal(int fd, mode_t mode) {
  return fchmod(fd, mode) == 0 &&
         fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) == 0;
}

// The interpreter is not hashed: like the C library it belongs to the system, which only root can change.
std::optional<Program> RunScript(int script_fd, std::string& problem) {
  for (const Interpreter& interpreter : kInterpreters) {
    if (!BeginsWith(script_fd, interpreter.first_line)) {
      continue;
    }
    const int fd = open(interpreter.path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
      problem = std::string("the script's interpreter is not installed: ") + interpreter.path;
      return std::nullopt;
    }
    if (status.st_uid != 0 || (status.st_mode & kWritableByOthers) != 0 || !BeginsWith(fd, kElf)) {
      problem = std::string("the script's interpreter can be changed by others than root, or is a script: ") +
                interpreter.path;
      return std::nullopt;
    }
    return Program{
        .fd = fd,
        .script_fd = script_fd,
        .interpreter = &interpreter,
        .words = {interpreter.path, interpreter.option, "/proc/self/fd/" + std::to_string(script_fd)}};
  }
  problem =
      "the executable is neither an ELF program nor a script that begins with a known interpreter's line";
  return std::nullopt;
}

}  // namespace

std::optional<Program> CheckedProgram(int executable_fd, const std::string& sha256, std::string& problem) {
  struct stat status;
  if (fstat(executable_fd, &status) != 0 || !S_ISREG(status.st_mode)) {
    problem = "the executable's descriptor is not a regular file";
    return std::nullopt;
  }
  const int copy = MemoryFile();
  if (copy < 0) {
    problem = "no memory file for the executable";
    return std::nullopt;
  }
  const std::optional<std::string> found = CopyAndHash(executable_fd, copy);
  if (!found.has_value()) {
    problem = "the executable cannot be read";
    return std::nullopt;
  }
  if (*found != sha256) {
    problem = "the executable is not the registered one: its SHA-256 is " + *found;
    return std::nullopt;
  }
  const bool is_elf = BeginsWith(copy, kElf);
  if (!Seal(copy, is_elf ? 0555 : 0444)) {
    problem = "the executable's copy cannot be sealed";
    return std::nullopt;
  }
  return is_elf ? Program{.fd = copy, .words = {"plugin"}} : RunScript(copy, problem);
}

}  // namespace mendwork::launcher

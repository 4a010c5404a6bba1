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

constexpr off_t kExecutableSizeMax = off_t{1} << 30;
constexpr unsigned kMemfdExec = 0x0010U;  // MFD_EXEC, Linux 6.3; older kernels refuse it and do not need it

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
std::optional<std::string> CopyAndHash(int from, int to, bool& is_elf) {
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
    if (offset == 0) {
      is_elf = got >= 4 && std::memcmp(buffer.data(), "\177ELF", 4) == 0;
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

}  // namespace

std::optional<int> CheckedExecutable(int executable_fd, const std::string& sha256, std::string& problem) {
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
  bool is_elf = false;
  const std::optional<std::string> found = CopyAndHash(executable_fd, copy, is_elf);
  if (!found.has_value()) {
    problem = "the executable cannot be read";
    return std::nullopt;
  }
  if (*found != sha256) {
    problem = "the executable is not the registered one: its SHA-256 is " + *found;
    return std::nullopt;
  }
  // A script's interpreter would have to open the script through a descriptor that is closed by then.
  if (!is_elf) {
    problem = "the executable is not an ELF program";
    return std::nullopt;
  }
  if (fchmod(copy, 0555) != 0 ||
      fcntl(copy, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0) {
    problem = "the executable's copy cannot be sealed";
    return std::nullopt;
  }
  return copy;
}

}  // namespace mendwork::launcher

#include "service/store/vfs.h"

#include <sqlite3.h>
#include <unistd.h>

#include <new>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/base/check.h"
#include "service/base/log.h"

namespace mendwork::store {
namespace {

// Followed in memory by the default VFS's own file structure.
struct File {
  sqlite3_file base;
  Vfs* vfs;
  const char* path;  // SQLite keeps it until xClose; null for a temporary file

  sqlite3_file* inner() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

File* AsFile(sqlite3_file* file) { return reinterpret_cast<File*>(file); }
sqlite3_file* Inner(sqlite3_file* file) { return AsFile(file)->inner(); }

template <typename Call>
int Watched(sqlite3_file* base, StorageOperation operation, Call call) {
  File* file = AsFile(base);
  int result = file->vfs->Before(operation, file->path);
  if (result == SQLITE_OK) {
    result = call(file->inner());
  }
  return file->vfs->After(operation, file->path, result);
}

int FileClose(sqlite3_file* file) { return Inner(file)->pMethods->xClose(Inner(file)); }

int FileRead(sqlite3_file* file, void* bytes, int size, sqlite3_int64 offset) {
  return Watched(file, StorageOperation::kRead,
                 [&](sqlite3_file* inner) { return inner->pMethods->xRead(inner, bytes, size, offset); });
}

int FileWrite(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
  return Watched(file, StorageOperation::kWrite,
                 [&](sqlite3_file* inner) { return inner->pMethods->xWrite(inner, bytes, size, offset); });
}

int FileTruncate(sqlite3_file* file, sqlite3_int64 size) {
  return Watched(file, StorageOperation::kTruncate,
                 [&](sqlite3_file* inner) { return inner->pMethods->xTruncate(inner, size); });
}

int FileSync(sqlite3_file* file, int flags) {
  return Watched(file, StorageOperation::kSync,
                 [&](sqlite3_file* inner) { return inner->pMethods->xSync(inner, flags); });
}

int FileSize(sqlite3_file* file, sqlite3_int64* size) {
  return Inner(file)->pMethods->xFileSize(Inner(file), size);
}
int FileLock(sqlite3_file* file, int kind) { return Inner(file)->pMethods->xLock(Inner(file), kind); }
int FileUnlock(sqlite3_file* file, int kind) { return Inner(file)->pMethods->xUnlock(Inner(file), kind); }
int FileCheckReservedLock(sqlite3_file* file, int* out) {
  return Inner(file)->pMethods->xCheckReservedLock(Inner(file), out);
}
int FileControl(sqlite3_file* file, int operation, void* argument) {
  return Inner(file)->pMethods->xFileControl(Inner(file), operation, argument);
}
int FileSectorSize(sqlite3_file* file) { return Inner(file)->pMethods->xSectorSize(Inner(file)); }
int FileDeviceCharacteristics(sqlite3_file* file) {
  return Inner(file)->pMethods->xDeviceCharacteristics(Inner(file));
}
int FileShmMap(sqlite3_file* file, int page, int size, int extend, void volatile** out) {
  return Inner(file)->pMethods->xShmMap(Inner(file), page, size, extend, out);
}
int FileShmLock(sqlite3_file* file, int offset, int count, int flags) {
  return Inner(file)->pMethods->xShmLock(Inner(file), offset, count, flags);
}
void FileShmBarrier(sqlite3_file* file) { Inner(file)->pMethods->xShmBarrier(Inner(file)); }
int FileShmUnmap(sqlite3_file* file, int remove) {
  return Inner(file)->pMethods->xShmUnmap(Inner(file), remove);
}

// Version 2: shared memory for WAL, but no xFetch, so no page is ever read through a mapping.
constexpr sqlite3_io_methods kMethods = {2,
                                         FileClose,
                                         FileRead,
                                         FileWrite,
                                         FileTruncate,
                                         FileSync,
                                         FileSize,
                                         FileLock,
                                         FileUnlock,
                                         FileCheckReservedLock,
                                         FileControl,
                                         FileSectorSize,
                                         FileDeviceCharacteristics,
                                         FileShmMap,
                                         FileShmLock,
                                         FileShmBarrier,
                                         FileShmUnmap,
                                         nullptr,
                                         nullptr};

sqlite3_vfs* DefaultVfs() {
  static sqlite3_vfs* const vfs = sqlite3_vfs_find(nullptr);
  return vfs;
}

int VfsOpen(sqlite3_vfs* vfs, const char* path, sqlite3_file* base, int flags, int* out_flags) {
  File* file = new (base) File{};
  file->vfs = static_cast<Vfs*>(vfs->pAppData);
  file->path = path;
  file->inner()->pMethods = nullptr;
  const int result = DefaultVfs()->xOpen(DefaultVfs(), path, file->inner(), flags, out_flags);
  // SQLite calls xClose only when pMethods is set, and the default VFS follows the same rule inside.
  file->base.pMethods = file->inner()->pMethods == nullptr ? nullptr : &kMethods;
  return result;
}

const char* NameOf(StorageOperation operation) {
  switch (operation) {
    case StorageOperation::kRead:
      return "read";
    case StorageOperation::kWrite:
      return "write";
    case StorageOperation::kSync:
      return "sync";
    case StorageOperation::kTruncate:
      return "truncate";
  }
  return "unknown";
}

bool IsFailure(StorageOperation operation, int result) {
  if (result == SQLITE_OK || result == SQLITE_IOERR_SHORT_READ || result == SQLITE_NOMEM ||
      result == SQLITE_IOERR_NOMEM) {
    return false;
  }
  // A full disk is an ordinary answer to a write, but not to a sync: then data already accepted is gone.
  return operation == StorageOperation::kSync || result != SQLITE_FULL;
}

// Only the last part of the path: the rest is the practice's business.
absl::string_view FileName(absl::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == absl::string_view::npos ? path : path.substr(slash + 1);
}

void EndProcess(absl::string_view operation, absl::string_view path) {
  base::Log(base::Severity::kError, "storage_failed",
            {{"operation", operation},
             {"file", FileName(path)},
             {"action",
              "Nothing more is acknowledged; the process ends. Check the disk, then start the server again: "
              "it examines its files at the start."}});
  _exit(kStorageFailureExitCode);
}

std::string NextName() {
  static std::atomic<uint64_t> next{1};
  return absl::StrCat("mendwork-", next.fetch_add(1));
}

}  // namespace

Vfs::Vfs(VfsOptions options)
    : options_(std::move(options)), name_(NextName()), registration_(std::make_unique<sqlite3_vfs>()) {
  if (!options_.on_failure) {
    options_.on_failure = EndProcess;
  }
  // Everything but xOpen is the default VFS's own: its functions do not look at the sqlite3_vfs they get,
  // except for mxPathname and, in xOpen, what we pass on.
  *registration_ = *DefaultVfs();
  registration_->pNext = nullptr;
  registration_->zName = name_.c_str();
  registration_->pAppData = this;
  registration_->szOsFile = static_cast<int>(sizeof(File)) + DefaultVfs()->szOsFile;
  registration_->xOpen = VfsOpen;
  MENDWORK_CHECK(sqlite3_vfs_register(registration_.get(), 0) == SQLITE_OK, "A VFS can be registered.");
}

Vfs::~Vfs() { sqlite3_vfs_unregister(registration_.get()); }

int Vfs::Before(StorageOperation operation, const char* path) {
  if (failed() && operation != StorageOperation::kRead) {
    return operation == StorageOperation::kSync ? SQLITE_IOERR_FSYNC : SQLITE_IOERR_WRITE;
  }
  if (options_.hook == nullptr) {
    return SQLITE_OK;
  }
  return options_.hook->Before(operation, path == nullptr ? "" : path);
}

int Vfs::After(StorageOperation operation, const char* path, int result) {
  if (IsFailure(operation, result) && !failed_.exchange(true)) {
    options_.on_failure(NameOf(operation), path == nullptr ? "" : path);
  }
  return result;
}

}  // namespace mendwork::store

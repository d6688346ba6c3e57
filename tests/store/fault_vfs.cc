#include "fault_vfs.h"

#include <new>

namespace moondial::test {
namespace {

/// Followed in memory by the real file.
struct File {
  sqlite3_file base;
  FaultVfs* vfs;
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

File& file_of(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }

/// The real file's method, called with the real file.
template <auto kMethod, typename... Arguments>
auto forward(sqlite3_file* file, Arguments... arguments) {
  sqlite3_file* real = file_of(file).real();
  return (real->pMethods->*kMethod)(real, arguments...);
}

/// The same, unless it is this one's turn to fail.
template <auto kMethod, typename... Arguments>
int forward_or_fail(sqlite3_file* file, Arguments... arguments) {
  const int result = file_of(file).vfs->next();
  return result == SQLITE_OK ? forward<kMethod>(file, arguments...) : result;
}

int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 at) {
  const FaultVfs& vfs = *file_of(file).vfs;
  const int result = file_of(file).vfs->next();
  if (result != SQLITE_OK && !vfs.tears()) return result;
  const int written =
      forward<&sqlite3_io_methods::xWrite>(file, bytes, result == SQLITE_OK ? size : size / 2, at);
  return result == SQLITE_OK ? written : result;
}

int sync(sqlite3_file* file, int /*flags*/) { return file_of(file).vfs->next(); }

using M = sqlite3_io_methods;
const sqlite3_io_methods kMethods = {
    2,
    forward<&M::xClose>,
    forward<&M::xRead, void*, int, sqlite3_int64>,
    write,
    forward_or_fail<&M::xTruncate, sqlite3_int64>,
    sync,
    forward<&M::xFileSize, sqlite3_int64*>,
    forward<&M::xLock, int>,
    forward<&M::xUnlock, int>,
    forward<&M::xCheckReservedLock, int*>,
    forward<&M::xFileControl, int, void*>,
    forward<&M::xSectorSize>,
    forward<&M::xDeviceCharacteristics>,
    forward<&M::xShmMap, int, int, int, void volatile**>,
    forward<&M::xShmLock, int, int, int>,
    forward<&M::xShmBarrier>,
    forward<&M::xShmUnmap, int>,
    nullptr,
    nullptr,
};

struct Context {
  FaultVfs* self;
  sqlite3_vfs* real;
};

int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  const auto* context = static_cast<const Context*>(vfs->pAppData);
  File& wrapper = *new (file) File{{nullptr}, context->self};
  const int result = context->real->xOpen(context->real, name, wrapper.real(), flags, out_flags);
  if (wrapper.real()->pMethods != nullptr) wrapper.base.pMethods = &kMethods;
  return result;
}

}  // namespace

FaultVfs::FaultVfs() : real_(sqlite3_vfs_find(nullptr)) {
  vfs_ = *real_;
  vfs_.zName = "fault";
  vfs_.pNext = nullptr;
  vfs_.szOsFile += static_cast<int>(sizeof(File));
  vfs_.xOpen = open;
  vfs_.pAppData = new Context{this, real_};
  sqlite3_vfs_register(&vfs_, 1);
}

FaultVfs::~FaultVfs() {
  sqlite3_vfs_unregister(&vfs_);
  sqlite3_vfs_register(real_, 1);
  delete static_cast<Context*>(vfs_.pAppData);
}

void FaultVfs::fail(int64_t nth, int code, Repeat repeat, Tear tear) {
  operations_ = 0;
  code_ = code;
  for_ever_ = repeat == Repeat::kForEver;
  tears_ = tear == Tear::kYes;
  nth_ = nth;
}

void FaultVfs::heal() {
  nth_ = -1;
  operations_ = 0;
}

int FaultVfs::next() {
  const int64_t number = operations_++;
  const int64_t nth = nth_;
  if (nth < 0) return SQLITE_OK;
  const bool fails = for_ever_ ? number >= nth : number == nth;
  return fails ? code_.load() : SQLITE_OK;
}

}  // namespace moondial::test

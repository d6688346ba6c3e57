#include "late_library.h"

#include <dlfcn.h>
#include <unistd.h>

#include <cstdio>

namespace moondial {
namespace {

/// Of the dynamic linker, too, for a program whose libraries are not there.
constexpr int kNoLibraryExit = 127;

[[noreturn]] void end_process() {
  const char* why = ::dlerror();
  std::fprintf(stderr, "moondial: a library cannot be used: %s\n",
               why != nullptr ? why : "unknown");
  std::fflush(nullptr);
  ::_exit(kNoLibraryExit);
}

}  // namespace

LateLibrary::LateLibrary(const char* name) : handle_(::dlopen(name, RTLD_LAZY | RTLD_LOCAL)) {
  if (handle_ == nullptr) end_process();
}

void* LateLibrary::address(const char* symbol) const {
  void* const found = ::dlsym(handle_, symbol);
  if (found == nullptr) end_process();
  return found;
}

}  // namespace moondial

#include "uv/holder_program.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "uv/spawn_child.h"

// MOONDIAL_HOLDER is the path of the program, which is built before this file.
asm(R"(
  .pushsection .rodata
  .balign 16
  .global moondial_holder_begin
  .hidden moondial_holder_begin
moondial_holder_begin:
  .incbin ")" MOONDIAL_HOLDER R"("
  .global moondial_holder_end
  .hidden moondial_holder_end
moondial_holder_end:
  .popsection
)");

extern "C" {
extern const char kHolderBegin[] asm("moondial_holder_begin");
extern const char kHolderEnd[] asm("moondial_holder_end");
}

namespace moondial {
namespace {

constexpr unsigned kExecutable = 0x10;  // MFD_EXEC, which glibc 2.36 does not know

bool write_program(int fd) {
  std::string_view rest(kHolderBegin, static_cast<size_t>(kHolderEnd - kHolderBegin));
  while (!rest.empty()) {
    const ssize_t put = ::write(fd, rest.data(), rest.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    rest.remove_prefix(static_cast<size_t>(put));
  }
  return true;
}

/// Opened again for reading: what is open for writing is not executed.
UniqueFd for_execution(const UniqueFd& written) {
  const std::string path = "/proc/self/fd/" + std::to_string(written.get());
  return UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

UniqueFd executable(UniqueFd program) {
  if (program && ::faccessat(program.get(), "", X_OK, AT_EMPTY_PATH) != 0) return UniqueFd();
  return program;
}

}  // namespace

UniqueFd holder_program_in_memory() {
  int fd = ::memfd_create("moondial-holder", MFD_CLOEXEC | kExecutable);
  if (fd < 0 && errno == EINVAL) fd = ::memfd_create("moondial-holder", MFD_CLOEXEC);
  const UniqueFd memory(fd);
  if (!memory || !write_program(memory.get())) return UniqueFd();
  return executable(for_execution(memory));
}

UniqueFd holder_program_in_file(const std::string& directory) {
  const UniqueFd file(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0700));
  if (!file || !write_program(file.get())) return UniqueFd();
  return executable(for_execution(file));
}

Result<UniqueFd> open_holder_program(const std::string& directory) {
  UniqueFd program = holder_program_in_memory();
  if (!program) program = holder_program_in_file(directory);
  if (!program) {
    return system_error("cannot keep the program that holds commands, in memory or in " + directory,
                        errno);
  }
  return program;
}

}  // namespace moondial

// Loaded into the engine before the C library (LD_PRELOAD): faults at the calls of the system that
// the record and the publishing are made of, in the real binary. Does nothing in other programs.
//
//   FAULT_KILL_AT=N     the engine is killed (SIGKILL) before the Nth of these calls, from 1
//   FAULT_KILLED=FILE   gets the name of that call; while it is there, nobody is killed any more
//   FAULT_FAIL=CALL:NAME:ERRNO[:HOW]
//                       CALL on a file whose name is NAME fails, while the file FAULT_WHEN exists.
//                       HOW `short`: a write puts half of its bytes down; `kill`: instead, the
//                       engine is killed
//   FAULT_CLOCK_BACK=S  the wall clock is S seconds behind while the file FAULT_WHEN exists
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static long kill_at;
static atomic_long calls;
static const char* killed_file;
static const char* when_file;
static char fail_call[32], fail_name[64];
static int fail_error, fail_short, fail_kills;
static long clock_back;

static int is_engine(void) {
  char text[4096];
  const int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
  const ssize_t size = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
  if (fd >= 0) close(fd);
  for (ssize_t at = 0; at < size; at += (ssize_t)strlen(text + at) + 1) {
    text[size] = '\0';
    if (strcmp(text + at, "__engine") == 0) return 1;
  }
  return 0;
}

__attribute__((constructor)) static void set_up(void) {
  if (!is_engine()) return;
  const char* text = getenv("FAULT_KILL_AT");
  if (text != NULL) kill_at = atol(text);
  killed_file = getenv("FAULT_KILLED");
  if (killed_file != NULL && access(killed_file, F_OK) == 0) kill_at = 0;
  when_file = getenv("FAULT_WHEN");
  text = getenv("FAULT_CLOCK_BACK");
  if (text != NULL) clock_back = atol(text);
  text = getenv("FAULT_FAIL");
  char how[16] = "";
  if (text != NULL &&
      sscanf(text, "%31[^:]:%63[^:]:%d:%15s", fail_call, fail_name, &fail_error, how) < 3) {
    abort();
  }
  fail_short = strcmp(how, "short") == 0;
  fail_kills = strcmp(how, "kill") == 0;
}

static int it_is_time(void) {
  struct stat info;
  return when_file != NULL && stat(when_file, &info) == 0;
}

static void step(const char* call) {
  if (kill_at == 0 || atomic_fetch_add(&calls, 1) + 1 != kill_at) return;
  const int fd = killed_file == NULL ? -1 : open(killed_file, O_WRONLY | O_CREAT, 0600);
  if (fd >= 0 && syscall(SYS_write, fd, call, strlen(call)) < 0) abort();
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

static int has_name(const char* path) {
  const char* slash = strrchr(path, '/');
  return strcmp(slash == NULL ? path : slash + 1, fail_name) == 0;
}

/// Whether this call is to fail; then errno says why.
static int fails(const char* call, const char* path, int fd) {
  if (fail_call[0] == '\0' || strcmp(call, fail_call) != 0) return 0;
  char link[64], target[4096];
  if (path == NULL) {
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t size = readlink(link, target, sizeof target - 1);
    if (size < 0) return 0;
    target[size] = '\0';
    path = target;
  }
  if (!has_name(path) || !it_is_time()) return 0;
  if (fail_kills) kill(getpid(), SIGKILL);
  errno = fail_error;
  return 1;
}

#define REAL(name, ...)            \
  static int (*real)(__VA_ARGS__); \
  if (real == NULL) *(void**)&real = dlsym(RTLD_NEXT, #name)

int rename(const char* from, const char* to) {
  REAL(rename, const char*, const char*);
  step("rename");
  return fails("rename", to, -1) ? -1 : real(from, to);
}

int renameat2(int from_dir, const char* from, int to_dir, const char* to, unsigned flags) {
  REAL(renameat2, int, const char*, int, const char*, unsigned);
  step("renameat2");
  return fails("renameat2", to, -1) ? -1 : real(from_dir, from, to_dir, to, flags);
}

int mkdir(const char* path, mode_t mode) {
  REAL(mkdir, const char*, mode_t);
  step("mkdir");
  return fails("mkdir", path, -1) ? -1 : real(path, mode);
}

int unlink(const char* path) {
  REAL(unlink, const char*);
  step("unlink");
  return real(path);
}

int unlinkat(int dir, const char* path, int flags) {
  REAL(unlinkat, int, const char*, int);
  step("unlinkat");
  return real(dir, path, flags);
}

int fsync(int fd) {
  REAL(fsync, int);
  step("fsync");
  return fails("fsync", NULL, fd) ? -1 : real(fd);
}

int fdatasync(int fd) {
  REAL(fdatasync, int);
  step("fdatasync");
  return fails("fdatasync", NULL, fd) ? -1 : real(fd);
}

int syncfs(int fd) {
  REAL(syncfs, int);
  step("syncfs");
  return real(fd);
}

int ftruncate64(int fd, off64_t size) {
  REAL(ftruncate64, int, off64_t);
  step("ftruncate");
  return real(fd, size);
}

ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t at) {
  static ssize_t (*real)(int, const void*, size_t, off64_t);
  if (real == NULL) *(void**)&real = dlsym(RTLD_NEXT, "pwrite64");
  step("pwrite");
  if (!fails("pwrite", NULL, fd)) return real(fd, bytes, size, at);
  if (fail_short && size > 1) return real(fd, bytes, size / 2, at);
  return -1;
}

int posix_spawn(pid_t* pid, const char* path, const posix_spawn_file_actions_t* actions,
                const posix_spawnattr_t* attributes, char* const argv[], char* const envp[]) {
  REAL(posix_spawn, pid_t*, const char*, const posix_spawn_file_actions_t*,
       const posix_spawnattr_t*, char* const*, char* const*);
  step("posix_spawn");
  return real(pid, path, actions, attributes, argv, envp);
}

int clock_gettime(clockid_t clock, struct timespec* time) {
  REAL(clock_gettime, clockid_t, struct timespec*);
  const int result = real(clock, time);
  if (clock_back != 0 && clock == CLOCK_REALTIME && it_is_time()) time->tv_sec -= clock_back;
  return result;
}

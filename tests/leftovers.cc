// Every test case must leave the descriptors of its process as it found them: what is open at its
// end and was not before, is named, and the program fails. Part of every test program.
#define CATCH_CONFIG_EXTERNAL_INTERFACES
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <utility>

#include "tests/catch.h"

namespace {

#if __has_include(<catch2/catch_all.hpp>)
using Listener = Catch::EventListenerBase;
#else
using Listener = Catch::TestEventListenerBase;
#endif

/// Which file each open descriptor is of. Its name may change: somebody may rename or delete it.
std::map<int, std::pair<dev_t, ino_t>> open_descriptors() {
  std::map<int, std::pair<dev_t, ino_t>> open;
  std::error_code gone;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", gone)) {
    const int fd = std::atoi(entry.path().filename().c_str());
    struct stat info {};
    if (::fstat(fd, &info) == 0) open[fd] = {info.st_dev, info.st_ino};
  }
  // The one that read the directory is closed by now.
  std::erase_if(open, [](const auto& entry) { return ::fcntl(entry.first, F_GETFD) < 0; });
  return open;
}

std::string name_of(int fd) {
  std::error_code gone;
  return std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd), gone).string();
}

class Leftovers final : public Listener {
 public:
  using Listener::Listener;

  void testCaseStarting(const Catch::TestCaseInfo& test) override {
    name_ = test.name;
    before_ = open_descriptors();
  }

  void testCaseEnded(const Catch::TestCaseStats& /*stats*/) override {
    bool same = true;
    for (const auto& [fd, file] : open_descriptors()) {
      const auto known = before_.find(fd);
      if (known != before_.end() && known->second == file) continue;
      std::fprintf(stderr, "%s: left open: descriptor %d, %s\n", name_.c_str(), fd,
                   name_of(fd).c_str());
      same = false;
    }
    if (same) return;
    std::fflush(nullptr);
    std::_Exit(EXIT_FAILURE);  // Catch2 takes no verdict from here
  }

 private:
  std::string name_;
  std::map<int, std::pair<dev_t, ino_t>> before_;
};

CATCH_REGISTER_LISTENER(Leftovers)

}  // namespace

#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/arrivals.h"
#include "engine/event_loop.h"
#include "uv/glob_files.h"
#include "uv/unique_fd.h"

namespace moondial {

/// Looks for files with inotify(7), and every half minute by itself, since not every file system
/// tells what others do to it. Loop thread; the folders are read on a pool thread.
///
/// How it works. An event only says that it is time to look: at most every tenth of a second all
/// files of a glob are listed. A file is whole when its stamp has been the same for as long as the
/// glob's `settle` says, and nobody who has been seen writing to it still has it open.
class GlobWatch : public Arrivals {
 public:
  /// Loop outlives it. What the system refuses to watch is looked at every half minute only.
  GlobWatch(EventLoop& loop, std::string root);
  ~GlobWatch() override;

  void watch(std::vector<Glob> globs, Seen seen) override;

 private:
  struct Sighting {
    std::string stamp;
    MonoTime since;
    bool is_whole = false;
  };
  struct Watched {
    Duration settle{0};
    MonoTime due;  // when it is looked at next
    std::map<std::string, Sighting> files;
    std::vector<std::string> folders;
  };

  void read_events();
  void happened(uint32_t mask, const std::string& path);
  void touched(const std::string& folder);
  void look_soon(Watched& watched);
  void arm();
  void look();
  void looked(const std::string& glob, const GlobFiles& found);
  [[nodiscard]] bool watch_folders(Watched& watched, const std::vector<std::string>& folders);

  EventLoop& loop_;
  const std::string root_;
  Seen seen_;
  std::map<std::string, Watched> globs_;
  std::map<int, std::set<std::string>> folders_;  // by watch; one may have many names, by links
  std::set<std::string> written_to_;              // files, absolute
  std::map<std::string, MonoTime> made_;          // and not closed, as far as is known
  UniqueFd fd_;
  std::unique_ptr<FdWatch> events_;
  std::unique_ptr<Watch> timer_;
  bool looking_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // for what comes from the pool
};

}  // namespace moondial

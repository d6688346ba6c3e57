#include "uv/glob_watch.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "uv/inotify_events.h"

namespace moondial {
namespace {

constexpr Duration kPause = std::chrono::milliseconds(100);  // between two looks
constexpr Duration kLookAnyway = std::chrono::seconds(30);
/// A file that was made is written to by who made it, and then closed. Links are made and not
/// closed: they are not waited for any longer.
constexpr Duration kMadeAndOpen = std::chrono::seconds(10);
constexpr uint32_t kArrivalEvents = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                                    IN_MODIFY | IN_CLOSE_WRITE | IN_DELETE_SELF | IN_MOVE_SELF |
                                    IN_ATTRIB;

}  // namespace

GlobWatch::GlobWatch(EventLoop& loop, std::string root) : loop_(loop), root_(std::move(root)) {}

GlobWatch::~GlobWatch() { *alive_ = false; }

void GlobWatch::watch(std::vector<Glob> globs, Seen seen) {
  seen_ = std::move(seen);
  std::map<std::string, Watched> before = std::exchange(globs_, {});
  for (const Glob& glob : globs) {
    Watched& watched = globs_[glob.glob];
    if (auto known = before.extract(glob.glob)) watched = std::move(known.mapped());
    watched.settle = glob.settle;
    watched.due = loop_.mono();
  }
  // Watches of folders that no glob looks into any more go with all others.
  events_.reset();
  fd_ = UniqueFd();
  folders_.clear();
  written_to_.clear();
  made_.clear();
  if (globs_.empty()) return timer_.reset();
  fd_ = UniqueFd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (fd_) {
    events_ = loop_.watch(fd_.get(), {true, false}, [this](Readiness) { read_events(); });
  }
  for (auto& [glob, watched] : globs_) {
    (void)watch_folders(watched, std::exchange(watched.folders, {}));
  }
  arm();
}

/// True if there is one among them that was not watched: what came about in it before is not known.
bool GlobWatch::watch_folders(Watched& watched, const std::vector<std::string>& folders) {
  watched.folders = folders;
  if (!fd_) return false;
  bool is_new = false;
  for (const std::string& folder : folders) {
    const int watch = ::inotify_add_watch(fd_.get(), folder.c_str(), kArrivalEvents | IN_ONLYDIR);
    if (watch < 0) continue;
    is_new = folders_[watch].insert(folder).second || is_new;
  }
  return is_new;
}

void GlobWatch::look_soon(Watched& watched) {
  watched.due = std::min(watched.due, loop_.mono() + kPause);
}

void GlobWatch::touched(const std::string& folder) {
  for (auto& [glob, watched] : globs_) {
    if (std::ranges::find(watched.folders, folder) != watched.folders.end()) look_soon(watched);
  }
}

/// To a file.
void GlobWatch::happened(uint32_t mask, const std::string& path) {
  const bool is_made = (mask & (IN_CREATE | IN_ISDIR)) == IN_CREATE;
  if (is_made) made_[path] = loop_.mono();
  if ((mask & IN_MODIFY) != 0) written_to_.insert(path);
  if ((mask & (IN_CLOSE_WRITE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO)) != 0) {
    written_to_.erase(path);
    made_.erase(path);
  }
}

void GlobWatch::read_events() {
  std::set<std::string> folders;
  read_inotify(fd_.get(), [&](const inotify_event& event) {
    if ((event.mask & IN_Q_OVERFLOW) != 0) {
      written_to_.clear();
      for (auto& [glob, watched] : globs_) look_soon(watched);
      return;
    }
    const auto folder = folders_.find(event.wd);
    if (folder == folders_.end()) return;
    for (const std::string& name : folder->second) {
      folders.insert(name);
      if (event.len > 0) happened(event.mask, name + event.name);
    }
    if ((event.mask & IN_IGNORED) != 0) folders_.erase(folder);
  });
  for (const std::string& folder : folders) touched(folder);
  arm();
}

void GlobWatch::arm() {
  if (looking_ || globs_.empty()) return;
  const auto by_due = [](const auto& a, const auto& b) { return a.second.due < b.second.due; };
  const MonoTime due = std::ranges::min_element(globs_, by_due)->second.due;
  timer_ = loop_.timer(std::max(due, loop_.mono()), [this] { look(); });
}

/// At the glob that is due first.
void GlobWatch::look() {
  timer_.reset();
  const auto by_due = [](const auto& a, const auto& b) { return a.second.due < b.second.due; };
  auto& [glob, watched] = *std::ranges::min_element(globs_, by_due);
  watched.due = loop_.mono() + kLookAnyway;
  looking_ = true;
  auto found = std::make_shared<GlobFiles>();
  loop_.offload([root = root_, glob = glob, found] { *found = find_glob(root, glob); },
                [this, alive = alive_, glob = glob, found] {
                  if (!*alive) return;
                  looking_ = false;
                  looked(glob, *found);
                  arm();
                });
}

void GlobWatch::looked(const std::string& glob, const GlobFiles& found) {
  const auto known = globs_.find(glob);
  if (known == globs_.end()) return;
  Watched& watched = known->second;
  // What was found has been told before, if it is told at all.
  if (fd_) read_events();
  const bool is_blind = watch_folders(watched, found.folders);
  if (is_blind) look_soon(watched);
  const MonoTime now = loop_.mono();
  std::erase_if(made_, [now](const auto& one) { return one.second + kMadeAndOpen <= now; });
  std::map<std::string, Sighting> before = std::exchange(watched.files, {});
  std::vector<SeenFile> files;
  for (const GlobFiles::File& file : found.files) {
    Sighting& seen = watched.files[file.path];
    if (auto was = before.extract(file.path); was && was.mapped().stamp == file.stamp) {
      seen = std::move(was.mapped());
    } else {
      seen = {file.stamp, now, false};
    }
    const std::string full = file.path.starts_with('/') ? file.path : root_ + "/" + file.path;
    const bool is_written_to = written_to_.contains(full);
    MonoTime settled = seen.since + watched.settle;
    if (const auto made = made_.find(full); made != made_.end()) {
      settled = std::max(settled, made->second + kMadeAndOpen);
    }
    seen.is_whole = !is_written_to && !is_blind && settled <= now;
    if (!seen.is_whole && !is_written_to && !is_blind) watched.due = std::min(watched.due, settled);
    files.push_back({file.path, file.stamp, seen.is_whole});
  }
  if (seen_) seen_(glob, files);
}

}  // namespace moondial

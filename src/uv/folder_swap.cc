#include "uv/folder_swap.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <string_view>

#include "uv/durable.h"
#include "uv/target_paths.h"
#include "uv/unique_fd.h"

// How this works. If nothing is at the final name, one rename publishes: afterwards nothing is
// staged, which tells that it happened. A folder that is there cannot be replaced by rename(2), so
// the two names are exchanged, in one step for whoever looks. After it the old folder has the
// staged name, and nothing about the names tells before from after; to exchange again would bring
// the old one back. So a note in the staging directory, durable before the exchange, says which
// inodes the new and the old folder are: if the new one is staged, it is before, if the old one is,
// after. Inode numbers are compared within one directory of one file system, and each of the two
// stays in use until the staging directory goes, so they are not given to others. Devices are not
// compared: their numbers may change when the machine starts again.
//
// The note is written when publishing begins, not when the work is synced: a check may still make
// the folder anew. Without a note no exchange has begun, so the staged folder is the new one; the
// same holds for one torn by a crash, since it was not durable.
//
// Where names cannot be exchanged, the old folder is moved aside, then the new one into place. Each
// state between has other names. A moment without a final name is not to be avoided there.
//
// To move a folder into another directory its owner needs write permission on itself. One without
// gets it for the move; the note keeps the mode, so that it is given back after a crash, too.

namespace moondial {
namespace {

constexpr mode_t kModeBits = 07777;

}  // namespace

struct FolderSwap::Entry {
  bool is_there = false;
  bool is_folder = false;
  ino_t inode = 0;
  mode_t mode = 0;
  int error = 0;  // why that is not known
};

struct FolderSwap::Note {
  ino_t fresh = 0;
  ino_t old = 0;    // 0: nothing was there
  mode_t mode = 0;  // of the new folder
  bool operator==(const Note&) const = default;
};

struct FolderSwap::State {
  Entry staged;
  Entry final;
  std::optional<Note> note;
  /// That the staged folder is not the new one.
  [[nodiscard]] bool is_swapped() const {
    return !staged.is_there || (note && staged.inode != note->fresh);
  }
};

FolderSwap::FolderSwap(FileCalls& calls, const StagedOutput& output)
    : calls_(calls),
      output_(output),
      staged_(without_slash(output.staging_path)),
      final_(without_slash(output.final_path)),
      staging_directory_(directory_of(staged_)),
      note_(hidden_path(staging_directory_, "new", final_)),
      aside_(hidden_path(staging_directory_, "old", final_)),
      gone_(hidden_path(staging_directory_, "gone", final_)) {}

FolderSwap::Entry FolderSwap::look(const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) == 0) {
    return {true, S_ISDIR(info.st_mode), info.st_ino, info.st_mode & kModeBits, 0};
  }
  Entry nothing;
  if (errno != ENOENT) nothing.error = errno;
  return nothing;
}

/// 0, also if there is none, or an errno: not to know it is not to know what is staged.
int FolderSwap::read_note(std::optional<Note>& note) const {
  const UniqueFd fd(::open(note_.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd) return errno == ENOENT ? 0 : errno;
  std::array<char, 128> text{};
  const ssize_t size = ::read(fd.get(), text.data(), text.size() - 1);
  if (size < 0) return errno;
  // Its only writer is prepare(), and a torn one has no end of line.
  if (size == 0 || text.at(static_cast<size_t>(size) - 1) != '\n') return 0;
  uint64_t fresh = 0;
  uint64_t old = 0;
  unsigned mode = 0;
  if (std::sscanf(text.data(), "new %" SCNu64 " old %" SCNu64 " mode %o\n", &fresh, &old, &mode) ==
      3) {
    note = Note{fresh, old, mode};
  }
  return 0;
}

Result<FolderSwap::State> FolderSwap::state() const {
  State now{look(staged_), look(final_), std::nullopt};
  const int note_error = read_note(now.note);
  for (const int error : {now.staged.error, now.final.error, note_error}) {
    if (error != 0) return cannot_publish(error);
  }
  return now;
}

Status FolderSwap::prepare(std::set<std::string>& paths) const {
  const Result<State> now = state();
  if (!now.ok()) return now.error();
  const auto& [staged, final, before] = *now;
  if (now->is_swapped()) return {};  // swap() looks whether it was
  if (!before && !final.is_there && (staged.mode & S_IWUSR) != 0) return {};
  Note note{staged.inode, final.inode, before ? before->mode : staged.mode};
  if (!final.is_there && before) note.old = before->old;  // it was moved aside
  if (before != note) {
    std::array<char, 128> text{};
    std::snprintf(text.data(), text.size(), "new %" PRIu64 " old %" PRIu64 " mode %o\n",
                  uint64_t{note.fresh}, uint64_t{note.old}, unsigned{note.mode});
    const int error = calls_.write_file(note_, text.data());
    if (error != 0) return cannot_publish(error);
  }
  paths.insert({note_, staging_directory_});
  return {};
}

Status FolderSwap::swap(std::set<std::string>& paths) const {
  const Result<State> now = state();
  if (!now.ok()) return now.error();
  const auto& [staged, final, note] = *now;
  if (note) paths.insert({staging_directory_, directory_of(final_)});
  if (now->is_swapped()) {
    if (Status status = swapped_before(*now); !status.ok()) return status;
  } else {
    if (note) make_movable(staged_, staged);
    if (note && final.is_there) make_movable(final_, final);
    // Without a note nothing was there, and what has appeared since is not ours to replace.
    const int error = note && final.is_there ? replace() : calls_.rename(staged_, final_);
    if (error != 0) return cannot_publish(error);
  }
  if (note) restore_mode(*note, paths);
  return {};
}

int FolderSwap::replace() const {
  const int error = calls_.exchange(staged_, final_);
  if (error != EINVAL && error != ENOSYS) return error;
  // If somebody made the final folder anew after a crash between these, that is the old one.
  static_cast<void>(calls_.remove_tree(aside_));
  const int moved = calls_.rename(final_, aside_);
  return moved != 0 ? moved : calls_.rename(staged_, final_);
}

void FolderSwap::undo() const {
  const Result<State> now = state();
  if (!now.ok() || !now->is_swapped() || !now->final.is_there) return;
  if (now->staged.is_there) {
    static_cast<void>(calls_.exchange(staged_, final_));
  } else if (calls_.rename(final_, staged_) == 0 && look(aside_).is_there) {
    static_cast<void>(calls_.rename(aside_, final_));
  }
}

Status FolderSwap::swapped_before(const State& now) const {
  if (!now.final.is_there) return nothing_to_publish(output_.final_path);
  if (now.staged.is_there && now.staged.inode != now.note->old) {
    return {Code::kIo, "cannot publish " + in_quotes(output_.final_path) + ": " +
                           in_quotes(output_.staging_path) +
                           " is neither the folder that was made for it nor the one that was there "
                           "before; move the right one to the final path and remove " +
                           in_quotes(staging_directory_)};
  }
  return {};
}

void FolderSwap::make_movable(const std::string& path, const Entry& entry) const {
  if ((entry.mode & S_IWUSR) != 0 || !entry.is_folder) return;
  static_cast<void>(calls_.set_mode(path, entry.mode | S_IRWXU));  // the move tells the error
}

void FolderSwap::restore_mode(const Note& note, std::set<std::string>& paths) const {
  if ((note.mode & S_IWUSR) != 0) return;
  const Entry final = look(final_);
  if (!final.is_folder || final.inode != note.fresh) return;
  static_cast<void>(calls_.set_mode(final_, note.mode));
  paths.insert(final_);
}

Status FolderSwap::let_go() const {
  if (look(aside_).is_there && !look(final_).is_there) {
    const int error = calls_.rename(aside_, final_);
    if (error != 0) return file_error("cannot put back " + in_quotes(output_.final_path), error);
  }
  if (!look(staged_).is_there) return {};
  static_cast<void>(calls_.remove_tree(gone_));
  const int error = calls_.rename(staged_, gone_);
  if (error != 0) return file_error("cannot remove " + in_quotes(output_.staging_path), error);
  return {};
}

Error FolderSwap::cannot_publish(int error) const {
  return file_error("cannot publish " + in_quotes(output_.final_path), error);
}

}  // namespace moondial

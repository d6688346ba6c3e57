#include "engine/space_guard.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace moondial {
namespace {

constexpr Duration kFresh = std::chrono::seconds(1);

/// The folder that an output is made in.
std::string folder_of(std::string_view output) {
  while (output.size() > 1 && output.ends_with('/')) output.remove_suffix(1);
  const size_t slash = output.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return std::string(output.substr(0, std::max<size_t>(slash, 1)));
}

}  // namespace

std::string to_text(const SpaceShortage& shortage) {
  return "waits for disk space: " + bytes_text(static_cast<uint64_t>(shortage.free_bytes)) +
         " are free at " + printable(shortage.folder) + ", and min_free is " +
         bytes_text(static_cast<uint64_t>(shortage.min_free_bytes)) +
         "; make room there, or lower min_free in moondial.lua, and it goes on by itself";
}

SpaceGuard::SpaceGuard(const DiskSpace* space, std::string state_dir)
    : space_(space), state_dir_(std::move(state_dir)) {}

int64_t SpaceGuard::bound(const DiskRoom& room) const {
  return min_free_.value_or(std::min(kDefaultMinFree, room.size_bytes / 20));
}

const SpaceShortage* SpaceGuard::look(const std::string& folder) {
  const auto [known, is_new] = known_.try_emplace(folder);
  if (is_new) known->second = space_->room(folder);
  const std::optional<DiskRoom>& room = known->second;
  if (!room || room->free_bytes >= bound(*room)) return nullptr;
  SpaceShortage& shortage = short_[folder];
  shortage = {folder, room->free_bytes, bound(*room)};
  return &shortage;
}

const SpaceShortage* SpaceGuard::shortage(const std::vector<std::string>& outputs, MonoTime now) {
  if (space_ == nullptr || min_free_ == 0) return nullptr;
  if (now - known_since_ >= kFresh) {
    known_.clear();
    known_since_ = now;
  }
  if (const SpaceShortage* found = look(state_dir_)) return found;
  for (const std::string& output : outputs) {
    if (const SpaceShortage* found = look(folder_of(output))) return found;
  }
  return nullptr;
}

const SpaceShortage* SpaceGuard::known_shortage(const std::vector<std::string>& outputs) const {
  auto found = short_.find(state_dir_);
  for (auto output = outputs.begin(); found == short_.end() && output != outputs.end(); ++output) {
    found = short_.find(folder_of(*output));
  }
  return found == short_.end() ? nullptr : &found->second;
}

bool SpaceGuard::look_again(MonoTime now) {
  known_.clear();
  known_since_ = now;
  bool better = false;
  for (auto& [folder, shortage] : std::exchange(short_, {})) {
    if (min_free_ == 0 || look(folder) == nullptr) better = true;
  }
  return better;
}

}  // namespace moondial

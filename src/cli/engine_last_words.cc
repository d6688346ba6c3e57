#include "cli/engine_last_words.h"

#include <sys/statvfs.h>

#include <fstream>
#include <string_view>

namespace moondial {
namespace {

constexpr std::streamoff kLongestWords = 4096;
constexpr std::string_view kMark = " critical ";  // of its log

/// The last line of a file; of a very long one the end.
std::string last_line(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  const std::streamoff size = file.tellg();
  if (size <= 0) return {};
  file.seekg(size > kLongestWords ? size - kLongestWords : 0);
  std::string line;
  for (std::string next; std::getline(file, next);) line = next;
  return line;
}

}  // namespace

std::string engine_last_words(const Project& project) {
  const std::string line = last_line(project.engine_log);
  const size_t mark = line.find(kMark);
  if (mark != std::string::npos) return line.substr(mark + kMark.size());
  // A full disk has no room for words.
  struct statvfs disk {};
  const bool is_known = ::statvfs(project.state_dir.c_str(), &disk) == 0;
  if (is_known && disk.f_blocks > 0 && disk.f_bavail == 0) {
    return "no space is left on the disk of " + project.state_dir;
  }
  return {};
}

}  // namespace moondial

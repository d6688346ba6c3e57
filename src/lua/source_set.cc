#include "lua/source_set.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <set>
#include <string_view>
#include <utility>

#include "base/hash.h"
#include "lua/channel.h"

namespace moondial {
namespace {

constexpr std::string_view kSuffix = ".lua";
constexpr size_t kMaxFile = size_t{16} << 20;

/// lib/a/b.lua → "a.b", lib/a/init.lua → "a", lib/init.lua → "init".
std::string module_name(std::string_view path) {
  path.remove_prefix(std::string_view("lib/").size());
  path.remove_suffix(kSuffix.size());
  constexpr std::string_view kInit = "/init";
  if (path.ends_with(kInit)) path.remove_suffix(kInit.size());
  std::string name(path);
  std::ranges::replace(name, '/', '.');
  return name;
}

class Reader {
 public:
  explicit Reader(std::string root) : root_(std::move(root)) {}

  SourceSet read() {
    read_file("moondial.lua", SourceFile::Kind::kConfig, true);
    walk("pipelines", SourceFile::Kind::kPipeline);
    walk("lib", SourceFile::Kind::kModule);
    std::ranges::sort(out_.files, {}, &SourceFile::path);
    find_clashes();
    return std::move(out_);
  }

 private:
  void problem(const std::string& path, std::string message) {
    out_.problems.push_back(Diagnostic{path, 0, std::move(message), ""});
  }

  void walk(const std::string& dir, SourceFile::Kind kind) {
    std::vector<std::string> pending = {dir};
    while (!pending.empty()) {
      const std::string next = std::move(pending.back());
      pending.pop_back();
      const std::vector<std::string> subdirectories = read_directory(next, kind, next == dir);
      pending.insert(pending.end(), subdirectories.rbegin(), subdirectories.rend());
    }
  }

  /// `type` is what its folder says of it; of a link that is not enough, and some file systems do
  /// not say.
  static bool is_directory(const std::string& path, unsigned char type) {
    if (type == DT_DIR || type == DT_REG) return type == DT_DIR;
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
  }

  std::vector<std::string> read_directory(const std::string& dir, SourceFile::Kind kind,
                                          bool optional) {
    struct stat info {};
    const std::string full = root_ + "/" + dir;
    const std::unique_ptr<DIR, int (*)(DIR*)> handle(::opendir(full.c_str()), ::closedir);
    if (!handle || ::fstat(::dirfd(handle.get()), &info) != 0) {
      if (!(optional && errno == ENOENT)) {
        problem(dir, std::string("cannot be read: ") + std::strerror(errno));
      }
      return {};
    }
    if (!seen_.emplace(info.st_dev, info.st_ino).second) return {};
    std::vector<std::pair<std::string, unsigned char>> names;
    while (const dirent* entry = ::readdir(handle.get())) {
      names.emplace_back(entry->d_name, entry->d_type);
    }
    std::ranges::sort(names);

    std::vector<std::string> subdirectories;
    for (const auto& [name, type] : names) {
      if (name.starts_with('.') || name.starts_with('#')) continue;
      const std::string path = std::string(dir).append("/").append(name);
      if (is_directory(root_ + "/" + path, type)) {
        subdirectories.push_back(path);
      } else if (name.ends_with(kSuffix)) {
        read_file(path, kind, false);
      }
    }
    return subdirectories;
  }

  void read_file(const std::string& path, SourceFile::Kind kind, bool optional) {
    const std::string full = root_ + "/" + path;
    // Nonblocking, or a pipe of that name would keep us waiting.
    const Descriptor fd(::open(full.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat info {};
    if (!fd || ::fstat(fd.get(), &info) != 0) {
      if (!(optional && errno == ENOENT)) {
        problem(path, std::string("cannot be read: ") + std::strerror(errno));
      }
      return;
    }
    if (!S_ISREG(info.st_mode)) return problem(path, "is not a regular file");
    SourceFile file;
    file.kind = kind;
    file.path = path;
    if (kind == SourceFile::Kind::kModule) file.module = module_name(path);
    if (!read_text(fd.get(), path, static_cast<size_t>(info.st_size), file.text)) return;
    out_.hashes[path] = sha256_hex(file.text);
    out_.files.push_back(std::move(file));
  }

  /// `expected`: its size; it may grow meanwhile. The text takes no more memory than that: there
  /// are many of them, and they are kept as long as their generation.
  bool read_text(int fd, const std::string& path, size_t expected, std::string& text) {
    size_t used = 0;
    text.resize(std::min(expected, kMaxFile) + 1);  // one more, to find its end in one reading
    while (true) {
      const ssize_t got = ::read(fd, text.data() + used, text.size() - used);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) {
        problem(path, std::string("cannot be read: ") + std::strerror(errno));
        return false;
      }
      used += static_cast<size_t>(got);
      if (used > kMaxFile) {
        problem(path, "is longer than " + std::to_string(kMaxFile >> 20) + " MiB");
        return false;
      }
      if (used < text.size()) break;  // of a regular file: its end
      text.resize(2 * used);
    }
    text.resize(used);
    return true;
  }

  void find_clashes() {
    std::map<std::string, std::string> modules;
    for (const SourceFile& file : out_.files) {
      if (file.kind != SourceFile::Kind::kModule) continue;
      const auto [at, added] = modules.emplace(file.module, file.path);
      if (!added) {
        problem(file.path, "module \"" + file.module + "\" is also " + at->second);
      }
    }
  }

  const std::string root_;
  std::set<std::pair<dev_t, ino_t>> seen_;  // directories
  SourceSet out_;
};

}  // namespace

SourceSet sources_of(std::map<std::string, std::string> texts) {
  SourceSet out;
  for (auto& [path, text] : texts) {
    SourceFile& file = out.files.emplace_back();
    file.path = path;
    file.kind = path.starts_with("lib/")         ? SourceFile::Kind::kModule
                : path.starts_with("pipelines/") ? SourceFile::Kind::kPipeline
                                                 : SourceFile::Kind::kConfig;
    if (file.kind == SourceFile::Kind::kModule) file.module = module_name(path);
    out.hashes[path] = sha256_hex(text);
    file.text = std::move(text);
  }
  return out;
}

SourceSet read_sources(const std::string& root) { return Reader(root).read(); }

}  // namespace moondial

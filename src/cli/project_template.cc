#include "cli/project_template.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "embed/project_template.h"

namespace moondial {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTypesPath = ".moondial/types/moondial.lua";

/// Where a template belongs, what it is for, and what one that is there already must hold.
struct Place {
  std::string_view name;  ///< of the embedded file
  std::string_view path;
  std::string_view purpose;
  std::string_view needed;  ///< a text; empty: nothing
  std::string_view advice;  ///< if that is missing
};
constexpr Place kPlaces[] = {
    {"moondial.lua", "moondial.lua", "the configuration, with every default", "", ""},
    {"hello.lua", "pipelines/hello.lua", "a first pipeline", "", ""},
    {"luarc.json", ".luarc.json", "for lua-language-server: the DSL's types", ".moondial/types",
     "add \".moondial/types\" to its workspace.library to have the DSL's types"},
    {"luacheckrc", ".luacheckrc", "for luacheck: the DSL's globals", "emit",
     "add the DSL's globals to its read_globals"},
    {"gitignore", ".gitignore", "what git leaves alone", ".moondial",
     "add a line .moondial/ to it, since state is not to be versioned"},
};

Error os_error(const std::string& path, int code) {
  return {Code::kIo, path + ": " + std::strerror(code), {}};
}

Status write_all(int fd, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return os_error(path, n < 0 ? errno : EIO);
    text.remove_prefix(static_cast<size_t>(n));
  }
  return {};
}

/// False: something has that name already, if only a link that leads nowhere.
Result<bool> write_new(const std::string& path, std::string_view text) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0 && errno == EEXIST) return false;
  if (fd < 0) return os_error(path, errno);
  Status written = write_all(fd, text, path);
  if (::close(fd) != 0 && written.ok()) written = os_error(path, errno);
  if (!written.ok()) {
    ::unlink(path.c_str());
    return written.error();
  }
  return true;
}

std::optional<std::string> read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

Status make_directory(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (!error) return {};
  return Error{Code::kIo, "cannot make the folder " + path + ": " + error.message(), {}};
}

/// The number of pipeline files.
size_t pipelines_in(const fs::path& root) {
  size_t count = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator
           at(root / "pipelines", fs::directory_options::follow_directory_symlink, error),
       end;
       !error && at != end; at.increment(error)) {
    if (at->path().extension() == ".lua") ++count;
  }
  return count;
}

std::string_view text_of(std::string_view name) {
  for (const EmbeddedFile& file : embedded::project_template()) {
    if (file.name == name) return file.text;
  }
  return {};
}

Result<TemplateFile> make_file(const std::string& root, const Place& place) {
  TemplateFile out;
  out.path = place.path;
  out.note = place.purpose;
  const std::string path = root + "/" + out.path;
  const auto made = write_new(path, text_of(place.name));
  if (!made.ok()) return made.error();
  if (*made) return out;
  out.fate = TemplateFile::Fate::kKept;
  out.note.clear();
  const auto there = read_text(path);
  if (!there) {
    out.note = "it cannot be read";
  } else if (there->find(place.needed) == std::string::npos) {
    out.note = place.advice;
  }
  return out;
}

/// The types are nobody's to edit: those of another version are replaced.
Result<TemplateFile> make_types(const std::string& root, std::string_view text) {
  TemplateFile out;
  out.path = kTypesPath;
  out.note = "the DSL's types, as this version has them";
  const std::string path = root + "/" + kTypesPath;
  const std::string state = root + "/.moondial";
  if (::mkdir(state.c_str(), 0700) != 0 && errno != EEXIST) return os_error(state, errno);
  if (Status made = make_directory(state + "/types"); !made.ok()) return made.error();
  const auto there = read_text(path);
  if (there && *there == text) {
    out.fate = TemplateFile::Fate::kKept;
    out.note.clear();
    return out;
  }
  if (there) out.fate = TemplateFile::Fate::kRenewed;
  const std::string part = path + ".new";
  ::unlink(part.c_str());
  const auto written = write_new(part, text);
  if (!written.ok()) return written.error();
  if (::rename(part.c_str(), path.c_str()) != 0) return os_error(path, errno);
  return out;
}

}  // namespace

Result<std::vector<TemplateFile>> make_project(const std::string& root, std::string_view types) {
  const size_t pipelines = pipelines_in(root);
  if (Status made = make_directory(root + "/pipelines"); !made.ok()) return made.error();
  std::vector<TemplateFile> out;
  for (const Place& place : kPlaces) {
    if (place.name == "hello.lua" && pipelines > 0) {
      out.push_back({"pipelines/", TemplateFile::Fate::kKept,
                     "has " + std::to_string(pipelines) + (pipelines == 1 ? " file" : " files") +
                         " already: no example is added"});
      continue;
    }
    auto made = make_file(root, place);
    if (!made.ok()) return made.error();
    out.push_back(std::move(made).value());
  }
  auto made = make_types(root, types);
  if (!made.ok()) return made.error();
  out.push_back(std::move(made).value());
  return out;
}

}  // namespace moondial

// What `init` writes.
#include "cli/project_template.h"
#include "base/json.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

#include "tests/catch.h"

namespace moondial::project_template_test {
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

namespace {

struct Folder {
  Folder() {
    char name[] = "/tmp/moondial-cli-XXXXXX";
    path = fs::canonical(::mkdtemp(name));
  }
  ~Folder() { fs::remove_all(path); }
  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((path / name).parent_path());
    std::ofstream(path / name) << text;
  }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::ifstream file(path / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  fs::path path;
};

constexpr const char* kText = "---@meta\n-- of this version\n";

std::map<std::string, TemplateFile> made_in(const fs::path& root) {
  const auto files = make_project(root.string(), kText);
  INFO((files.ok() ? "" : files.error().message));
  REQUIRE(files.ok());
  std::map<std::string, TemplateFile> out;
  for (const TemplateFile& file : *files) out[file.path] = file;
  return out;
}

/// The names between quotes in the list that `key` begins.
std::set<std::string> names_of(const std::string& text, const std::string& key) {
  const size_t begin = text.find(key + " = {");
  REQUIRE(begin != std::string::npos);
  const std::string list = text.substr(begin, text.find('}', begin) - begin);
  std::set<std::string> out;
  const std::regex name("\"([a-z]+)\"");
  for (std::sregex_iterator at(list.begin(), list.end(), name), end; at != end; ++at) {
    out.insert((*at)[1]);
  }
  return out;
}

using Fate = TemplateFile::Fate;
constexpr const char* kTypes = ".moondial/types/moondial.lua";

}  // namespace

TEST_CASE("a new project has all its files, and its state is its owner's alone") {
  Folder folder;
  const auto files = made_in(folder.path / "deep/er");
  CHECK(files.size() == 6);
  for (const auto& [path, file] : files) {
    INFO(path);
    CHECK(file.fate == Fate::kMade);
    CHECK_FALSE(file.note.empty());
    CHECK(fs::file_size(folder.path / "deep/er" / path) > 0);
  }
  struct stat info {};
  REQUIRE(::stat((folder.path / "deep/er/.moondial").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0700);
}

TEST_CASE("the language server is told where the types are") {
  Folder folder;
  made_in(folder.path);
  const auto json = parse_json(folder.read(".luarc.json"));
  REQUIRE(json["workspace.library"].size() == 1);
  const fs::path library = folder.path / json["workspace.library"][0].get<std::string>();
  CHECK(library / "moondial.lua" == folder.path / kTypes);
  CHECK(folder.read(kTypes) == kText);
}

TEST_CASE("luacheck is told the same globals as in moondial's own pipelines") {
  const char* source = std::getenv("MOONDIAL_SOURCE_DIR");
  REQUIRE(source != nullptr);
  std::ifstream own(std::string(source) + "/.luacheckrc");
  const std::string text(std::istreambuf_iterator<char>(own), {});
  Folder folder;
  made_in(folder.path);
  const auto names = names_of(folder.read(".luacheckrc"), "read_globals");
  CHECK(names.contains("task"));
  CHECK(names == names_of(text, "read_globals"));
}

TEST_CASE("what is there is kept, byte for byte, and what it lacks is said") {
  Folder folder;
  folder.write("moondial.lua", "return { jobs = 2 }\n");
  folder.write(".gitignore", "/out/\n");
  folder.write(".luarc.json", "{}");
  folder.write("pipelines/sub/mine.lua", "-- mine\n");
  const auto files = made_in(folder.path);
  CHECK(folder.read("moondial.lua") == "return { jobs = 2 }\n");
  CHECK(folder.read(".gitignore") == "/out/\n");
  CHECK(folder.read(".luarc.json") == "{}");
  CHECK_FALSE(fs::exists(folder.path / "pipelines/hello.lua"));
  CHECK(files.at("moondial.lua").fate == Fate::kKept);
  CHECK(files.at("moondial.lua").note.empty());
  CHECK_THAT(files.at(".gitignore").note, ContainsSubstring(".moondial/"));
  CHECK_THAT(files.at(".luarc.json").note, ContainsSubstring("workspace.library"));
  CHECK_THAT(files.at("pipelines/").note, ContainsSubstring("1 file already"));
  CHECK(files.at(".luacheckrc").fate == Fate::kMade);
}

TEST_CASE("made twice, everything is kept and nothing is to be said") {
  Folder folder;
  made_in(folder.path);
  folder.write("pipelines/hello.lua", "-- edited\n");
  for (const auto& [path, file] : made_in(folder.path)) {
    INFO(path);
    CHECK(file.fate == Fate::kKept);
    if (path != "pipelines/") CHECK(file.note.empty());
  }
  CHECK(folder.read("pipelines/hello.lua") == "-- edited\n");
}

TEST_CASE("types of another version are renewed") {
  Folder folder;
  made_in(folder.path);
  folder.write(kTypes, "-- of old\n");
  CHECK(made_in(folder.path).at(kTypes).fate == Fate::kRenewed);
  CHECK(folder.read(kTypes) == kText);
}

TEST_CASE("a link that leads nowhere is kept as well") {
  Folder folder;
  fs::create_symlink(folder.path / "nowhere", folder.path / "moondial.lua");
  const auto files = made_in(folder.path);
  CHECK(files.at("moondial.lua").fate == Fate::kKept);
  CHECK(files.at("moondial.lua").note == "it cannot be read");
  CHECK_FALSE(fs::exists(folder.path / "nowhere"));
}

TEST_CASE("a place that cannot be written is named") {
  Folder folder;
  folder.write("file", "");
  const auto beneath = make_project((folder.path / "file/x").string(), kText);
  REQUIRE_FALSE(beneath.ok());
  CHECK_THAT(beneath.error().message, ContainsSubstring("file/x"));
  folder.write("p/.moondial", "a file");
  const auto state = make_project((folder.path / "p").string(), kText);
  REQUIRE_FALSE(state.ok());
  CHECK_THAT(state.error().message, ContainsSubstring(".moondial"));
}

}  // namespace moondial::project_template_test

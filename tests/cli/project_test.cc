#include "cli/project.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/catch.h"

namespace moondial::project_test {
namespace fs = std::filesystem;

namespace {

/// A folder to be in, and out of again.
struct Folder {
  Folder() : before(fs::current_path()) {
    char name[] = "/tmp/moondial-cli-XXXXXX";
    path = fs::canonical(::mkdtemp(name));
    fs::current_path(path);
  }
  ~Folder() {
    fs::current_path(before);
    fs::remove_all(path);
  }
  fs::path before;
  fs::path path;
};

}  // namespace

TEST_CASE("a project is found upward by its pipelines or its moondial.lua") {
  Folder folder;
  CHECK_FALSE(find_project("").ok());
  CHECK_THAT(find_project("").error().message,
             Catch::Matchers::ContainsSubstring("no moondial project here"));
  fs::create_directories("pipelines/deep");
  fs::create_directories("other/inner");
  CHECK(find_project("")->root == folder.path);
  fs::current_path("other/inner");
  CHECK(find_project("")->root == folder.path);
  std::ofstream("../moondial.lua") << "return {}";
  CHECK(find_project("")->root == folder.path / "other");
  CHECK(find_project("")->socket_path == (folder.path / "other/.moondial/engine.sock").string());
}

TEST_CASE("the option -C names the root itself") {
  Folder folder;
  fs::create_directories("p/pipelines");
  CHECK(find_project("p")->root == folder.path / "p");
  CHECK_THAT(find_project("p/pipelines").error().message,
             Catch::Matchers::ContainsSubstring("is no moondial project"));
  CHECK_FALSE(find_project("nowhere").ok());
}

}  // namespace moondial::project_test

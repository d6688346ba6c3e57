#include "lua/folder_look.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/catch.h"

namespace moondial::script::folder_look_test {
namespace {

/// `files` of a folder, "0" and on.
struct Files {
  explicit Files(size_t files) {
    std::filesystem::create_directories(folder);
    for (size_t i = 0; i < files; ++i) std::ofstream(path(i)) << i;
  }
  ~Files() { std::filesystem::remove_all(folder); }
  [[nodiscard]] std::string path(size_t i) const { return folder + "/" + std::to_string(i); }

  std::string folder =
      std::filesystem::temp_directory_path() / ("moondial-look-" + std::to_string(::getpid()));
};

TEST_CASE("files are there or not, however many are looked for") {
  const Files files(3000);
  FolderLook look;
  size_t wrong = 0;
  for (size_t i = 0; i < 6000; ++i) {
    if (look.exists(files.path(i)) != (i < 3000)) ++wrong;
  }
  CHECK(wrong == 0);
}

TEST_CASE("what a folder that was read has since, is found, too") {
  const Files files(1000);
  FolderLook look;
  for (size_t i = 0; i < 1000; ++i) REQUIRE(look.exists(files.path(i)));
  REQUIRE_FALSE(look.exists(files.path(1000)));
  std::ofstream(files.path(1000)) << "later";
  CHECK(look.exists(files.path(1000)));
}

TEST_CASE("a link is what it leads to, in a folder that was read, too") {
  const Files files(1000);
  std::filesystem::create_symlink(files.path(1), files.folder + "/good");
  std::filesystem::create_symlink("nowhere", files.folder + "/bad");
  FolderLook look;
  for (size_t i = 0; i < 1000; ++i) REQUIRE(look.exists(files.path(i)));
  CHECK(look.exists(files.folder + "/good"));
  CHECK_FALSE(look.exists(files.folder + "/bad"));
}

TEST_CASE("a folder is looked for as one, and what is in none is not there") {
  const Files files(1);
  FolderLook look;
  CHECK(look.exists(files.folder + "/"));
  CHECK_FALSE(look.exists(files.path(0) + "/"));
  CHECK_FALSE(look.exists(files.path(0) + "/x"));
  size_t found = 0;
  for (size_t i = 0; i < 1000; ++i) {
    if (look.exists(files.folder + "/none/" + std::to_string(i))) ++found;
  }
  CHECK(found == 0);
  CHECK(look.exists("/"));
  CHECK_FALSE(look.exists(""));
}

TEST_CASE("few files of a large folder are found without reading it, and many by reading it") {
  const Files files(20'000);
  FolderLook look;
  size_t found = 0;
  for (size_t i = 0; i < 20'000; i += 100) found += look.exists(files.path(i)) ? 1 : 0;
  CHECK(found == 200);
  for (size_t i = 0; i < 20'000; ++i) found += look.exists(files.path(i)) ? 1 : 0;
  CHECK(found == 20'200);
}

}  // namespace
}  // namespace moondial::script::folder_look_test

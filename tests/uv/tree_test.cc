#include <fcntl.h>
#include <sys/stat.h>

#include <array>

#include "tests/catch.h"
#include "tests/uv/targets_fixture.h"
#include "uv/durable.h"
#include "uv/remove_tree.h"
#include "uv/unique_fd.h"

namespace moondial::tree_test {
namespace {

namespace fs = std::filesystem;

/// Directories in one another, longer as a path than the system takes.
void make_deep(const std::string& path, int levels) {
  UniqueFd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY));
  for (int level = 0; level < levels; ++level) {
    const char* name = "a-directory-in-a-directory";
    REQUIRE(::mkdirat(directory.get(), name, 0777) == 0);
    const UniqueFd file(::openat(directory.get(), "file", O_CREAT | O_WRONLY, 0666));
    REQUIRE(file);
    directory.reset(::openat(directory.get(), name, O_RDONLY | O_DIRECTORY));
    REQUIRE(directory);
  }
}

TEST_CASE("a tree is removed, and nothing is fine") {
  TempDir dir;
  fs::create_directories(dir / "a/b/c");
  write_text(dir / "a/b/file", "x");
  CHECK(remove_tree(dir / "a/").ok());
  CHECK_FALSE(fs::exists(dir / "a"));
  CHECK(remove_tree(dir / "a").ok());
  write_text(dir / "file", "x");
  CHECK(remove_tree(dir / "file").ok());
  CHECK(fs::is_empty(dir.path()));
}

TEST_CASE("links are removed, and not what they point to") {
  TempDir dir;
  fs::create_directories(dir / "outside/sub");
  write_text(dir / "outside/file", "x");
  fs::create_directories(dir / "tree");
  fs::create_directory_symlink(dir / "outside", dir / "tree/absolute");
  fs::create_directory_symlink("../outside/sub", dir / "tree/relative");
  fs::create_symlink(dir / "outside/file", dir / "tree/file");
  fs::create_symlink("nowhere", dir / "tree/dangling");
  fs::create_directory_symlink(".", dir / "tree/loop");
  CHECK(remove_tree(dir / "tree").ok());
  fs::create_directory_symlink(dir / "outside", dir / "link");
  CHECK(remove_tree(dir / "link").ok());
  CHECK_FALSE(fs::exists(fs::symlink_status(dir / "link")));
  CHECK(fs::exists(dir / "outside/sub"));
  CHECK(read_text(dir / "outside/file") == "x");
}

TEST_CASE("a tree of any depth is removed") {
  TempDir dir;
  fs::create_directories(dir / "tree/.moondial~deep~1/in-the-way");
  make_deep(dir / "tree", 400);
  CHECK(remove_tree(dir / "tree").ok());
  CHECK(fs::is_empty(dir.path()));
}

TEST_CASE("directories of ours that forbid it are removed") {
  TempDir dir;
  fs::permissions(dir.path(), fs::perms::all);
  const AsNobody nobody;
  for (const std::string name : {"read-only", "search-only", "nothing", "write-only"}) {
    fs::create_directories(dir / "tree/" + name + "/sub");
    write_text(dir / "tree/" + name + "/sub/file", "x");
  }
  make_deep(dir / "tree", 40);
  ::chmod((dir / "tree/read-only/sub").c_str(), 0555);
  ::chmod((dir / "tree/read-only").c_str(), 0555);
  ::chmod((dir / "tree/search-only").c_str(), 0111);
  ::chmod((dir / "tree/nothing").c_str(), 0000);
  ::chmod((dir / "tree/write-only").c_str(), 0222);
  ::chmod((dir / "tree").c_str(), 0555);
  CHECK(remove_tree(dir / "tree").ok());
  CHECK(fs::is_empty(dir.path()));
}

TEST_CASE("what cannot be removed is told, the rest goes") {
  if (::getuid() != 0) return;  // nobody else can make what is not ours
  TempDir dir;
  fs::permissions(dir.path(), fs::perms::all);
  fs::create_directories(dir / "tree/of-root");
  write_text(dir / "tree/of-root/file", "x");
  write_text(dir / "tree/ours", "x");
  fs::permissions(dir / "tree", fs::perms::all);
  const AsNobody nobody;
  const Status status = remove_tree(dir / "tree");
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().message == "cannot remove '" + dir / "tree" + "': Permission denied");
  CHECK(fs::exists(dir / "tree/of-root/file"));
  CHECK_FALSE(fs::exists(dir / "tree/ours"));
}

TEST_CASE("a tree is made durable with what it holds, and other kinds are passed over") {
  TempDir dir;
  fs::create_directories(dir / "tree/sub");
  write_text(dir / "tree/sub/file", "x");
  CHECK(make_durable({}, std::array{dir / "tree/"}).ok());
  REQUIRE(::mkfifo((dir / "tree/fifo").c_str(), 0666) == 0);
  fs::create_symlink("nowhere", dir / "tree/dangling");
  fs::create_symlink("fifo", dir / "tree/to-fifo");
  CHECK(make_durable({}, std::array{dir / "tree"}).ok());
  CHECK(make_durable({}, std::array{dir / "tree/sub", dir / "missing"}).error().message ==
        "cannot make '" + dir / "missing" + "' durable: No such file or directory");
  const Status status = make_durable({}, std::array{dir / "tree/sub/file"});
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().message ==
        "cannot make '" + dir / "tree/sub/file" + "' durable: Not a directory");
}

TEST_CASE("a tree that we may not read, or that is too deep for paths, can be made durable") {
  TempDir dir;
  fs::permissions(dir.path(), fs::perms::all);
  const AsNobody nobody;
  fs::create_directories(dir / "tree/unlisted/sub");
  fs::create_directories(dir / "tree/unsearched/sub");
  write_text(dir / "tree/unsearched/file", "x");
  ::chmod((dir / "tree/unlisted").c_str(), 0111);
  ::chmod((dir / "tree/unsearched").c_str(), 0444);
  CHECK(make_durable({}, std::array{dir / "tree"}).ok());
  ::chmod((dir / "tree").c_str(), 0000);
  CHECK(make_durable({}, std::array{dir / "tree"}).ok());
  fs::create_directory(dir / "deep");
  make_deep(dir / "deep", 200);
  CHECK(make_durable({}, std::array{dir / "deep"}).ok());
  CHECK(remove_tree(dir / "deep").ok());
  CHECK(remove_tree(dir / "tree").ok());
}

}  // namespace
}  // namespace moondial::tree_test

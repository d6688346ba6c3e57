#include "uv/file_system_space.h"

#include "tests/catch.h"
#include "tests/uv/temp_dir.h"

namespace moondial::file_system_space_test {
namespace {

TEST_CASE("the room of a folder, and of one that is yet to be made") {
  const TempDir dir;
  const FileSystemSpace space;
  const auto here = space.room(dir.path());
  REQUIRE(here);
  CHECK(here->free_bytes > 0);
  CHECK(here->size_bytes >= here->free_bytes);
  const auto later = space.room(dir.path() + "/a/b/c");
  REQUIRE(later);
  CHECK(later->size_bytes == here->size_bytes);
  CHECK(space.room("/"));
  CHECK(space.room("."));
  CHECK(space.room("no-such-folder/at-all"));
}

TEST_CASE("a place that cannot be looked at says nothing") {
  CHECK_FALSE(FileSystemSpace().room("/dev/null/x"));
  CHECK_FALSE(FileSystemSpace().room("/proc/self"));  // it has no size
}

}  // namespace
}  // namespace moondial::file_system_space_test

// Emptied staging directories that are used again.
#include <sys/stat.h>

#include "tests/catch.h"
#include "tests/uv/faulty_calls.h"
#include "tests/uv/targets_fixture.h"

namespace moondial::spare_staging_test {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

struct Spares : TargetsFixture {
  std::string top = dir / "data";

  Spares() { fs::create_directory(top); }
  /// Attempt `attempt` makes the file `name`.
  void make(const std::string& name, uint64_t attempt) {
    const auto outputs = stage({top + "/" + name}, attempt);
    REQUIRE(targets.missing(outputs) == std::vector<size_t>{0});
    write_text(outputs[0].staging_path, name);
    publish(outputs);
    CHECK(read_text(top + "/" + name) == name);
  }
};

ino_t inode(const std::string& path) {
  struct stat info {};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  return info.st_ino;
}

TEST_CASE_METHOD(Spares, "an emptied staging directory becomes that of the next attempt") {
  targets.keep_staging(top);
  make("a", 1);
  REQUIRE(names("data") == Names{".moondial~1", "a"});
  const ino_t kept = inode(top + "/.moondial~1");
  const auto outputs = stage({top + "/b"}, 2);
  CHECK(names("data") == Names{".moondial~2", "a"});
  CHECK(inode(top + "/.moondial~2") == kept);
  targets.discard(outputs);  // what failed leaves nothing
  CHECK(names("data") == Names{"a"});
}

TEST_CASE_METHOD(Spares, "none is kept where that was not said, nor after they were removed") {
  fs::create_directory(top + "/sub");
  targets.keep_staging(top + "/sub");
  make("a", 1);
  make("sub/a", 2);
  CHECK(names("data") == Names{"a", "sub"});
  CHECK(names("data/sub") == Names{".moondial~2", "a"});
  targets.remove_kept_staging();
  CHECK(names("data/sub") == Names{"a"});
  make("sub/b", 3);
  CHECK(names("data/sub") == Names{"a", "b"});
}

TEST_CASE_METHOD(Spares, "what the work left beside its output, or closed to us, is not kept") {
  targets.keep_staging(top);
  auto outputs = stage({top + "/a"}, 1);
  write_text(outputs[0].staging_path, "a");
  write_text(top + "/.moondial~1/scratch", "left");
  publish(outputs);
  CHECK(names("data") == Names{"a"});

  outputs = stage({top + "/b"}, 2);
  write_text(outputs[0].staging_path, "b");
  write_text(top + "/.moondial~2/.hidden", "left");
  publish(outputs);
  CHECK(names("data") == Names{"a", "b"});

  outputs = stage({top + "/c"}, 3);
  write_text(outputs[0].staging_path, "c");
  fs::permissions(top + "/.moondial~3", fs::perms::owner_read | fs::perms::owner_exec);
  const bool is_root = ::geteuid() == 0;  // who can rename out of it all the same
  if (is_root) {
    publish(outputs);
    CHECK(names("data") == Names{"a", "b", "c"});
  }
}

TEST_CASE_METHOD(Spares, "a kept directory that somebody has removed is made anew") {
  targets.keep_staging(top);
  make("a", 1);
  fs::remove(top + "/.moondial~1");
  make("b", 2);
  CHECK(names("data") == Names{".moondial~2", "a", "b"});
}

TEST_CASE_METHOD(Spares, "those of a dead engine are removed, and nothing else is") {
  for (const char* name : {".moondial~7", ".moondial~12", ".moondial~x", "kept", ".moondial~"}) {
    fs::create_directory(top + "/" + name);
  }
  fs::create_directory(top + "/.moondial~8");
  write_text(top + "/.moondial~8/half", "somebody's");
  write_text(top + "/.moondial~9", "a file");
  targets.remove_kept_staging(top);
  CHECK(names("data") == Names{".moondial~", ".moondial~8", ".moondial~9", ".moondial~x", "kept"});
  targets.remove_kept_staging(top + "/is not there");
}

TEST_CASE("staging goes on where a kept directory cannot be renamed") {
  TempDir dir;
  const std::string top = dir / "data";
  fs::create_directory(top);
  FaultyCalls calls;
  FileTargets targets(calls);
  const auto make = [&](const std::string& name, uint64_t attempt) {
    auto outputs = targets.stage(AttemptId(attempt), std::vector<std::string>{top + "/" + name});
    REQUIRE(outputs.ok());
    write_text(outputs->front().staging_path, name);
    REQUIRE(targets.publish(*outputs).ok());
  };
  targets.keep_staging(top);
  make("a", 1);
  calls.fail_at = calls.steps;  // the rename of .moondial~1
  make("b", 2);
  CHECK(read_text(top + "/b") == "b");
}

}  // namespace
}  // namespace moondial::spare_staging_test

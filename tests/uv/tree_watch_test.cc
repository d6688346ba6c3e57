// Changes of a project's Lua files are noticed, and nothing else is.
#include "uv/tree_watch.h"

#include <chrono>
#include <filesystem>
#include <fstream>

#include "tests/catch.h"
#include "uv/uv_loop.h"

namespace moondial::tree_watch_test {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// A watched project. What has changed is known after turns().
struct Watched {
  Watched() {
    std::string pattern = (fs::temp_directory_path() / "moondial-watch-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    root = pattern;
    fs::create_directories(root / "pipelines/deep/er");
    fs::create_directories(root / "lib");
    fs::create_directories(root / "elsewhere");
    fs::create_directory_symlink(root / "elsewhere", root / "pipelines/link");
    write("pipelines/a.lua", "a");
    auto started = TreeWatch::start(loop, root.string(), [this] { changed(); });
    REQUIRE(started.ok());
    watch = std::move(started).value();
  }
  ~Watched() { fs::remove_all(root); }
  void write(const std::string& path, const std::string& text) const {
    std::ofstream(root / path) << text;
  }
  void changed() {
    ++changes;
    loop.stop();
  }
  /// Whether there was a change; of what happened before there is one at once, so that a marker
  /// that follows shows that there was none.
  bool saw() {
    changes = 0;
    const auto bound = loop.timer(loop.mono() + seconds(20), [this] { loop.stop(); });
    loop.run();
    return changes > 0;
  }
  bool saw_nothing() {
    // All that was seen of it is handled when the loop has gone round with nothing to do.
    changes = 0;
    int rounds = 0;
    std::function<void()> turn = [&] {
      if (++rounds == 5) return loop.stop();
      loop.post(turn);
    };
    loop.post(turn);
    loop.run();
    return changes == 0;
  }

  fs::path root;
  UvLoop loop;
  std::unique_ptr<TreeWatch> watch;
  int changes = 0;
};

TEST_CASE("a file that is written, made, renamed over or removed is a change") {
  Watched w;
  SECTION("written") { w.write("pipelines/a.lua", "b"); }
  SECTION("made") { w.write("lib/new.lua", "b"); }
  SECTION("deep down") { w.write("pipelines/deep/er/x.lua", "b"); }
  SECTION("in a folder that is a link") { w.write("elsewhere/x.lua", "b"); }
  SECTION("renamed over, as editors do") {
    w.write("elsewhere/tmp", "b");
    fs::rename(w.root / "elsewhere/tmp", w.root / "pipelines/a.lua");
  }
  SECTION("removed") { fs::remove(w.root / "pipelines/a.lua"); }
  SECTION("the configuration") { w.write("moondial.lua", "return {}"); }
  SECTION("a folder goes") { fs::remove_all(w.root / "pipelines/deep"); }
  CHECK(w.saw());
}

TEST_CASE("a folder that comes is watched from then on") {
  Watched w;
  fs::create_directories(w.root / "pipelines/fresh/deep");
  REQUIRE(w.saw());
  (void)w.saw_nothing();
  w.write("pipelines/fresh/deep/x.lua", "x");
  CHECK(w.saw());
  // Also all of pipelines/ anew.
  fs::remove_all(w.root / "pipelines");
  REQUIRE(w.saw());
  fs::create_directories(w.root / "pipelines");
  REQUIRE(w.saw());
  (void)w.saw_nothing();
  w.write("pipelines/y.lua", "y");
  CHECK(w.saw());
}

TEST_CASE("what is no Lua file, or hidden, or beside is no change") {
  Watched w;
  w.write("pipelines/data.csv", "1");
  w.write("pipelines/.a.lua.swp", "1");
  w.write("pipelines/#a.lua#", "1");
  w.write("out.txt", "1");
  w.write("other.lua", "1");
  CHECK(w.saw_nothing());
}

}  // namespace
}  // namespace moondial::tree_watch_test

// Files that a glob matches: which they are, and when they are whole.
#include "uv/glob_watch.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "tests/catch.h"
#include "tests/uv/loop_fixture.h"
#include "tests/uv/temp_dir.h"

namespace moondial::glob_watch_test {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

struct Folder {
  TempDir dir;
  [[nodiscard]] std::string path(const std::string& name) const { return dir / name; }
  void write(const std::string& name, const std::string& text = "x") const {
    fs::create_directories(fs::path(path(name)).parent_path());
    std::ofstream(path(name), std::ios::app) << text;
  }
  [[nodiscard]] const std::string& root() const { return dir.path(); }
  [[nodiscard]] Names find(const std::string& glob) const {
    Names names;
    for (const auto& file : find_glob(root(), glob).files) names.push_back(file.path);
    return names;
  }
};

/// What was last told of a glob.
struct Watched : Folder {
  UvLoop loop;
  GlobWatch watch{loop, root()};
  std::map<std::string, std::vector<SeenFile>> seen;

  void look_for(const std::vector<Arrivals::Glob>& globs) {
    watch.watch(globs, [this](const std::string& glob, const std::vector<SeenFile>& files) {
      seen[glob] = files;
    });
  }
  [[nodiscard]] bool is_whole(const std::string& glob, const std::string& path) {
    return std::ranges::any_of(
        seen[glob], [&](const SeenFile& file) { return file.path == path && file.whole; });
  }
  ~Watched() { watch.watch({}, {}); }
};

}  // namespace

TEST_CASE("a glob matches within a name, and ** folders of any depth") {
  const Folder f;
  for (const char* name : {"in/a.csv", "in/b.txt", "in/.hidden.csv", "in/2015/09/c.csv",
                           "in/2015/d.csv", "in/.git/e.csv", "in/x[1].csv"}) {
    f.write(name);
  }
  fs::create_directory_symlink(f.path("in"), f.path("in/2015/loop"));
  fs::create_directory_symlink(f.path("in"), f.path("link"));
  CHECK(f.find("in/*.csv") == Names{"in/a.csv", "in/x[1].csv"});
  CHECK(f.find("./in//a.csv") == Names{"in/a.csv"});
  CHECK(f.find("in/?.*") == Names{"in/a.csv", "in/b.txt"});
  CHECK(f.find("in/[!a].txt") == Names{"in/b.txt"});
  CHECK(f.find("in/.h*") == Names{"in/.hidden.csv"});
  CHECK(f.find("in/x\\[1].csv") == Names{"in/x[1].csv"});
  CHECK(f.find("in/**/*.csv") ==
        Names{"in/2015/09/c.csv", "in/2015/d.csv", "in/a.csv", "in/x[1].csv"});
  CHECK(f.find("**/c.csv") == Names{"in/2015/09/c.csv"});
  CHECK(f.find("in/2015/**") == Names{"in/2015/09/c.csv", "in/2015/d.csv"});
  CHECK(f.find("in/*/*.csv") == Names{"in/2015/d.csv"});
  CHECK(f.find("link/*.txt") == Names{"link/b.txt"});
  CHECK(f.find(f.root() + "/in/*.txt") == Names{f.root() + "/in/b.txt"});
  CHECK(f.find("nowhere/*.csv").empty());
  CHECK(find_glob(f.root(), "in/none/*").folders == Names{f.root() + "/in/"});
}

TEST_CASE("a file is whole when its writer has closed it, however slowly it writes") {
  Watched f;
  f.write("in/old");
  f.look_for({{"in/*", Duration(0)}});
  REQUIRE(run_until(f.loop, [&] { return f.is_whole("in/*", "in/old"); }));
  const int fd = ::open(f.path("in/slow").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  REQUIRE(run_until(f.loop, [&] { return f.seen["in/*"].size() == 2; }));
  CHECK_FALSE(f.is_whole("in/*", "in/slow"));  // made, and nothing is in it yet
  const std::string empty = f.seen["in/*"].back().stamp;
  REQUIRE(::write(fd, "x", 1) == 1);
  REQUIRE(run_until(f.loop, [&] { return f.seen["in/*"].back().stamp != empty; }));
  CHECK_FALSE(f.is_whole("in/*", "in/slow"));
  const std::string before = f.seen["in/*"].back().stamp;
  REQUIRE(::write(fd, "y", 1) == 1);
  REQUIRE(run_until(f.loop, [&] { return f.seen["in/*"].back().stamp != before; }));
  CHECK_FALSE(f.is_whole("in/*", "in/slow"));
  ::close(fd);
  CHECK(run_until(f.loop, [&] { return f.is_whole("in/*", "in/slow"); }));
}

TEST_CASE("folders that come about later, and files that are moved there, are seen") {
  Watched f;
  f.look_for({{"deep/er/*", Duration(0)}, {"all/**/*.csv", Duration(0)}});
  REQUIRE(run_until(f.loop, [&] { return f.seen.size() == 2; }));
  f.write("elsewhere/a");
  fs::create_directories(f.path("deep/er"));
  fs::rename(f.path("elsewhere/a"), f.path("deep/er/a"));
  CHECK(run_until(f.loop, [&] { return f.is_whole("deep/er/*", "deep/er/a"); }));
  f.write("all/1/2/b.csv");
  CHECK(run_until(f.loop, [&] { return f.is_whole("all/**/*.csv", "all/1/2/b.csv"); }));
  fs::remove(f.path("deep/er/a"));
  CHECK(run_until(f.loop, [&] { return f.seen["deep/er/*"].empty(); }));
}

TEST_CASE("a file is left alone for as long as its glob says") {
  Watched f;
  f.write("in/a");
  f.look_for({{"in/*", std::chrono::hours(1)}, {"in/a", Duration(0)}});
  REQUIRE(run_until(f.loop, [&] { return f.is_whole("in/a", "in/a") && !f.seen["in/*"].empty(); }));
  CHECK_FALSE(f.is_whole("in/*", "in/a"));
  // Other globs look at other files, at once.
  f.seen.clear();
  f.look_for({{"in/?", Duration(0)}});
  REQUIRE(run_until(f.loop, [&] { return f.is_whole("in/?", "in/a"); }));
  CHECK(f.seen.size() == 1);
}

}  // namespace moondial::glob_watch_test

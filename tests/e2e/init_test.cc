// `init`, as somebody meets it who has just installed moondial.
#include "tests/catch.h"
#include "tests/e2e/harness.h"

namespace moondial::e2e::init_test {
namespace {

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("a project that init made works at once") {
  Project project;
  const Finished init = project.moondial({"init"});
  INFO(init.all());
  REQUIRE(init.code == 0);
  CHECK(init.err.empty());
  CHECK(has(init.out, "made     pipelines/hello.lua"));
  CHECK(has(init.out, "moondial run Hello"));
  CHECK_FALSE(has(init.out, "  cd "));

  CHECK(project.moondial({"check"}).code == 0);
  const Finished run = project.moondial({"run", "Hello"});
  INFO(run.all());
  REQUIRE(run.code == 0);
  CHECK(project.read("data/hello/world.csv") == "who,bytes\nworld,14\n");
  const Finished hostile = project.moondial({"run", "Hello", "who=it's $HOME"});
  CHECK(hostile.code == 0);
  CHECK(project.read("data/hello/it's $HOME.txt") == "Hello, it's $HOME!\n");
  CHECK(has(project.moondial({"run", "Hello"}).out, "nothing to do"));
  if (!has_program("luacheck")) return;
  const Finished lint = run_program({"luacheck", "--no-color", "."}, project.root());
  INFO(lint.all());
  CHECK(lint.code == 0);
}

TEST_CASE("init in a folder to be made says where to go, and -C is where it begins") {
  Project project;
  const Finished init = project.moondial({"-C", "pipelines", "init", "../a b/c"});
  INFO(init.all());
  REQUIRE(init.code == 0);
  CHECK(project.exists("a b/c/moondial.lua"));
  CHECK(has(init.out, "cd '" + (project / "a b/c").string() + "'"));
  CHECK(has(init.err, "it lies within the project " + project.root().string()));
}

TEST_CASE("init again keeps everything, also as JSON") {
  Project project;
  CHECK(project.moondial({"init"}).code == 0);
  project.write("pipelines/hello.lua", "-- mine now\n");
  const Finished again = project.moondial({"init", "--json"});
  CHECK(again.code == 0);
  const auto json = again.json();
  CHECK(json["root"] == project.root().string());
  REQUIRE(json["files"].size() == 6);
  for (const auto& file : json["files"]) CHECK(file["fate"] == "kept");
  CHECK(project.read("pipelines/hello.lua") == "-- mine now\n");
  CHECK(has(project.moondial({"init"}).out, "moondial check"));
}

TEST_CASE("init where it cannot says why") {
  Project project;
  project.write("file", "");
  const Finished file = project.moondial({"init", "file"});
  CHECK(file.code == 2);
  CHECK(has(file.err, "is no folder"));
  const Finished beneath = project.moondial({"init", "file/x"});
  CHECK(beneath.code != 0);
  CHECK(has(beneath.err, "file/x"));
}

}  // namespace
}  // namespace moondial::e2e::init_test

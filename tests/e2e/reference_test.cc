// `reference`, and the types that editors get.
#include "tests/catch.h"
#include "tests/e2e/harness.h"

namespace moondial::e2e::reference_test {
namespace {

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("reference explains the DSL, one name, or says the nearest") {
  Project project;
  std::filesystem::remove(project / "pipelines");  // it needs no project
  const Finished all = project.moondial({"reference"});
  INFO(all.err);
  CHECK(all.code == 0);
  CHECK(all.out.starts_with("# The DSL\n"));
  CHECK(has(all.out, "\n### await\n"));

  const Finished one = project.moondial({"reference", "retry"});
  CHECK(one.code == 0);
  CHECK(one.out.starts_with("# task.retry\n"));
  CHECK(one.out.ends_with("\n"));
  const auto json = project.moondial({"reference", "timeout", "--json"}).json();
  REQUIRE(json.size() == 4);
  CHECK(json[0]["name"] == "task.timeout");
  CHECK(json[0]["default"] == "none");
  CHECK(json[0]["works"] == "anywhere");

  const Finished unknown = project.moondial({"reference", "retri"});
  CHECK(unknown.code == 2);
  CHECK(unknown.out.empty());
  CHECK(has(unknown.err, "the DSL has no 'retri'; did you mean 'retry'?"));
  CHECK(project.moondial({"reference", "a", "b"}).code == 2);
  CHECK_FALSE(project.exists(".moondial"));
}

TEST_CASE("init writes the types of the DSL, and the language server finds them right") {
  Project project;
  REQUIRE(project.moondial({"init"}).code == 0);
  const std::string types = project.read(".moondial/types/moondial.lua");
  CHECK(types.starts_with("---@meta\n"));
  CHECK(has(types, "\nfunction task(name) end\n"));
  CHECK(has(types, "---@field retry? integer|moondial.Retry|"));
  CHECK(has(project.read("moondial.lua"), "---@type moondial.Config\nreturn {"));
  CHECK(has(types, "---@class moondial.Config\n"));
  if (!has_program("lua-language-server")) return;
  const Finished types_alone =
      run_program({"lua-language-server", "--check", ".moondial/types", "--checklevel=Warning"},
                  project.root());
  INFO(types_alone.all());
  CHECK(types_alone.code == 0);
  const Finished check =
      run_program({"lua-language-server", "--check", ".", "--checklevel=Warning"}, project.root());
  INFO(check.all());
  CHECK(check.code == 0);
}

}  // namespace
}  // namespace moondial::e2e::reference_test

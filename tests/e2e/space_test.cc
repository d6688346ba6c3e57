// min_free, on a small disk of the test's own: a tmpfs in a mount namespace that nobody else sees.
#include "tests/catch.h"
#include "tests/e2e/spec_project.h"

namespace moondial::e2e::space_test {
namespace {

using Catch::Matchers::ContainsSubstring;

/// Runs a shell script in the project with a tmpfs of 16 MB mounted on its folder `small`; the
/// script's own commands find the binary as $MOONDIAL_BIN.
Finished on_small_disk(const SpecProject& project, const std::string& script) {
  project.write("small/.keep", "");
  project.write("script.sh",
                "mount -t tmpfs -o size=16m tmpfs small || exit 99\n"
                "m=$MOONDIAL_BIN\n"
                "until_said() { until grep -q \"$1\" said; do kill -0 $! || exit 98; done; }\n" +
                    script);
  return run_program({"unshare", "--mount", "--map-root-user", "bash", "script.sh"},
                     project.root());
}

/// Whether such a disk can be had here; says so if not.
bool has_small_disk(const SpecProject& project) {
  if (!has_program("unshare")) {
    WARN("not tested: unshare (of util-linux) is not installed");
    return false;
  }
  const Finished tried = on_small_disk(project, "exit 0\n");
  if (tried.code == 0) return true;
  WARN("not tested: nobody may mount a tmpfs in a namespace of their own here: " + tried.all());
  return false;
}

constexpr const char* kPipeline = R"lua(
  task "Here"   { output = "here.txt", sh = "echo here > ${output}" }
  task "Small"  { output = "small/out/there.txt", sh = "echo there > ${output}" }
  task "All"    { requires = { tasks.Here, tasks.Small } }
)lua";

TEST_CASE("below min_free nothing starts there, everybody is told, and it goes on by itself") {
  const SpecProject project(kPipeline);
  if (!has_small_disk(project)) return;
  project.write("moondial.lua", "return { min_free = \"8M\" }\n");
  const Finished out = on_small_disk(project, R"sh(
    head -c 12M /dev/zero > small/filler
    $m run All > said 2>&1 &
    until_said 'disk space'
    until_said 'done Here'   # on the other disk
    $m why Small > why
    $m why Small --json > why.json
    $m show 1 > show
    $m show 1 --json > show.json
    $m plan All --json > plan.json
    [ -e small/out/there.txt ] && exit 97
    rm small/filler
    wait $!
  )sh");
  INFO(out.all() << project.read("said"));
  REQUIRE(out.code == 0);
  CHECK_THAT(project.read("said"),
             ContainsSubstring("4.0 MiB are free at ") && ContainsSubstring("/small") &&
                 ContainsSubstring("min_free is 8.0 MiB") && ContainsSubstring("make room there") &&
                 ContainsSubstring("there is disk space again") && ContainsSubstring("done Small"));
  CHECK_THAT(project.read("why"), ContainsSubstring("ready: waits for disk space") &&
                                      ContainsSubstring("in run 1") &&
                                      !ContainsSubstring("of cpu"));
  const Json why = Json::parse(project.read("why.json"));
  CHECK(why["lacks_space"] == true);
  CHECK(why["uses"].empty());
  CHECK_THAT(project.read("show"), ContainsSubstring("waits for disk space"));
  CHECK_THAT(Json::parse(project.read("show.json"))["tasks"].dump(),
             ContainsSubstring("waits for disk space"));
  const Json plan = Json::parse(project.read("plan.json"));
  for (const Json& task : plan["tasks"]) {
    if (task["id"] != "Small") continue;
    CHECK(task["state"] == "ready");
    CHECK(task["space"]["free_bytes"] == 4 << 20);
    CHECK(task["space"]["min_free_bytes"] == 8 << 20);
    CHECK_THAT(task["space"]["path"].get<std::string>(), ContainsSubstring("/small"));
  }
}

TEST_CASE("Ctrl-C ends the wait for disk space, and a lower min_free does") {
  const SpecProject project(kPipeline);
  if (!has_small_disk(project)) return;
  project.write("moondial.lua", "return { min_free = \"8M\" }\n");
  SECTION("Ctrl-C") {
    const Finished out = on_small_disk(project, R"sh(
      head -c 12M /dev/zero > small/filler
      set -m   # or the shell has the command ignore SIGINT
      $m run Small > said 2>&1 &
      until_said 'disk space'
      kill -INT $!
      wait $!
    )sh");
    INFO(out.all() << project.read("said"));
    CHECK(out.code == 130);
    CHECK_THAT(project.read("said"), ContainsSubstring("1 cancelled"));
  }
  SECTION("min_free is lowered") {
    const Finished out = on_small_disk(project, R"sh(
      head -c 12M /dev/zero > small/filler
      $m run Small > said 2>&1 &
      until_said 'disk space'
      echo 'return { min_free = "1M" }' > moondial.lua
      wait $!
    )sh");
    INFO(out.all() << project.read("said"));
    CHECK(out.code == 0);
    CHECK_THAT(project.read("said"), ContainsSubstring("done Small"));
  }
}

TEST_CASE("a full disk fails publishing cleanly, and the record stays readable") {
  const SpecProject project(R"lua(
    task "Fill" { output = "small/big.bin", sh = "head -c 64M /dev/zero > ${output}" }
  )lua");
  if (!has_small_disk(project)) return;
  const Finished out = on_small_disk(project, R"sh(
    $m run Fill > said 2>&1
    echo $? > code
    ls -A small > left
    $m show 1 --json > show.json
  )sh");
  INFO(out.all());
  CHECK(out.code == 0);
  CHECK(project.read("code") == "1\n");
  CHECK(project.read("left").empty());
  CHECK_THAT(project.read("said"), ContainsSubstring("No space left on device"));
  CHECK(Json::parse(project.read("show.json"))["state"] == "failed");
}

TEST_CASE("a project on a small disk works without a word about min_free") {
  const SpecProject project("task \"A\" { output = \"a.txt\", sh = \"echo a > ${output}\" }");
  if (!has_small_disk(project)) return;
  const Finished out = on_small_disk(project, R"sh(
    cp -R pipelines small/
    cd small && $m run A
  )sh");
  INFO(out.all());
  CHECK(out.code == 0);
}

}  // namespace
}  // namespace moondial::e2e::space_test

// Targets that are no single file: folders, and targets of the user's own.
#include "tests/catch.h"
#include "tests/e2e/harness.h"

namespace moondial::e2e::target_test {
namespace {

using Catch::Matchers::ContainsSubstring;

}  // namespace

TEST_CASE("dir(): a folder is published whole, and replaced whole") {
  const Project project;
  project.write("pipelines/p.lua", R"(
    local Parts = task "Parts" { params = { n = param.int }, output = dir "parts", run = function(t)
      for i = 1, t.n do t.output:file("p" .. i .. ".csv"):write("x\n" .. i .. "\n") end
      sh "test -d ${output}; echo more > ${output}/more.txt"
    end }
    task "Sum" { requires = { Parts{ n = 2 } }, output = "sum.txt", run = function(t)
      local sum = 0
      for _, name in ipairs(t.input[1]:list()) do
        if name:find "csv$" then
          for row in t.input[1]:file(name):rows() do sum = sum + tonumber(row.x) end
        end
      end
      t.output:write(sum)
    end }
    task "Count" { requires = { Parts{ n = 2 } }, output = "count.txt", sh = "ls ${input} | wc -l > ${output}" }
    task "Empty" { output = dir "empty", sh = "true" }
    task "Fails" { output = dir "fails", sh = "touch ${output}/x; false" }
  )");
  const Finished out = project.moondial({"run", "Sum"});
  INFO(out.all());
  REQUIRE(out.code == 0);
  CHECK(project.read("sum.txt") == "3");
  REQUIRE(project.moondial({"run", "Count"}).code == 0);
  CHECK(project.read("count.txt") == "3\n");
  CHECK_THAT(project.moondial({"run", "Parts", "n=2"}).out, ContainsSubstring("nothing to do"));

  REQUIRE(project.moondial({"run", "Parts", "n=1", "--force"}).code == 0);
  CHECK(project.exists("parts/p1.csv"));
  CHECK_FALSE(project.exists("parts/p2.csv"));

  const Finished empty = project.moondial({"run", "Empty"});
  CHECK(empty.code == 1);
  CHECK_THAT(empty.all(), ContainsSubstring("did not produce its output"));
  CHECK(project.moondial({"run", "Fails"}).code == 1);
  CHECK_FALSE(project.exists("fails"));
  CHECK_FALSE(project.exists("empty"));
}

TEST_CASE("target{}: exists, publish and remove are the user's own") {
  const Project project;
  project.write("pipelines/p.lua", R"(
    local Table = task "Table" { params = { day = param.date, bad = param.bool{ default = false, significant = false } },
      output = target{
        path = "table_${day}",
        exists = function(t) return file("db/" .. t.day):exists() end,
        publish = function(t) sh{ "mv", "db/tmp", "db/" .. t.day } end,
        remove = function(t) sh{ "rm", "-f", "db/tmp" } end,
      },
      run = function(t)
        sh("mkdir -p db; echo " .. t.output.path .. " > db/tmp")
        if t.bad then error "bad day" end
      end }
    task "Report" { requires = Table{ day = date "2015-09-18" }, output = "report.txt",
      sh = "echo ${input} > ${output}" }
    task "Never" { output = target{ exists = function() return false end }, sh = "true" }
  )");
  const Finished bad = project.moondial({"run", "Table", "day=2015-09-18", "bad=true"});
  INFO(bad.all());
  CHECK(bad.code == 1);
  CHECK_FALSE(project.exists("db/tmp"));
  const Finished out = project.moondial({"run", "Report"});
  INFO(out.all());
  REQUIRE(out.code == 0);
  CHECK(project.read("db/2015-09-18") == "table_2015-09-18\n");
  CHECK(project.read("report.txt") == "table_2015-09-18\n");
  CHECK_THAT(project.moondial({"run", "Table", "day=2015-09-18"}).out,
             ContainsSubstring("nothing to do"));
  const Finished never = project.moondial({"run", "Never"});
  CHECK(never.code == 1);
  CHECK_THAT(never.all(), ContainsSubstring("exists(t) says that its target is not there"));
}

TEST_CASE("complete() is asked again after the work") {
  const Project project;
  project.write("pipelines/p.lua", R"(
    task "Liar" { complete = function(t) return file("done"):exists() end, sh = "true" }
    task "Honest" { complete = function(t) return file("done"):exists() end, sh = "touch done" }
  )");
  const Finished liar = project.moondial({"run", "Liar"});
  CHECK(liar.code == 1);
  CHECK_THAT(liar.all(), ContainsSubstring("complete(t) still says no"));
  CHECK(project.moondial({"run", "Honest"}).code == 0);
  CHECK_THAT(project.moondial({"run", "Honest"}).out, ContainsSubstring("nothing to do"));
}

TEST_CASE("an input that has vanished is made again when the task starts, once") {
  const Project project;
  project.write("pipelines/p.lua", R"(
    local A = task "A" { output = "a.txt", sh = "echo A >> made; echo data > ${output}" }
    local Slow = task "Slow" { requires = A, output = "slow.txt", sh = "rm a.txt; touch ${output}" }
    task "B" { requires = { A, slow = Slow }, output = "b.txt", sh = "cat a.txt > ${output}" }
    local Gone = task "Gone" { output = "gone.txt", sh = "echo x > ${output}",
      on_success = function(t) file("gone.txt"):exists() sh "rm -f gone.txt" end }
    local Wait = task "Wait" { requires = Gone, output = "wait.txt", sh = "rm -f gone.txt; touch ${output}" }
  )");
  const Finished out = project.moondial({"run", "B", "-j", "1"});
  INFO(out.all());
  REQUIRE(out.code == 0);
  CHECK(project.read("made") == "A\nA\n");
  CHECK(project.read("b.txt") == "data\n");
}

TEST_CASE("bytes that are no UTF-8 pass through files, gzip and commands as they are") {
  const Project project;
  project.write("pipelines/p.lua", R"(
    local Raw = task "Raw" { output = "raw.bin", sh = [[printf '\377\376\000\r\n\303' > ${output}]] }
    local Packed = task "Packed" { requires = Raw, output = "raw.gz",
      run = function(t) t.output:write(t.input:read()) end }
    task "Back" { requires = Packed, output = "back.bin", run = function(t)
      sh{ "cat", stdin = t.input:read(), stdout = t.output }
    end }
  )");
  const Finished out = project.moondial({"run", "Back"});
  INFO(out.all());
  REQUIRE(out.code == 0);
  CHECK(project.read("back.bin") == std::string("\xff\xfe\0\r\n\xc3", 6));
  CHECK(project.read("raw.gz").substr(0, 2) == "\x1f\x8b");
}

}  // namespace moondial::e2e::target_test

// The rows of "Targets": what makes one, its methods, publishing and completeness.
#include <chrono>
#include <set>

#include "tests/catch.h"
#include "tests/e2e/spec_project.h"

namespace moondial::e2e::spec_targets_test {
namespace {

using Catch::Matchers::ContainsSubstring;
using Lines = std::vector<std::string>;

/// A task whose `run` is `body`; it has the file "in", and `out` as its output.
std::string reading(const std::string& body, const std::string& in = "in",
                    const std::string& out = "out") {
  return "local In = external \"In\" { output = \"" + in + "\" }\n" +
         "task \"A\" { requires = In, output = \"" + out + "\", run = function(t)\n" +
         "local input, output = t.input, t.output\n" + body + "\nend }\n";
}

TEST_CASE("target: file(path)") {
  const SpecProject project(R"lua(
    local A = task "A" { params = { n = param.int }, output = file "out/${n}.txt", sh = "echo ${n} > ${output}" }
    task "B" { output = "sum", run = function(t)
      t.output:write(file("given"):read() .. tostring(file("not-there"):exists()))
    end }
  )lua");
  project.write("given", "given ");
  project.run({"A", "n=4"});
  CHECK(project.read("out/4.txt") == "4\n");
  project.run({"B"});
  CHECK(project.read("sum") == "given false");
}

TEST_CASE("target: dir(path)") {
  const SpecProject project(R"lua(
    local Parts = task "Parts" { params = { n = param.int }, output = dir "parts", run = function(t)
      t.output:file("p" .. t.n):write("part " .. t.n)
      sh "echo shell > ${output}/more"
    end }
    task "List" { requires = Parts{ n = 1 }, output = "list", run = function(t)
      assert(t.input:exists() and t.input.path == "parts")
      t.output:write(table.concat(t.input:list(), " ") .. " " .. t.input:file("p1"):read())
    end }
    task "Fails" { output = dir "fails", sh = "touch ${output}/x; false" }
  )lua");
  project.run({"List"});
  CHECK(project.read("list") == "more p1 part 1");
  project.run({"Parts", "n=2", "--force"});  // replaced whole
  CHECK(project.exists("parts/p2"));
  CHECK_FALSE(project.exists("parts/p1"));
  project.run({"Fails"}, 1);
  CHECK_FALSE(project.exists("fails"));
}

TEST_CASE("target: mark()") {
  const SpecProject project(R"lua(
    local Load = task "Load" { params = { n = param.int }, output = mark(), sh = "echo ${n} >> loaded" }
    task "After" { requires = { Load{ n = 1 }, Load{ n = 2 } }, output = "after", sh = "touch ${output}" }
    task "Fails" { output = mark(), sh = "echo x >> fails; false" }
  )lua");
  project.run({"After", "-j", "1"});
  project.run({"Load", "n=1"});
  CHECK(project.lines("loaded") == Lines{"1", "2"});
  project.run({"Fails"}, 1);
  project.run({"Fails"}, 1);
  CHECK(project.lines("fails").size() == 2);
  // It is recorded in the database, and nowhere else.
  project.wait_for_engine_end();
  std::filesystem::remove_all(project / ".moondial");
  project.run({"Load", "n=1"});
  CHECK(project.lines("loaded").size() == 3);
}

TEST_CASE("target: target{ exists, path, publish, remove }") {
  const SpecProject project(R"lua(
    local Table = task "Table" { params = { day = param.date },
      output = target{ path = "table_${day}", exists = function(t) return file("db/" .. t.day):exists() end,
        publish = function(t) sh("mv db/staged db/" .. t.day) end,
        remove = function(t) sh "rm -f db/staged" end },
      run = function(t)
        assert(not t.output:exists() and t.output.path == "table_" .. t.day)
        sh "mkdir -p db; echo ${output} >> db/staged"
        if file("broken"):exists() then error "broken" end
      end }
    task "Words" { params = { day = param.date }, sh = { "touch", "${output}" },
      output = target{ path = "words-${day}", exists = function(t) return file(t.output.path):exists() end } }
    task "Shell" { output = target{ path = "a  shell", exists = function(t) return file(t.output.path):exists() end },
      sh = "touch ${output}" }
    task "Reads" { requires = Table{ day = date "2015-09-18" }, output = "reads",
      run = function(t) t.output:write(t.input.path .. " " .. tostring(t.input:exists())) end }
  )lua");
  project.write("broken", "");
  project.run({"Reads"}, 1);
  CHECK(std::filesystem::is_empty(project / "db"));
  std::filesystem::remove(project / "broken");
  project.run({"Reads"});
  CHECK(project.read("db/2015-09-18") == "table_2015-09-18\n");
  CHECK(project.read("reads") == "table_2015-09-18 true");
  project.run({"Table", "day=2015-09-18"});
  CHECK(project.lines("db/2015-09-18").size() == 1);  // complete: not run again
  project.run({"Words", "day=2015-09-18"});
  CHECK(project.exists("words-2015-09-18"));
  project.run({"Shell"});
  CHECK(project.exists("a  shell"));
  project.write(
      "pipelines/q.lua",
      R"lua(task "NoPath" { output = target{ exists = function() end }, sh = "echo ${output}" })lua");
  CHECK_THAT(project.command({"check"}, 2).all(), ContainsSubstring("its target has no path"));
}

TEST_CASE("target: .path") {
  const SpecProject project(R"lua(
    local A = task "A" { output = "deep/er/a.csv", run = function(t)
        assert(not t.output.path:find "^deep/er/a.csv$" and t.output.path:find "/a%.csv$", t.output.path)
        sh("printf 'x\n1\n' > " .. t.output.path)
      end,
      check = function(t) assert(file(t.output.path):exists() and not file("deep/er/a.csv"):exists()) end }
    task "B" { requires = A, output = "b", run = function(t) t.output:write(t.input.path) end }
  )lua");
  project.run({"B"});
  CHECK(project.read("b") == "deep/er/a.csv");
  CHECK(project.read("deep/er/a.csv") == "x\n1\n");
}

TEST_CASE("target: :exists()") {
  const SpecProject project(reading(R"lua(
    assert(input:exists() and not output:exists())
    output:write "x"
    assert(output:exists() and not file("out"):exists()))lua"));
  project.write("in", "");
  project.run({"A"});
  CHECK(project.read("out") == "x");
}

TEST_CASE("target: :read()") {
  const SpecProject project(reading(R"lua(
    output:write(input:read())
    local ok, err = pcall(function() return file("not-there"):read() end)
    assert(not ok and tostring(err):find "not%-there"))lua"));
  const std::string bytes("a\0\xff\r\n", 5);
  project.write("in", bytes);
  project.run({"A"});
  CHECK(project.read("out") == bytes);
}

TEST_CASE("target: :lines()") {
  const SpecProject project(reading(R"lua(
    local lines = {}
    for line in input:lines() do lines[#lines + 1] = "<" .. line .. ">" end
    output:write(table.concat(lines)))lua"));
  project.write("in", "one\n\nthree");
  project.run({"A"});
  CHECK(project.read("out") == "<one><><three>");
}

TEST_CASE("target: :rows()") {
  const SpecProject project(reading(R"lua(
    local rows = {}
    for row in input:rows() do rows[#rows + 1] = row.name .. "=" .. row.n end
    output:write(table.concat(rows, "; "))
    for row in input:rows() do
      local ok, err = pcall(function() return row.nmae end)
      assert(not ok and tostring(err):find "did you mean 'name'", tostring(err))
    end)lua"));
  project.write("in", "name,n\n\"a, \"\"b\"\"\nc\",1\nd,\n");
  project.run({"A"});
  CHECK(project.read("out") == "a, \"b\"\nc=1; d=");
}

TEST_CASE("target: :count_rows()") {
  const SpecProject project(reading(R"lua(
    output:write(input:count_rows() .. " " .. file("header"):count_rows()))lua"));
  project.write("in", "name,n\n\"two\nlines\",1\nb,2\nc,3");
  project.write("header", "name,n\n");
  project.run({"A"});
  CHECK(project.read("out") == "3 0");
}

TEST_CASE("target: :json()") {
  const SpecProject project(reading(R"lua(
    local value = input:json()
    output:write(value.list[2] .. value.s .. tostring(value.yes))
    local ok, err = pcall(function() return file("broken"):json() end)
    assert(not ok and tostring(err):find "broken"))lua"));
  project.write("in", R"({"list": [1, 2], "s": "x", "yes": true})");
  project.write("broken", "{");
  project.run({"A"});
  CHECK(project.read("out") == "2xtrue");
}

TEST_CASE("target: :write(s)") {
  const SpecProject project(reading(R"lua(
    output:write "first"
    output:write "a\0b")lua"));
  project.write("in", "");
  project.run({"A"});
  CHECK(project.read("out") == std::string("a\0b", 3));
}

TEST_CASE("target: :write_rows(list, {columns = …})") {
  const SpecProject project(R"lua(
    local ROWS = { { b = 1, a = 'x, "y"' }, { b = 2.5, a = "" } }
    task "Sorted" { output = "sorted.csv", run = function(t) t.output:write_rows(ROWS) end }
    task "Given" { output = "given.csv", run = function(t) t.output:write_rows(ROWS, { columns = { "b", "a" } }) end }
    task "Empty" { output = "empty.csv", run = function(t) t.output:write_rows({}, { columns = { "b", "a" } }) end }
  )lua");
  project.run({"Sorted"});
  CHECK(project.read("sorted.csv") == "a,b\n\"x, \"\"y\"\"\",1\n,2.5\n");
  project.run({"Given"});
  CHECK(project.read("given.csv") == "b,a\n1,\"x, \"\"y\"\"\"\n2.5,\n");
  project.run({"Empty"});
  CHECK(project.read("empty.csv") == "b,a\n");
}

TEST_CASE("target: :write_json(v)") {
  const SpecProject project(R"lua(
    task "A" { output = "a.json", run = function(t) t.output:write_json{ list = { 1, 2 }, s = "é" } end }
    task "Wrong" { output = "wrong.json", run = function(t) t.output:write_json{ f = function() end } end }
  )lua");
  project.run({"A"});
  CHECK(parse_json(project.read("a.json")) == parse_json(R"({"list": [1, 2], "s": "é"})"));
  CHECK_THAT(project.run({"Wrong"}, 1).all(), ContainsSubstring("pipelines/p.lua:3"));
  CHECK_FALSE(project.exists("wrong.json"));
}

TEST_CASE("target: :open(\"w\")") {
  const SpecProject project(reading(R"lua(
    local out <close> = output:open "w"
    for line in input:lines() do out:write(line, "!\n") end)lua"));
  project.write("in", "a\nb\n");
  project.run({"A"});
  CHECK(project.read("out") == "a!\nb!\n");
}

TEST_CASE("target: :size(), :mtime()") {
  const SpecProject project(reading(R"lua(
    assert(input:size() == 5)
    local age = input:mtime()
    output:write(("%d"):format(age)))lua"));
  project.write("in", "12345");
  const auto when =
      std::chrono::file_clock::from_sys(std::chrono::sys_seconds(std::chrono::seconds(1442534400)));
  std::filesystem::last_write_time(project / "in", when);
  project.run({"A"});
  CHECK(project.read("out") == "1442534400");
}

TEST_CASE("target: a path that ends in .gz is compressed and decompressed") {
  const SpecProject project(R"lua(
    local Packed = task "Packed" { output = "rows.csv.gz", run = function(t)
      t.output:write_rows({ { n = 1 }, { n = 2 } }, { columns = { "n" } })
    end }
    task "Reads" { requires = Packed, output = "read.txt", run = function(t)
      t.output:write(t.input:read() .. t.input:count_rows())
    end }
    task "Shell" { requires = Packed, output = "shell.txt", sh = "gzip -dc ${input} > ${output}" }
  )lua");
  project.run({"Reads"});
  CHECK(project.read("rows.csv.gz").substr(0, 2) == "\x1f\x8b");
  CHECK(project.read("read.txt") == "n\n1\n2\n2");
  project.run({"Shell"});
  CHECK(project.read("shell.txt") == "n\n1\n2\n");
}

TEST_CASE("target: publishing is atomic") {
  const SpecProject project(R"lua(
    local OUT = { a = "a", b = "b" }
    task "Fails" { output = OUT, sh = "echo new > ${output.a}; echo new > ${output.b}; false" }
    task "Killed" { output = { "k" }, sh = "echo new > ${output}; kill -9 $$" }
    task "Late" { output = { "l" }, timeout = 0.2, sh = "echo new > ${output}; sleep 1000" }
    task "Half" { output = { "h1", "h2" }, sh = "echo new > ${output.1}" }
  )lua");
  for (const char* path : {"a", "b"}) project.write(path, "old");
  project.run({"Fails", "--force"}, 1);
  CHECK(project.read("a") + project.read("b") == "oldold");
  project.run({"Killed"}, 1);
  project.run({"Late"}, 1);
  CHECK_THAT(project.run({"Half"}, 1).all(), ContainsSubstring("h2"));
  for (const auto& entry : std::filesystem::directory_iterator(project.root())) {
    const std::string name = entry.path().filename();
    INFO(name);
    CHECK((name == "a" || name == "b" || name == "pipelines" || name == ".moondial"));
  }
}

TEST_CASE("target: complete") {
  const SpecProject project(R"lua(
    local Asked = task "Asked" { complete = function(t) return file("asked"):exists() end, sh = "echo asked >> made; touch asked" }
    local Below = task "Below" { output = "below", sh = "echo below >> made; touch ${output}" }
    local Two = task "Two" { requires = Below, output = { "two1", "two2" }, sh = "echo two >> made; touch ${output.1} ${output.2}" }
    local NoOutput = task "NoOutput" { sh = "echo no-output >> made" }
    task "Wrapper" { requires = { Asked, Two } }
    task "All" { requires = { tasks.Wrapper, NoOutput } }
  )lua");
  const auto made = [&] {
    std::filesystem::remove(project / "made");
    project.run({"All", "-j", "1"});
    return project.lines("made");
  };
  CHECK(made().size() == 4);
  CHECK(made() == Lines{"no-output"});  // only in a run that has it done already
  std::filesystem::remove(project / "below");
  CHECK(made() == Lines{"no-output"});  // what a complete task requires is not visited
  std::filesystem::remove(project / "two2");
  const Lines remade = made();
  CHECK(std::set<std::string>(remade.begin(), remade.end()) ==
        std::set<std::string>{"below", "no-output", "two"});
}

}  // namespace
}  // namespace moondial::e2e::spec_targets_test

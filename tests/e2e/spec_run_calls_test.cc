// The rows of "Inside `run`", by their own names; those of await and all, and what holds of every
// suspension, in spec_run_waits_test.cc.
#include "tests/catch.h"
#include "tests/e2e/spec_project.h"
#include "tests/lua_host/http_server.h"

namespace moondial::e2e::spec_run_calls_test {
namespace {

using Catch::Matchers::ContainsSubstring;
using Lines = std::vector<std::string>;

TEST_CASE("call: t.input, t.output and parameters") {
  const SpecProject project(R"lua(
    local Part = task "Part" { params = { n = param.int }, output = "part/${n}", sh = "echo ${n} > ${output}" }
    local Nothing = task "Nothing" { run = function() end }
    local Wrapper = task "Wrapper" { requires = { x = Part{ n = 8 }, more = { Part{ n = 9 } } } }
    task "Sees" { params = { day = param.date, s = param.string },
      requires = { one = Part{ n = 1 }, list = { Part{ n = 2 }, { deep = Part{ n = 3 } } }, none = Nothing, wrapper = Wrapper },
      output = { a = "a", b = "b" },
      run = function(t)
        assert(t.day == date "2015-09-18" and t.s == "text" and t.params.s == "text")
        assert(t.name == "Sees" and t.id == "Sees(day=2015-09-18,s=text)")
        assert(t.input.one:read() == "1\n")
        assert(t.input.list[1]:read() == "2\n" and t.input.list[2].deep:read() == "3\n")
        assert(type(t.input.none) == "table" and next(t.input.none) == nil)
        assert(t.input.wrapper.x:read() == "8\n" and t.input.wrapper.more[1]:read() == "9\n")
        t.output.a:write "a"
        t.output.b:write "b"
      end }
    task "Single" { requires = Part{ n = 4 }, output = "single", run = function(t) t.output:write(t.input:read()) end }
    task "WrongT" { run = function(t) return t.dya end }
    task "WrongInput" { requires = { one = Part{ n = 1 } }, run = function(t) return t.input.oen end }
  )lua");
  project.run({"Sees", "day=2015-09-18", "s=text"});
  CHECK(project.read("a") + project.read("b") == "ab");
  project.run({"Single"});
  CHECK(project.read("single") == "4\n");
  CHECK_THAT(project.run({"WrongT"}, 1).all(),
             ContainsSubstring("dya") && ContainsSubstring("pipelines/p.lua:19"));
  CHECK_THAT(project.run({"WrongInput"}, 1).all(),
             ContainsSubstring("oen") && ContainsSubstring("did you mean 'one'"));
}

TEST_CASE("call: t.attempt, t.run_id") {
  const SpecProject project(R"lua(
    task "A" { retry = 1, output = "a", run = function(t)
      if t.attempt == 1 then error "once more" end
      t.output:write(t.attempt .. " in " .. t.run_id)
    end }
  )lua");
  project.run({"A"});
  CHECK(project.read("a") == "2 in 1");
  project.run({"A", "--force"});
  CHECK(project.read("a") == "2 in 2");
}

TEST_CASE("call: sh") {
  const SpecProject project(R"lua(
    local In = task "In" { output = "in put", sh = "echo in > ${output}" }
    task "Text" { params = { s = param.string }, requires = In, output = "text", run = function(t)
      local result = sh "cat ${input} > ${output}; printf %s ${s} >> ${output}"
      assert(result.code == 0 and result.signal == nil and result.seconds >= 0)
    end }
    task "Words" { params = { s = param.string }, output = "words",
      run = function(t) sh{ "sh", "-c", 'printf %s "$1" > "$2"', "-", "${s}", "${output}" } end }
    task "Raises" { run = function() sh "exit 7" end }
    task "Pipe" { run = function() sh "false | true" end }
    task "Quoted" { params = { s = param.string }, run = function(t) sh "echo '${s}'" end }
    task "Unknown" { run = function(t) sh "echo ${nothing}" end }
    task "Dollar" { output = "dollar", run = function(t) sh "X=1; echo $X $${X} > ${output}" end }
  )lua");
  const std::string hostile = "a  b'; touch x; $(touch x)\"";
  project.run({"Text", "s=" + hostile});
  CHECK(project.read("text") == "in\n" + hostile);
  project.run({"Words", "s=" + hostile});
  CHECK(project.read("words") == hostile);
  CHECK_FALSE(project.exists("x"));
  CHECK_THAT(project.run({"Raises"}, 1).all(),
             ContainsSubstring("pipelines/p.lua:9") && ContainsSubstring("7"));
  project.run({"Pipe"}, 1);
  CHECK_THAT(project.run({"Quoted", "s=x"}, 1).all(), ContainsSubstring("${s}"));
  CHECK_THAT(project.run({"Unknown"}, 1).all(), ContainsSubstring("nothing"));
  project.run({"Dollar"});
  CHECK(project.read("dollar") == "1 1\n");
}

TEST_CASE("call: sh{ stdin, stdout, stderr }") {
  const SpecProject project(R"lua(
    task "Files" { output = { out = "out.txt", err = "err.txt" }, run = function(t)
      sh{ "sh", "-c", "cat; echo wrong >&2", stdin = file "in.txt", stdout = t.output.out, stderr = t.output.err }
    end }
    task "Text" { output = "text", run = function(t) sh{ "cat", stdin = "a text\0b", stdout = t.output } end }
    task "Shell" { output = "shell", run = function(t) sh("tr a-z A-Z", { stdin = "abc", stdout = t.output }) end }
  )lua");
  project.write("in.txt", "from a file\n");
  project.run({"Files"});
  CHECK(project.read("out.txt") == "from a file\n");
  CHECK(project.read("err.txt") == "wrong\n");
  project.run({"Text"});
  CHECK(project.read("text") == std::string("a text\0b", 8));
  project.run({"Shell"});
  CHECK(project.read("shell") == "ABC");
}

TEST_CASE("call: sh{ cwd, env }") {
  const SpecProject project(R"lua(
    task "A" { params = { s = param.string }, env = { KEPT = "kept", X = "task" }, output = "a", run = function(t)
      sh{ "sh", "-c", 'pwd; echo "$KEPT $X $Y"', cwd = "sub/${s}", env = { X = "call", Y = "${s}" }, stdout = t.output }
    end }
    task "Nowhere" { run = function(t) sh{ "pwd", cwd = "no/such" } end }
  )lua");
  project.write("sub/dir/x", "");
  project.run({"A", "s=dir"});
  CHECK(project.lines("a") == Lines{project.root().string() + "/sub/dir", "kept call dir"});
  CHECK_THAT(project.run({"Nowhere"}, 1).all(), ContainsSubstring("no/such"));
}

TEST_CASE("call: sh{ timeout, check = false, capture = true }") {
  const SpecProject project(R"lua(
    task "A" { output = "a", run = function(t)
      local ok, err = pcall(sh, { "sleep", "1000", timeout = 0.05 })
      assert(not ok and tostring(err):find "timed out", tostring(err))
      local r = sh{ "sh", "-c", "echo out; echo err >&2; exit 3", check = false, capture = true }
      assert(r.code == 3 and r.stdout == "out\n" and r.stderr == "err\n")
      assert(r.signal == nil and type(r.seconds) == "number")
      local killed = sh{ "sh", "-c", "kill -9 $$", check = false }
      assert(killed.signal == 9 and killed.code == 137)
      assert(not pcall(sh, { "false" }))
      t.output:write "a"
    end }
    task "Wrong" { run = function(t) sh{ "true", captur = true } end }
  )lua");
  project.run({"A"});
  CHECK(project.exists("a"));
  CHECK_THAT(project.run({"Wrong"}, 1).all(), ContainsSubstring("did you mean 'capture'"));
}

TEST_CASE("call: http.get, http.post") {
  HttpServer server([](const HttpServer::Request& request) -> HttpServer::Answer {
    if (request.path == "/gone") return {.status = 404, .body = "not here", .headers = {}};
    return {
        .status = 200, .body = request.method + " " + request.body, .headers = {{"X-Said", "yes"}}};
  });
  const SpecProject project(R"lua(
    task "Fetch" { params = { url = param.string }, output = "page", run = function(t)
      local got = http.get(t.url .. "/a", { query = { q = "x y" }, headers = { ["X-Asked"] = "1" } })
      assert(got.status == 200 and got.body == "GET " and got.headers["x-said"] == "yes")
      assert(http.post(t.url .. "/b", { body = "sent" }).body == "POST sent")
      assert(http.post(t.url .. "/b", { json = { n = 1 } }).body == 'POST {"n":1}')
      assert(not pcall(http.get, t.url .. "/gone"))
      local gone = http.get(t.url .. "/gone", { check = false })
      assert(gone.status == 404 and gone.body == "not here")
      http.post(t.url .. "/c", { body = "streamed", out = t.output })
    end }
    task "Gone" { params = { url = param.string }, run = function(t) http.get(t.url .. "/gone") end }
  )lua");
  project.run({"Fetch", "url=" + server.url("")});
  CHECK(project.read("page") == "POST streamed");
  const auto requests = server.requests();
  REQUIRE_FALSE(requests.empty());
  CHECK(requests[0].path == "/a");
  CHECK(requests[0].headers.at("x-asked") == "1");
  CHECK_THAT(requests[0].query, ContainsSubstring("q=x y"));
  CHECK_THAT(project.run({"Gone", "url=" + server.url("")}, 1).all(), ContainsSubstring("404"));
}

TEST_CASE("call: sleep") {
  const SpecProject project(R"lua(
    task "A" { output = "a", run = function(t)
      sh "date +%s%N >> times"
      sleep "0.05s"
      sh "date +%s%N >> times"
      t.output:write "a"
    end }
  )lua");
  project.run({"A"});
  const Lines times = project.lines("times");
  REQUIRE(times.size() == 2);
  CHECK(std::stoll(times[1]) - std::stoll(times[0]) >= 50'000'000);
}

TEST_CASE("call: json.encode, json.decode, csv.decode, csv.encode") {
  const SpecProject project(R"lua(
    task "A" { output = { j = "a.json", c = "a.csv" }, run = function(t)
      local value = json.decode '{"list": [1, 2.5, "x"], "yes": true}'
      assert(value.list[2] == 2.5 and value.list[3] == "x" and value.yes == true)
      t.output.j:write(json.encode{ b = { 1, 2 }, a = "é\"" })
      local rows = csv.decode 'n,text\n1,"a, ""b"""\n2,\n'
      assert(#rows == 2 and rows[1].n == "1" and rows[1].text == 'a, "b"' and rows[2].text == "")
      t.output.c:write(csv.encode(rows, { columns = { "text", "n" } }))
      assert(not pcall(json.decode, "{"))
    end }
  )lua");
  project.run({"A"});
  CHECK(project.read("a.json") == "{\"a\":\"é\\\"\",\"b\":[1,2]}");
  CHECK(project.read("a.csv") == "text,n\n\"a, \"\"b\"\"\",1\n,2\n");
}

TEST_CASE("call: emit") {
  const SpecProject project(R"lua(
    local Says = task "Says" { params = { n = param.int }, output = "says${n}", run = function(t)
        emit{ rows = 1, who = "me" }
        emit{ rows = 120 }
        t.output:write "x"
      end,
      check = function(t) emit{ checked = 1.5 } end }
    local Shell = task "Shell" { output = "shell",
      sh = "echo rows=7 >> $MOONDIAL_EMIT; echo 'name=a b' >> $MOONDIAL_EMIT; touch ${output}" }
    task "Reads" { requires = { says = Says{ n = 1 }, shell = Shell }, output = "reads", run = function(t)
      assert(next(Says{ n = 2 }:emitted()) == nil)
      t.output:write(Says{ n = 1 }:emitted().rows .. " " .. Shell{}:emitted().name)
    end }
    task "Wrong" { run = function() emit{ list = {} } end }
  )lua");
  project.run({"Reads"});
  CHECK(project.read("reads") == "120 a b");
  CHECK(project.attempts("Says(n=1)")[0]["emitted"] ==
        Json{{"rows", 120}, {"who", "me"}, {"checked", 1.5}});
  CHECK(project.attempts("Shell")[0]["emitted"] == Json{{"rows", 7}, {"name", "a b"}});
  CHECK_THAT(project.run({"Wrong"}, 1).all(), ContainsSubstring("list"));
}

TEST_CASE("call: progress, print, log.info, log.warn, log.error") {
  const SpecProject project(R"lua(
    task "A" { output = "a", run = function(t)
      progress(0.4, "page 4 of 10")
      print("printed", 1, true)
      log.info "informed"
      log.warn "warned"
      log.error "complained"
      while not file("go"):exists() do sleep(0.01) end
      t.output:write "a"
    end }
  )lua");
  project.run({"A", "--detach"});
  Running run = project.start({"logs", "1", "-f"});
  run.wait_for_output("complained");  // live: the task cannot have ended
  project.write("go", "");
  const Finished out = run.finish();
  INFO(out.all());
  CHECK(out.code == 0);
  const std::string log = project.command({"logs", "1", "A"}).out;
  for (const char* text :
       {"page 4 of 10", "printed\t1\ttrue", "informed", "warned", "complained"}) {
    CHECK_THAT(log, ContainsSubstring(text));
  }
  CHECK_THAT(log, Catch::Matchers::Matches("(.|\n)*[0-9]{2}:[0-9]{2}:[0-9]{2}(.|\n)*"));
}

TEST_CASE("call: fail") {
  const SpecProject project(R"lua(
    task "ForGood" { retry = 5, run = function() pcall(fail, "why it failed") end }
    task "Maybe" { retry = 2, run = function() error "why it may" end }
  )lua");
  CHECK_THAT(project.run({"ForGood"}, 1).all(), ContainsSubstring("why it failed"));
  CHECK(project.states().at("ForGood") == "failed");
  CHECK(project.attempts("ForGood").size() == 1);
  project.run({"Maybe"}, 1);
  CHECK(project.attempts("Maybe", 2).size() == 3);
}

TEST_CASE("call: skip") {
  const SpecProject project(R"lua(
    local Void = task "Void" { output = "void", run = function() pcall(skip, "no data today") end }
    task "After" { requires = Void, output = "after", sh = "touch ${output}" }
  )lua");
  const Finished out = project.run({"After"});
  CHECK_THAT(out.all(), ContainsSubstring("no data today"));
  CHECK(project.states() ==
        std::map<std::string, std::string>{{"Void", "skipped"}, {"After", "skipped"}});
  CHECK_FALSE(project.exists("void"));
}

}  // namespace
}  // namespace moondial::e2e::spec_run_calls_test

// The one table of the DSL: it says what is there, all of it, and nothing else.
#include "lua/reference.h"
#include "base/json.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <regex>
#include <set>

#include "lua/import.h"
#include "lua/instance.h"
#include "lua/time_traits.h"
#include "tests/catch.h"
#include "tests/lua/script_fixture.h"

using Catch::Matchers::ContainsSubstring;
namespace moondial::reference_test {
namespace {

std::string text_of(const Result<std::string>& text) {
  INFO((text.ok() ? "" : text.error().message));
  REQUIRE(text.ok());
  return *text;
}

using Entries = std::map<std::string, Json>;

const Entries& entries() {
  static const Entries all = [] {
    Entries made;
    for (const Json& entry : parse_json(text_of(dsl_reference("", true)))) {
      made[entry["name"]] = entry;
    }
    return made;
  }();
  return all;
}

/// The last parts of the names of what stands directly beneath `name`, of these kinds.
std::set<std::string> beneath(const std::string& name, const std::set<std::string>& kinds) {
  std::set<std::string> found;
  for (const auto& [full, entry] : entries()) {
    if (!full.starts_with(name + ".") || full.find('.', name.size() + 1) != full.npos) continue;
    if (kinds.contains(entry["kind"])) found.insert(full.substr(name.size() + 1));
  }
  return found;
}
const std::set<std::string> kMembers = {"field", "function", "method"};
const std::set<std::string> kOptions = {"option"};

/// A project in which `reference()` gives the list of entries.
struct ReferenceFixture : ScriptFixture {
  ReferenceFixture() {
    module("reference", "local text = [==[" + text_of(dsl_reference("", true)) +
                            "]==]\nreturn function() return json.decode(text) end\n");
  }
};

constexpr const char* kKnown = R"(
local reference = require "reference"
local known = {}
for _, entry in ipairs(reference()) do known[entry.name] = entry end
)";

template <typename T>
std::set<std::string> fields_of() {
  std::set<std::string> names;
  for (const auto& field : script::TimeTraits<T>::fields()) names.emplace(field.name);
  return names;
}

template <typename T>
std::set<std::string> units_of() {
  std::set<std::string> names;
  for (const auto& unit : script::TimeTraits<T>::units()) names.emplace(unit.name);
  return names;
}

}  // namespace

TEST_CASE("the reference lists every global, and what it lists is there") {
  ReferenceFixture project;
  project.pipeline(std::string(kKnown) + R"(
    local there = 0
    for name in pairs(_G) do
      there = there + 1
      assert(known[name], name .. " is not in the reference")
    end
    assert(there > 50)
    for name, entry in pairs(known) do
      if not name:find(".", 1, true) and entry.kind ~= "type" then
        assert(_G[name] ~= nil)
        there = there - 1
      end
    end
    assert(there == 0)
  )");
  CHECK(project.load() == "");
}

TEST_CASE("the reference lists every function of a library, and what it lists is there") {
  ReferenceFixture project;
  project.pipeline(std::string(kKnown) + R"(
    local libraries = 0
    for name, entry in pairs(known) do
      if entry.kind == "library" then
        libraries = libraries + 1
        for member in pairs(_G[name]) do
          assert(known[name .. "." .. member], member .. " is not in the reference")
        end
      end
      local library, member = name:match("^(%l+)%.([^.]+)$")
      if library and known[library].kind == "library" and entry.kind ~= "option" then
        assert(_G[library][member] ~= nil)
      end
    end
    assert(libraries == 7)
  )");
  CHECK(project.load() == "");
}

TEST_CASE("the reference lists what each kind of time has") {
  CHECK(beneath("Date", kMembers) == fields_of<Date>());
  CHECK(beneath("Month", kMembers) == fields_of<Month>());
  CHECK(beneath("Week", kMembers) == fields_of<Week>());
  CHECK(beneath("Hour", kMembers) == fields_of<Hour>());
  CHECK(beneath("Time", kMembers) == fields_of<CivilTime>());
  CHECK(beneath("DurationValue", kMembers) == fields_of<Duration>());
  CHECK(beneath("Dates", kMembers) == fields_of<DateInterval>());
  CHECK(beneath("Date.add", kOptions) == units_of<Date>());
  CHECK(beneath("Month.add", kOptions) == units_of<Month>());
  CHECK(beneath("Week.add", kOptions) == units_of<Week>());
  CHECK(beneath("Hour.add", kOptions) == units_of<Hour>());
  CHECK(beneath("Time.add", kOptions) == units_of<CivilTime>());
}

TEST_CASE("the reference lists what a task has, and no parameter may be called so") {
  const auto own = script::instance_fields();
  CHECK(std::ranges::is_sorted(own));
  CHECK(beneath("t", kMembers) == std::set<std::string>(own.begin(), own.end()));
  for (const std::string_view name : own) {
    ScriptFixture project;
    project.pipeline("task \"T\" { params = { " + std::string(name) +
                     " = param.int }, run = print }");
    INFO(name);
    CHECK_THAT(project.load(), ContainsSubstring("a task uses that name itself"));
  }
}

TEST_CASE("the reference lists what values of files, commands and requests have") {
  ReferenceFixture project;
  project.pipeline(std::string(kKnown) + R"(
    local function hold(class, value)
      for name in pairs(value) do
        assert(known[class .. "." .. name], class .. " lacks " .. name)
      end
    end
    local function there(class, value)
      for name in pairs(known) do
        local field = name:match("^" .. class .. "%.([^.]+)$")
        assert(not field or field == "signal" or value[field] ~= nil, name)
      end
    end
    task "T" {
      run = function()
        there("File", file "x")
        there("FileHandle", file("x"):open "w")
        local result, response = sh "true", { status = 1, headers = {}, body = "" }
        hold("CommandResult", result)
        there("CommandResult", result)
        local ok, err = pcall(await, tasks.Other{})
        assert(not ok)
        hold("AwaitError", err)
        there("AwaitError", err)
      end,
    }
    task "Other" { sh = "true" }
  )");
  project.awaited = [](const TaskRequest& task) {
    return AwaitedTask{task.task, TaskState::kFailed, "why"};
  };
  project.load_well();
  CHECK(project.run("T").text == "");
}

TEST_CASE("a library that differs from the reference is refused") {
  lua_State* L = luaL_newstate();
  script::State state;
  state.main = L;
  *static_cast<script::State**>(lua_getextraspace(L)) = &state;
  luaL_openlibs(L);
  lua_newtable(L);
  script::push_importer(L);
  lua_setglobal(L, "import");
  const auto said = [L](const std::string& map) {
    const std::string call = "import('reference').hold('x', {'a', 'b'}, " + map + ")";
    const bool fails = luaL_dostring(L, call.c_str()) != LUA_OK;
    std::string text = fails ? lua_tostring(L, -1) : "";
    lua_settop(L, 0);
    return text;
  };
  CHECK(said("{a = 1, b = 2}") == "");
  CHECK(said("{a = 1}") == "x: b is in lua/moondial/reference, and not there");
  CHECK(said("{a = 1, b = 2, c = 3}") == "x: c is not in lua/moondial/reference");
  lua_close(L);
}

TEST_CASE("every field of a task in the reference is one, and what it cannot be is refused") {
  const auto fields = beneath("task", kOptions);
  CHECK(fields.size() > 15);
  for (const std::string& field : fields) {
    ScriptFixture project;
    project.pipeline("task \"T\" { run = function() end,\n" + field + " = true }");
    const std::string said = project.load();
    INFO(field << ": " << said);
    CHECK_THAT(said, ContainsSubstring(": T: ") && ContainsSubstring(field));
    CHECK_THAT(said, ContainsSubstring("true") || ContainsSubstring("both run and sh"));
    CHECK_THAT(said, !ContainsSubstring("unknown field"));
  }
}

TEST_CASE("every field of an external in the reference is one, and no other is") {
  const auto of_external = beneath("external", kOptions);
  auto fields = beneath("task", kOptions);
  fields.insert(of_external.begin(), of_external.end());
  for (const std::string& field : fields) {
    ScriptFixture project;
    project.pipeline("external \"E\" { output = 'x',\n" + field + " = 1 }");
    const std::string said = project.load();
    INFO(field << ": " << said);
    const bool refused = said.find("an external has no '" + field + "'") != said.npos;
    CHECK(refused == !of_external.contains(field));
  }
}

TEST_CASE("every key of the configuration in the reference is one") {
  for (const std::string& key : beneath("config", kOptions)) {
    ScriptFixture project;
    project.config("return { " + key + " = true }");
    INFO(key);
    CHECK_THAT(project.load(), ContainsSubstring(key + " is true, expected a "));
  }
}

TEST_CASE("every option of a kind, a command and a request in the reference is one") {
  ScriptFixture project;
  std::string text;
  for (const std::string& option : beneath("param", kOptions)) {
    text += "check('param', function() return param.string{ " + option + " = sh } end)\n";
  }
  std::string work;
  for (const std::string& option : beneath("sh", kOptions)) {
    work += "check('sh', function() return sh{ 'true', " + option + " = sh } end)\n";
  }
  for (const std::string& option : beneath("http", kOptions)) {
    work +=
        "check('http', function() return http.get('http://a.test', { " + option + " = sh }) end)\n";
  }
  const std::string check = R"(
    local function check(what, f)
      local ok, message = pcall(f)
      assert(ok or not message:find("has no option"), message)
      local _, other = pcall(what == "param" and param.string or
        what == "sh" and function(o) o[1] = "x" sh(o) end or
        function(o) http.get("http://a.test", o) end, { nonsense = 1 })
      assert(other:find("has no option 'nonsense'", 1, true), other)
    end
  )";
  project.pipeline(check + text + "task 'T' { run = function()\n" + work + "end }");
  project.load_well();
  CHECK(project.run("T").text == "");
}

TEST_CASE("functions work where the reference says, and nowhere else") {
  // How each may be called; for those that work in some places only.
  const std::map<std::string, std::string> calls = {
      {"task", "task 'X' { run = print }"},
      {"external", "external 'X' { output = 'x' }"},
      {"pool", "pool 'x' { size = 1 }"},
      {"today", "today()"},
      {"yesterday", "yesterday()"},
      {"sh", "sh 'true'"},
      {"await", "await({})"},
      {"all", "all{}"},
      {"sleep", "sleep(1)"},
      {"emit", "emit{ a = 1 }"},
      {"progress", "progress(0.5)"},
      {"print", "print(1)"},
      {"log.info", "log.info(1)"},
      {"log.warn", "log.warn(1)"},
      {"log.error", "log.error(1)"},
      {"fail", "fail 'x'"},
      {"skip", "skip 'x'"},
      {"on.success", "on.success(print)"},
      {"on.failure", "on.failure(print)"},
      {"on.retry", "on.retry(print)"},
      {"on.run_end", "on.run_end(print)"},
      {"on.sla", "on.sla(print)"},
      {"on.file", "on.file 'x' { start = print }"},
      {"on.webhook", "on.webhook 'x' { start = print }"},
      {"on.done", "on.done 'Known' { start = print }"},
      {"schedule", "schedule 'x' { cron = '@daily', start = print }"},
      {"Dir.exists", "dir('d'):exists()"},
      {"Dir.list", "dir('d'):list()"},
      {"Dir.file", "dir('d'):file('z')"},
      {"http.get", "http.get 'http://a.test'"},
      {"http.post", "http.post 'http://a.test'"},
      {"File.exists", "file('x'):exists()"},
      {"File.read", "file('x'):read()"},
      {"File.lines", "file('x'):lines()"},
      {"File.rows", "file('x'):rows()"},
      {"File.count_rows", "file('x'):count_rows()"},
      {"File.json", "file('x'):json()"},
      {"File.size", "file('x'):size()"},
      {"File.mtime", "file('x'):mtime()"},
      {"File.write", "file('y'):write 'y'"},
      {"File.write_rows", "file('y'):write_rows({}, { columns = { 'a' } })"},
      {"File.write_json", "file('y'):write_json(1)"},
      {"File.open", "file('y'):open 'w'"},
  };
  const std::set<std::string> elsewhere = {"FileHandle.write", "FileHandle.close", "t.complete",
                                           "t.emitted", "Target.exists"};  // nobody has one before
  for (const auto& [name, entry] : entries()) {
    const bool is_function = entry["kind"] == "function" || entry["kind"] == "method";
    if (!is_function || entry["works"] == "anywhere" || elsewhere.contains(name)) continue;
    INFO(name);
    REQUIRE(calls.contains(name));
    const std::string works = entry["works"], call = calls.at(name);
    const auto message_in = [&](const std::string& text, const auto& act) {
      ScriptFixture project;
      project.dir.write("x", "{}\n");
      project.dir.write("d/z", "");
      project.answer = [](const ScriptCommand&) { return CommandResult{}; };
      project.pipeline(text);
      project.pipeline("task 'Known' { run = print }", "pipelines/known.lua");
      return act(project);
    };
    const std::string loading =
        message_in("local _ = " + call, [](auto& project) { return project.load(); });
    const std::string pure =
        message_in("task 'T' { run = print, complete = function()\nlocal _ = " + call + "\nend }",
                   [](auto& project) -> std::string {
                     project.load_well();
                     const auto planned = project.plan("T");
                     return planned.ok() ? "" : planned.error().diagnostics.at(0).text();
                   });
    CHECK((loading == "") == (works == "loading"));
    CHECK((pure == "") == (works == "functions"));
    if (name.starts_with("http")) continue;  // no server here answers
    for (const ScriptStep step : {ScriptStep::kRun, ScriptStep::kCheck}) {
      const bool check = step == ScriptStep::kCheck;
      const auto act = [step](auto& project) -> std::string {
        project.load_well();
        const ScriptOutcome outcome = project.run("T", {}, {}, step);
        const bool ended = outcome.kind == ScriptOutcome::Kind::kSkipped || outcome.text == "x";
        return ended ? "" : outcome.text;
      };
      const std::string text =
          std::string(check ? "check" : "run") + " = function()\nlocal _ = " + call + "\nend";
      const std::string other = check ? ", run = print" : "";
      INFO(text);
      const bool is_there = works == "work" || works == "functions" || (works == "run" && !check);
      CHECK((message_in("task 'T' { " + text + other + " }", act) == "") == is_there);
    }
  }
}

TEST_CASE("every entry of the reference is explained in sentences and has a type") {
  CHECK(entries().size() > 250);
  for (const auto& [name, entry] : entries()) {
    INFO(name);
    const std::string doc = entry["doc"];
    CHECK((doc.ends_with('.') || doc.ends_with("…")));
    CHECK(doc.find("  ") == doc.npos);
    CHECK_FALSE(entry["type"].get<std::string>().empty());
  }
}

TEST_CASE("luacheck is told all globals of the DSL") {
  const char* source = std::getenv("MOONDIAL_SOURCE_DIR");
  REQUIRE(source != nullptr);
  std::ifstream file(std::string(source) + "/.luacheckrc");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  for (const auto& [name, entry] : entries()) {
    if (name.find('.') != name.npos || entry["kind"] == "type" || entry["kind"] == "lua") continue;
    CHECK_THAT(text, ContainsSubstring("\"" + name + "\""));
  }
}

TEST_CASE("the types for editors are right Lua and name what they mention") {
  const std::string text = text_of(dsl_types());
  lua_State* L = luaL_newstate();
  const bool loads = luaL_loadbufferx(L, text.data(), text.size(), "=types", "t") == LUA_OK;
  INFO((loads ? "" : lua_tostring(L, -1)));
  CHECK(loads);
  lua_close(L);
  std::set<std::string> defined;
  const std::regex definition("@(?:class|alias) (moondial\\.\\w+)"), mention("moondial\\.\\w+");
  for (std::sregex_iterator at(text.begin(), text.end(), definition), end; at != end; ++at) {
    CHECK(defined.insert((*at)[1]).second);
  }
  for (std::sregex_iterator at(text.begin(), text.end(), mention), end; at != end; ++at) {
    INFO(at->str());
    CHECK((defined.contains(at->str()) || at->str() == "moondial.lua"));
  }
}

TEST_CASE("the types for editors hold every entry of the reference") {
  const std::string text = text_of(dsl_types());
  for (const auto& [name, entry] : entries()) {
    const std::string kind = entry["kind"], last = name.substr(name.rfind('.') + 1);
    INFO(name);
    if (kind == "option") CHECK_THAT(text, ContainsSubstring("---@field " + last));
    if (kind == "field") CHECK_THAT(text, ContainsSubstring("---@field " + last + " "));
    if (kind == "function") CHECK_THAT(text, ContainsSubstring("\nfunction " + name + "("));
    if (kind == "library") CHECK_THAT(text, ContainsSubstring("\n" + name + " = {}"));
    if (kind != "method") continue;
    std::string call = name;
    call[name.rfind('.')] = ':';
    CHECK_THAT(text, ContainsSubstring("\nfunction " + call + "("));
  }
  for (const char* piece :
       {"---@field retry? integer|moondial.Retry|fun(t: moondial.Task): integer|moondial.Retry ",
        "---@class moondial.Retry\n", "---@operator sub(integer): moondial.Date\n",
        "---@return fun(fields: moondial.TaskFields): moondial.Constructor\nfunction task(name)",
        "---@param options? moondial.RowOptions\nfunction File:write_rows(rows, options) end"}) {
    CHECK_THAT(text, ContainsSubstring(piece));
  }
}

TEST_CASE("the reference is asked by name, by its last part, or by a type") {
  const auto names = [](const std::string& asked) {
    std::vector<std::string> found;
    const auto list = parse_json(text_of(dsl_reference(asked, true)));
    for (const Json& entry : list) found.push_back(entry["name"]);
    return found;
  };
  using Names = std::vector<std::string>;
  const Names retry_names = {"task.retry",         "task.retry.times", "task.retry.delay",
                             "task.retry.backoff", "task.retry.max",   "task.retry.jitter",
                             "task.retry.when"};
  CHECK(names("task.retry") == retry_names);
  Names by_last_part = retry_names;
  by_last_part.emplace_back("on.retry");
  CHECK(names("retry") == by_last_part);
  CHECK(names("timeout") ==
        Names{"task.timeout", "external.timeout", "sh.timeout", "http.timeout"});
  CHECK(names("File:write_rows()") == Names{"File.write_rows", "File.write_rows.columns"});
  CHECK(names("moondial.Date").front() == "Date");
  CHECK(names("moondial.TaskFields").front() == "task");
  CHECK(names("moondial.Duration") == Names{"Duration"});
  CHECK(names("moondial.lua") == names("config"));

  const std::string retry = text_of(dsl_reference("retry", false));
  CHECK(retry.starts_with("# task.retry\n\n    integer|moondial.Retry|"));
  CHECK_THAT(retry, ContainsSubstring("- `delay` `moondial.Duration`: ") &&
                        ContainsSubstring("Default: 0."));
  CHECK_THAT(text_of(dsl_reference("await", false)), ContainsSubstring("Works in run."));
  CHECK_THAT(text_of(dsl_reference("size", false)), ContainsSubstring("# pool.size") &&
                                                        ContainsSubstring("It must be given.") &&
                                                        ContainsSubstring("# File.size"));
  const std::string all = text_of(dsl_reference("", false));
  CHECK(all.starts_with("# The DSL\n"));
  CHECK_THAT(all, ContainsSubstring("\n### task\n") && ContainsSubstring("\n## Files\n") &&
                      ContainsSubstring("\n### schedule\n") &&
                      ContainsSubstring("\n- `on.file(glob"));
}

TEST_CASE("what the reference does not know is refused with the nearest name") {
  const auto said = [](const std::string& name) {
    const auto text = dsl_reference(name, false);
    REQUIRE_FALSE(text.ok());
    CHECK(text.error().code == Code::kNotFound);
    return text.error().message;
  };
  CHECK(said("tsk") == "the DSL has no 'tsk'; did you mean 'task'?");
  CHECK(said("retri") == "the DSL has no 'retri'; did you mean 'retry'?");
  CHECK(said("task.retri") == "the DSL has no 'task.retri'; did you mean 'task.retry'?");
  CHECK(said("qqqqqqqq") == "the DSL has no 'qqqqqqqq'");
}

}  // namespace moondial::reference_test

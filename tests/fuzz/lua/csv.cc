// CSV and JSON, as scripts read and write them. Input: a text.
#include "tests/fuzz/lua/script.h"

namespace {

using namespace moondial;        // NOLINT
using namespace moondial::fuzz;  // NOLINT

const char* const kFile = R"lua(
  local function columns_of(row)
    local names = {}
    for name in pairs(row) do names[#names + 1] = name end
    table.sort(names)
    return names
  end

  local function check_rows(rows)
    if #rows == 0 then return end
    local columns = columns_of(rows[1])
    local text = csv.encode(rows, { columns = columns })
    local again = csv.decode(text)
    assert(#again == #rows, "another number of rows")
    for i, row in ipairs(rows) do
      for _, name in ipairs(columns) do
        assert(row[name] == again[i][name], "another field")
      end
    end
    assert(csv.encode(again, { columns = columns }) == text, "another text")
  end

  local function check_json(value)
    local text = json.encode(value)
    assert(json.encode(json.decode(text)) == text, "another JSON")
  end

  task "T" {
    params = { v = param.string },
    run = function(t)
      -- Any text is a field, and a name of a column.
      check_rows{ { [t.v] = t.v, ["x"] = "", [""] = "1" }, { [t.v] = "", ["x"] = t.v, [""] = "" } }
      check_rows{ { [t.v] = t.v } }
      local is_csv, rows = pcall(csv.decode, t.v)
      if is_csv then check_rows(rows) end
      local is_json, value = pcall(json.decode, t.v)
      if is_json then check_json(value) end
    end,
  }
)lua";

}  // namespace

FUZZ_TARGET(csv) {
  static ScriptState& state = kept_script(kFile);
  if (input.size() > 4096) return;
  DeafSink sink;
  ScriptAttempt attempt;
  attempt.name = "T";
  attempt.params = {{"v", std::string(input)}};
  const auto job = state.run(std::move(attempt), &sink);
  drive(*job, 1000);
  const ScriptOutcome& outcome = job->outcome();
  expect_same(outcome.text, "", "what is written reads back as the same");
  expect(outcome.kind == ScriptOutcome::Kind::kSucceeded, "the script comes to its end");
}

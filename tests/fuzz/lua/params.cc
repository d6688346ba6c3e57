// Parameters, as from the command line. Input: a kind's name in the first line, then the text.
#include "tests/fuzz/lua/script.h"

namespace {

using namespace moondial;        // NOLINT
using namespace moondial::fuzz;  // NOLINT

const char* const kParamsFile = R"lua(
  local kinds = {
    string = param.string, int = param.int, number = param.number, bool = param.bool,
    date = param.date, month = param.month, week = param.week, hour = param.hour,
    time = param.time, duration = param.duration, dates = param.dates,
    enum = param.enum{ "a", "b c", "" }, list = param.list(param.string),
    numbers = param.list(param.number), map = param.map(param.int),
    days = param.list(param.list(param.date)), spans = param.map(param.map(param.duration)),
    bounded = param.int{ min = -3, max = 10 }, late = param.date{ min = date "2000-01-01" },
    secret = param.string{ secret = true }, path = param.string{ path = true },
  }
  for name, kind in pairs(kinds) do
    task(name) { params = { v = kind }, run = function() end }
  end
  task("out") { params = { v = param.string }, output = "data/${v}.csv", run = function() end }
  task("tree") { params = { v = param.string{ path = true } }, output = "data/${v}", sh = "id ${v}" }
  task("day") { params = { v = param.date }, output = "${v:%Y/%m/%d}/${v}", sh = { "id", "${v:%j}" } }
)lua";

struct Planned {
  bool ok = false;
  std::string id;
  Params params;
  std::string error;
};

Planned plan(ScriptState& state, const std::string& task, const Params& params) {
  DeafSink sink;
  PlanRequest request;
  request.tasks.push_back({task, params, "", false});
  const auto job = state.plan(std::move(request), &sink);
  drive(*job, 1000);
  const auto roots = job->plan_result();
  if (!roots.ok()) return {false, "", {}, roots.error().message};
  expect(roots->size() == 1 && !sink.tasks.empty(), "a plan of one task has a root");
  for (const TaskInstance& each : sink.tasks) {
    if (each.id != roots->front()) continue;
    for (const std::string& output : each.outputs) {
      expect(output.starts_with("/nonexistent/project/") && output.find("/../") == output.npos,
             "outputs lie beneath the root");
    }
    Params all = each.params;
    all.insert(all.end(), each.other_params.begin(), each.other_params.end());
    return {true, each.id, all, ""};
  }
  expect(false, "the root is among the tasks");
  return {};
}

}  // namespace

FUZZ_TARGET(params) {
  static ScriptState& state = kept_script(kParamsFile);
  std::string_view text = input;
  const std::string task(take_line(text));
  const Planned first = plan(state, task, {{"v", std::string(text)}});
  if (!first.ok) return expect(!first.error.empty(), "an error says what is wrong");
  expect(first.id.starts_with(task), "an identity begins with its task");
  const Planned again = plan(state, task, first.params);
  expect(again.ok, "the canonical text of a value is accepted");
  expect_same(again.id, first.id, "and makes the same identity");
  expect(again.params == first.params, "and is its own canonical text");
}

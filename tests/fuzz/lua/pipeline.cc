// A pipeline file of anybody's. Input: its text. It is loaded, and what it declares is planned.
#include "lua/protocol.h"
#include "tests/fuzz/lua/script.h"

namespace {

using namespace moondial;        // NOLINT
using namespace moondial::fuzz;  // NOLINT

/// What one file may compute here while it loads: an endless one is to be found quickly.
constexpr int64_t kInstructions = 200'000;
constexpr int kSlices = 3;

void check_plan(ScriptState& state, const std::string& task) {
  DeafSink sink;
  PlanRequest request;
  request.tasks.push_back({task, {}, "", false});
  const auto job = state.plan(std::move(request), &sink);
  drive(*job, kSlices);
  if (job->outcome().kind == ScriptOutcome::Kind::kStopped) return;
  (void)job->plan_result();
  const auto tasks = decode_from_lane(encode(msg::FromLane(msg::Tasks{1, std::move(sink.tasks)})));
  expect(tasks.ok(), "a plan can be told to the engine");
}

}  // namespace

FUZZ_TARGET(pipeline) {
  if (input.size() > 4096) return;
  std::vector<Diagnostic> errors;
  const auto state = load_script(std::string(input), &errors, kInstructions);
  for (const Diagnostic& error : errors) {
    expect(!error.message.empty(), "an error says what is wrong");
  }
  const auto& declared = state->declarations();
  expect(decode_from_loader(encode(msg::FromLoader(msg::Loaded{declared}))).ok(),
         "declarations can be told to the engine");
  if (!errors.empty()) return;
  for (size_t i = 0; i < declared.tasks.size() && i < 5; ++i) {
    check_plan(*state, declared.tasks[i].name);
  }
}

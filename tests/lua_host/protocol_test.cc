#include "lua/protocol.h"

#include <random>

#include "tests/catch.h"
#include "tests/lua_host/fake_state.h"

namespace moondial::protocol_test {
namespace {

ScriptAttempt full_attempt() {
  ScriptAttempt attempt;
  attempt.attempt = AttemptId(1ULL << 63);
  attempt.run = RunId(3);
  attempt.number = -2;
  attempt.name = "sem.Load";
  attempt.params = {{"date", "2015-09-18"}, {"empty", ""}};
  attempt.staging_paths = {"/a/.moondial~1/b", std::string("nul\0inside", 10)};
  return attempt;
}

ScriptCommand full_command() {
  ScriptCommand command;
  command.request = 9;
  command.argv = {"sort", "-n"};
  command.extra_environment = {"A=b"};
  command.cwd = "/tmp";
  command.in = {StreamSpec::Kind::kText, "", "3\n1\n"};
  command.out = {StreamSpec::Kind::kFile, "/tmp/out", ""};
  command.timeout = std::chrono::microseconds(1'500'001);
  return command;
}

CommandResult full_result() {
  CommandResult result;
  result.exit_code = 3;
  result.signal = 9;
  result.out = "out";
  result.err = "err";
  result.cut = true;
  result.wall = std::chrono::seconds(2);
  result.cpu = std::chrono::seconds(1);
  result.peak_memory_bytes = int64_t{1} << 40;
  result.leftovers = {"pid 123 (sleep 100)"};
  return result;
}

Declarations full_declarations() {
  Declarations declarations;
  TaskInfo task;
  task.name = "sem.Load";
  task.doc = "loads";
  task.params = {{"engine", "enum", "which", std::nullopt, {"baidu", "sogou"}},
                 {"token", "string", "", "", {}, true}};
  task.file = "pipelines/sem.lua";
  task.line = 12;
  declarations.tasks = {task, TaskInfo()};
  declarations.pools = {{"sem-api", 2}, {"none", 0}};
  declarations.config.timezone = "Asia/Shanghai";
  declarations.config.jobs = 4;
  declarations.config.env = {"X=1"};
  declarations.config.output_roots = {"/data"};
  return declarations;
}

const Error kError{Code::kInvalid, "two errors", {{"a.lua", 3, "m", "h"}, {"", 0, "n", ""}}};

std::vector<msg::ToLoader> to_loader() {
  return {msg::Source{{SourceFile::Kind::kModule, "lib/a/b.lua", "a.b", "return {}"}}, msg::Load{},
          msg::ForkLane{7}, msg::KillLane{8}, msg::Prepare{"/project", 100'000}};
}
std::vector<msg::FromLoader> from_loader() {
  return {msg::Loaded{full_declarations()}, msg::LoadFailed{kError.diagnostics},
          msg::LaneEnded{7, 139, "no memory"}};
}
PlanRequest full_request() {
  PlanRequest request;
  request.tasks = {{"sem.Load", {{"date", "2015"}}, "", false}, {"B", {}, "date", true}};
  request.force = Force::kDownstream;
  request.asks_when = true;
  request.states = {{"A", TaskState::kFailed}};
  request.whole_graph = true;
  request.forced = {"A(n=1)"};
  request.succeeded = {"B", "C"};
  return request;
}

std::vector<msg::ToLane> to_lane() {
  return {msg::Plan{1, full_request()},
          msg::CancelPlan{1},
          msg::Run{full_attempt()},
          msg::Stop{AttemptId(4)},
          msg::CommandEnded{AttemptId(4), 2, full_result()},
          msg::CommandEnded{AttemptId(4), 2, kError},
          msg::AwaitEnded{AttemptId(4), 3, AwaitResult{{"A(n=1)", TaskState::kFailed, "why"}}},
          msg::AwaitEnded{AttemptId(4), 3, kError},
          msg::SessionOpen{1 << 20},
          msg::SessionEvaluate{{"x = 1", 3, true, true, true, 120}},
          msg::SessionReply{7, SessionAnswer{404, "{}"}},
          msg::SessionReply{7, kError},
          msg::SessionStop{}};
}
std::vector<msg::FromLane> from_lane() {
  return {msg::Tasks{1, {fake_instance(0, 2), fake_instance(1, 2), TaskInstance()}},
          msg::PlanEnd{1, std::vector<std::string>{"a", "b"}},
          msg::PlanEnd{1, kError},
          msg::Command{AttemptId(4), full_command()},
          msg::Await{AttemptId(4), {5, {{"A", {{"n", "1"}}, "", false}}}},
          msg::Cancel{AttemptId(4), 5},
          msg::Paused{AttemptId(4), 2},
          msg::Log{AttemptId(4), "warn", "one\ntwo"},
          msg::Emit{AttemptId(4), "rows", "1.5"},
          msg::Progress{AttemptId(4), 0.25, "page 1 of 4"},
          msg::Ended{AttemptId(4), {ScriptOutcome::Kind::kLost, "why", "\n  1 | x"}},
          msg::SessionPrint{"one\n"},
          msg::SessionAsk{{7, "POST", "runs/1/retry", "{}", true}},
          msg::SessionDone{{SessionResult::Kind::kCompletion, {"a", "b"}, "why", 2, true}}};
}

/// What survives the way there and back is written the same again; what is cut anywhere is refused;
/// what is changed anywhere is refused or read as something else, and nothing worse.
template <typename Message, typename Decode>
void check_all(const std::vector<Message>& messages, Decode decode) {
  std::minstd_rand random(1);
  for (const Message& message : messages) {
    const std::string bytes = encode(message);
    const auto back = decode(bytes);
    REQUIRE(back.ok());
    CHECK(back->index() == message.index());
    CHECK(encode(*back) == bytes);
    CHECK_FALSE(decode(bytes + '\0').ok());
    for (size_t cut = 0; cut < bytes.size(); ++cut) {
      CHECK_FALSE(decode(std::string_view(bytes).substr(0, cut)).ok());
    }
    for (int i = 0; i < 2000; ++i) {
      std::string wrong = bytes;
      for (int changes = 0; changes < 3; ++changes) {
        wrong[random() % wrong.size()] = static_cast<char>(random());
      }
      const auto read = decode(wrong);
      if (read.ok()) CHECK(decode(encode(*read)).ok());
    }
  }
  CHECK_FALSE(decode("\x7f").ok());
}

TEST_CASE("every message survives the wire, and no malformed one does harm") {
  check_all(to_loader(), decode_to_loader);
  check_all(from_loader(), decode_from_loader);
  check_all(to_lane(), decode_to_lane);
  check_all(from_lane(), decode_from_lane);
}

TEST_CASE("members arrive as they were sent") {
  const auto tasks = decode_from_lane(encode(msg::Tasks{5, {fake_instance(0, 2)}}));
  REQUIRE(tasks.ok());
  const TaskInstance& task = std::get<msg::Tasks>(*tasks).tasks.at(0);
  CHECK(task.id == fake_instance(0, 2).id);
  CHECK(task.params == fake_instance(0, 2).params);
  CHECK(task.requires_ == std::vector{fake_instance(1, 2).id});
  CHECK(task.work == WorkKind::kCommand);
  CHECK(task.argv == fake_instance(0, 2).argv);
  CHECK(task.priority == 10);
  CHECK(task.uses == std::vector<PoolUse>{{"cpu", 1}, {"sem-api", 1}});
  CHECK(task.timeout == std::chrono::minutes(20));
  CHECK(task.line == 12);
  CHECK(task.secrets == std::vector<std::string>{"hunter2"});

  const auto ended = decode_to_lane(encode(msg::CommandEnded{AttemptId(4), 2, full_result()}));
  REQUIRE(ended.ok());
  const auto& result = std::get<msg::CommandEnded>(*ended).result;
  REQUIRE(result.ok());
  CHECK(result->signal == 9);
  CHECK(result->peak_memory_bytes == int64_t{1} << 40);
}

TEST_CASE("a value outside an enum or an integer's range is malformed") {
  std::string bytes = encode(msg::Ended{AttemptId(1), {ScriptOutcome::Kind::kNo, "", ""}});
  bytes[2] = 7;  // after the kind of the message and the attempt
  CHECK_FALSE(decode_from_lane(bytes).ok());

  bytes = encode(msg::Prepare{"", INT32_MAX});
  REQUIRE(decode_to_loader(bytes).ok());
  bytes.back() = 0x1f;  // the highest bits
  CHECK_FALSE(decode_to_loader(bytes).ok());
}

TEST_CASE("a wild count takes no memory") {
  // Tasks of a plan: 2^62 of them, none of which is there.
  std::string bytes("\x00\x01", 2);
  bytes += std::string(8, '\xff') + "\x3f";
  CHECK_FALSE(decode_from_lane(bytes).ok());
}

}  // namespace
}  // namespace moondial::protocol_test

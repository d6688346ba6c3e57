// What an attempt says, shows and records never holds its task's secrets.
#include <filesystem>
#include <fstream>
#include <sstream>

#include "engine/emit_file.h"
#include "engine/engine.h"
#include "tests/catch.h"
#include "tests/engine/fakes.h"

namespace moondial::secret_test {
namespace {

const char* const kSecret = "hunter2-s3cr3t";

/// An engine with a state directory, whose one task T has a secret.
struct SecretWorld {
  std::string dir = make_dir();
  fakes::Trace trace;
  fakes::FakeLoop loop;
  fakes::FakeStore store{loop, trace};
  fakes::FakeRunner runner{loop, trace};
  fakes::FakeHost host{loop, trace};
  fakes::FakeTargets targets{trace};
  Engine engine{{loop, store, runner, host, targets}, options()};
  std::vector<std::string> lines;   // as they were told
  std::vector<std::string> errors;  // of tasks

  ~SecretWorld() { std::filesystem::remove_all(dir); }

  static std::string make_dir() {
    std::string pattern = (std::filesystem::temp_directory_path() / "moondial-sec-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    std::filesystem::create_directory(pattern + "/tmp");
    return pattern;
  }
  EngineOptions options() const {
    EngineOptions out;
    out.state_dir = dir;
    return out;
  }

  RunId run(WorkKind work, std::vector<std::string> secrets) {
    TaskInstance task;
    task.id = task.name = "T";
    task.work = work;
    task.argv = {{CommandPiece{CommandPiece::Kind::kLiteral, "T", 0}}};
    task.other_params = {{"token", secrets.front()}};
    task.secrets = std::move(secrets);
    task.uses = {{"cpu", 1}};
    host.tasks.push_back(std::move(task));
    RunRequest request;
    request.plan.tasks.emplace_back().task = "T";
    RunId id;
    engine.run(std::move(request), [this, &id](Result<RunId> result) {
      id = *result;
      REQUIRE(engine.subscribe(id, [this](const RunEvent& event) { take(event); }).ok());
    });
    loop.settle();
    return id;
  }
  void take(const RunEvent& event) {
    if (const auto* log = std::get_if<RunEvent::Log>(&event.what)) lines.push_back(log->line);
    if (const auto* task = std::get_if<RunEvent::Task>(&event.what)) errors.push_back(task->error);
  }
  std::string log() const {
    std::ostringstream out;
    out << std::ifstream(log_path(dir, AttemptId(1))).rdbuf();
    return out.str();
  }
  ScriptListener& script() { return *host.listeners.at(AttemptId(1)); }
  AttemptEnded end() const { return store.all<AttemptEnded>().back(); }

  /// All that was told or kept in one text.
  std::string everything() const {
    std::string all = log();
    for (const auto* texts : {&lines, &errors}) {
      for (const std::string& text : *texts) all += "\n" + text;
    }
    for (const AttemptEnded& one : store.all<AttemptEnded>()) {
      all += "\n" + one.error;
      for (const auto& [name, value] : one.emitted) all += "\n" + name + "=" + value;
    }
    for (const TaskEnded& one : store.all<TaskEnded>()) all += "\n" + one.error;
    for (const TaskPlanned& one : store.all<TaskPlanned>()) {
      all += "\n" + one.id + one.why;
      for (const auto& [name, value] : one.params) all += "\n" + name + "=" + value;
    }
    return all;
  }
};

}  // namespace

TEST_CASE("a command that says its secret in pieces is masked") {
  SecretWorld world;
  (void)world.run(WorkKind::kCommand, {kSecret});
  auto& command = world.runner.live.at("T");
  command.on_output("key: hunter");
  CHECK(world.log().find("hunter") == std::string::npos);
  command.on_output("2-s3c");
  command.on_output("r3t!\nhunt");
  command.on_output("ing\nhunter2-s3cr3");
  world.runner.exit("T");
  CHECK(world.lines == std::vector<std::string>{"key: ***!", "hunting", "hunter2-s3cr3"});
  CHECK(world.log().find(kSecret) == std::string::npos);
  CHECK(world.log().find("key: ***!\n") != std::string::npos);
}

TEST_CASE("a secret that a long line would break is masked") {
  SecretWorld world;
  (void)world.run(WorkKind::kCommand, {kSecret});
  const std::string filler((64 << 10) - 7, 'x');
  world.runner.live.at("T").on_output(filler + kSecret + "\n");
  world.runner.exit("T");
  REQUIRE(world.lines.size() == 1);
  CHECK(world.lines[0] == filler + "***");
}

TEST_CASE("what a command left running is told without secrets, also where it is cut") {
  SecretWorld world;
  (void)world.run(WorkKind::kCommand, {kSecret});
  auto node = world.runner.live.extract("T");
  CommandResult result;
  result.leftovers = {"pid 3 (curl hunter2-s3cr3t)", "pid 4 (curl -H hunter2-s3…)"};
  node.mapped().on_exit(result);
  world.loop.settle();
  REQUIRE(world.lines.size() == 2);
  CHECK(world.lines[0].ends_with("pid 3 (curl ***)"));
  CHECK(world.lines[1].ends_with("pid 4 (curl -H ***…)"));
}

TEST_CASE("what a command emits is masked before it is understood") {
  SecretWorld world;
  (void)world.run(WorkKind::kCommand, {kSecret, "4711"});
  std::ofstream(world.dir + "/tmp/emit-1")
      << "key=a" << kSecret << "\npin=4711\nrows=5\nno line of " << kSecret << "\n";
  world.runner.exit("T");
  CHECK(world.end().emitted ==
        std::map<std::string, std::string>{{"key", "\"a***\""}, {"pin", "\"***\""}, {"rows", "5"}});
  CHECK(world.everything().find(kSecret) == std::string::npos);
  CHECK_FALSE(std::filesystem::exists(world.dir + "/tmp/emit-1"));
}

TEST_CASE("an emit file that is cut inside a secret says nothing of it") {
  SecretWorld world;
  const std::string path = world.dir + "/tmp/emit";
  std::ofstream(path) << "a=1\n"
                      << std::string((64 << 10) - 4 - 14, '\n') << "key=hunter2-s3cr3t\n";
  const EmittedValues read = read_emit_file(path, SecretMasker({kSecret}));
  CHECK(read.values == std::map<std::string, std::string>{{"a", "1"}, {"key", "\"***\""}});
}

TEST_CASE("what a script says, emits, shows and fails with is masked") {
  SecretWorld world;
  const RunId run = world.run(WorkKind::kScript, {kSecret, "n"});
  world.script().on_log("warn", std::string("it is ") + kSecret + "\nand " + kSecret);
  world.script().on_emit("key", "\"a\\\"hunter2-s3cr3t\"");
  world.script().on_emit("line", R"("a\nb")");
  world.script().on_emit(kSecret, "5");
  world.script().on_progress(0.5, std::string("with ") + kSecret);
  const auto progress = world.engine.progress(run);
  REQUIRE(progress.ok());
  CHECK(progress->running.at(0).text == "with ***");
  world.host.end(AttemptId(1), {ScriptOutcome::Kind::kFailed,
                                std::string("p.lua:1: bad ") + kSecret, "\n  at p.lua:1"});
  CHECK(world.lines == std::vector<std::string>{"warn: it is ***", "warn: a***d ***",
                                                "error: p.lua:1: bad ***", "error:   at p.lua:1"});
  CHECK(world.end().error == "p.lua:1: bad ***\n  at p.lua:1");
  CHECK(world.end().emitted == std::map<std::string, std::string>{
                                   {"***", "5"}, {"key", "\"a\\\"***\""}, {"li***e", "\"***\""}});
  CHECK(world.everything().find("hunter2") == std::string::npos);
  CHECK(world.errors.back() == "p.lua:1: bad ***\n  at p.lua:1");
}

TEST_CASE("commands of one script are masked each for itself") {
  SecretWorld world;
  (void)world.run(WorkKind::kScript, {kSecret});
  for (const char* name : {"a", "b"}) {
    ScriptCommand command;
    command.request = name[0] == 'a' ? 1 : 2;
    command.argv = {name};
    world.script().on_command(std::move(command));
  }
  world.runner.live.at("a").on_output("hunter2");
  world.runner.live.at("b").on_output("-s3cr3t hunter2-");
  world.runner.live.at("a").on_output("-s3cr3t");
  world.runner.live.at("b").on_output("s3cr3t\n");
  world.runner.exit("a");
  world.runner.exit("b");
  world.host.end(AttemptId(1), {});
  CHECK(world.everything().find(kSecret) == std::string::npos);
  CHECK(world.lines == std::vector<std::string>{"-s3cr3t ******"});
}

TEST_CASE("a command that cannot be started is told without secrets") {
  SecretWorld world;
  world.runner.refuse.insert("T");
  (void)world.run(WorkKind::kCommand, {"start T"});
  CHECK(world.end().error == "cannot ***");
}

TEST_CASE("JSON values stay JSON when they are masked") {
  const SecretMasker masker({"n", "hunter2"});
  CHECK(mask_json(masker, "5") == "5");
  CHECK(mask_json(masker, "\"ab\"") == "\"ab\"");
  CHECK(mask_json(masker, "\"xhunter2y\"") == "\"x***y\"");
  CHECK(mask_json(masker, R"("a\nb")") == "\"***\"");
  CHECK(mask_json(SecretMasker({"u"}), R"("\u0001")") == "\"***\"");
  CHECK(mask_json(SecretMasker({"00"}), R"("\u0001x")") == "\"***\"");
  CHECK(mask_json(SecretMasker({"\""}), R"("a\"b")") == "\"a***b\"");
  CHECK(mask_json(SecretMasker({"b\\"}), R"("ab\"c")") == "\"***\"");
  CHECK(mask_json(SecretMasker({"x"}), R"("\\x\"\u00e9")") == R"("\\***\"\u00e9")");
  CHECK(mask_json(SecretMasker({"12"}), "123") == "\"***\"");
}

}  // namespace moondial::secret_test

#include "tests/e2e/faults/campaign.h"

#include <csignal>

#include "tests/catch.h"

namespace moondial::e2e {
namespace {

constexpr int kOfEach = 4;  // tasks of each kind
// A whole run takes some hundred milliseconds, and some hundred steps.
constexpr unsigned kLongestWaitMs = 900;
constexpr unsigned kFirstStep = 30;  // before it, the record is opened
constexpr unsigned kMostSteps = 700;
constexpr unsigned kMostRecoverySteps = 60;

constexpr const char* kPipeline = R"lua(
local N = { n = param.int }
local Pair = task "Pair" { params = N, output = { a = "out/pair${n}", b = "other/pair${n}" },
  sh = ". ./work.sh; begin Pair-${n}; body > ${output.a}; body > ${output.b}" }
local Folder = task "Folder" { params = N, output = { d = dir("out/folder${n}"), f = "other/folder${n}" },
  sh = ". ./work.sh; begin Folder-${n}; for i in 1 2 3; do body > ${output.d}/$i; done; body > ${output.f}",
  check = function(t) assert(#t.output.d:list() == 3 and t.output.f:exists()) end }
local Flaky = task "Flaky" { params = N, output = "out/flaky${n}", retry = { times = 2, delay = 0.01 },
  sh = ". ./work.sh; begin Flaky-${n}; body > ${output}; second_time flaky-${n}" }
local Void = task "Void" { params = N, sh = ". ./work.sh; begin Void-${n}" }
local Lone = task "Lone" { params = N, output = "out/lone${n}", lock = "door",
  requires = function(t) return Pair(t) end,
  sh = ". ./work.sh; begin Lone-${n}; hold door; body > ${output}" }
local Marked = task "Marked" { params = N, output = mark(), sh = ". ./work.sh; begin Marked-${n}; sleep 0.$((RANDOM % 4))" }
local Deep = task "Deep" { params = N, output = "out/deep${n}",
  sh = ". ./work.sh; begin Deep-${n}; body > ${output}" }
local Script = task "Script" { params = N, requires = function(t) return { Folder(t), Void(t) } end,
  output = { x = "out/script${n}", y = dir("other/script${n}") },
  run = function(t)
    progress(0.1, "begun")
    all{ function() sh ". ./work.sh; begin Script-${n}; body > ${output.x}" end,
         function() await(Deep(t)) end }
    for i = 1, 3 do t.output.y:file(tostring(i)):write(t.output.x:read()) end
    emit{ n = t.n }
  end }
task "All" { requires = function()
  return each(1, OF_EACH, function(n)
    return { Flaky{ n = n }, Lone{ n = n }, Marked{ n = n }, Script{ n = n } }
  end)
end }
)lua";

// Sourced by each task's command.
constexpr const char* kWork = R"sh(
v=$(cat version)
hold() { # nobody else may have it: the kernel lets go when the process has ended
  exec 9> "held/$1"
  flock -n 9 || echo "two at once hold $1: attempt $MOONDIAL_ATTEMPT_ID is one" >> violations
}
begin() {
  echo "$MOONDIAL_ATTEMPT_ID $CHAIN $1" >> started
  exec 8> "held/task-$1"
  flock -n 8 || echo "two at once run $1: attempt $MOONDIAL_ATTEMPT_ID is one" >> violations
}
body() {
  for i in $(seq 30); do echo "v$v attempt $MOONDIAL_ATTEMPT_ID"; done
  echo end
}
second_time() {
  [ -e "held/second-$1-$v" ] || { : > "held/second-$1-$v"; exit 1; }
}
)sh";

}  // namespace

std::vector<CampaignOutput> campaign_outputs() {
  std::vector<CampaignOutput> outputs;
  for (int i = 1; i <= kOfEach; ++i) {
    const std::string n = std::to_string(i);
    const auto add = [&](const std::string& name, const std::string& path) {
      outputs.push_back({name + "(n=" + n + ")", path});
    };
    add("Pair", "out/pair" + n);
    add("Pair", "other/pair" + n);
    add("Folder", "out/folder" + n + "/");
    add("Folder", "other/folder" + n);
    add("Flaky", "out/flaky" + n);
    add("Lone", "out/lone" + n);
    add("Deep", "out/deep" + n);
    add("Script", "out/script" + n);
    add("Script", "other/script" + n + "/");
  }
  return outputs;
}

Campaign::Campaign(uint32_t seed) : seed_(seed), random_(seed) {
  std::string pipeline = kPipeline;
  pipeline.replace(pipeline.find("OF_EACH"), 7, std::to_string(kOfEach));
  project_.write("pipelines/p.lua", pipeline);
  project_.write("work.sh", kWork);
  project_.write("started", "");
  std::filesystem::create_directory(project_ / "held");
}

std::map<std::string, std::string> Campaign::environment() const {
  return {{"CHAIN", std::to_string(chain_)}};
}

/// An engine that is killed before one of its steps; not those that clients start after it.
std::map<std::string, std::string> Campaign::killed_at(unsigned step) {
  killed_ = project_ / ("killed-" + std::to_string(++moments_));
  return with_faults({{"KILL_AT", std::to_string(step)}, {"KILLED", killed_.string()}});
}

/// Continues the newest run, or begins a new version.
std::vector<std::string> Campaign::next_command() {
  if (continues_) return {"retry", std::to_string(run_), "-j", "4"};
  ++chain_;
  project_.write("version", std::to_string(++version_) + "\n");
  return {"run", "All", "--force-all", "-j", "4"};
}

void Campaign::kill_once() {
  // Time hits what takes long, steps what does not.
  std::optional<unsigned> step;
  if (random_() % 2 == 0) step = kFirstStep + random_() % kMostSteps;
  kill(step);
}

bool Campaign::kill_before(unsigned step) {
  continues_ = false;
  kill(step);
  return std::filesystem::exists(killed_);
}

void Campaign::kill(std::optional<unsigned> step) {
  const auto command = next_command();
  auto with = environment();
  if (step) with.merge(killed_at(*step));
  const std::filesystem::path killed = killed_;
  INFO("seed " << seed_ << ", chain " << chain_ << ": " << command[0] << ", killed "
               << (step ? "before step " + std::to_string(*step) : "by time"));
  Running client = project_.start(command, with);
  if (!step) wait_for_moment();
  const Finished out = client.finish();
  INFO(out.all());
  project_.wait_for_engine_end();
  ++counts_.kills;
  note_announced(out.out);
  check_after_kill();
  recover();
  check_recovered();
  killed_ = killed;
  continues_ = out.code != 0 && run_ != 0 && random_() % 2 == 0;
}

/// Some time after the start; then the engine is killed, if it has not ended.
void Campaign::wait_for_moment() {
  const auto due =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(random_() % kLongestWaitMs);
  wait_until("the moment", [&] { return std::chrono::steady_clock::now() > due; });
  if (const pid_t engine = project_.engine_pid(); engine > 0) ::kill(engine, SIGKILL);
}

/// Starts an engine, which recovers, and ends; up to three of them are killed on the way.
void Campaign::recover() {
  for (int deaths = static_cast<int>(random_() % 4); deaths > 0; --deaths) {
    (void)project_.moondial({"runs"}, killed_at(1 + random_() % kMostRecoverySteps));
    project_.wait_for_engine_end();
    ++counts_.recovery_kills;
    check_files_whole();
  }
  const Finished out = project_.moondial({"runs", "--json"});
  INFO(out.all());
  REQUIRE(out.code == 0);
  const Json runs = out.json();
  if (!runs.empty()) run_ = runs[0]["run"].get<uint64_t>();
  wait_for_quiet(project_);
}

void Campaign::note_announced(const std::string& output) {
  const auto newest = numbers_of(project_, "SELECT coalesce(max(id), 0) FROM runs");
  for (const std::string& line : lines_of(output)) {
    if (!line.starts_with("done ")) continue;
    const std::string identity = line.substr(5, line.find(' ', 5) - 5);
    announced_[newest.at(0)].push_back(identity);
    ++counts_.announced;
  }
}

void Campaign::finish() {
  auto command = next_command();
  const Finished out = project_.moondial(command, environment());
  INFO("seed " << seed_ << "\n" << out.all());
  REQUIRE(out.code == 0);
  run_ = numbers_of(project_, "SELECT max(id) FROM runs").at(0);
  note_announced(out.out);
  wait_for_quiet(project_);
  check_recovered();
  for (const CampaignOutput& output : campaign_outputs()) {
    INFO(output.path);
    CHECK(project_.exists(output.path));
  }
}

}  // namespace moondial::e2e

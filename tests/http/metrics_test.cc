// The metrics, and that they are in Prometheus' text format.
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "tests/catch.h"
#include "tests/http/raw_client.h"

namespace moondial::metrics_test {
using Catch::Matchers::ContainsSubstring;

namespace {

/// Samples by their name with labels. Fails the test where the grammar of the text format, version
/// 0.0.4, is broken: every line is a HELP, the TYPE after it, or a sample of that family; no family
/// and no sample comes twice (a histogram's have its name and a suffix); values are numbers; the
/// text ends with a line end.
std::map<std::string, double> parse(const std::string& text) {
  static const std::regex kHelp("# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) [^\\\\]+");
  static const std::regex kType("# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)");
  static const std::regex kSample(
      "([a-zA-Z_:][a-zA-Z0-9_:]*)"
      "(\\{([a-zA-Z_][a-zA-Z0-9_]*=\"([^\"\\\\]|\\\\[\\\\\"n])*\"(,|(?=\\})))*\\})?"
      " ([-+]?[0-9.]+(e[-+]?[0-9]+)?)");
  std::map<std::string, double> samples;
  std::set<std::string> families;
  std::string family, helped, type;
  CHECK(text.ends_with("\n"));
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    std::smatch match;
    if (std::regex_match(line, match, kHelp)) {
      helped = match[1];
      CHECK(families.insert(helped).second);
    } else if (std::regex_match(line, match, kType)) {
      family = match[1];
      type = match[2];
      CHECK(family == helped);
      CHECK((match[2] == "counter") == family.ends_with("_total"));
    } else if (std::regex_match(line, match, kSample)) {
      static const std::regex kSuffix("_(bucket|sum|count)$");
      const std::string name = match[1];
      CHECK((type == "histogram" ? std::regex_replace(name, kSuffix, "") : name) == family);
      CHECK(samples.emplace(match[1].str() + match[2].str(), std::stod(match[6])).second);
    } else {
      FAIL_CHECK("no line of the text format");
    }
  }
  return samples;
}

}  // namespace

TEST_CASE("the metrics say what the engine does, in a format that is held to its grammar") {
  Served s;
  s.api.active.runs_ended = {{RunState::kDone, 3}, {RunState::kFailed, 1}};
  s.api.active.attempts_ended[TaskState::kLost] = 2;
  s.api.active.runs_open = 1;
  s.api.active.tasks[TaskState::kReady] = 7;
  s.api.active.pools = {{"cpu", 4, 2, 1}, {"a \"b\" \\c\n", 1, 0, 0}};
  ScheduleView schedule;
  schedule.info.name = "nightly";
  schedule.next = {UtcTime(std::chrono::seconds(1442511000))};
  FiringRow last;
  last.instant = UtcTime(std::chrono::seconds(1442424600));
  schedule.last = last;
  ScheduleView paused = schedule;
  paused.info.name = "paused";
  paused.paused = true;
  paused.last.reset();
  s.api.active.schedules = {schedule, paused};

  s.api.active.writer.queued = 5;
  s.api.active.writer.committed(std::chrono::milliseconds(3));
  s.api.active.writer.committed(std::chrono::seconds(3));

  auto listener = s.client();
  listener.ask("GET", "/api/v1/events");
  listener.wait([&] { return listener.received.find("begin") != std::string::npos; });
  auto client = s.client();
  const auto answer = client.get("/metrics");
  CHECK(answer.status == 200);
  CHECK_THAT(answer.head, ContainsSubstring("Content-Type: text/plain; version=0.0.4"));
  auto samples = parse(answer.body);
  CHECK(samples.at("moondial_runs_ended_total{state=\"done\"}") == 3);
  CHECK(samples.at("moondial_runs_ended_total{state=\"cancelled\"}") == 0);
  CHECK(samples.at("moondial_attempts_ended_total{state=\"lost\"}") == 2);
  CHECK(samples.at("moondial_runs_open") == 1);
  CHECK(samples.at("moondial_tasks{state=\"ready\"}") == 7);
  CHECK(samples.at("moondial_pool_size{pool=\"cpu\"}") == 4);
  CHECK(samples.at("moondial_pool_used{pool=\"cpu\"}") == 2);
  CHECK(samples.at("moondial_pool_waiting{pool=\"cpu\"}") == 1);
  CHECK(samples.at(R"(moondial_pool_size{pool="a \"b\" \\c\n"})") == 1);
  CHECK(samples.at("moondial_schedule_next_timestamp_seconds{schedule=\"nightly\"}") == 1442511000);
  CHECK(samples.at("moondial_schedule_last_timestamp_seconds{schedule=\"nightly\"}") == 1442424600);
  CHECK_FALSE(samples.contains("moondial_schedule_next_timestamp_seconds{schedule=\"paused\"}"));
  CHECK(samples.at("moondial_schedule_paused{schedule=\"paused\"}") == 1);
  CHECK(samples.at("moondial_writer_queue") == 5);
  CHECK(samples.at("moondial_commit_seconds_bucket{le=\"0.001\"}") == 0);
  CHECK(samples.at("moondial_commit_seconds_bucket{le=\"0.005\"}") == 1);
  CHECK(samples.at("moondial_commit_seconds_bucket{le=\"2\"}") == 1);
  CHECK(samples.at("moondial_commit_seconds_bucket{le=\"10\"}") == 2);
  CHECK(samples.at("moondial_commit_seconds_bucket{le=\"+Inf\"}") == 2);
  CHECK(samples.at("moondial_commit_seconds_sum") == 3.003);
  CHECK(samples.at("moondial_commit_seconds_count") == 2);
  CHECK(samples.at("moondial_event_listeners") == 1);
  CHECK(samples.at("moondial_build_info{version=\"0.1\"}") == 1);
  CHECK(samples.at("process_resident_memory_bytes") > 1e6);
  CHECK(samples.at("process_open_fds") > 3);
  CHECK(samples.at("process_cpu_seconds_total") > 0);

  CHECK(client.request("POST", "/metrics", "{}").status == 405);
  CHECK(s.tcp().get("/metrics").status == 401);
}

}  // namespace moondial::metrics_test

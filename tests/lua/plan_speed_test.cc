// Not run by default: test_lua "[.speed]" prints how fast plans are made.
#include <cstdio>
#include <ctime>

#include "tests/catch.h"
#include "tests/lua/script_fixture.h"

namespace moondial::plan_speed_test {
namespace {

struct CountingSink : ScriptSink {
  size_t tasks = 0;
  void on_tasks(std::vector<TaskInstance> batch) override { tasks += batch.size(); }
  void on_command(ScriptCommand /*command*/) override {}
  void on_log(std::string_view /*level*/, std::string_view /*text*/) override {}
  void on_emit(const std::string& /*name*/, const std::string& /*value*/) override {}
  void on_await(ScriptAwait) override {}
  void on_sleep(uint64_t, Duration) override {}
  void on_http(uint64_t, WebRequest) override {}
  void on_cancel(uint64_t) override {}
  void on_progress(double /*fraction*/, const std::string& /*text*/) override {}
};

void measure(ScriptFixture& project, const char* what, const std::string& task) {
  CountingSink sink;
  const std::clock_t start = std::clock();  // of the processor: others may be busy
  const auto job = project.state->plan(plan_request(task), &sink);
  while (job->resume() != ScriptJob::Step::kEnded) {
  }
  const double took = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  REQUIRE(job->plan_result().ok());
  std::printf("%-28s %zu tasks, %.0f a second\n", what, sink.tasks,
              static_cast<double>(sink.tasks) / took);
}

}  // namespace

TEST_CASE("speed of plans", "[.speed]") {
  ScriptFixture project;
  project.pipeline(R"lua(
    task "Leaf" { params = { n = param.int }, output = "data/leaf/${n}.csv", run = function() end }
    task "Fan" { requires = function() return each(1, 100000, function(n) return tasks.Leaf{ n = n } end) end }
    task "Link" {
      params = { n = param.int },
      requires = function(t) if t.n > 1 then return tasks.Link{ n = t.n - 1 } end end,
      output = "data/link/${n}.csv",
      sh = ": > ${output}",
    }
    task "Chain" { requires = function() return tasks.Link{ n = 100000 } end }
    task "Fetch" {
      params = { date = param.date, engine = param.enum{ "baidu", "so360", "sogou" } },
      output = "data/raw/${engine}/${date:%Y%m%d}.csv",
      sh = { "fetch", "${engine}", "${date}", "${output}" },
    }
    task "Day" {
      params = { date = param.date },
      requires = function(t)
        return each({ "baidu", "so360", "sogou" }, function(e) return tasks.Fetch(t, { engine = e }) end)
      end,
      output = "data/day/${date}.csv",
      sh = "cat ${input} > ${output}",
    }
    task "Years" {
      requires = function()
        return each(date.range(date "1950-01-01", date "2018-06-17"), function(d) return tasks.Day{ date = d } end)
      end,
    }
  )lua");
  project.load_well();
  measure(project, "fan of 100,000", "Fan");
  measure(project, "chain of 100,000", "Chain");
  measure(project, "25,000 days of 3 engines", "Years");
}

}  // namespace moondial::plan_speed_test

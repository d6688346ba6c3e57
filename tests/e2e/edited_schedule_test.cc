// The nightly search-marketing report on a schedule, edited again and again while the daemon runs.
#include <cstdlib>

#include "tests/catch.h"
#include "tests/e2e/tcp_client.h"

namespace moondial::e2e::edited_schedule_test {
namespace {

using Catch::Matchers::ContainsSubstring;

constexpr const char* kReport = "pipelines/sem/report.lua";
constexpr const char* kSchedule = "pipelines/sem/nightly.lua";

/// A run each second, so that nobody waits for minutes; each of a day of its own.
std::string schedule_of(const std::string& task) {
  return R"lua(
    schedule "sem" { cron = "* * * * * *", tz = "UTC",
      start = function(at)
        return tasks.sem.)lua" +
         task + R"lua({ date = date "2016-01-01" + (at.time - date.time(at.date, "00:00")) }
      end })lua";
}

std::string replaced(std::string text, const std::string& part, const std::string& by) {
  const size_t at = text.find(part);
  REQUIRE(at != std::string::npos);
  return text.replace(at, part.size(), by);
}

/// The report's text of which pages say which edition they are.
std::string edition(const std::string& text, const std::string& name) {
  const std::string page = "page.markdown(t.date, lines)";
  return replaced(text, page, page + " .. \"edition " + name + "\\n\"");
}

void copy_sem(const Project& project) {
  const char* source = std::getenv("MOONDIAL_SOURCE_DIR");
  REQUIRE(source != nullptr);
  project.copy_in(std::filesystem::path(source) / "pipelines/sem", "pipelines/sem");
  project.copy_in(std::filesystem::path(source) / "lib", "lib");
}

/// Looks at what runs used, by the API.
class History {
 public:
  History(const SpecProject& project, const ApiDaemon& daemon)
      : project_(project), daemon_(daemon), token_(add_token(project, "viewer")) {}

  [[nodiscard]] Json ask(const std::string& path) const {
    const auto answer = daemon_.ask("GET", "/api/v1/" + path, token_);
    INFO(answer.body);
    REQUIRE(answer.status == 200);
    return answer.json();
  }
  /// The text of the report that a run used.
  [[nodiscard]] std::string text_of(int run) {
    const std::string sha256 = ask("runs/" + std::to_string(run))["sources"][kReport];
    std::string& text = texts_[sha256];
    if (text.empty()) text = ask("sources/" + sha256)["text"];
    return text;
  }
  [[nodiscard]] Json runs() const { return ask("runs?limit=500"); }
  /// Waits until a run of this text has ended well; its number.
  int wait_for_run_of(const std::string& text) {
    int found = 0;
    wait_until("a run of this text", [&] {
      for (const Json& run : runs()) {
        if (run["state"] != "done" || text_of(run["run"]) != text) continue;
        found = run["run"];
        return true;
      }
      return false;
    });
    return found;
  }
  /// What a run has made of its text.
  [[nodiscard]] std::string page_of(const Json& run) const {
    const std::string root = run["roots"][0];
    return project_.read("data/sem/report/" + root.substr(root.find("date=") + 5, 10) + ".md");
  }

 private:
  const SpecProject& project_;
  const ApiDaemon& daemon_;
  std::string token_;
  std::map<std::string, std::string> texts_;
};

}  // namespace

TEST_CASE("a pipeline on a schedule is edited while it runs, and the history shows each text") {
  const SpecProject project("");
  copy_sem(project);
  const std::string first = project.read(kReport);
  const std::string good = edition(first, "two");
  const std::string broken = replaced(good, "output   = ", "output   == ");
  const std::string renamed = replaced(edition(first, "three"), "sem.Report", "sem.DailyReport");
  project.write(kSchedule, schedule_of("Report"));
  ApiDaemon daemon(project);
  Running& log = daemon.daemon().process();
  History history(project, daemon);

  // A good edit, while a run goes on: that one keeps its text.
  (void)history.wait_for_run_of(first);
  int running = 0;
  wait_until("a run that goes on", [&] {
    const Json newest = history.runs()[0];
    running = newest["run"];
    return newest["state"] == "running";
  });
  project.replace(kReport, good);
  log.wait_for_output("reloaded: changed task sem.Report\n");
  CHECK(history.text_of(running) == first);
  (void)history.wait_for_run_of(good);

  // A broken one: the schedule goes on with the last good text, and the error is shown.
  project.replace(kReport, broken);
  log.wait_for_output("its last good text stays in force");
  const int last = history.runs()[0]["run"];
  wait_until("a run after it", [&] {
    const Json newest = history.runs()[0];
    return newest["run"] > last + 1 && newest["state"] == "done";
  });
  CHECK(history.text_of(last + 2) == good);
  CHECK_THAT(project.command({"check"}, 2).err, ContainsSubstring(std::string(kReport) + ":"));
  const Json scripts = history.ask("scripts");
  CHECK_THAT(scripts["errors"].dump(), ContainsSubstring(kReport));
  CHECK_THAT(project.read(".moondial/engine.log"), ContainsSubstring(std::string(kReport) + ":"));

  // A renamed task that the schedule does not know yet: its firings say so, and nothing stops.
  project.replace(kReport, renamed);
  log.wait_for_output("reloaded: added task sem.DailyReport; removed task sem.Report\n");
  wait_until("a firing that fails",
             [&] { return history.ask("schedules")[0]["last"]["state"] == "failed"; });
  CHECK_THAT(history.ask("schedules")[0]["last"]["note"], ContainsSubstring("sem.Report"));
  project.replace(kSchedule, schedule_of("DailyReport"));
  log.wait_for_output("reloaded: changed schedule sem\n");
  (void)history.wait_for_run_of(renamed);

  // A removed schedule fires no more; what it had started goes on to its end.
  std::filesystem::remove(project / kSchedule);
  log.wait_for_output("reloaded: removed schedule sem\n");
  CHECK(history.ask("schedules").empty());
  wait_until("the last run", [&] {
    const Json newest = history.runs()[0];
    return newest["state"] != "running";
  });

  // The history: texts follow one another as they were in force, and pages are what they say.
  std::vector<std::string> texts;
  for (const Json& run : history.runs()) {
    CHECK(run["state"] == "done");
    const std::string text = history.text_of(run["run"]);
    if (texts.empty() || texts.back() != text) texts.push_back(text);
    const std::string said = text == first ? "" : text == good ? "edition two" : "edition three";
    const std::string page = history.page_of(run);
    CHECK(page.find("edition") == (said.empty() ? std::string::npos : page.find(said)));
    CHECK(project.json({"show", run["run"].dump()})["sources"] ==
          history.ask("runs/" + run["run"].dump())["sources"]);
  }
  CHECK(project.command({"show", "1", "--source", kReport}).out == first);
  CHECK_THAT(project.command({"show", "1", "--source", "pipelines/sem/reprot.lua"}, 2).err,
             ContainsSubstring("did you mean pipelines/sem/report.lua?"));
  CHECK(texts == std::vector<std::string>{renamed, good, first});
  daemon.daemon().end();
}

}  // namespace moondial::e2e::edited_schedule_test

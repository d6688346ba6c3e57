// `cron`: what an expression means, and when it comes next.
#include <chrono>

#include "base/date.h"
#include "tests/catch.h"
#include "tests/e2e/harness.h"

namespace moondial::e2e::cron_test {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::ContainsSubstring;

/// A folder that no project is in: the project's own, without what makes it one.
void make_no_project(const Project& project) { project.remove_tree("pipelines"); }

TEST_CASE("cron says what an expression means and its next times, without a project") {
  Project project;
  make_no_project(project);
  const Finished out = project.moondial(
      {"cron", "30 1 * * 1-5", "--tz", "Asia/Shanghai", "--from", "2026-11-27", "--next", "3"});
  INFO(out.all());
  CHECK(out.code == 0);
  CHECK(out.err.empty());
  CHECK(out.out ==
        "at 01:30 on weekdays, Asia/Shanghai\n"
        "  Fri 2026-11-27 01:30 +08:00\n"
        "  Mon 2026-11-30 01:30 +08:00\n"
        "  Tue 2026-12-01 01:30 +08:00\n");
  CHECK_FALSE(project.exists(".moondial"));
}

TEST_CASE("cron takes periods, seconds, words, and an expression in several words") {
  const Project project;
  const auto out = [&](std::vector<std::string> args) {
    args.insert(args.begin(), "cron");
    for (const char* more : {"--tz", "UTC", "--from", "2026-11-30T23:30", "--next", "2"}) {
      args.emplace_back(more);
    }
    const Finished finished = project.moondial(args);
    INFO(finished.all());
    CHECK(finished.code == 0);
    return finished.out;
  };
  CHECK(out({"every", "45m"}) ==
        "every 45 minutes, UTC\n  Tue 2026-12-01 00:00 +00:00\n  Tue 2026-12-01 00:45 +00:00\n");
  CHECK(out({"every 45m"}) == out({"every", "45m"}));
  CHECK(out({"*/40 * * * * *"}) ==
        "at seconds 0 and 40 of every minute, UTC\n"
        "  Mon 2026-11-30 23:30:00 +00:00\n  Mon 2026-11-30 23:30:40 +00:00\n");
  CHECK(out({"@daily"}) ==
        "at 00:00 every day, UTC\n  Tue 2026-12-01 00:00 +00:00\n  Wed 2026-12-02 00:00 +00:00\n");
  CHECK(out({"0", "0", "*", "*", "*"}) == out({"@daily"}));
  CHECK_FALSE(project.exists(".moondial"));
}

TEST_CASE("cron shows both clock changes") {
  const Project project;
  const Finished forward = project.moondial(
      {"cron", "30 2 * * *", "--tz", "Europe/Berlin", "--from", "2026-03-28", "--next", "3"});
  CHECK(forward.out ==
        "at 02:30 every day, Europe/Berlin\n"
        "  Sat 2026-03-28 02:30 +01:00\n"
        "  Sun 2026-03-29 03:00 +02:00\n"
        "  Mon 2026-03-30 02:30 +02:00\n");
  const Finished back = project.moondial(
      {"cron", "30 * * * *", "--tz", "Europe/Berlin", "--from", "2026-10-25T02:00", "--next", "3"});
  CHECK(back.out ==
        "at minute 30 of every hour, Europe/Berlin\n"
        "  Sun 2026-10-25 02:30 +02:00\n"
        "  Sun 2026-10-25 02:30 +01:00\n"
        "  Sun 2026-10-25 03:30 +01:00\n");
}

TEST_CASE("cron --json has the meaning and the times, by default five from now on") {
  const Project project;
  const Finished out = project.moondial({"cron", "0 0 29 2 *", "--tz", "UTC", "--json"});
  INFO(out.all());
  REQUIRE(out.code == 0);
  const Json json = out.json();
  CHECK(json["meaning"] == "at 00:00 on 29 February, UTC");
  CHECK(json["timezone"] == "UTC");
  REQUIRE(json["next"].size() == 5);
  const auto now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  CHECK(json["next"][0].get<std::string>() > format_rfc3339(now, "UTC"));
  for (const auto& time : json["next"]) {
    CHECK_THAT(time.get<std::string>(), ContainsSubstring("-02-29T00:00:00.000+00:00"));
  }
  CHECK(project.moondial({"cron", "@daily", "--tz", "UTC", "--next", "0", "--json"})
            .json()["next"]
            .empty());
}

TEST_CASE("cron takes the project's time zone, and the machine's if there is none") {
  const Project project;
  project.write("moondial.lua", "return { timezone = 'Asia/Tokyo' }\n");
  const Finished ours = project.moondial({"cron", "0 6 * * *", "--from", "2026-11-30"});
  INFO(ours.all());
  CHECK(ours.code == 0);
  CHECK_THAT(ours.out, ContainsSubstring("at 06:00 every day, Asia/Tokyo\n"
                                         "  Mon 2026-11-30 06:00 +09:00\n"));
  const Finished asked = project.moondial({"cron", "0 6 * * *", "--tz", "UTC"});
  CHECK_THAT(asked.out, ContainsSubstring("every day, UTC"));

  project.write("moondial.lua", "return { timezone = 'Asia/Tokio' }\n");
  const Finished broken = project.moondial({"cron", "0 6 * * *"}, {{"TZ", "Europe/Berlin"}});
  INFO(broken.all());
  CHECK(broken.code == 0);
  CHECK_THAT(broken.out, ContainsSubstring("at 06:00 every day, local time\n"));
  CHECK_THAT(broken.err, ContainsSubstring("the project's time zone is not known"));

  project.wait_for_engine_end();
  fs::remove(project / "moondial.lua");
  make_no_project(project);
  const Finished without =
      project.moondial({"cron", "0 6 * * *", "--from", "2026-11-30"}, {{"TZ", "Europe/Berlin"}});
  INFO(without.all());
  CHECK(without.err.empty());
  CHECK_THAT(without.out, ContainsSubstring("  Mon 2026-11-30 06:00 +01:00\n"));
}

TEST_CASE("cron says it when there are no more times") {
  const Project project;
  const Finished last =
      project.moondial({"cron", "@yearly", "--tz", "UTC", "--from", "9998-06-01", "--next", "3"});
  CHECK(last.out ==
        "at 00:00 on 1 January, UTC\n  Fri 9999-01-01 00:00 +00:00\n  no more after that\n");
  const Finished never =
      project.moondial({"cron", "@yearly", "--tz", "UTC", "--from", "9999-06-01"});
  CHECK(never.code == 0);
  CHECK(never.out == "at 00:00 on 1 January, UTC\n  never\n");
}

TEST_CASE("cron refuses what is wrong with exit status 2 and says why") {
  const Project project;
  const auto error = [&](const std::vector<std::string>& args) {
    std::vector<std::string> all = {"cron"};
    all.insert(all.end(), args.begin(), args.end());
    const Finished out = project.moondial(all);
    INFO(out.all());
    CHECK(out.code == 2);
    CHECK(out.out.empty());
    return out.err;
  };
  CHECK_THAT(error({"60 * * * *"}), ContainsSubstring("minute 60: minutes are 0 to 59"));
  CHECK_THAT(error({"0 0 * * fry"}), ContainsSubstring("did you mean fri?"));
  CHECK_THAT(error({"0 0 30 2 *"}), ContainsSubstring("there is never such a day"));
  CHECK_THAT(error({"1 2 3"}), ContainsSubstring("has 3 fields"));
  CHECK_THAT(error({"@reboot"}), ContainsSubstring("@reboot"));
  CHECK_THAT(error({""}), ContainsSubstring("empty"));
  CHECK_THAT(error({"every", "soon"}), ContainsSubstring("soon"));
  CHECK_THAT(error({"every", "36h"}), ContainsSubstring("whole days"));
  CHECK_THAT(error({"@daily", "--tz", "Mars"}), ContainsSubstring("\"Mars\" is no time zone"));
  CHECK_THAT(error({"@daily", "--tz", "UTC", "--from", "soon"}), ContainsSubstring("--from"));
  CHECK_THAT(error({"@daily", "--next", "10001"}), ContainsSubstring("--next"));
  CHECK_THAT(error({"@daily", "-C", "/nowhere/at/all"}), ContainsSubstring("/nowhere/at/all"));
  CHECK_THAT(error({}), ContainsSubstring("EXPR"));
  // What is wrong with the expression needs no project to be said.
  CHECK_FALSE(project.exists(".moondial"));
}

}  // namespace
}  // namespace moondial::e2e::cron_test

#include "tests/catch.h"
#include "tests/http/raw_client.h"

namespace moondial::routes_test {

TEST_CASE("GET answers what the engine says") {
  Served s;
  auto client = s.client();
  CHECK(client.get("/api/v1/engine").json()["pid"] == 42);

  Declarations declared;
  declared.pools["db"] = 2;
  TaskInfo task;
  task.name = "sem.Fetch";
  task.params = {{"date", "date", "the day", std::nullopt, {}},
                 {"engine", "enum", "", "baidu", {"baidu", "sogou"}},
                 {"token", "string", "", std::nullopt, {}, true}};
  declared.tasks.push_back(task);
  s.api.declared = declared;
  const Json tasks = client.get("/api/v1/tasks").json();
  CHECK(tasks[0]["name"] == "sem.Fetch");
  CHECK(tasks[0]["params"][0]["required"] == true);
  CHECK(tasks[0]["params"][1]["default"] == "baidu");
  CHECK_FALSE(tasks[0]["params"][1].contains("secret"));
  CHECK(tasks[0]["params"][2]["secret"] == true);
  CHECK(tasks[0]["params"][1]["choices"][1] == "sogou");
  CHECK(client.get("/api/v1/pools").json() ==
        parse_json(R"([{"name": "api", "size": 2, "declared": 2}])"));

  CHECK(client.get("/api/v1/config").json() == parse_json(R"({"timezone": "local", "jobs": null,
    "shell": ["bash", "-e", "-o", "pipefail", "-c"], "env": [], "output_roots": [],
    "http": {"listen": "127.0.0.1:7171", "token_file": ".moondial/tokens.json", "hosts": []}})"));
  s.api.declared->config = {"UTC", 4, 1 << 20, 3, {"sh", "-c"}, {"TOKEN=secret=1"}, {"/out"}};
  s.api.declared->config.http = {"", "/t", {"a.test"}};
  CHECK(client.get("/api/v1/config").json() == parse_json(R"({"timezone": "UTC", "jobs": 4,
    "shell": ["sh", "-c"], "env": ["TOKEN"], "output_roots": ["/out"],
    "http": {"listen": false, "token_file": "/t", "hosts": ["a.test"]}})"));
}

TEST_CASE("an engine is asked to make way for a daemon") {
  Served s;
  CHECK(s.client().request("POST", "/api/v1/engine/way", "{}").status == 200);
  CHECK(s.api.makes_way);
}

TEST_CASE("schedules: a list, and pause, resume and trigger of one by its name") {
  Served s;
  ScheduleView view;
  view.info.name = "night.ly";
  view.info.times.cron = "30 1 * * *";
  view.info.times.timezone = "Asia/Shanghai";
  view.info.sla = Sla{6 * 3600, std::nullopt};
  view.meaning = "at 01:30 every day";
  view.next = {UtcTime(std::chrono::seconds(1442511000))};
  view.runs = {RunId(7)};
  FiringRow last;
  last.instant = UtcTime(std::chrono::seconds(1442424600));
  last.state = FiringState::kStarted;
  last.run = RunId(7);
  last.run_state = RunState::kRunning;
  view.last = last;
  s.api.schedule_views = {view};
  auto client = s.client();
  const Json all = client.get("/api/v1/schedules?next=3").json();
  CHECK(s.api.asked_next == 3);
  CHECK(all[0]["name"] == "night.ly");
  CHECK(all[0]["next"] == parse_json(R"(["2015-09-18T01:30:00.000+08:00"])"));
  CHECK(all[0]["sla"] == "06:00:00");
  CHECK(all[0]["every"].is_null());
  CHECK(all[0]["running"][0] == 7);
  CHECK(all[0]["last"]["state"] == "started");
  CHECK(all[0]["last"]["run_state"] == "running");
  CHECK(client.get("/api/v1/schedules?next=x").status == 400);

  CHECK(client.request("POST", "/api/v1/schedules/night.ly/pause").status == 200);
  CHECK(s.api.paused == "night.ly paused");
  CHECK(client.request("POST", "/api/v1/schedules/12/resume").status == 200);
  CHECK(s.api.paused == "12 resumed");
  s.api.pause_answer = {Code::kNotFound, "there is no schedule \"x\""};
  CHECK(client.request("POST", "/api/v1/schedules/x/pause").status == 404);
  CHECK(client.get("/api/v1/schedules/x/pause").status == 405);
  CHECK(client.request("POST", "/api/v1/schedules/x/explode").status == 404);

  const auto made = client.request("POST", "/api/v1/schedules/night.ly/trigger",
                                   R"({"environment": ["A=b"], "request": "r1"})");
  CHECK(made.status == 201);
  CHECK(made.json()["run"] == 7);
  CHECK(s.api.triggered == "night.ly");
  CHECK(s.api.asked->request == "r1");
  CHECK(client.request("POST", "/api/v1/schedules/s/trigger", "{").status == 400);
}

TEST_CASE("runs: a list, newest first, in pages") {
  Served s;
  s.api.detail.run.run = RunId(7);
  s.api.detail.run.state = RunState::kDone;
  s.api.detail.run.roots = {"A", "B(x=1)"};
  s.api.detail.run.counts[TaskState::kDone] = 3;
  auto client = s.client();
  const Json runs = client.get("/api/v1/runs?limit=5&before=100").json();
  CHECK(s.api.asked_limit == 5);
  CHECK(s.api.asked_before == RunId(100));
  CHECK(runs[0]["run"] == 7);
  CHECK(runs[0]["state"] == "done");
  CHECK(runs[0]["roots"][1] == "B(x=1)");
  CHECK(runs[0]["counts"]["done"] == 3);
  CHECK(runs[0]["ended"].is_null());
  CHECK(client.get("/api/v1/runs?limit=0").status == 400);
  CHECK(client.get("/api/v1/runs?limit=x").status == 400);
}

TEST_CASE("runs are filtered, and a full page says where the next one begins") {
  Served s;
  s.api.detail.run.run = RunId(7);
  auto client = s.client();
  const auto page = client.get(
      "/api/v1/runs?limit=1&state=failed&kind=schedule&task=sem.Fetch%28d%3D1%29"
      "&since=2015-09-18T00:00:00%2B08:00&until=2015-09-18T00:00:00Z");
  REQUIRE(page.status == 200);
  CHECK(s.api.asked_filter.state == RunState::kFailed);
  CHECK(s.api.asked_filter.kind == "schedule");
  CHECK(s.api.asked_filter.task == "sem.Fetch(d=1)");
  CHECK(s.api.asked_filter.since == *parse_rfc3339("2015-09-17T16:00:00Z"));
  CHECK(s.api.asked_filter.until == *parse_rfc3339("2015-09-18T00:00:00Z"));
  const size_t link = page.head.find("Link: </api/v1/runs?before=7&");
  REQUIRE(link != std::string::npos);
  CHECK(page.head.find("&task=sem.Fetch%28d%3D1%29", link) != std::string::npos);
  CHECK(page.head.find(">; rel=\"next\"", link) != std::string::npos);
  CHECK(client.get("/api/v1/runs?limit=2").head.find("Link:") == std::string::npos);
  CHECK(client.get("/api/v1/runs?state=broken").status == 400);
  CHECK(client.get("/api/v1/runs?since=yesterday").status == 400);
}

TEST_CASE("the attempts of a task, over time, in pages") {
  Served s;
  AttemptRow attempt;
  attempt.attempt = AttemptId(9);
  attempt.emitted["rows"] = "12";
  s.api.known_history.past = {{RunId(7), "sem.Fetch(d=1)", attempt}};
  auto client = s.client();
  const auto page = client.get("/api/v1/tasks/sem.Fetch/attempts?limit=1&before=20");
  REQUIRE(page.status == 200);
  CHECK(s.api.known_history.asked == "sem.Fetch 1 20");
  CHECK(page.json()[0]["task"] == "sem.Fetch(d=1)");
  CHECK(page.json()[0]["run"] == 7);
  CHECK(page.json()[0]["emitted"]["rows"] == 12);
  CHECK(page.head.find("Link: </api/v1/tasks/sem.Fetch/attempts?before=9&limit=1>") !=
        std::string::npos);
  CHECK(client.get("/api/v1/tasks/sem.Fetch/attempts?limit=0").status == 400);
}

TEST_CASE("a run with its tasks and attempts, times in the project's zone") {
  Served s;
  s.api.detail.run.started = UtcTime(std::chrono::seconds(1'442'534'400));
  s.api.detail.run.ended = UtcTime(std::chrono::milliseconds(1'442'534'401'500));
  TaskRow failed;
  failed.id = "A(x=\xff)";
  failed.state = TaskState::kFailed;
  failed.error = "exit 3\x1b[31m";
  AttemptRow attempt;
  attempt.attempt = AttemptId(55);
  attempt.number = 2;
  attempt.state = TaskState::kFailed;
  attempt.exit = 3;
  attempt.emitted = {{"rows", "12"}, {"note", "\"x\""}, {"odd", "{"}};
  failed.attempts.push_back(attempt);
  TaskRow done;
  done.id = "B";
  done.state = TaskState::kDone;
  s.api.detail.tasks = {failed, done};

  auto client = s.client();
  const Json run = client.get("/api/v1/runs/7").json();
  CHECK(run["started"] == "2015-09-18T00:00:00.000+00:00");
  CHECK(run["seconds"] == 1.5);
  CHECK(run["tasks"].size() == 2);
  CHECK(run["tasks"][0]["id"] == "A(x=\xEF\xBF\xBD)");
  CHECK(run["tasks"][0]["error"] == "exit 3\\x1b[31m");
  const Json& told = run["tasks"][0]["attempts"][0];
  CHECK(told["attempt"] == 2);
  CHECK(told["attempt_id"] == 55);
  CHECK(told["exit"] == 3);
  CHECK(told["ended"].is_null());
  CHECK(told["emitted"] == parse_json(R"({"rows": 12, "note": "x", "odd": "{"})"));

  const Json failures = client.get("/api/v1/runs/7?state=failed").json();
  CHECK(failures["tasks"].size() == 1);
  CHECK(client.get("/api/v1/runs/7?state=faild").status == 400);
  CHECK(client.get("/api/v1/runs/8").status == 404);
}

TEST_CASE("a log is told in whole characters") {
  Served s;
  s.api.log_text = "a\xE4\xB8\xAD\n";
  auto client = s.client();
  const Json piece = client.get("/api/v1/attempts/9/log?offset=0&limit=3").json();
  CHECK(piece["text"] == "a");
  CHECK(piece["next_offset"] == 1);
  CHECK(piece["ended"] == false);
  const Json rest = client.get("/api/v1/attempts/9/log?offset=1").json();
  CHECK(rest["text"] == "\xE4\xB8\xAD\n");
  CHECK(rest["ended"] == true);
}

TEST_CASE("POST plan, check, runs and cancel reach the engine") {
  Served s;
  auto client = s.client();
  PlanView plan;
  plan.roots = {"A"};
  plan.tasks.push_back({{}, TaskState::kPending, "output x is missing"});
  plan.tasks[0].instance.id = "A";
  plan.tasks[0].instance.requires_ = {"B"};
  plan.tasks[0].instance.uses = {{"cpu", 1}, {"db", 2}};
  plan.tasks.push_back({{}, TaskState::kPending, "", SpaceShortage{"/data", 5, 1 << 30}});
  plan.tasks[1].instance.lock = "door";
  plan.tasks[1].instance.external = true;
  plan.tasks[1].instance.marks = true;
  s.api.plan_answer = plan;
  const auto planned =
      client.request("POST", "/api/v1/plan", R"({"task": "A", "params": {"n": 3, "s": "t"}})");
  CHECK(planned.status == 200);
  CHECK(planned.json()["tasks"][0]["why"] == "output x is missing");
  CHECK(planned.json()["tasks"][0]["requires"][0] == "B");
  CHECK(planned.json()["tasks"][0]["uses"] == Json{{"cpu", 1}, {"db", 2}});
  CHECK(planned.json()["tasks"][0]["lock"] == nullptr);
  CHECK(planned.json()["tasks"][0]["space"] == nullptr);
  const Json space = planned.json()["tasks"][1]["space"];
  CHECK(space["path"] == "/data");
  CHECK(space["free_bytes"] == 5);
  CHECK(space["min_free_bytes"] == 1 << 30);
  CHECK_THAT(space["message"].get<std::string>(),
             Catch::Matchers::ContainsSubstring("5 B are free at /data"));
  CHECK(planned.json()["tasks"][0]["external"] == false);
  CHECK(planned.json()["tasks"][1]["lock"] == "door");
  CHECK(planned.json()["tasks"][1]["external"] == true);
  CHECK(planned.json()["tasks"][1]["marks"] == true);
  CHECK(s.api.planned->tasks.at(0).params == Params{{"n", "3"}, {"s", "t"}});

  const auto marked =
      client.request("POST", "/api/v1/marks", R"({"task": "A", "params": {"n": 3}, "by": "ann"})");
  CHECK(marked.json() == Json{{"task", "A"}});
  CHECK(s.api.marked->task.task == "A");
  CHECK(s.api.marked->by == "ann");

  CHECK(client.request("POST", "/api/v1/check").json() == Json::array());

  const auto made = client.request(
      "POST", "/api/v1/runs",
      R"({"task": "A", "jobs": 2, "pools": {"db": 1}, "priority": 1.5, "fail_fast": true,
          "force": "roots", "environment": ["A=b", {"hex": "423dff"}], "request": "r1"})");
  CHECK(made.status == 201);
  CHECK(made.json()["run"] == 7);
  CHECK_THAT(made.head, Catch::Matchers::ContainsSubstring("Location: /api/v1/runs/7"));
  CHECK(s.api.asked->jobs == 2);
  CHECK(s.api.asked->plan.force == Force::kRoots);
  CHECK(s.api.asked->environment == std::vector<std::string>{"A=b", "B=\xff"});
  CHECK(s.api.asked->request == "r1");

  CHECK(client.request("POST", "/api/v1/runs/7/cancel").status == 202);
  CHECK(s.api.cancelled == "gently");
  CHECK(client.request("POST", "/api/v1/runs/7/cancel", R"({"kill": true})").status == 202);
  CHECK(s.api.cancelled == "kill");
  CHECK(client.request("POST", "/api/v1/runs/8/cancel").status == 404);
}

TEST_CASE("errors are problem details") {
  Served s;
  auto client = s.client();
  s.api.plan_answer = Error{Code::kInvalid,
                            "the project has errors",
                            {{"pipelines/a.lua", 3, "no task 'Fech'", "did you mean 'Fetch'?"}}};
  const auto told = client.request("POST", "/api/v1/plan", R"({"task": "A"})");
  CHECK(told.status == 422);
  CHECK_THAT(told.head, Catch::Matchers::ContainsSubstring("application/problem+json"));
  CHECK(told.json()["detail"] == "the project has errors");
  CHECK(told.json()["status"] == 422);
  CHECK(told.json()["errors"] ==
        parse_json(R"([{"file": "pipelines/a.lua", "line": 3, "message": "no task 'Fech'",
                         "hint": "did you mean 'Fetch'?"}])"));
  s.api.plan_answer = Error{Code::kUnavailable, "the engine is ending", {}};
  CHECK(client.request("POST", "/api/v1/plan", R"({"task": "A"})").status == 503);
}

TEST_CASE("what is wrong with a request is said") {
  Served s;
  auto client = s.client();
  CHECK(client.get("/nothing").status == 404);
  CHECK(client.get("/api/v1/nothing").status == 404);
  CHECK(client.get("/api/v1/runs/x").status == 404);
  const auto method = client.request("DELETE", "/api/v1/runs/7");
  CHECK(method.status == 405);
  CHECK_THAT(method.head, Catch::Matchers::ContainsSubstring("Allow: GET, HEAD"));
  CHECK(client.request("PUT", "/api/v1/plan", "{}").status == 405);
  CHECK(client.request("POST", "/api/v1/plan", "{}", "Content-Type: text/plain\r\n").status == 415);
  CHECK(client.request("POST", "/api/v1/plan", "{}", "").status == 415);

  const auto detail = [&](const std::string& body) {
    const auto told = client.request("POST", "/api/v1/runs", body);
    CHECK(told.status == 400);
    return told.json()["detail"].get<std::string>();
  };
  CHECK(detail(R"({"task": )") == "the body is no JSON: unexpected byte at 10");
  CHECK(detail("[]") == "the body is to be a JSON object");
  CHECK(detail(R"({"tsk": "A"})") == "unknown field 'tsk'; did you mean 'task'?");
  CHECK(detail("{}") == "'task' is to be the name of a task");
  CHECK(detail(R"({"task": "A", "jobs": 0})") == "'jobs' is to be a number from 1 to 1000000");
  CHECK(detail(R"({"task": "A", "params": {"x": []}})") ==
        "'params.x' is to be a text, a number or a boolean");
  CHECK(detail(R"({"task": "A", "environment": ["A"]})") ==
        "'environment' is to be a list of \"NAME=value\"");
  CHECK(client.get("/api/v1/engine").status == 200);  // on the same connection
}

TEST_CASE("a body has a bound") {
  Served s;
  auto client = s.client();
  const std::string big(9 << 20, ' ');
  CHECK(client.request("POST", "/api/v1/plan", big).status == 413);
  CHECK(client.get("/api/v1/engine").status == 200);

  client.send(
      "POST /api/v1/plan HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
      "Transfer-Encoding: chunked\r\n\r\n900000\r\n" +
      std::string(0x900000, ' ') + "\r\n0\r\n\r\n");
  CHECK(client.answer().status == 413);

  auto careful = s.client();
  careful.send(
      "POST /api/v1/plan HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
      "Expect: 100-continue\r\nContent-Length: 90000000\r\n\r\n");
  CHECK(careful.answer().status == 413);
}

TEST_CASE("POST pools/NAME/size sets a size, or the declared one again") {
  Served s;
  const auto set = [&](const std::string& pool, const std::string& body) {
    return s.client().request("POST", "/api/v1/pools/" + pool + "/size", body);
  };
  CHECK(set("api", "{\"size\": 0}").json()["size"] == 0);
  CHECK(s.api.pool_size == 0);
  CHECK(set("api", "{\"size\": null}").json()["size"] == 2);
  CHECK_FALSE(s.api.pool_size);
  CHECK(set("none", "{\"size\": 1}").status == 404);
  for (const char* body : {"{}", "{\"size\": -1}", "{\"size\": \"2\"}", "{\"size\": 1.5}",
                           "{\"size\": 9223372036854775807}", "{\"sise\": 1}"}) {
    INFO(body);
    CHECK(set("api", body).status == 400);
  }
}

TEST_CASE("looking back: attempts, dates, firings, errors, files") {
  Served s;
  auto client = s.client();
  CHECK(client.get("/api/v1/attempts/7").status == 404);
  PastAttempt past;
  past.run = RunId(3);
  past.task = "A(d=1)";
  past.name = "A";
  past.params = {{"d", "1"}};
  past.attempt.attempt = AttemptId(7);
  past.attempt.state = TaskState::kFailed;
  past.attempt.error = "p.lua:3: no rows in 7";
  s.api.known_history.past = {past};
  const Json attempt = client.get("/api/v1/attempts/7").json();
  CHECK(attempt["name"] == "A");
  CHECK(attempt["params"]["d"] == "1");
  const Json errors = client.get("/api/v1/errors").json();
  REQUIRE(errors.size() == 1);
  CHECK(errors[0]["place"] == "p.lua:3");
  CHECK(errors[0]["tasks"][0]["run"] == 3);

  CHECK(client.get("/api/v1/tasks/A/dates").status == 400);
  s.api.known_history.states = {
      {"A(d=1,e=x)", {{"d", "1"}, {"e", "x"}}, TaskState::kCancelled, RunId(4), true},
      {"A(d=1,e=y)", {{"d", "1"}, {"e", "y"}}, TaskState::kFailed, RunId(3), true},
      {"A(d=2)", {{"d", "2"}}, TaskState::kComplete, RunId(), true},
      {"A", {}, TaskState::kDone, RunId(5), true}};
  const Json dates = client.get("/api/v1/tasks/A/dates?param=d").json()["dates"];
  REQUIRE(dates.size() == 2);
  CHECK(dates[0]["counts"] == parse_json("{\"done\": 1, \"failed\": 1}"));
  CHECK(dates[0]["run"] == 4);
  CHECK(dates[1]["counts"] == parse_json("{\"done\": 1}"));
  CHECK(dates[1]["run"].is_null());

  CHECK(client.get("/api/v1/schedules/s/firings?before=yesterday").status == 400);
  CHECK(client.get("/api/v1/schedules/on.file%20in%2F*/firings?limit=3").status == 200);
  CHECK(s.api.known_history.asked == "on.file in/* 3");
  CHECK(client.get("/api/v1/missed?since=yesterday").status == 400);
  CHECK(client.get("/api/v1/missed?since=1970-01-01T00:00:01Z").status == 200);
  CHECK(s.api.known_history.asked == "1000000");
  CHECK(client.get("/api/v1/scripts/versions").status == 400);
  CHECK(client.get("/api/v1/sources/none").status == 404);
  CHECK(client.get("/api/v1/sources/abc").json()["text"] == "task \"A\" {}\n");
}

TEST_CASE("errors come in pages, each group with some of its tasks, and one group comes whole") {
  Served s;
  auto client = s.client();
  // The newest first: B has failed at five dates, A once, and C so long ago that nobody cares.
  for (int n = 9; n > 0; --n) {
    PastAttempt past;
    past.run = RunId(static_cast<uint64_t>(n));
    past.name = n == 1 ? "C" : n == 2 ? "A" : "B";
    past.task = past.name + "(n=" + std::to_string(n % 5) + ")";
    past.attempt.attempt = AttemptId(static_cast<uint64_t>(n));
    past.attempt.state = TaskState::kFailed;
    past.attempt.ended = UtcTime(std::chrono::seconds(n));
    past.attempt.error = "p.lua:3: no rows\n  at p.lua:3";
    s.api.known_history.past.push_back(past);
  }
  const auto names = [](const Json& groups) {
    std::string out;
    for (const Json& group : groups) out += group["task"].get<std::string>();
    return out;
  };
  const Json all = client.get("/api/v1/errors").json();
  CHECK(names(all) == "BAC");
  CHECK(all[0]["count"] == 7);
  CHECK(all[0]["task_count"] == 5);
  CHECK(all[0]["open_count"] == 5);
  CHECK(all[0]["tasks"].size() == 3);
  CHECK(all[0]["tasks"][0]["id"] == "B(n=4)");
  CHECK(all[0]["example"]["error"] == "p.lua:3: no rows");

  const auto page = client.get("/api/v1/errors?limit=2&state=unresolved");
  CHECK(names(page.json()) == "BA");
  const std::string a = page.json()[1]["id"];
  const std::string next = "/api/v1/errors?after=" + a + "&limit=2&state=unresolved";
  CHECK(page.head.find("Link: <" + next + ">; rel=\"next\"") != std::string::npos);
  CHECK(names(client.get(next).json()) == "C");
  CHECK(client.get(next).head.find("Link:") == std::string::npos);
  CHECK(client.get("/api/v1/errors?after=none").status == 404);

  CHECK(names(client.get("/api/v1/errors?task=A").json()) == "A");
  CHECK(names(client.get("/api/v1/errors?text=ROWS%20b(n%3D2)").json()) == "B");
  CHECK(client.get("/api/v1/errors?text=b(n%3D2)&tasks=1").json()[0]["tasks"][0]["id"] == "B(n=2)");
  CHECK(client.get("/api/v1/errors?text=nothing").json().empty());
  CHECK(client.get("/api/v1/errors?state=resolved").json().empty());
  CHECK(client.get("/api/v1/errors?state=closed").status == 400);
  CHECK(client.get("/api/v1/errors?limit=501").status == 400);
  CHECK(client.get("/api/v1/errors?since=yesterday").status == 400);
  const Json late = client.get("/api/v1/errors?since=1970-01-01T00:00:08Z").json();
  CHECK(late[0]["tasks"].size() == 2);
  CHECK(late[1]["tasks"].empty());
  CHECK(late[1]["open_count"] == 1);

  const Json one = client.get("/api/v1/errors/" + all[0]["id"].get<std::string>()).json();
  CHECK(one["example"]["error"] == "p.lua:3: no rows\n  at p.lua:3");
  CHECK(one["tasks"].size() == 5);
  CHECK(client.get("/api/v1/errors/none").status == 404);
}

TEST_CASE("errors are found once, until something happens") {
  Served s;
  auto client = s.client();
  s.api.commit_event();
  CHECK(client.get("/api/v1/errors").json().empty());
  const auto asked = [&] { return s.api.known_history.failures_asked; };
  CHECK(asked() == 1);
  CHECK(client.get("/api/v1/errors?state=open").json().empty());
  CHECK(client.get("/api/v1/errors/none").status == 404);
  CHECK(asked() == 1);
  s.api.commit_event();
  client.ask("GET", "/api/v1/errors");
  client.read();
  CHECK(asked() == 1);  // at most once a second
  s.loop.advance(std::chrono::seconds(1));
  CHECK(client.answer().json().empty());
  CHECK(asked() == 2);
  s.loop.advance(std::chrono::minutes(2));  // what is pruned makes no event
  CHECK(client.get("/api/v1/errors").json().empty());
  CHECK(asked() == 3);
}

TEST_CASE("what does not load is told with the lines around it, of the text that was read") {
  Served s;
  const std::string text = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
  s.api.scripts_answer.failed = {{"a.lua", text}, {"long.lua", std::string(4'000, 'x') + "\n"}};
  s.api.scripts_answer.problems = {
      {"a.lua", 5, "", ""},    {"a.lua", 1, "", ""}, {"a.lua", 9, "", ""},   {"a.lua", 12, "", ""},
      {"long.lua", 1, "", ""}, {"a.lua", 0, "", ""}, {"gone.lua", 1, "", ""}};
  auto client = s.client();
  const Json errors = client.get("/api/v1/scripts").json()["errors"];
  const auto shown = [&](size_t i) { return errors[i]["source"].dump(); };
  REQUIRE(errors.size() == 7);
  CHECK(shown(0) == R"({"first":2,"lines":["2","3","4","5","6","7","8"]})");
  CHECK(shown(1) == R"({"first":1,"lines":["1","2","3","4"]})");
  CHECK(shown(2) == R"({"first":6,"lines":["6","7","8","9"]})");
  CHECK(shown(3) == R"({"first":6,"lines":["6","7","8","9"]})");
  CHECK(errors[4]["source"]["lines"][0] == std::string(500, 'x'));
  CHECK(errors[5]["source"].is_null());
  CHECK(errors[6]["source"].is_null());
}

}  // namespace moondial::routes_test

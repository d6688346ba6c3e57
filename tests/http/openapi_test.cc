// The OpenAPI document, held against the answers of every route.
#include <set>

#include "http/api_routes.h"
#include "tests/catch.h"
#include "tests/http/json_schema.h"
#include "tests/http/raw_client.h"

namespace moondial::openapi_test {

namespace {

UtcTime at(int64_t seconds) { return UtcTime(std::chrono::seconds(seconds)); }

RunDetail full_run() {
  RunDetail out;
  out.run.run = RunId(7);
  out.run.state = RunState::kFailed;
  out.run.kind = "run";
  out.run.roots = {"A(x=1)"};
  out.run.started = at(1442511000);
  out.run.ended = at(1442511060);
  out.run.counts = {{TaskState::kDone, 2}, {TaskState::kFailed, 1}};
  TaskRow task;
  task.id = "A(x=1)";
  task.name = "A";
  task.params = {{"x", "1"}};
  task.state = TaskState::kFailed;
  task.error = "no";
  AttemptRow ended;
  ended.attempt = AttemptId(9);
  ended.state = TaskState::kFailed;
  ended.ended = at(1442511050);
  ended.exit = 1;
  ended.emitted = {{"rows", "12"}, {"note", "\"text\""}};
  AttemptRow open;
  open.attempt = AttemptId(10);
  open.number = 2;
  task.attempts = {ended, open};
  out.tasks = {task};
  out.sources["pipelines/a.lua"] = std::string(64, 'a');
  return out;
}

std::vector<ScheduleView> both_schedules() {
  ScheduleView cron;
  cron.info.name = "nightly";
  cron.info.times.cron = "30 1 * * *";
  cron.info.times.timezone = "Asia/Shanghai";
  cron.info.times.from = "2015-01-01";
  cron.info.sla = Sla{6 * 3600, std::nullopt};
  cron.next = {at(1442511000)};
  cron.runs = {RunId(7)};
  FiringRow last;
  last.instant = at(1442424600);
  last.state = FiringState::kStarted;
  last.run = RunId(7);
  last.run_state = RunState::kRunning;
  last.sla = at(1442430000);
  last.sla_missed = true;
  cron.last = last;
  ScheduleView every;
  every.info.name = "often";
  every.info.times.every = std::chrono::minutes(15);
  every.info.times.timezone = "UTC";
  every.info.sla = Sla{std::nullopt, std::chrono::minutes(5)};
  every.info.jitter = std::chrono::seconds(3);
  FiringRow dropped;
  dropped.state = FiringState::kDropped;
  dropped.note = "it still runs";
  every.last = dropped;
  ScheduleView fresh = every;
  fresh.info.sla.reset();
  fresh.last.reset();
  return {cron, every, fresh};
}

RunProgress full_progress() {
  RunProgress out;
  out.run = RunId(7);
  out.counts[TaskState::kReady] = 3;
  out.running = {{"A", AttemptId(9), 1, at(1442511000), 0.5, "half"},
                 {"B", AttemptId(10), 1, at(1442511000), -1, ""}};
  out.left = std::chrono::seconds(90);
  out.space = SpaceShortage{"/data", 1, 2};
  out.missing = {{"E", "a file"}};
  return out;
}

std::vector<TriggerView> all_triggers() {
  TriggerView file;
  file.info.subject = "in/*";
  file.last.emplace();
  file.last->cause = "in/a";
  file.last->run = RunId(7);
  file.last->run_state = RunState::kDone;
  TriggerView done;
  done.info.kind = TriggerKind::kDone;
  done.info.subject = "A";
  return {file, done};
}

ForecastView full_forecast() {
  ForecastView out;
  ForecastRun run;
  run.name = "nightly";
  run.at = at(1442511000);
  run.start = run.finish = run.deadline = run.at;
  run.slack = std::chrono::seconds(-3);
  run.held_up = {{ForecastHold::Kind::kPool, "db", std::chrono::seconds(5)}};
  out.rows = {{run, RunId(7), "UTC"}, {ForecastRun(), RunId(), "UTC"}};
  return out;
}

/// An engine that has something to say of everything.
void fill(FakeApi& api) {
  Declarations declared;
  TaskInfo task;
  task.name = "A";
  task.tags = {"daily"};
  task.params = {{"date", "date", "the day", std::nullopt, {}},
                 {"engine", "enum", "", "baidu", {"baidu", "sogou"}},
                 {"token", "string", "", std::nullopt, {}, true}};
  declared.tasks = {task};
  declared.pools["db"] = 2;
  declared.config.jobs = 3;
  declared.config.env = {"A=1"};
  api.declared = declared;
  api.detail = full_run();
  api.schedule_views = both_schedules();
  api.trigger_views = all_triggers();
  api.known_history.past = {{RunId(7), "A(x=1)", api.detail.tasks[0].attempts[0]},
                            {RunId(7), "A(x=1)", api.detail.tasks[0].attempts[1]}};
  api.known_history.past[0].params = {{"x", "1"}};
  api.known_history.states = {{"A(x=1)", {{"x", "1"}}, TaskState::kFailed, RunId(7), false},
                              {"A(x=2)", {{"x", "2"}}, TaskState::kDone, RunId(), true}};
  FiringRow fired;
  fired.schedule = "nightly";
  fired.instant = at(1442511000);
  fired.run = RunId(7);
  api.known_history.fired = {fired};
  api.known_history.texts = {{"abc", 2, RunId(1), RunId(7), at(1), at(2)}};
  api.scripts_answer.sources = {{"a.lua", "abc"}};
  api.scripts_answer.declared = declared;
  api.scripts_answer.problems = {{"b.lua", 3, "wrong", "so"}, {"c.lua", 0, "wrong", ""}};
  api.scripts_answer.failed = {{"b.lua", "one\ntwo\nthree\n"}};
  api.known_history.late = {{RunId(7), "A(x=1)", "A", at(1442511000), TaskState::kFailed}};
  api.scripts_answer.last = ScriptsView::Change{at(1442511000), {}};
  QueueView::Running running;
  running.id = "A";
  running.runs = {RunId(7)};
  running.uses = {{"cpu", 1}};
  running.lock = "l";
  running.fraction = 0.5;
  running.text = "half";
  api.queue_view.running = {running, QueueView::Running()};
  api.queue_view.ready.emplace_back();
  api.queue_view.ready.back().lacks = {"db"};
  api.queue_view.pools = {{"db", 1, 1, 1}};
  api.forecast_answer = full_forecast();
  api.going = full_progress();
  api.log_text = "2015-09-18T06:00:00.000+08:00 hello\n";
  api.diagnostics = std::vector<Diagnostic>{{"a.lua", 3, "wrong", "so"}, {"", 0, "wrong", ""}};
  ReloadReport reload;
  reload.added.tasks = {"A"};
  reload.problems = *api.diagnostics;
  api.reload_answer = reload;
  PlanView plan;
  plan.roots = {"A"};
  PlanTaskView planned;
  planned.instance.id = "A(x=1)";
  planned.instance.name = "A";
  planned.instance.params = {{"x", "1"}};
  planned.instance.uses = {{"cpu", 1}};
  planned.instance.lock = "l";
  planned.space = SpaceShortage{"/data", 1, 2};
  plan.tasks = {planned, PlanTaskView{}};
  api.plan_answer = plan;
}

/// A body that has every property of the schema, and one that has only what is required.
std::vector<Json> bodies_of(const Json& schema) {
  const std::map<std::string, Json> values = {{"task", "A"},
                                              {"params", {{"x", 1}, {"y", "z"}, {"w", true}}},
                                              {"force", "roots"},
                                              {"range", "x"},
                                              {"reverse", true},
                                              {"jobs", 2},
                                              {"pools", {{"db", 1}}},
                                              {"priority", 1.5},
                                              {"fail_fast", true},
                                              {"wait", true},
                                              {"environment", {"A=b", {{"hex", "413d62"}}}},
                                              {"request", "r"},
                                              {"kind", "backfill"},
                                              {"kill", true},
                                              {"by", "me"},
                                              {"file", "/backup/m.db"},
                                              {"text", "x = 1"},
                                              {"line", 3},
                                              {"completes", true},
                                              {"json", true},
                                              {"colour", true},
                                              {"columns", 80},
                                              {"status", 200},
                                              {"body", "{}"},
                                              {"size", 3}};
  if (!schema.contains("properties")) return {nullptr, {{"any", "thing"}}};
  Json all = Json::object(), needed = Json::object();
  for (const auto& [name, property] : schema["properties"].items()) {
    const bool is_number = property.value("type", Json()) == "integer";
    all[name] = is_number && !values.at(name).is_number() ? Json(1) : values.at(name);
  }
  for (const Json& name : schema["required"]) {
    needed[name.get<std::string>()] = all[name.get<std::string>()];
  }
  return {needed, all};
}

std::string filled(std::string path, const std::string& error_group) {
  const auto put = [&path](const std::string& what, const std::string& with) {
    if (const size_t at = path.find(what); at != path.npos) path.replace(at, what.size(), with);
  };
  put("{id}", path.find("/repl/") == path.npos ? "7" : "5");  // as FakeApi has them
  put("{name}", path.find("/errors/") == path.npos ? "nightly" : error_group);
  if (path.ends_with("/dates")) path += "?param=x";
  if (path.ends_with("/versions")) path += "?file=a.lua";
  return path;
}

struct Documented : Served {
  Documented() {
    fill(api);
    (void)server->listen_tcp(*parse_listen_address("127.0.0.1:0"));
    document = client().get("/api/v1/openapi.json").json();
    error_group = client().get("/api/v1/errors").json()[0]["id"];
  }
  Json document;
  std::string error_group;  // the id of one
};

}  // namespace

TEST_CASE("every answer of every route is as the OpenAPI document says") {
  Documented d;
  const JsonSchema schemas(d.document);
  int checked = 0;
  for (const auto& [path, operations] : d.document["paths"].items()) {
    for (const auto& [method, operation] : operations.items()) {
      std::string verb = method;
      std::ranges::transform(verb, verb.begin(), [](unsigned char c) { return std::toupper(c); });
      std::vector<Json> bodies = {nullptr};
      if (operation.contains("requestBody")) {
        const Json& schema = operation["requestBody"]["content"]["application/json"]["schema"];
        const std::string ref = schema["$ref"];
        bodies = bodies_of(schemas.named(ref.substr(ref.rfind('/') + 1)));
        for (const Json& body : bodies) CHECK(schemas.check(body, schema) == "");
      }
      const std::string status = operation["responses"].begin().key();
      const Json& content = operation["responses"][status]["content"];
      for (const Json& body : bodies) {
        INFO(verb << " " << path << " " << body.dump());
        auto client = d.client();
        if (content.contains("text/event-stream")) {
          client.always += "Accept: text/event-stream\r\n";
          client.ask(verb, filled(path, d.error_group));
          client.wait([&] { return client.received.find("\r\n\r\n") != std::string::npos; });
          CHECK(client.received.starts_with("HTTP/1.1 " + status));
          CHECK(client.received.find("text/event-stream") != std::string::npos);
          ++checked;
          continue;
        }
        const auto answer =
            client.request(verb, filled(path, d.error_group), body.is_null() ? "" : body.dump());
        INFO(answer.body);
        CHECK(std::to_string(answer.status) == status);
        CHECK(schemas.check(answer.json(), content["application/json"]["schema"]) == "");
        ++checked;
      }
    }
  }
  CHECK(checked > 30);

  // What is asked for wrongly, too.
  auto client = d.client();
  const Json& problem = schemas.named("Problem");
  for (const auto& answer :
       {client.get("/api/v1/nothing"), client.get("/api/v1/runs/8"),
        client.get("/api/v1/runs?limit=x"), client.request("PUT", "/api/v1/runs", "{}")}) {
    CHECK(schemas.check(answer.json(), problem) == "");
  }
  d.api.plan_answer = Error{Code::kInvalid, "no", {{"a.lua", 3, "wrong", ""}}};
  const auto refused = client.request("POST", "/api/v1/plan", R"({"task": "A"})");
  CHECK(schemas.check(refused.json(), problem) == "");
}

TEST_CASE("the OpenAPI document has every route once, and says what each takes") {
  Documented d;
  CHECK(d.document["openapi"] == "3.1.0");
  CHECK(JsonSchema(d.document).loose_ends() == std::vector<std::string>{});
  size_t operations = 0;
  std::set<std::string> ids;
  for (const auto& [path, item] : d.document["paths"].items()) {
    for (const auto& [method, operation] : item.items()) {
      ++operations;
      INFO(path << " " << method);
      CHECK(ids.insert(operation["operationId"]).second);
      const size_t in_path = static_cast<size_t>(std::ranges::count(path, '{'));
      size_t told = 0;
      for (const Json& parameter : operation.value("parameters", Json::array())) {
        told += parameter["in"] == "path" ? 1 : 0;
        if (parameter["in"] != "query" || parameter["schema"]["type"] != "integer") continue;
        // A number is a number: the route looks at it.
        auto client = d.client();
        const std::string name = parameter["name"];
        CHECK(client.get(filled(path, d.error_group) + "?" + name + "=x").status == 400);
      }
      CHECK(told == in_path);
    }
  }
  CHECK(operations == ApiRoutes::infos().size());
}

TEST_CASE("a request with a field that the document does not know is refused") {
  Documented d;
  for (const auto& [path, item] : d.document["paths"].items()) {
    if (!item.contains("post")) continue;
    const std::string ref =
        item["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"];
    if (ref.ends_with("EmptyRequest") || ref.ends_with("Anything")) continue;
    auto client = d.client();
    INFO(path);
    const auto answer = client.request("POST", filled(path, d.error_group), R"({"unheard_of": 1})");
    CHECK(answer.status == 400);
    CHECK(answer.json()["detail"].get<std::string>().starts_with("unknown field 'unheard_of'"));
  }
}

}  // namespace moondial::openapi_test

#include "tests/catch.h"
#include "tests/http/raw_client.h"

namespace moondial::queue_test {
namespace {

TEST_CASE("GET queue: who runs and holds what, who is ready and lacks what") {
  Served s;
  QueueView::Running running;
  running.id = "A(n=1)";
  running.runs = {RunId(3), RunId(4)};
  running.attempt = AttemptId(9);
  running.number = 2;
  running.since = s.loop.utc();
  running.fraction = 0.5;
  running.text = "half";
  running.uses = {{"api", 1}, {"cpu", 2}};
  running.lock = "db";
  s.api.queue_view = {{running},
                      {{"B", {RunId(3)}, {"cpu", "lock db"}, "", UtcTime(std::chrono::seconds(3))},
                       {"C", {}, {}, "/data is full"}},
                      {{"cpu", 2, 2, 1}},
                      {{"cpu", 4}}};
  const Json queue = s.client().get("/api/v1/queue").json();
  const Json& first = queue["running"][0];
  CHECK(first["id"] == "A(n=1)");
  CHECK(first["runs"] == parse_json("[3, 4]"));
  CHECK(first["attempt"] == 2);
  CHECK(first["attempt_id"] == 9);
  CHECK(first["fraction"] == 0.5);
  CHECK(first["text"] == "half");
  CHECK(first["paused"] == false);
  CHECK(first["uses"] == parse_json(R"({"api": 1, "cpu": 2})"));
  CHECK(first["lock"] == "db");
  CHECK(queue["ready"] == parse_json(R"([
      {"id": "B", "runs": [3], "lacks": ["cpu", "lock db"], "space": null,
       "since": "1970-01-01T00:00:03.000+00:00"},
      {"id": "C", "runs": [], "lacks": [], "space": "/data is full",
       "since": "1970-01-01T00:00:00.000+00:00"}])"));
  CHECK(queue["pools"] == parse_json(R"([
      {"name": "cpu", "size": 2, "declared": 4, "used": 2, "waiting": 1}])"));
}

}  // namespace
}  // namespace moondial::queue_test

#include "engine/error_groups.h"

#include "tests/catch.h"

namespace moondial::error_groups_test {
namespace {

using State = ErrorGroup::State;

UtcTime at(int64_t seconds) { return UtcTime(std::chrono::seconds(seconds)); }

uint64_t last_attempt = 0;

/// A failure that began at `seconds` and took one.
Failure failure(const std::string& task, const std::string& error, int64_t seconds,
                std::optional<int64_t> succeeded = {}) {
  Failure out;
  out.past.run = RunId(static_cast<uint64_t>(seconds));
  out.past.task = task;
  out.past.name = task.substr(0, task.find('('));
  out.past.attempt.attempt = AttemptId(++last_attempt);
  out.past.attempt.state = TaskState::kFailed;
  out.past.attempt.started = at(seconds);
  out.past.attempt.ended = at(seconds + 1);
  out.past.attempt.error = error;
  if (succeeded) out.succeeded = at(*succeeded);
  return out;
}

}  // namespace

TEST_CASE("What differs from time to time is no part of an error's shape") {
  CHECK(place_of("pipelines/p.lua:41: attempt to add\n  more") == "pipelines/p.lua:41");
  CHECK(place_of("the command exited with status 3").empty());
  CHECK(place_of("no: at all").empty());
  CHECK(place_of("12: at all").empty());
  CHECK(place_of("two words:12: no").empty());
  CHECK(shape_of("p.lua:3: attempt to add a 'number' with a 'string'\n  3 | x") ==
        "attempt to add a … with a …");
  CHECK(shape_of("the command exited with status 3") == "the command exited with status …");
  CHECK(shape_of("no rows for 2015-09-18 in data/raw/2015-09-18.csv") == "no rows for … in …");
  CHECK(shape_of("took 1.5s, not 20m") == "took …, not …");
  CHECK(shape_of("it doesn't match \"a b\"; isn't it") == "it doesn't match …; isn't it");
  CHECK(shape_of("an open 'quotation") == "an open 'quotation");
  CHECK(shape_of("käse fehlt") == "käse fehlt");
  CHECK(shape_of("").empty());
  CHECK(shape_of("ends in a point.") == "ends in a point.");
}

TEST_CASE("Failures of a task at a line with a shape are one group") {
  const auto groups = group_errors({
      failure("A(n=2)", "p.lua:3: no rows in 7", 50),
      failure("A(n=1)", "p.lua:4: no rows in 7", 40),
      failure("B", "p.lua:3: no rows in 7", 30),
      failure("A(n=1)", "p.lua:3: no rows in 5", 20),
      failure("A(n=1)", "p.lua:3: no rows in 6", 10),
  });
  REQUIRE(groups.size() == 3);
  CHECK(groups[0].task == "A");
  CHECK(groups[0].place == "p.lua:3");
  CHECK(groups[0].shape == "no rows in …");
  CHECK(groups[0].count == 3);
  CHECK(groups[0].first == at(11));
  CHECK(groups[0].last == at(51));
  CHECK(groups[0].example.task == "A(n=2)");
  REQUIRE(groups[0].tasks.size() == 2);
  CHECK(groups[0].tasks[0].id == "A(n=2)");
  CHECK(groups[0].tasks[1].count == 2);
  CHECK(groups[0].tasks[1].run == RunId(20));
  CHECK(groups[1].place == "p.lua:4");
  CHECK(groups[2].task == "B");
  CHECK(groups[0].id != groups[1].id);
  CHECK(groups[1].id != groups[2].id);
}

TEST_CASE(
    "A group is resolved when all of its tasks have succeeded, and regressed when it comes again") {
  const auto state_of = [](const std::vector<Failure>& failures) {
    const auto groups = group_errors(failures);
    REQUIRE(groups.size() == 1);
    return groups[0].state;
  };
  CHECK(state_of({failure("A(n=1)", "x", 10)}) == State::kOpen);
  CHECK(state_of({failure("A(n=1)", "x", 10, 5)}) == State::kOpen);  // it succeeded before
  CHECK(state_of({failure("A(n=1)", "x", 10, 20)}) == State::kResolved);
  CHECK(state_of({failure("A(n=2)", "x", 15), failure("A(n=1)", "x", 10, 20)}) == State::kOpen);
  CHECK(state_of({failure("A(n=2)", "x", 30), failure("A(n=1)", "x", 10, 20)}) ==
        State::kRegressed);
  CHECK(state_of({failure("A(n=2)", "x", 30, 40), failure("A(n=1)", "x", 10, 20)}) ==
        State::kResolved);
  // The same task, again after its success.
  CHECK(state_of({failure("A(n=1)", "x", 30, 20), failure("A(n=1)", "x", 10, 20)}) ==
        State::kRegressed);
}

TEST_CASE("Open groups come before resolved ones, and of these what came last") {
  const auto groups = group_errors({failure("A", "x", 50, 60), failure("B", "x", 40),
                                    failure("C", "x", 30), failure("D", "x", 20, 25)});
  REQUIRE(groups.size() == 4);
  CHECK(groups[0].task == "B");
  CHECK(groups[1].task == "C");
  CHECK(groups[2].task == "A");
  CHECK(groups[3].task == "D");
}

}  // namespace moondial::error_groups_test

#include "cli/lock_wait.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <optional>
#include <string_view>
#include <thread>

#include "base/json.h"
#include "cli/http_client.h"
#include "cli/service_manager.h"

namespace moondial {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kPause(50);
/// Another daemon may get the lock before us.
constexpr seconds kAskAgain(2);
constexpr long kAnswerMs = 2000;
/// After so many it is told that there is no answer.
constexpr int kUnansweredAsks = 3;
/// To a service manager, which else ends what is not ready after a minute or two (sd_notify(3)).
constexpr std::string_view kWaitsOn = "EXTEND_TIMEOUT_USEC=60000000";

/// The engine that is there, if it says who it is.
std::optional<Json> holder(const std::string& state_dir) {
  HttpClient client(state_dir + "/engine.sock");
  const auto answer = client.send({"GET", "engine", ""}, kAnswerMs);
  if (!answer.ok() || !answer->ok()) return std::nullopt;
  Json json = parse_json(answer->body);
  return json.is_object() ? std::optional(std::move(json)) : std::nullopt;
}

/// It may have gone on with the runs of a daemon.
void ask_to_make_way(const std::string& state_dir) {
  HttpClient client(state_dir + "/engine.sock");
  (void)client.send({"POST", "engine/way", "{}"}, kAnswerMs);
}

std::string described(const Json& engine) {
  return "process " + std::to_string(engine.value("pid", 0)) + ", started " +
         json_string(engine, "started");
}

}  // namespace

Result<ProjectLock> wait_for_lock(const std::string& state_dir) {
  bool told = false;
  int unanswered = 0;
  auto ask_at = std::chrono::steady_clock::now();
  for (;;) {
    auto lock = ProjectLock::take(state_dir);
    if (lock.ok() || lock.error().code != Code::kConflict) return lock;
    if (std::chrono::steady_clock::now() >= ask_at) {
      ask_at = std::chrono::steady_clock::now() + kAskAgain;
      const auto engine = holder(state_dir);
      if (engine && json_string(*engine, "kind") == "serve") {
        return Error{Code::kConflict,
                     "this project is served already, by " + described(*engine) +
                         ": end that one first, with SIGTERM",
                     {}};
      }
      if (engine) ask_to_make_way(state_dir);
      tell_service_manager(kWaitsOn);
      // One that ends just now, or has only begun, does not answer either.
      unanswered = engine ? 0 : unanswered + 1;
      if (unanswered == kUnansweredAsks && !told) {
        spdlog::warn(
            "the engine that holds this project does not answer: taking over when it ends");
      }
      if (engine && !std::exchange(told, true)) {
        spdlog::info("the engine of a `moondial run` is at work ({}): taking over when it ends",
                     described(*engine));
      }
    }
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace moondial

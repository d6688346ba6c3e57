#include "http/error_answers.h"

#include <algorithm>
#include <utility>

#include "http/api_call.h"
#include "http/history_views.h"

namespace moondial {
namespace {

/// The newest failures, so many, are looked through.
constexpr size_t kFailures = 5'000;
constexpr Duration kRest = std::chrono::seconds(1);

}  // namespace

void ErrorAnswers::ask(Responder respond) {
  waiting_.push_back(std::move(respond));
  if (timer_ != nullptr) return;
  if (loop_.mono() >= rests_until_) return answer_all();
  timer_ = loop_.timer(rests_until_, [this] {
    const auto done = std::move(timer_);
    answer_all();
  });
}

void ErrorAnswers::answer_all() {
  const auto failures = api_.history().failures(kFailures);
  const HttpReply reply =
      failures.ok() ? json_reply(error_groups_json(group_errors(*failures), api_.info().timezone))
                    : problem(failures.error());
  rests_until_ = loop_.mono() + kRest;
  for (const Responder& respond : std::exchange(waiting_, {})) respond(reply);
}

}  // namespace moondial

#include "http/error_answers.h"

#include <utility>

#include "http/api_call.h"

namespace moondial {
namespace {

/// The newest failures, so many, are looked through.
constexpr size_t kFailures = 5'000;
constexpr Duration kRest = std::chrono::seconds(1);
/// What is pruned makes no event.
constexpr Duration kLongestKept = std::chrono::minutes(1);

}  // namespace

/// Whatever fails, or succeeds after it, is an event.
bool ErrorAnswers::is_fresh() const {
  if (!groups_ || loop_.mono() - found_at_ > kLongestKept) return false;
  const auto bounds = api_.event_bounds();
  return bounds.ok() && bounds->newest == position_;
}

void ErrorAnswers::ask(View view, Responder respond) {
  if (timer_ == nullptr && is_fresh()) return respond(view(*groups_));
  waiting_.push_back({std::move(view), std::move(respond)});
  if (timer_ != nullptr) return;
  if (loop_.mono() >= rests_until_) return answer_all();
  timer_ = loop_.timer(rests_until_, [this] {
    const auto done = std::move(timer_);
    answer_all();
  });
}

void ErrorAnswers::answer_all() {
  groups_.reset();
  // The bounds first: what comes in between is found twice rather than never.
  const auto bounds = api_.event_bounds();
  const auto failures = api_.history().failures(kFailures);
  found_at_ = loop_.mono();
  rests_until_ = found_at_ + kRest;
  position_ = bounds.ok() ? bounds->newest : -1;
  if (failures.ok()) groups_ = group_errors(*failures);
  for (const Asked& asked : std::exchange(waiting_, {})) {
    asked.respond(groups_ ? asked.view(*groups_) : problem(failures.error()));
  }
}

}  // namespace moondial

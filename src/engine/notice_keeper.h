#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/event_loop.h"
#include "engine/notice.h"
#include "engine/store.h"

namespace moondial {

/// Gathers what is wrong, and tells it together. Loop thread only.
///
/// How it works. What is in trouble (a task that has failed, a schedule that could not start, a
/// deadline that was missed) is a row of the record until it is over, so that a crash forgets
/// nothing. The first of them opens a window; when it closes, everything that nobody was told of is
/// one message to each receiver. While messages follow one another the windows grow, to an hour: a
/// night in which all goes wrong is a handful of messages. A task that succeeds after it was told
/// of as failed is told as recovered, with the next message.
class NoticeKeeper {
 public:
  /// Hands a message over, and answers once: it is delivered, or never will be.
  using Deliver =
      std::function<void(const NotifyReceiver&, const NoticeMessage&, std::function<void()> done)>;
  static constexpr Duration kLongestWindow = std::chrono::hours(1);

  /// Loop and store outlive it.
  NoticeKeeper(EventLoop& loop, Store& store, std::string project, Deliver deliver)
      : loop_(loop), store_(store), project_(std::move(project)), deliver_(std::move(deliver)) {}

  /// Who is told from now on. Of what happens while nobody is, nothing is kept.
  void take(const NotifyPolicy& policy);
  /// Takes over what the engine before had not told.
  Status restore();
  /// Tells nothing more; what is not told stays in the record.
  void stop();

  void failed(TroubleRow trouble) { note(std::move(trouble)); }
  void missed(TroubleRow trouble) { note(std::move(trouble)); }
  /// What had failed works.
  void succeeded(const std::string& subject);
  /// What was told of and came before is not waited for any more: its end will not be told.
  void forget_told_before(UtcTime time);

 private:
  void note(TroubleRow trouble);
  void open_window();
  void tell();
  void told(const std::vector<Notice>& notices);

  EventLoop& loop_;
  Store& store_;
  const std::string project_;
  const Deliver deliver_;
  NotifyPolicy policy_;
  bool stopped_ = false;
  std::map<std::string, TroubleRow> troubles_;  // by subject
  std::vector<Notice> recovered_;               // not told yet
  std::unique_ptr<Watch> window_;
  std::optional<MonoTime> last_told_;
  int in_a_row_ = 0;  // messages with less than the longest window between them
};

}  // namespace moondial

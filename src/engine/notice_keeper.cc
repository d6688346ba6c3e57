#include "engine/notice_keeper.h"

#include <algorithm>
#include <utility>

namespace moondial {

void NoticeKeeper::take(const NotifyPolicy& policy) {
  policy_ = policy;
  if (policy_.receivers.empty()) window_.reset();
}

Status NoticeKeeper::restore() {
  auto rows = store_.troubles();
  if (!rows.ok()) return rows.error();
  bool is_open = false;
  for (TroubleRow& row : *rows) {
    is_open = is_open || !row.told;
    troubles_[row.subject] = std::move(row);
  }
  if (is_open) open_window();
  return Status();
}

void NoticeKeeper::stop() {
  stopped_ = true;
  window_.reset();
}

void NoticeKeeper::note(TroubleRow trouble) {
  if (policy_.receivers.empty() || stopped_) return;
  trouble.told = false;
  store_.write({TroubleNoted{trouble}}, {});
  troubles_[trouble.subject] = std::move(trouble);
  open_window();
}

void NoticeKeeper::succeeded(const std::string& subject) {
  if (troubles_.empty() || stopped_) return;
  auto over = troubles_.extract(subject);
  if (!over) return;
  store_.write({TroubleOver{subject}}, {});
  if (!over.mapped().told || policy_.receivers.empty()) return;  // nobody has heard of it
  over.mapped().at = loop_.utc();
  recovered_.push_back({Notice::Kind::kRecovery, std::move(over.mapped())});
  open_window();
}

void NoticeKeeper::forget_told_before(UtcTime time) {
  if (stopped_) return;
  std::vector<Record> records;
  std::erase_if(troubles_, [&](const auto& one) {
    const TroubleRow& trouble = one.second;
    if (!trouble.told || trouble.at >= time) return false;
    records.push_back(TroubleOver{trouble.subject});
    return true;
  });
  if (!records.empty()) store_.write(std::move(records), {});
}

void NoticeKeeper::open_window() {
  if (window_ || stopped_ || policy_.receivers.empty()) return;
  const MonoTime now = loop_.mono();
  if (!last_told_ || now - *last_told_ > kLongestWindow) in_a_row_ = 0;
  const Duration wait = std::min(policy_.group * (int64_t{1} << std::min(in_a_row_, 12)),
                                 std::max(kLongestWindow, policy_.group));
  window_ = loop_.timer(now + wait, [this] { tell(); });
}

void NoticeKeeper::tell() {
  window_.reset();
  std::vector<Notice> notices;
  for (auto& [subject, trouble] : troubles_) {
    if (std::exchange(trouble.told, true)) continue;
    const auto kind = trouble.is_sla ? Notice::Kind::kSla : Notice::Kind::kFailure;
    notices.push_back({kind, trouble});
  }
  for (Notice& notice : std::exchange(recovered_, {})) notices.push_back(std::move(notice));
  if (notices.empty()) return;
  last_told_ = loop_.mono();
  ++in_a_row_;
  // When the last receiver has answered.
  const auto all_told = std::shared_ptr<void>(nullptr, [this, notices](void*) { told(notices); });
  for (const NotifyReceiver& receiver : policy_.receivers) {
    std::vector<Notice> wanted;
    for (const Notice& notice : notices) {
      const bool wants =
          receiver.on.empty() ||
          std::ranges::find(receiver.on, to_string(notice.kind)) != receiver.on.end();
      if (wants) wanted.push_back(notice);
    }
    if (wanted.empty()) continue;
    deliver_(receiver, message_of(std::move(wanted), project_), [all_told] {});
  }
}

void NoticeKeeper::told(const std::vector<Notice>& notices) {
  if (stopped_) return;  // the next engine tells it, perhaps once more
  std::vector<Record> records;
  for (const Notice& notice : notices) {
    if (notice.kind == Notice::Kind::kRecovery) continue;
    const auto known = troubles_.find(notice.what.subject);
    if (known == troubles_.end() || !known->second.told) continue;  // over, or anew
    if (notice.kind == Notice::Kind::kSla) {
      troubles_.erase(known);
      records.push_back(TroubleOver{notice.what.subject});
    } else {
      records.push_back(TroubleTold{notice.what.subject});
    }
  }
  if (!records.empty()) store_.write(std::move(records), {});
}

}  // namespace moondial

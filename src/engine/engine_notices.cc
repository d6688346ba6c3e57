// Notices: what is told to whom, and how it gets there.
#include <filesystem>
#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "engine/engine.h"

namespace moondial {
namespace {

constexpr Duration kLongestDelivery = std::chrono::minutes(5);
constexpr size_t kMostItems = 100;

OrderedJson message_json(const NoticeMessage& message, const std::string& project) {
  OrderedJson items = OrderedJson::array();
  for (const Notice& notice : message.notices) {
    if (items.size() == kMostItems) break;
    items.push_back(
        {{"kind", to_string(notice.kind)},
         {"subject", notice.what.subject},
         {"name", notice.what.name},
         {"run", notice.what.run ? OrderedJson(notice.what.run.value) : OrderedJson(nullptr)},
         {"error", notice.kind == Notice::Kind::kRecovery ? "" : notice.what.text}});
  }
  return {{"title", message.title},
          {"text", message.text},
          {"project", project},
          {"items", std::move(items)},
          {"more", message.notices.size() - std::min(message.notices.size(), kMostItems)}};
}

const char* word_of(NotifyReceiver::Kind kind) {
  return kind == NotifyReceiver::Kind::kEmail ? "email" : "webhook";
}

}  // namespace

std::string Engine::project_name() const {
  return std::filesystem::path(options_.info.root).filename().string();
}

/// A process of its own, so that a mail server that does not answer holds nothing up.
void Engine::deliver(const NotifyReceiver& receiver, const NoticeMessage& message,
                     std::function<void()> done) {
  const AttemptId id = parts_.store.next_attempt();  // a name for the process, no row
  CommandSpec spec;
  spec.attempt = id;
  spec.environment = std::make_shared<const std::vector<std::string>>(options_.environment);
  spec.cwd = options_.info.root;
  spec.in.kind = StreamSpec::Kind::kText;
  OrderedJson input = message_json(message, project_name());
  std::string whom;
  if (receiver.kind == NotifyReceiver::Kind::kCommand) {
    whom = receiver.command.front();
    spec.argv = receiver.command;
    spec.extra_environment = {"MOONDIAL_TITLE=" + message.title};
  } else {
    whom = receiver.kind == NotifyReceiver::Kind::kEmail ? receiver.to.front() : "the webhook";
    spec.argv = options_.deliver;
    input = {{"kind", word_of(receiver.kind)},
             {"url", receiver.url},
             {"to", receiver.to},
             {"from", receiver.from},
             {"user", receiver.user},
             {"password_env", receiver.password_env},
             {"message", std::move(input)}};
  }
  spec.in.text = json_text(input);
  const auto ended = [this, whom, done](const std::string& why) {
    if (!why.empty() && options_.warn) options_.warn("a notice to " + whom + " is lost: " + why);
    done();
  };
  auto said = std::make_shared<std::string>();
  auto process = parts_.runner.spawn(
      std::move(spec),
      [said](std::string_view text) {
        constexpr size_t kMost = 1000;
        said->append(text.substr(0, kMost - std::min(kMost, said->size())));
      },
      [this, id, said, ended](const CommandResult& result) {
        const bool went_well = result.signal == 0 && result.exit_code == 0;
        std::string why = *said;
        while (why.ends_with('\n')) why.pop_back();
        if (why.empty()) why = "it ended with " + std::to_string(result.exit_code);
        parts_.loop.defer([this, id] { deliveries_.erase(id); });
        ended(went_well ? "" : printable(why));
      });
  if (!process.ok()) {
    return parts_.loop.post([ended, why = process.error().message] { ended(why); });
  }
  Delivery& delivery = deliveries_[id];
  delivery.process = std::move(process).value();
  delivery.bound = parts_.loop.timer(parts_.loop.mono() + kLongestDelivery, [this, id] {
    deliveries_.at(id).process->stop(std::chrono::seconds(5));
  });
}

/// A task has ended by its attempt.
void Engine::note_end(const LiveTask& task, TaskState state) {
  if (!stays_) return;
  const TaskInstance& instance = *task.instance;
  if (state == TaskState::kDone) return notices_.succeeded(instance.id);
  if (state != TaskState::kFailed) return;
  TroubleRow trouble;
  trouble.subject = instance.id;
  trouble.name = instance.name;
  trouble.run = task.attempt->start().runs.front();
  trouble.at = parts_.loop.utc();
  trouble.text = task.attempt->message();
  notices_.failed(std::move(trouble));
}

/// A schedule or a trigger has fired, and that came of it.
void Engine::note_firing(const FiringRow& firing) {
  const std::string subject =
      is_trigger_name(firing.schedule) ? firing.schedule : "schedule " + firing.schedule;
  if (firing.state == FiringState::kStarted) return notices_.succeeded(subject);
  if (firing.state != FiringState::kFailed) return;
  TroubleRow trouble;
  trouble.subject = trouble.name = subject;
  trouble.at = parts_.loop.utc();
  trouble.text = firing.note;
  notices_.failed(std::move(trouble));
}

}  // namespace moondial

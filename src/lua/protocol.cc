#include "lua/protocol.h"

#include <algorithm>
#include <concepts>
#include <map>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include "base/wire.h"

// How this works. fields() names the members of each struct that goes over the wire, once;
// Encoder and Decoder walk them in that order. The structured bindings make a member that is added
// to a struct and forgotten here a compile error.

namespace moondial {
namespace {

auto fields(CommandPiece& v) {
  auto& [kind, text, output] = v;
  return std::tie(kind, text, output);
}
auto fields(PoolUse& v) {
  auto& [pool, units] = v;
  return std::tie(pool, units);
}
auto fields(RetryPolicy& v) {
  auto& [times, delay, backoff, max, jitter] = v;
  return std::tie(times, delay, backoff, max, jitter);
}
auto fields(TaskInstance& v) {
  auto& [id, name, params, other_params, requires_, outputs, complete, why, work, has_check,
         asks_complete, asks_retry, publishes, on_success, on_failure, argv, env, cwd, priority,
         when, lock, external, marks, fingerprint, uses, retry, timeout, poll, grace, takes, sla,
         file, line, secrets] = v;
  return std::tie(id, name, params, other_params, requires_, outputs, complete, why, work,
                  has_check, asks_complete, asks_retry, publishes, on_success, on_failure, argv,
                  env, cwd, priority, when, lock, external, marks, fingerprint, uses, retry,
                  timeout, poll, grace, takes, sla, file, line, secrets);
}
auto fields(TaskInfo::Param& v) {
  auto& [name, kind, doc, default_text, choices, secret] = v;
  return std::tie(name, kind, doc, default_text, choices, secret);
}
auto fields(TaskInfo& v) {
  auto& [name, doc, tags, params, file, line, fingerprint] = v;
  return std::tie(name, doc, tags, params, file, line, fingerprint);
}
auto fields(RetentionPolicy& v) {
  auto& [runs, logs, keep_last, log_bytes] = v;
  return std::tie(runs, logs, keep_last, log_bytes);
}
auto fields(HttpConfig& v) {
  auto& [listen, token_file, hosts] = v;
  return std::tie(listen, token_file, hosts);
}
auto fields(NotifyReceiver& v) {
  auto& [kind, url, to, from, user, password_env, command, on] = v;
  return std::tie(kind, url, to, from, user, password_env, command, on);
}
auto fields(NotifyPolicy& v) {
  auto& [receivers, group] = v;
  return std::tie(receivers, group);
}
auto fields(ProjectConfig& v) {
  auto& [timezone, jobs, memory, lanes, shell, env, output_roots, min_free, retention, http,
         notify] = v;
  return std::tie(timezone, jobs, memory, lanes, shell, env, output_roots, min_free, retention,
                  http, notify);
}
auto fields(TimetableSpec& v) {
  auto& [cron, every, timezone, from, to] = v;
  return std::tie(cron, every, timezone, from, to);
}
auto fields(Sla& v) {
  auto& [second_of_day, within] = v;
  return std::tie(second_of_day, within);
}
auto fields(ScheduleInfo& v) {
  auto& [name, doc, times, catch_up, catch_up_limit, overlap, sla, jitter, paused, file, line,
         fingerprint] = v;
  return std::tie(name, doc, times, catch_up, catch_up_limit, overlap, sla, jitter, paused, file,
                  line, fingerprint);
}
auto fields(TriggerInfo& v) {
  auto& [kind, subject, doc, settle, file, line, fingerprint] = v;
  return std::tie(kind, subject, doc, settle, file, line, fingerprint);
}
auto fields(Declarations& v) {
  auto& [hooks, tasks, pools, schedules, config, triggers] = v;
  return std::tie(hooks, tasks, pools, schedules, config, triggers);
}
auto fields(Diagnostic& v) {
  auto& [file, line, message, hint] = v;
  return std::tie(file, line, message, hint);
}
auto fields(Error& v) {
  auto& [code, message, diagnostics] = v;
  return std::tie(code, message, diagnostics);
}
auto fields(SourceFile& v) {
  auto& [kind, path, module, text] = v;
  return std::tie(kind, path, module, text);
}
auto fields(TaskRequest& v) {
  auto& [task, params, range, last_first] = v;
  return std::tie(task, params, range, last_first);
}
auto fields(StartCall& v) {
  auto& [schedule, at, cause] = v;
  return std::tie(schedule, at, cause);
}
auto fields(PlanRequest& v) {
  auto& [tasks, force, asks_when, states, whole_graph, forced, succeeded, start] = v;
  return std::tie(tasks, force, asks_when, states, whole_graph, forced, succeeded, start);
}
auto fields(ScriptEvent& v) {
  auto& [kind, task, state, error, seconds, counts, schedule, scheduled_at] = v;
  return std::tie(kind, task, state, error, seconds, counts, schedule, scheduled_at);
}
auto fields(ScriptAttempt& v) {
  auto& [step, error, event, attempt, run, number, scheduled_at, name, params, staging_paths,
         proxies] = v;
  return std::tie(step, error, event, attempt, run, number, scheduled_at, name, params,
                  staging_paths, proxies);
}
auto fields(StreamSpec& v) {
  auto& [kind, path, text] = v;
  return std::tie(kind, path, text);
}
auto fields(ScriptCommand& v) {
  auto& [request, argv, extra_environment, cwd, in, out, err, timeout] = v;
  return std::tie(request, argv, extra_environment, cwd, in, out, err, timeout);
}
auto fields(ScriptAwait& v) {
  auto& [request, tasks] = v;
  return std::tie(request, tasks);
}
auto fields(AwaitedTask& v) {
  auto& [id, state, error] = v;
  return std::tie(id, state, error);
}
auto fields(CommandResult& v) {
  auto& [exit_code, signal, out, err, cut, wall, cpu, peak_memory_bytes, leftovers, lost, unheard] =
      v;
  return std::tie(exit_code, signal, out, err, cut, wall, cpu, peak_memory_bytes, leftovers, lost,
                  unheard);
}
auto fields(ScriptOutcome& v) {
  auto& [kind, text, details, cpu] = v;
  return std::tie(kind, text, details, cpu);
}
auto fields(SessionInput& v) {
  auto& [text, line, completes, json, colour, columns] = v;
  return std::tie(text, line, completes, json, colour, columns);
}
auto fields(SessionQuestion& v) {
  auto& [request, method, path, body, environment] = v;
  return std::tie(request, method, path, body, environment);
}
auto fields(SessionAnswer& v) {
  auto& [status, body] = v;
  return std::tie(status, body);
}
auto fields(SessionResult& v) {
  auto& [kind, texts, error, replaced, keeps_variables] = v;
  return std::tie(kind, texts, error, replaced, keeps_variables);
}

auto fields(msg::Source& v) { return std::tie(v.file); }
auto fields(msg::Load&) { return std::tie(); }
auto fields(msg::Prepare& v) { return std::tie(v.root, v.slice_instructions); }
auto fields(msg::ForkLane& v) { return std::tie(v.lane); }
auto fields(msg::KillLane& v) { return std::tie(v.lane); }
auto fields(msg::Loaded& v) { return std::tie(v.declarations); }
auto fields(msg::LoadFailed& v) { return std::tie(v.diagnostics); }
auto fields(msg::LaneEnded& v) { return std::tie(v.lane, v.wait_status, v.error); }
auto fields(msg::Plan& v) { return std::tie(v.ticket, v.request); }
auto fields(msg::CancelPlan& v) { return std::tie(v.ticket); }
auto fields(msg::Run& v) { return std::tie(v.attempt); }
auto fields(msg::Stop& v) { return std::tie(v.attempt); }
auto fields(msg::CommandEnded& v) { return std::tie(v.attempt, v.request, v.result); }
auto fields(msg::AwaitEnded& v) { return std::tie(v.attempt, v.request, v.result); }
auto fields(msg::Await& v) { return std::tie(v.attempt, v.await); }
auto fields(msg::Cancel& v) { return std::tie(v.attempt, v.request); }
auto fields(msg::Paused& v) { return std::tie(v.attempt, v.answers); }
auto fields(msg::Tasks& v) { return std::tie(v.ticket, v.tasks); }
auto fields(msg::PlanEnd& v) { return std::tie(v.ticket, v.roots); }
auto fields(msg::Command& v) { return std::tie(v.attempt, v.command); }
auto fields(msg::Log& v) { return std::tie(v.attempt, v.level, v.text); }
auto fields(msg::Emit& v) { return std::tie(v.attempt, v.name, v.json_value); }
auto fields(msg::Progress& v) { return std::tie(v.attempt, v.fraction, v.text); }
auto fields(msg::Ended& v) { return std::tie(v.attempt, v.outcome); }
auto fields(msg::SessionOpen& v) { return std::tie(v.memory_bytes); }
auto fields(msg::SessionEvaluate& v) { return std::tie(v.input); }
auto fields(msg::SessionReply& v) { return std::tie(v.request, v.answer); }
auto fields(msg::SessionStop& v) { return std::tie(v.now); }
auto fields(msg::SessionPrint& v) { return std::tie(v.text); }
auto fields(msg::SessionAsk& v) { return std::tie(v.question); }
auto fields(msg::SessionDone& v) { return std::tie(v.result); }

/// The last value of an enum that goes over the wire; no value is below 0.
template <typename E>
constexpr E kLast = E::no_such_enum;
template <>
constexpr Code kLast<Code> = Code::kInternal;
template <>
constexpr CommandPiece::Kind kLast<CommandPiece::Kind> = CommandPiece::Kind::kEmittedQuoted;
template <>
constexpr WorkKind kLast<WorkKind> = WorkKind::kScript;
template <>
constexpr When kLast<When> = When::kAsk;
template <>
constexpr Force kLast<Force> = Force::kDownstream;
template <>
constexpr SourceFile::Kind kLast<SourceFile::Kind> = SourceFile::Kind::kModule;
template <>
constexpr StreamSpec::Kind kLast<StreamSpec::Kind> = StreamSpec::Kind::kText;
template <>
constexpr ScriptStep kLast<ScriptStep> = ScriptStep::kEvent;
template <>
constexpr TaskState kLast<TaskState> = TaskState::kLost;
template <>
constexpr CatchUp kLast<CatchUp> = CatchUp::kAll;
template <>
constexpr Overlap kLast<Overlap> = Overlap::kCancel;
template <>
constexpr TriggerKind kLast<TriggerKind> = TriggerKind::kDone;
template <>
constexpr NotifyReceiver::Kind kLast<NotifyReceiver::Kind> = NotifyReceiver::Kind::kCommand;
template <>
constexpr ScriptOutcome::Kind kLast<ScriptOutcome::Kind> = ScriptOutcome::Kind::kNo;
template <>
constexpr SessionResult::Kind kLast<SessionResult::Kind> = SessionResult::Kind::kCompletion;

template <typename T>
concept Struct = requires(T& v) {
  fields(v);
};
template <typename T>
concept Enum = std::is_enum_v<T>;
template <typename T>
concept SignedInt = std::signed_integral<T>;
template <typename T>
concept UnsignedInt = std::unsigned_integral<T> && !std::same_as<T, bool>;

class Encoder {
 public:
  void put(bool v) { out_.boolean(v); }
  void put(double v) { out_.f64(v); }
  void put(SignedInt auto v) { out_.i64(v); }
  void put(UnsignedInt auto v) { out_.u64(v); }
  void put(Enum auto v) { out_.u64(static_cast<uint64_t>(v)); }
  void put(const std::string& v) { out_.str(v); }
  void put(Duration v) { out_.i64(v.count()); }
  void put(CivilTime v) { out_.i64(v.seconds_since_epoch()); }
  template <typename Tag>
  void put(Id<Tag> v) {
    out_.u64(v.value);
  }
  template <typename T>
  void put(const std::optional<T>& v) {
    out_.boolean(v.has_value());
    if (v) put(*v);
  }
  template <typename T>
  void put(const std::vector<T>& v) {
    out_.u64(v.size());
    for (const T& item : v) put(item);
  }
  template <typename K, typename T>
  void put(const std::map<K, T>& v) {
    out_.u64(v.size());
    for (const auto& item : v) put(item);
  }
  template <typename A, typename B>
  void put(const std::pair<A, B>& v) {
    put(v.first);
    put(v.second);
  }
  template <typename T>
  void put(const Result<T>& v) {
    out_.boolean(v.ok());
    if (v.ok()) {
      put(*v);
    } else {
      put(v.error());
    }
  }
  template <Struct T>
  void put(const T& v) {
    // fields() is written once, for both directions; nothing is changed through it here.
    std::apply([this](const auto&... each) { (this->put(each), ...); }, fields(const_cast<T&>(v)));
  }

  std::string take() { return out_.take(); }

 private:
  WireWriter out_;
};

class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : in_(bytes) {}

  void get(bool& v) { v = in_.boolean(); }
  void get(double& v) { v = in_.f64(); }
  template <SignedInt T>
  void get(T& v) {
    const int64_t wide = in_.i64();
    v = static_cast<T>(wide);
    if (!std::in_range<T>(wide)) sane_ = false;
  }
  template <UnsignedInt T>
  void get(T& v) {
    const uint64_t wide = in_.u64();
    v = static_cast<T>(wide);
    if (!std::in_range<T>(wide)) sane_ = false;
  }
  template <Enum T>
  void get(T& v) {
    const uint64_t wide = in_.u64();
    if (wide <= static_cast<uint64_t>(kLast<T>)) {
      v = static_cast<T>(wide);
    } else {
      sane_ = false;
    }
  }
  void get(std::string& v) { v = in_.str(); }
  void get(Duration& v) { v = Duration(in_.i64()); }
  void get(CivilTime& v) {
    const auto made = CivilTime().add_seconds(in_.i64());
    sane_ = sane_ && made.ok();
    if (made.ok()) v = *made;
  }
  template <typename Tag>
  void get(Id<Tag>& v) {
    v.value = in_.u64();
  }
  template <typename T>
  void get(std::optional<T>& v) {
    v.reset();
    if (in_.boolean()) get(v.emplace());
  }
  template <typename T>
  void get(std::vector<T>& v) {
    // Each item takes a byte at least, so that a wild count ends where the message does.
    const uint64_t count = in_.u64();
    v.clear();
    v.reserve(std::min<uint64_t>(count, kReserve));
    for (uint64_t i = 0; i < count && ok(); ++i) get(v.emplace_back());
  }
  template <typename K, typename T>
  void get(std::map<K, T>& v) {
    const uint64_t count = in_.u64();
    v.clear();
    for (uint64_t i = 0; i < count && ok(); ++i) {
      std::pair<K, T> item;
      get(item);
      v.insert(std::move(item));
    }
  }
  template <typename A, typename B>
  void get(std::pair<A, B>& v) {
    get(v.first);
    get(v.second);
  }
  template <typename T>
  void get(Result<T>& v) {
    if (in_.boolean()) {
      T value;
      get(value);
      v = std::move(value);
    } else {
      Error error;
      get(error);
      v = std::move(error);
    }
  }
  template <Struct T>
  void get(T& v) {
    std::apply([this](auto&... each) { (this->get(each), ...); }, fields(v));
  }

  [[nodiscard]] bool ok() const { return sane_ && in_.ok(); }
  [[nodiscard]] bool complete() const { return ok() && in_.at_end(); }

 private:
  static constexpr uint64_t kReserve = 512;
  WireReader in_;
  bool sane_ = true;
};

template <typename Variant>
std::string encode_message(const Variant& message) {
  Encoder encoder;
  encoder.put(message.index());
  std::visit([&](const auto& each) { encoder.put(each); }, message);
  return encoder.take();
}

template <typename Variant, size_t kIndex = 0>
bool get_alternative(Decoder& decoder, uint64_t index, Variant& message) {
  if constexpr (kIndex == std::variant_size_v<Variant>) {
    return false;
  } else {
    if (index != kIndex) return get_alternative<Variant, kIndex + 1>(decoder, index, message);
    decoder.get(message.template emplace<kIndex>());
    return true;
  }
}

template <typename Variant>
Result<Variant> decode_message(std::string_view bytes) {
  Decoder decoder(bytes);
  uint64_t index = 0;
  decoder.get(index);
  Variant message;
  if (!get_alternative(decoder, index, message) || !decoder.complete()) {
    return Error{Code::kCorrupt, "malformed message of kind " + std::to_string(index), {}};
  }
  return message;
}

}  // namespace

std::string encode(const msg::ToLoader& message) { return encode_message(message); }
std::string encode(const msg::FromLoader& message) { return encode_message(message); }
std::string encode(const msg::ToLane& message) { return encode_message(message); }
std::string encode(const msg::FromLane& message) { return encode_message(message); }

Result<msg::ToLoader> decode_to_loader(std::string_view bytes) {
  return decode_message<msg::ToLoader>(bytes);
}
Result<msg::FromLoader> decode_from_loader(std::string_view bytes) {
  return decode_message<msg::FromLoader>(bytes);
}
Result<msg::ToLane> decode_to_lane(std::string_view bytes) {
  return decode_message<msg::ToLane>(bytes);
}
Result<msg::FromLane> decode_from_lane(std::string_view bytes) {
  return decode_message<msg::FromLane>(bytes);
}

}  // namespace moondial

#include "lua/host_generation.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "base/duration.h"

namespace moondial {
namespace {

Error load_error(std::vector<Diagnostic> diagnostics) {
  std::string message = diagnostics.size() == 1
                            ? diagnostics.front().text()
                            : std::to_string(diagnostics.size()) + " errors in the declarations";
  return Error{Code::kInvalid, std::move(message), std::move(diagnostics)};
}

}  // namespace

Result<std::unique_ptr<LoaderProcess>> start_unused_loader(
    EventLoop& loop, const LuaHostOptions& options, std::function<void(std::string)> on_ended) {
  auto started = LoaderProcess::start(loop, options.loader, {{}, std::move(on_ended)});
  if (started.ok()) (*started)->send(msg::Prepare{options.root, options.slice_instructions});
  return started;
}

HostGeneration::HostGeneration(const Context& context, GenerationId id, SourceSet sources)
    : context_(context),
      files_(std::move(sources.files)),
      slots_(static_cast<size_t>(std::max(context.options.lanes, 1))) {
  info_.id = id;
  info_.sources = std::move(sources.hashes);
}

HostGeneration::~HostGeneration() {
  for (const auto& lane : lanes_) lane->abandon();
  if (!loader_) return;
  if (!loader_ready_) loader_->kill();
  context_.retire(std::move(loader_));
}

std::optional<std::string> HostGeneration::source(const std::string& path) const {
  const auto found = std::ranges::lower_bound(files_, path, {}, &SourceFile::path);
  if (found == files_.end() || found->path != path) return std::nullopt;
  return found->text;
}

std::map<std::string, std::string> HostGeneration::texts() const {
  std::map<std::string, std::string> out;
  for (const SourceFile& file : files_) out[file.path] = file.text;
  return out;
}

// --- The loader ---

void HostGeneration::load(std::function<void(Status)> done) {
  const Status started = start_loader();
  if (started.ok()) {
    first_load_ = std::move(done);
  } else {
    context_.loop.post([done = std::move(done), started] { done(started); });
  }
}

Status HostGeneration::start_loader() {
  loader_ = context_.started_ahead();
  if (!loader_) {
    auto started = start_unused_loader(context_.loop, context_.options, {});
    if (!started.ok()) return started.status();
    loader_ = std::move(started).value();
  }
  loader_->take_events(
      {.on_message = [this](msg::FromLoader message) { receive(std::move(message)); },
       .on_ended = [this](const std::string& how) { loader_ended(how); }});
  loader_ready_ = false;
  load_was_too_long_ = false;
  for (const SourceFile& file : files_) loader_->send(msg::Source{file});
  loader_->send(msg::Load{});
  load_bound_ = context_.loop.timer(context_.loop.mono() + context_.options.load_bound,
                                    [this] { load_bound_passed(); });
  return Status();
}

void HostGeneration::receive(msg::FromLoader message) {
  std::visit([this](auto& each) { handle(each); }, message);
}

void HostGeneration::handle(msg::Loaded& message) {
  loader_ready_ = true;
  load_bound_.reset();
  if (!first_load_) return;
  info_.declarations = std::move(message.declarations);
  if (const auto& lanes = info_.declarations.config.lanes; lanes && lanes_.empty()) {
    slots_.resize(static_cast<size_t>(*lanes));
  }
  std::exchange(first_load_, nullptr)(Status());
}

void HostGeneration::handle(msg::LoadFailed& message) {
  loader_ready_ = true;
  load_bound_.reset();
  if (first_load_) return loading_failed(std::move(message.diagnostics));
  // What loaded before does not load now. Lanes are refused by the loader; the next tries anew.
  loader_->kill();
}

void HostGeneration::loading_failed(std::vector<Diagnostic> diagnostics) {
  std::exchange(first_load_, nullptr)(load_error(std::move(diagnostics)));
}

void HostGeneration::load_bound_passed() {
  load_was_too_long_ = true;
  loader_->kill();
}

void HostGeneration::loader_ended(const std::string& how) {
  load_bound_.reset();
  loader_ready_ = false;
  context_.retire(std::move(loader_));
  const std::string cause = load_was_too_long_ ? "loading did not end within " +
                                                     format_duration(context_.options.load_bound)
                                               : "loader " + how;
  for (HostLane* lane : all_lanes()) lane->loader_ended(cause);
  if (first_load_) loading_failed({Diagnostic{"", 0, cause, ""}});
}

// --- Lanes ---

/// A list that stays as it is when a lane is forgotten; the lane itself stays until later.
std::vector<HostLane*> HostGeneration::all_lanes() const {
  std::vector<HostLane*> lanes;
  for (const auto& lane : lanes_) lanes.push_back(lane.get());
  return lanes;
}

void HostGeneration::end_jobs(const std::string& why) {
  for (HostLane* lane : all_lanes()) lane->process_ended(why);
}

HostLane* HostGeneration::open_lane(size_t slot) const {
  HostLane* const lane = slots_[slot];
  return lane != nullptr && lane->open() ? lane : nullptr;
}

Result<HostLane*> HostGeneration::lane_for_attempt() {
  std::optional<size_t> unused;
  HostLane* best = nullptr;
  for (size_t slot = 0; slot < slots_.size(); ++slot) {
    HostLane* const lane = open_lane(slot);
    if (lane == nullptr) {
      if (!unused) unused = slot;
    } else if (best == nullptr || lane->load() < best->load()) {
      best = lane;
    }
  }
  if (best != nullptr && (best->load() == 0 || !unused)) return best;
  return lane_in(*unused);
}

Result<HostLane*> HostGeneration::lane_in(size_t slot) {
  if (HostLane* const lane = open_lane(slot)) return lane;
  auto made = new_lane();
  if (made.ok()) slots_[slot] = *made;
  return made;
}

Result<HostLane*> HostGeneration::new_lane() {
  if (!loader_) {
    const Status started = start_loader();
    if (!started.ok()) return started.error();
  }
  auto ends = make_socket_pair();
  if (!ends.ok()) return ends.error();
  const uint64_t number = ++last_lane_;
  loader_->send(msg::ForkLane{number}, std::move(ends->second));
  lanes_.push_back(std::make_unique<HostLane>(
      context_.loop, number, std::move(ends->first), context_.options.stop_bound,
      HostLane::Events{.on_broken = [this, number] { end_lane(number); },
                       .on_finished = [this, number] { forget_lane(number); }}));
  return lanes_.back().get();
}

void HostGeneration::end_lane(uint64_t number) {
  if (!loader_) return;
  if (loader_ready_) {
    loader_->send(msg::KillLane{number});
  } else {
    loader_->kill();  // it does not listen
  }
}

void HostGeneration::handle(msg::LaneEnded& message) {
  const auto found = std::ranges::find(lanes_, message.lane, &HostLane::number);
  if (found == lanes_.end()) return;
  const std::string how = message.error.empty() ? describe_wait_status(message.wait_status)
                                                : "could not be started: " + message.error;
  (*found)->process_ended("lane " + how);
}

void HostGeneration::forget_lane(uint64_t number) {
  const auto found = std::ranges::find(lanes_, number, &HostLane::number);
  std::ranges::replace(slots_, found->get(), nullptr);
  // It is calling us.
  context_.loop.post([lane = std::shared_ptr<HostLane>(std::move(*found))] {});
  lanes_.erase(found);
}

HostLane* HostGeneration::lane_of(AttemptId attempt) const {
  const auto found =
      std::ranges::find_if(lanes_, [&](const auto& lane) { return lane->has(attempt); });
  return found == lanes_.end() ? nullptr : found->get();
}

HostLane* HostGeneration::lane_of_session(uint64_t session) const {
  const auto found = std::ranges::find(lanes_, session, &HostLane::session);
  return found == lanes_.end() ? nullptr : found->get();
}

HostLane* HostGeneration::lane_of_plan(uint64_t ticket) const {
  const auto found =
      std::ranges::find_if(lanes_, [&](const auto& lane) { return lane->has_plan(ticket); });
  return found == lanes_.end() ? nullptr : found->get();
}

}  // namespace moondial

#include "lua/host.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace moondial {
namespace {

Error gone(GenerationId generation) {
  return Error{Code::kInternal,
               "generation " + std::to_string(generation.value) + " is neither pinned nor current",
               {}};
}

}  // namespace

LuaHost::LuaHost(EventLoop& loop, LuaHostOptions options)
    : loop_(loop),
      options_(std::move(options)),
      context_{loop, options_,
               [this](std::unique_ptr<LoaderProcess> loader) { retire(std::move(loader)); },
               [this] { return std::move(ahead_); }},
      sessions_(session_seams(), options_.session_memory) {}

LuaHost::~LuaHost() {
  if (!closed_) close();
}

/// Calls `task` on the loop, unless we are closed by then.
void LuaHost::post(std::function<void()> task) {
  loop_.post([task = std::move(task), alive = std::weak_ptr(alive_)] {
    if (!alive.expired()) task();
  });
}

// --- Loading ---

void LuaHost::start_ahead() {
  if (ahead_) return;
  auto started = start_unused_loader(loop_, options_, [this](const std::string&) {
    // It is calling us. What ended it will be told by the one that is started in its place.
    post([ended = std::shared_ptr<LoaderProcess>(std::move(ahead_))] {});
  });
  if (started.ok()) ahead_ = std::move(started).value();
}

void LuaHost::load(LoadDone done) {
  asking_.push_back(std::move(done));
  if (std::exchange(loading_, true)) return;
  post([this] { begin_load(); });
}

void LuaHost::begin_load() {
  asked_ = std::exchange(asking_, {});
  auto sources = std::make_shared<SourceSet>();
  loop_.offload([sources, root = options_.root] { *sources = read_sources(root); },
                [this, sources, alive = std::weak_ptr(alive_)] {
                  if (!alive.expired()) sources_read(std::move(*sources));
                });
}

void LuaHost::sources_read(SourceSet sources) {
  if (!sources.problems.empty() && !last_good_) {
    std::string message = sources.problems.front().text();
    return end_load(Error{Code::kInvalid, std::move(message), std::move(sources.problems)});
  }
  const auto current = generations_.find(current_);
  const bool same = last_good_ ? sources.problems.empty() && sources.hashes == read_
                               : current != generations_.end() &&
                                     current->second->info().sources == sources.hashes;
  if (same && current != generations_.end()) return end_load(&current->second->info());
  read_ = sources.problems.empty() ? sources.hashes : std::map<std::string, std::string>();
  if (last_good_) sources = last_good_->begin(std::move(sources));
  load_candidate(std::move(sources));
}

void LuaHost::load_candidate(SourceSet sources) {
  const auto current = generations_.find(current_);
  if (last_good_ && current != generations_.end() &&
      current->second->info().sources == sources.hashes) {
    // What has changed is held back altogether.
    current->second->set_held_back(last_good_->problems());
    return end_load(&current->second->info());
  }
  candidate_ = std::make_unique<HostGeneration>(context_, GenerationId(++last_generation_),
                                                std::move(sources));
  candidate_->load([this, alive = std::weak_ptr(alive_)](const Status& status) {
    if (!alive.expired()) candidate_loaded(status);
  });
}

void LuaHost::candidate_loaded(const Status& status) {
  auto candidate = std::move(candidate_);
  if (!status.ok()) {
    failed_.push_back(std::move(candidate));  // it is calling us
    collect_soon();
    if (!last_good_) return end_load(status.error());
    auto without = last_good_->without(status.error().diagnostics);
    if (without) return load_candidate(std::move(*without));
    return end_load(status.error());
  }
  if (last_good_) {
    candidate->set_held_back(last_good_->problems());
    last_good_->loaded(candidate->texts());
  }
  const Generation* const info = &candidate->info();
  current_ = info->id;
  generations_[current_] = std::move(candidate);
  collect_soon();
  end_load(info);
}

void LuaHost::end_load(Result<const Generation*> result) {
  const auto asked = std::exchange(asked_, {});
  loading_ = !asking_.empty();
  if (loading_) post([this] { begin_load(); });
  for (const LoadDone& done : asked) done(result);
}

void LuaHost::restore(std::map<std::string, std::string> texts, LoadDone done) {
  SourceSet sources = sources_of(std::move(texts));
  for (const auto& [id, generation] : generations_) {
    if (generation->info().sources != sources.hashes) continue;
    return post([this, id = id, texts = std::move(sources), done = std::move(done)] {
      const auto found = generations_.find(id);
      if (found != generations_.end()) return done(&found->second->info());
      std::map<std::string, std::string> again;  // it has just gone
      for (const SourceFile& file : texts.files) again[file.path] = file.text;
      restore(std::move(again), done);
    });
  }
  const GenerationId id(++last_generation_);
  auto& made = restoring_[id] = std::make_unique<HostGeneration>(context_, id, std::move(sources));
  made->load(
      [this, id, done = std::move(done), alive = std::weak_ptr(alive_)](const Status& status) {
        if (!alive.expired()) restored(id, status, done);
      });
}

void LuaHost::restored(GenerationId id, const Status& status, const LoadDone& done) {
  auto node = restoring_.extract(id);
  if (!status.ok()) {
    failed_.push_back(std::move(node.mapped()));  // it is calling us
    collect_soon();
    return done(status.error());
  }
  const Generation* const info = &node.mapped()->info();
  generations_.insert(std::move(node));
  collect_soon();
  done(info);
}

// --- Generations ---

void LuaHost::pin(GenerationId generation) {
  const auto found = generations_.find(generation);
  assert(found != generations_.end() && "only what is pinned or current can be pinned");
  ++found->second->pins;
}

void LuaHost::unpin(GenerationId generation) {
  const auto found = generations_.find(generation);
  assert(found != generations_.end() && found->second->pins > 0);
  if (--found->second->pins == 0) collect_soon();
}

/// Ends the generations that nobody wants any more, once no call of theirs is under way.
void LuaHost::collect_soon() {
  if (std::exchange(collecting_, true)) return;
  post([this] {
    collecting_ = false;
    collect();
  });
}

void LuaHost::collect() {
  auto unwanted = std::exchange(failed_, {});
  for (auto at = generations_.begin(); at != generations_.end();) {
    if (at->first == current_ || at->second->pins > 0) {
      ++at;
    } else {
      unwanted.push_back(std::move(at->second));
      at = generations_.erase(at);
    }
  }
  for (const auto& generation : unwanted) {
    generation->end_jobs("lane was ended: nobody keeps its generation");
  }
}

void LuaHost::retire(std::unique_ptr<LoaderProcess> loader) {
  LoaderProcess* const process = loader.get();
  ending_.push_back(std::move(loader));
  process->let_go([this, process, alive = std::weak_ptr(alive_)] {
    if (alive.expired()) return;
    const auto found = std::ranges::find(ending_, process, &std::unique_ptr<LoaderProcess>::get);
    // It is calling us.
    post([ended = std::shared_ptr<LoaderProcess>(std::move(*found))]() mutable { ended.reset(); });
    ending_.erase(found);
  });
}

std::optional<std::string> LuaHost::source(GenerationId generation, const std::string& path) const {
  const auto found = generations_.find(generation);
  return found == generations_.end() ? std::nullopt : found->second->source(path);
}

// --- Plans ---

uint64_t LuaHost::plan(GenerationId generation, PlanRequest request, PlanSink sink) {
  const uint64_t ticket = ++last_ticket_;
  const auto found = generations_.find(generation);
  const Result<HostLane*> lane = found == generations_.end() ? Result<HostLane*>(gone(generation))
                                                             : found->second->lane_for_plan();
  if (lane.ok()) {
    (*lane)->plan(ticket, std::move(request), std::move(sink));
    return ticket;
  }
  refused_plans_[ticket] = std::move(sink);
  post([this, ticket, error = lane.error()] {
    const auto node = refused_plans_.extract(ticket);
    if (node) node.mapped().on_end(error);
  });
  return ticket;
}

void LuaHost::cancel_plan(uint64_t ticket) {
  refused_plans_.erase(ticket);
  for (const auto& [id, generation] : generations_) {
    if (HostLane* const lane = generation->lane_of_plan(ticket)) return lane->cancel_plan(ticket);
  }
}

// --- Attempts ---

Result<HostLane*> LuaHost::lane_for_attempt(GenerationId generation) {
  const auto found = generations_.find(generation);
  if (found == generations_.end()) return gone(generation);
  return found->second->lane_for_attempt();
}

void LuaHost::refuse(ScriptListener* listener, const Error& why) {
  post([listener, text = why.message] {
    listener->on_ended({ScriptOutcome::Kind::kLost, text, ""});
  });
}

void LuaHost::start(GenerationId generation, ScriptAttempt attempt, ScriptListener* listener) {
  const auto lane = lane_for_attempt(generation);
  if (!lane.ok()) return refuse(listener, lane.error());
  (*lane)->run(std::move(attempt), listener);
}

void LuaHost::stop(AttemptId attempt) {
  for (const auto& [id, generation] : generations_) {
    if (HostLane* const lane = generation->lane_of(attempt)) return lane->stop(attempt);
  }
}

void LuaHost::command_ended(AttemptId attempt, uint64_t request, Result<CommandResult> result) {
  for (const auto& [id, generation] : generations_) {
    if (HostLane* const lane = generation->lane_of(attempt)) {
      return lane->command_ended(attempt, request, std::move(result));
    }
  }
}

void LuaHost::await_ended(AttemptId attempt, uint64_t request, Result<AwaitResult> result) {
  for (const auto& [id, generation] : generations_) {
    if (HostLane* const lane = generation->lane_of(attempt)) {
      return lane->await_ended(attempt, request, std::move(result));
    }
  }
}

LuaSessions::Seams LuaHost::session_seams() {
  return {.generation = [this](GenerationId id) -> HostGeneration* {
            const auto found = generations_.find(id);
            return found == generations_.end() ? nullptr : found->second.get();
          },
          .lane = [this](uint64_t session) -> HostLane* {
            for (const auto& [id, generation] : generations_) {
              if (HostLane* const lane = generation->lane_of_session(session)) return lane;
            }
            return nullptr;
          },
          .post = [this](std::function<void()> task) { post(std::move(task)); }};
}

// --- The end ---

void LuaHost::close() {
  closed_ = true;
  alive_.reset();
  ahead_.reset();
  candidate_.reset();
  restoring_.clear();
  failed_.clear();
  generations_.clear();
  refused_plans_.clear();
  // All were told to end; now they are waited for.
  for (const auto& loader : ending_) loader->wait();
  ending_.clear();
}

}  // namespace moondial

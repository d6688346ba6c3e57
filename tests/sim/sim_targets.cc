#include "tests/sim/sim_targets.h"

#include <cstdlib>
#include <set>

namespace moondial::sim {
namespace {

std::set<AttemptId> attempts_of(std::span<const StagedOutput> outputs) {
  std::set<AttemptId> out;
  for (const StagedOutput& output : outputs) out.insert(staged_by(output.staging_path));
  return out;
}

std::string directory_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

}  // namespace

AttemptId staged_by(const std::string& staging_path) {
  return AttemptId(std::strtoull(staging_path.c_str() + staging_path.rfind('~') + 1, nullptr, 10));
}

bool SimTargets::fails() const {
  return !context_.is_calm && context_.random.one_in(context_.night.one_in_failing_files);
}

std::vector<StagedOutput> SimTargets::locate(AttemptId attempt,
                                             std::span<const std::string> final_paths) const {
  std::vector<StagedOutput> out;
  for (const std::string& path : final_paths) {
    out.push_back({path, path + "~" + std::to_string(attempt.value)});
  }
  return out;
}

Result<std::vector<StagedOutput>> SimTargets::stage(AttemptId attempt,
                                                    std::span<const std::string> final_paths) {
  if (!context_.fate.passes()) return Error{Code::kIo, "dead", {}};
  context_.trace.say("stage #", attempt.value);
  const Database& database = context_.machine.database;
  const Database::Attempt* row = database.attempt(attempt);
  if (!(row != nullptr && !row->ended) && !database.prepared().contains(attempt)) {
    context_.checks.broken("row-first", "staging of an attempt that no durable row names: #" +
                                            std::to_string(attempt.value));
  }
  if (fails()) return Error{Code::kIo, "no room for staging", {}};
  context_.machine.files.staged[attempt] = {};
  if (!final_paths.empty()) take_spare(directory_of(final_paths.front()));
  (void)context_.fate.passes();
  return locate(attempt, final_paths);
}

std::vector<size_t> SimTargets::missing(std::span<const StagedOutput> outputs) const {
  std::vector<size_t> out;
  for (size_t i = 0; i < outputs.size(); ++i) {
    const auto staged = context_.machine.files.staged.find(staged_by(outputs[i].staging_path));
    const bool is_there = staged != context_.machine.files.staged.end() &&
                          staged->second.contains(outputs[i].staging_path);
    if (!is_there) out.push_back(i);
  }
  return out;
}

Status SimTargets::sync(std::span<const StagedOutput> outputs) {
  if (!context_.fate.passes()) return {Code::kIo, "dead"};
  context_.trace.say("sync ", outputs.size(), " of #", staged_by(outputs[0].staging_path).value);
  if (fails()) return {Code::kIo, "cannot sync"};
  for (const StagedOutput& output : outputs) {
    auto& staged = context_.machine.files.staged[staged_by(output.staging_path)];
    const auto content = staged.find(output.staging_path);
    if (content != staged.end()) content->second.synced = true;
  }
  (void)context_.fate.passes();
  return {};
}

/// What becomes visible was made durable, is whole, and was announced by an intent.
void SimTargets::check_published(const StagedOutput& output, AttemptId attempt,
                                 const Content& content) {
  const Database::Attempt* row = context_.machine.database.attempt(attempt);
  if (row == nullptr || !row->row.has_intent) {
    context_.checks.broken("intent-first", output.final_path + " is published without an intent");
  }
  if (!content.whole || !content.synced) {
    context_.checks.broken("whole", output.final_path + " is published and not synced");
  }
}

Status SimTargets::publish_one(const StagedOutput& output) {
  const AttemptId attempt = staged_by(output.staging_path);
  Files& files = context_.machine.files;
  const auto directory = files.staged.find(attempt);
  const bool is_staged =
      directory != files.staged.end() && directory->second.contains(output.staging_path);
  if (!is_staged) {
    // As the real one: an earlier publish() got that far.
    if (files.exists(output.final_path)) return {};
    return {Code::kIo, "neither " + output.final_path + " nor what was staged for it exists"};
  }
  const Content content = directory->second.at(output.staging_path);
  check_published(output, attempt, content);
  Rename rename{output, content, std::nullopt};
  if (files.exists(output.final_path)) rename.before = files.finals.at(output.final_path);
  renames_.push_back(std::move(rename));
  files.finals[output.final_path] = content;
  directory->second.erase(output.staging_path);
  context_.trace.say("  ", output.final_path, " by #", attempt.value);
  return {};
}

Status SimTargets::publish(std::span<const StagedOutput> outputs) {
  if (!context_.fate.passes()) return {Code::kIo, "dead"};
  context_.trace.say("publish ", outputs.size(), " of #", staged_by(outputs[0].staging_path).value);
  if (fails()) return {Code::kIo, "the disk is full"};
  for (const StagedOutput& output : outputs) {
    if (Status status = publish_one(output); !status.ok()) return status;
    if (!context_.fate.passes()) return {Code::kIo, "dead"};
  }
  for (const AttemptId attempt : attempts_of(outputs)) context_.machine.files.staged.erase(attempt);
  keep_or_remove(outputs);
  renames_.clear();
  (void)context_.fate.passes();
  return {};
}

/// An emptied staging directory is kept where that may be, which the record must know.
void SimTargets::keep_or_remove(std::span<const StagedOutput> outputs) {
  for (const StagedOutput& output : outputs) {
    const std::string directory = directory_of(output.final_path);
    if (!may_keep_.contains(directory)) continue;
    ++context_.machine.files.spares[directory];
    if (!context_.machine.database.kept_staging().contains(directory)) {
      context_.checks.broken("row-first", "staging is kept where no durable row names it");
    }
  }
}

void SimTargets::take_spare(const std::string& directory) {
  const auto spare = context_.machine.files.spares.find(directory);
  if (spare != context_.machine.files.spares.end() && --spare->second == 0) {
    context_.machine.files.spares.erase(spare);
  }
}

void SimTargets::remove_kept_staging() {
  may_keep_.clear();
  if (!context_.fate.passes()) return;
  context_.machine.files.spares.clear();
  (void)context_.fate.passes();
}

void SimTargets::remove_kept_staging(const std::string& directory) {
  if (!context_.fate.passes()) return;
  context_.machine.files.spares.erase(directory);
  (void)context_.fate.passes();
}

void SimTargets::discard(std::span<const StagedOutput> outputs) {
  for (const AttemptId attempt : attempts_of(outputs)) {
    if (!context_.fate.passes()) return;
    context_.trace.say("discard #", attempt.value);
    context_.machine.files.staged.erase(attempt);
    (void)context_.fate.passes();
  }
}

void SimTargets::take_back_renames() {
  Files& files = context_.machine.files;
  for (auto rename = renames_.rbegin(); rename != renames_.rend(); ++rename) {
    if (context_.random.one_in(2)) continue;
    const StagedOutput& output = rename->output;
    const auto directory = files.staged.find(staged_by(output.staging_path));
    if (directory == files.staged.end()) continue;
    if (rename->before) {
      files.finals[output.final_path] = *rename->before;
    } else {
      files.finals.erase(output.final_path);
    }
    directory->second[output.staging_path] = rename->staged;
  }
  renames_.clear();
}

}  // namespace moondial::sim

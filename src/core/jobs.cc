#include "core/jobs.h"

#include <cassert>

#include "base/hash.h"

namespace moondial {
namespace {

/// Memory is given back when nothing is left of more jobs than this.
constexpr size_t kWorthGivingBack = 10'000;

}  // namespace

size_t Jobs::Hash::operator()(std::string_view id) const noexcept { return hash64(id); }

Index Jobs::add(std::string_view id) {
  const size_t places = jobs_.places();
  const Index index = jobs_.add_place();
  Job& job = jobs_[index];
  if (index == places) job.generation = first_generation_;
  job.id = id;
  job.order = ++last_order_;
  by_id_.insert(index);
  return index;
}

void Jobs::reserve_more(size_t jobs, size_t edges) {
  jobs_.reserve_more(jobs);
  edges_.reserve_more(edges);
  if (by_id_.size() + jobs > by_id_.bucket_count()) by_id_.reserve(by_id_.size() + jobs);
}

void Jobs::remove(Index job) {
  assert(jobs_[job].first_need == kNone && jobs_[job].first_dependent == kNone);
  const uint32_t generation = jobs_[job].generation + 1;
  jobs_[job] = Job{};
  jobs_[job].generation = generation;
  jobs_.remove(job);
  if (generation > first_generation_) first_generation_ = generation;
  if (jobs_.live() > 0 || jobs_.places() < kWorthGivingBack) return;
  jobs_.clear();
  edges_.clear();
  by_id_.rehash(0);
}

Index Jobs::find(std::string_view id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? kNone : *found;
}

JobId Jobs::name(Index job) const {
  return JobId(static_cast<uint64_t>(jobs_[job].generation) << 32 | (job + uint64_t{1}));
}

Index Jobs::at(JobId id) const {
  const Index job = find(id);
  assert(job != kNone);
  return job;
}

Index Jobs::find(JobId id) const {
  const auto job = static_cast<Index>((id.value & UINT32_MAX) - 1);
  return job < jobs_.places() && jobs_[job].generation == id.value >> 32 ? job : kNone;
}

Index Jobs::connect(Index job, Index need) {
  Edge edge;
  edge.job = job;
  edge.need = need;
  edge.previous_need = jobs_[job].last_need;
  edge.previous_dependent = jobs_[need].last_dependent;
  const Index index = edges_.add(edge);
  (edge.previous_need == kNone ? jobs_[job].first_need : edges_[edge.previous_need].next_need) =
      index;
  jobs_[job].last_need = index;
  (edge.previous_dependent == kNone ? jobs_[need].first_dependent
                                    : edges_[edge.previous_dependent].next_dependent) = index;
  jobs_[need].last_dependent = index;
  return index;
}

void Jobs::disconnect(Index index) {
  const Edge edge = edges_[index];
  Job& job = jobs_[edge.job];
  (edge.previous_need == kNone ? job.first_need : edges_[edge.previous_need].next_need) =
      edge.next_need;
  (edge.next_need == kNone ? job.last_need : edges_[edge.next_need].previous_need) =
      edge.previous_need;
  Job& need = jobs_[edge.need];
  (edge.previous_dependent == kNone ? need.first_dependent
                                    : edges_[edge.previous_dependent].next_dependent) =
      edge.next_dependent;
  (edge.next_dependent == kNone ? need.last_dependent
                                : edges_[edge.next_dependent].previous_dependent) =
      edge.previous_dependent;
  edges_.remove(index);
}

}  // namespace moondial

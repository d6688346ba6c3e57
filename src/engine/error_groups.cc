#include "engine/error_groups.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "base/hash.h"

namespace moondial {
namespace {

constexpr std::string_view kLeftOut = "…";

std::string_view first_line(std::string_view text) { return text.substr(0, text.find('\n')); }

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// How long the place in front of a line is: "dir/file.lua:12".
size_t place_length(std::string_view line) {
  const size_t end = line.find(": ");
  if (end == std::string_view::npos) return 0;
  const size_t colon = line.substr(0, end).rfind(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == end) return 0;
  const std::string_view number = line.substr(colon + 1, end - colon - 1);
  if (!std::ranges::all_of(number, is_digit)) return 0;
  const std::string_view file = line.substr(0, colon);
  return file.find(' ') == std::string_view::npos ? end : 0;
}

/// The end of what is left out at `at`: of a quoted text, or of a word with a digit in it.
size_t end_of_detail(std::string_view line, size_t at) {
  const char c = line[at];
  if (c == '\'' || c == '"') {
    // An apostrophe inside of a word begins no quotation.
    const bool begins = at == 0 || !is_word(line[at - 1]);
    const size_t end = begins ? line.find(c, at + 1) : std::string_view::npos;
    return end == std::string_view::npos ? at : end + 1;
  }
  if (!is_word(c)) return at;
  size_t end = at;
  bool has_digit = false;
  const auto joins = [&](size_t i) {
    return is_word(line[i]) ||
           ((line[i] == '-' || line[i] == '.' || line[i] == ':' || line[i] == '/') &&
            i + 1 < line.size() && is_word(line[i + 1]));
  };
  for (; end < line.size() && joins(end); ++end) has_digit = has_digit || is_digit(line[end]);
  return has_digit ? end : at;
}

/// Whether all tasks of a group that have failed so far had succeeded again at a time.
bool all_had_succeeded(const std::map<std::string, const Failure*>& newest, UtcTime at) {
  return !newest.empty() && std::ranges::all_of(newest, [&](const auto& entry) {
    const Failure& failure = *entry.second;
    return failure.succeeded && *failure.succeeded > failure.past.attempt.started &&
           *failure.succeeded < at;
  });
}

struct Gathered {
  ErrorGroup group;
  std::vector<const Failure*> failures;  // newest first
};

void finish(Gathered& gathered) {
  ErrorGroup& group = gathered.group;
  std::map<std::string, const Failure*> seen;
  bool regressed = false;
  for (auto failure = gathered.failures.rbegin(); failure != gathered.failures.rend(); ++failure) {
    const PastAttempt& past = (*failure)->past;
    if (all_had_succeeded(seen, past.attempt.started)) regressed = true;
    seen[past.task] = *failure;
  }
  std::map<std::string, size_t> places;
  bool resolved = true;
  for (const Failure* failure : gathered.failures) {
    const PastAttempt& past = failure->past;
    const auto [place, is_new] = places.try_emplace(past.task, group.tasks.size());
    if (is_new) {
      const UtcTime at = past.attempt.ended.value_or(past.attempt.started);
      const bool succeeded = failure->succeeded && *failure->succeeded > past.attempt.started;
      group.tasks.push_back(
          {past.task, past.params, 0, past.run, past.attempt.attempt, at, succeeded});
      resolved = resolved && succeeded;
    }
    ++group.tasks[place->second].count;
  }
  group.state = resolved    ? ErrorGroup::State::kResolved
                : regressed ? ErrorGroup::State::kRegressed
                            : ErrorGroup::State::kOpen;
}

}  // namespace

std::string place_of(std::string_view error) {
  const std::string_view line = first_line(error);
  return std::string(line.substr(0, place_length(line)));
}

std::string shape_of(std::string_view error) {
  std::string_view line = first_line(error);
  if (const size_t place = place_length(line); place > 0) line.remove_prefix(place + 2);
  std::string out;
  for (size_t at = 0; at < line.size();) {
    const size_t end = end_of_detail(line, at);
    if (end > at) {
      out += kLeftOut;
      at = end;
      continue;
    }
    // A whole word, so that a later letter of it is not taken for the beginning of one.
    do {
      out += line[at++];
    } while (at < line.size() && is_word(line[at]) && is_word(line[at - 1]));
  }
  return out;
}

std::vector<ErrorGroup> group_errors(const std::vector<Failure>& failures) {
  std::map<std::tuple<std::string, std::string, std::string>, Gathered> groups;
  for (const Failure& failure : failures) {
    const PastAttempt& past = failure.past;
    const std::string place = place_of(past.attempt.error);
    const std::string shape = shape_of(past.attempt.error);
    Gathered& gathered = groups[{past.name, place, shape}];
    ErrorGroup& group = gathered.group;
    const UtcTime at = past.attempt.ended.value_or(past.attempt.started);
    if (gathered.failures.empty()) {
      std::string key = past.name;
      for (const std::string* part : {&place, &shape}) key.append(1, '\0').append(*part);
      group.id = sha256_hex(key).substr(0, 16);
      group.task = past.name;
      group.place = place;
      group.shape = shape;
      group.last = at;
      group.example = past;
    }
    group.first = at;
    ++group.count;
    gathered.failures.push_back(&failure);
  }
  std::vector<ErrorGroup> out;
  for (auto& [key, gathered] : groups) {
    finish(gathered);
    out.push_back(std::move(gathered.group));
  }
  std::ranges::sort(out, [](const ErrorGroup& a, const ErrorGroup& b) {
    const bool a_open = a.state != ErrorGroup::State::kResolved;
    const bool b_open = b.state != ErrorGroup::State::kResolved;
    return std::tuple(!a_open, b.last, a.id) < std::tuple(!b_open, a.last, b.id);
  });
  return out;
}

}  // namespace moondial

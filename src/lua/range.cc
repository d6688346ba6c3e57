#include "lua/range.h"

#include <charconv>

#include "base/date_interval.h"
#include "lua/binding.h"
#include "lua/time_traits.h"

namespace moondial::script {
namespace {

constexpr int64_t kMost = 1'000'000;

[[noreturn]] void refuse(const ParamSpec& spec, const std::string& text, const std::string& why) {
  throw ScriptError("parameter '" + spec.name + "': \"" + text + "\" " + why);
}

void check_count(const ParamSpec& spec, const std::string& text, int64_t count) {
  if (count < 1) refuse(spec, text, "ends before it begins");
  if (count > kMost) refuse(spec, text, "has more than a million values");
}

std::pair<std::string, std::string> ends_of(const ParamSpec& spec, const std::string& text,
                                            const char* example) {
  const size_t dots = text.find("..");
  if (dots == std::string::npos) return {text, text};
  std::pair<std::string, std::string> ends(text.substr(0, dots), text.substr(dots + 2));
  if (ends.first.empty() || ends.second.empty()) {
    refuse(spec, text, std::string("is no interval; one is written ") + example);
  }
  return ends;
}

template <typename T>
std::vector<std::string> time_values(const ParamSpec& spec, const std::string& text, T first,
                                     const T& last) {
  const int64_t count = TimeTraits<T>::number(last) - TimeTraits<T>::number(first) + 1;
  check_count(spec, text, count);
  std::vector<std::string> values;
  values.reserve(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) {
    values.push_back(TimeTraits<T>::text(unwrap(TimeTraits<T>::add(first, i))));
  }
  return values;
}

template <typename T>
std::vector<std::string> between(const ParamSpec& spec, const std::string& text) {
  std::string example(TimeTraits<T>::kExample);
  example.append("..").append(TimeTraits<T>::kExample);
  const auto [first, last] = ends_of(spec, text, example.c_str());
  return time_values<T>(spec, text, unwrap(TimeTraits<T>::parse(first)),
                        unwrap(TimeTraits<T>::parse(last)));
}

int64_t whole_number(const ParamSpec& spec, const std::string& range, const std::string& text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    refuse(spec, range, "is no interval of whole numbers such as 1..12");
  }
  return number;
}

std::vector<std::string> numbers(const ParamSpec& spec, const std::string& text) {
  const auto ends = ends_of(spec, text, "1..12");
  const int64_t first = whole_number(spec, text, ends.first);
  const int64_t last = whole_number(spec, text, ends.second);
  // The difference as an unsigned number cannot overflow.
  const uint64_t span = static_cast<uint64_t>(last) - static_cast<uint64_t>(first);
  if (last < first) check_count(spec, text, 0);
  if (span >= static_cast<uint64_t>(kMost)) check_count(spec, text, kMost + 1);
  std::vector<std::string> values;
  for (uint64_t i = 0; i <= span; ++i) {
    values.push_back(std::to_string(first + static_cast<int64_t>(i)));
  }
  return values;
}

}  // namespace

std::vector<std::string> values_in_range(const ParamSpec& spec, const std::string& text) {
  switch (spec.kind) {
    case Kind::kDate: {
      const DateInterval dates = unwrap(DateInterval::parse(text));
      return time_values<Date>(spec, text, dates.first(), dates.last());
    }
    case Kind::kMonth:
      return between<Month>(spec, text);
    case Kind::kWeek:
      return between<Week>(spec, text);
    case Kind::kHour:
      return between<Hour>(spec, text);
    case Kind::kInt:
      return numbers(spec, text);
    default:
      throw ScriptError("parameter '" + spec.name + "' is " + kind_text(spec) +
                        ": an interval A..B is of dates, months, weeks, hours or whole numbers");
  }
}

}  // namespace moondial::script

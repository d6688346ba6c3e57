// How a cron expression is read. Each field is a list of items; each item adds bits to the field's
// set, or an error to the list of all errors.
#include "core/cron.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include "base/text.h"

namespace moondial {
namespace {

/// What is the same for all that is read of one kind of field.
struct FieldKind {
  std::string_view name;
  std::string_view expected;
  int least;
  int most;
  std::vector<std::string> names;  ///< of the values from `least` on
};

const FieldKind kSecondField{"second", "seconds are 0 to 59", 0, 59, {}};
const FieldKind kMinuteField{"minute", "minutes are 0 to 59", 0, 59, {}};
const FieldKind kHourField{"hour", "hours are 0 to 23, and midnight is 0", 0, 23, {}};
const FieldKind kMonthDayField{
    "day of the month", "days of the month are 1 to 31, L, L-3, 15W or LW", 1, 31, {}};
const FieldKind kMonthField{"month",
                            "months are 1 to 12 or jan to dec",
                            1,
                            12,
                            {"january", "february", "march", "april", "may", "june", "july",
                             "august", "september", "october", "november", "december"}};
const FieldKind kWeekDayField{
    "day of the week",
    "days of the week are 0 (Sunday) to 7 (Sunday too), or sun to sat, 5L or 5#2",
    0,
    6,
    {"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}};

std::string in_small_letters(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> out;
  bool in_word = false;
  for (const char c : text) {
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      in_word = false;
      continue;
    }
    if (!in_word) out.emplace_back();
    in_word = true;
    out.back() += c;
  }
  return out;
}

std::vector<std::string> split_at(std::string_view text, char separator) {
  std::vector<std::string> out;
  for (;;) {
    const size_t end = text.find(separator);
    out.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
  }
}

/// -1 if it is not up to four digits.
int small_number(std::string_view text) {
  if (text.empty() || text.size() > 4) return -1;
  int out = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return -1;
    out = out * 10 + (c - '0');
  }
  return out;
}

struct CronRange {
  int first = 0;
  int last = 0;  ///< may lie beyond the field's end, where it goes on at its beginning
  int step = 1;
};

/// Reads one field, item by item.
class FieldReader {
 public:
  FieldReader(const FieldKind& kind, std::vector<std::string>& errors)
      : kind_(kind), errors_(errors) {}

  /// Begins an item; gives it in small letters.
  std::string begin(const std::string& item) {
    shown_ = item.empty() ? "\"\"" : printable(item);
    return in_small_letters(item);
  }

  /// What is no list; nothing if it is wrong, which has been said then.
  std::optional<CronRange> range(const std::string& item) {
    const std::vector<std::string> parts = split_at(item, '/');
    if (parts.size() > 2) return wrong("one step, as in */5, is expected");
    std::optional<CronRange> out = span(parts[0], parts.size() == 2);
    if (out && parts.size() == 2) {
      out->step = step(parts[1]);
      if (out->step == 0) return std::nullopt;
    }
    return out;
  }

  /// A number or a name of this field; nothing if it is wrong, which has been said then.
  std::optional<int> value(const std::string& text) {
    const int value = small_number(text);
    if (value >= kind_.least && value <= kind_.most) return value;
    if (&kind_ == &kWeekDayField && value == 7) return value;
    for (size_t i = 0; i < kind_.names.size(); ++i) {
      if (text == kind_.names[i] || text == kind_.names[i].substr(0, 3)) {
        return kind_.least + static_cast<int>(i);
      }
    }
    wrong(std::string(kind_.expected) + hint(text));
    return std::nullopt;
  }

  std::nullopt_t wrong(const std::string& why) {
    errors_.push_back(std::string(kind_.name) + " " + shown_ + ": " + why);
    return std::nullopt;
  }

 private:
  std::optional<CronRange> span(const std::string& text, bool has_step) {
    if (text == "*") return CronRange{kind_.least, kind_.most, 1};
    const size_t dash = text.find('-');
    const auto first = value(text.substr(0, dash));
    if (!first) return std::nullopt;
    if (dash == std::string::npos) {
      return has_step ? CronRange{*first % 7 == 0 && &kind_ == &kWeekDayField ? 0 : *first,
                                  kind_.most, 1}
                      : CronRange{*first, *first, 1};
    }
    const auto last = value(text.substr(dash + 1));
    if (!last) return std::nullopt;
    if (*first <= *last) return CronRange{*first, *last, 1};
    // Round the end: fri-mon, 22-2.
    const int size = kind_.most - kind_.least + 1;
    if (*first == 7) return CronRange{0, *last, 1};
    return CronRange{*first, *last + size, 1};
  }

  int step(const std::string& text) {
    const int step = small_number(text), most = kind_.most - kind_.least + 1;
    if (step >= 1 && step <= most) return step;
    std::string why = "a step here is 1 to " + std::to_string(most);
    if (step > most &&
        (&kind_ == &kMinuteField || &kind_ == &kSecondField || &kind_ == &kHourField)) {
      why += "; a longer period is what `every` says";
    }
    wrong(why);
    return 0;
  }

  [[nodiscard]] std::string hint(const std::string& text) const {
    if (text == "?") return "; ? is for the two fields of days, by itself";
    if (text == "h" || text == "r" || text.find('~') != std::string::npos) {
      return "; for times that differ a little there is jitter";
    }
    std::vector<std::string> known;
    for (const std::string& name : kind_.names) {
      known.push_back(name);
      known.push_back(name.substr(0, 3));
    }
    const std::string near = nearest(text, known);
    return near.empty() ? "" : " (did you mean " + near + "?)";
  }

  const FieldKind& kind_;
  std::vector<std::string>& errors_;
  std::string shown_;
};

/// The values of `range` as bits; in a field whose values go round after `most`.
uint64_t bits_of(const CronRange& range, const FieldKind& kind) {
  uint64_t out = 0;
  const int size = kind.most - kind.least + 1;
  for (int value = range.first; value <= range.last; value += range.step) {
    out |= uint64_t{1} << (kind.least + (value - kind.least) % size);
  }
  return out;
}

uint64_t read_plain(const FieldKind& kind, const std::string& text, bool* star,
                    std::vector<std::string>& errors) {
  uint64_t out = 0;
  FieldReader reader(kind, errors);
  for (const std::string& written : split_at(text, ',')) {
    const std::string item = reader.begin(written);
    if (star != nullptr && item.starts_with('*')) *star = true;
    if (const auto range = reader.range(item)) out |= bits_of(*range, kind);
  }
  return out;
}

/// `L`, `L-3`, `LW`, `L-3W`, `15W`: false if it is none of these.
bool read_special_day(const std::string& item, FieldReader& reader,
                      CronExpression::MonthDays& into) {
  const bool nearest = item.ends_with('w');
  const std::string text = nearest ? item.substr(0, item.size() - 1) : item;
  if (!text.starts_with('l')) {
    if (!nearest) return false;
    const int day = small_number(text);
    if (day >= 1 && day <= 31) {
      into.nearest |= uint32_t{1} << day;
    } else {
      reader.wrong("before W stands a day, 1 to 31, or L");
    }
    return true;
  }
  int before = 0;
  if (text.size() > 1) before = text[1] == '-' ? small_number(text.substr(2)) : -1;
  if (before < 0 || before > 30) {
    reader.wrong("after L stands how many days before the last one: L-1 to L-30");
  } else {
    (nearest ? into.nearest_from_end : into.from_end) |= uint32_t{1} << before;
  }
  return true;
}

CronExpression::MonthDays read_month_days(const std::string& text,
                                          std::vector<std::string>& errors) {
  CronExpression::MonthDays out;
  FieldReader reader(kMonthDayField, errors);
  for (const std::string& written : split_at(text == "?" ? "*" : text, ',')) {
    const std::string item = reader.begin(written);
    if (item.starts_with('*')) out.star = true;
    if (read_special_day(item, reader, out)) continue;
    if (const auto range = reader.range(item)) {
      out.days |= static_cast<uint32_t>(bits_of(*range, kMonthDayField));
    }
  }
  return out;
}

/// `5L` and `5#2`: false if it is neither.
bool read_special_weekday(const std::string& item, FieldReader& reader,
                          CronExpression::WeekDays& into) {
  const size_t hash = item.find('#');
  if (hash == std::string::npos && !item.ends_with('l')) return false;
  if (item == "l") {
    reader.wrong("before L stands a day: 5L is the last Friday of the month");
    return true;
  }
  const auto day = reader.value(item.substr(0, hash == std::string::npos ? item.size() - 1 : hash));
  if (!day) return true;
  const auto bit = static_cast<uint8_t>(1 << *day % 7);
  if (hash == std::string::npos) {
    into.last |= bit;
    return true;
  }
  const int nth = small_number(item.substr(hash + 1));
  if (nth < 1 || nth > 5) {
    reader.wrong("after # stands which one of the month, 1 to 5; the last one is 5L");
  } else {
    into.nth[static_cast<size_t>(nth - 1)] |= bit;
  }
  return true;
}

CronExpression::WeekDays read_week_days(const std::string& text, std::vector<std::string>& errors) {
  CronExpression::WeekDays out;
  FieldReader reader(kWeekDayField, errors);
  for (const std::string& written : split_at(text == "?" ? "*" : text, ',')) {
    const std::string item = reader.begin(written);
    if (item.starts_with('*')) out.star = true;
    if (read_special_weekday(item, reader, out)) continue;
    if (const auto range = reader.range(item)) {
      out.days |= static_cast<uint8_t>(bits_of(*range, kWeekDayField));
    }
  }
  return out;
}

Error invalid(std::string_view text, const std::string& why) {
  return Error{Code::kInvalid, "\"" + printable(text) + "\": " + why, {}};
}

/// The fields that a word like @daily stands for.
Result<std::string_view> read_macro(const std::string& word) {
  struct Macro {
    std::string_view name;
    std::string_view fields;
  };
  static constexpr Macro kMacros[] = {
      {"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"}, {"@monthly", "0 0 1 * *"},
      {"@weekly", "0 0 * * 0"}, {"@daily", "0 0 * * *"},    {"@midnight", "0 0 * * *"},
      {"@hourly", "0 * * * *"},
  };
  std::vector<std::string> names;
  for (const Macro& macro : kMacros) {
    if (word == macro.name) return macro.fields;
    names.emplace_back(macro.name);
  }
  if (word == "@reboot") {
    return invalid(word, "a start of the machine is no time, and a schedule needs one");
  }
  if (word == "@every") return invalid(word, "a period is what `every` says: every = \"15m\"");
  const std::string near = nearest(word, names);
  return invalid(word,
                 "expected @yearly, @annually, @monthly, @weekly, @daily, @midnight or "
                 "@hourly" +
                     (near.empty() ? "" : " (did you mean " + near + "?)"));
}

std::string all_of(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : "; ") + text;
  return out;
}

Error wrong_count(std::string_view text, size_t count) {
  std::string why = "has " + std::to_string(count) + (count == 1 ? " field" : " fields") +
                    "; expected are 5 (minute, hour, day of the month, month, day of the week), "
                    "or 6 with the second first";
  if (count == 7) why += "; years are what `from` and `to` say";
  if (count > 7) why += ", and no command";
  return invalid(text, why);
}

/// Whether there is a day that it allows. The calendar repeats itself after 400 years.
bool has_day(const CronExpression& cron) {
  for (int year = 2000; year < 2400; ++year) {
    for (unsigned month = 1; month <= 12; ++month) {
      if ((cron.months >> month & 1) == 0) continue;
      if (cron.days_in(std::chrono::year(year) / std::chrono::month(month)) != 0) return true;
    }
  }
  return false;
}

}  // namespace

Result<CronExpression> CronExpression::parse(std::string_view text) {
  std::vector<std::string> fields = split_words(text);
  if (fields.empty()) return Error{Code::kInvalid, "a cron expression is empty", {}};
  if (fields[0].starts_with('@')) {
    const auto macro = read_macro(in_small_letters(fields[0]));
    if (!macro.ok()) return macro.error();
    if (fields.size() > 1) return invalid(text, "nothing stands after " + fields[0]);
    fields = split_words(*macro);
  }
  if (fields.size() != 5 && fields.size() != 6) return wrong_count(text, fields.size());
  const bool has_seconds = fields.size() == 6;
  if (!has_seconds) fields.insert(fields.begin(), "0");

  CronExpression out;
  std::vector<std::string> errors;
  out.seconds = read_plain(kSecondField, fields[0], nullptr, errors);
  out.minutes = read_plain(kMinuteField, fields[1], &out.minute_star, errors);
  out.hours = static_cast<uint32_t>(read_plain(kHourField, fields[2], &out.hour_star, errors));
  out.month_days = read_month_days(fields[3], errors);
  out.months = static_cast<uint16_t>(read_plain(kMonthField, fields[4], nullptr, errors));
  out.week_days = read_week_days(fields[5], errors);
  if (!errors.empty()) {
    const char* six = "; of six fields the first is the second, and a command is none";
    return invalid(text, all_of(errors) + (has_seconds ? six : ""));
  }
  if (!has_day(out)) {
    const bool any_weekday = fields[5] == "*" || fields[5] == "?";
    return invalid(text, "there is never such a day: day of the month " + fields[3] + " in month " +
                             fields[4] + (any_weekday ? "" : " with day of the week " + fields[5]));
  }
  return out;
}

}  // namespace moondial

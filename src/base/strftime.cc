#include "base/strftime.h"

#include <date/date.h>

#include <locale>
#include <sstream>

#include "base/text.h"

namespace moondial {
namespace {

constexpr std::string_view kPlain = "aAbBcCdDeFgGhHIjmMnprRStTuUVwWxXyYzZ%";
constexpr std::string_view kAfterE = "cCxXyY";
constexpr std::string_view kAfterO = "deHImMSuUVwWy";

/// The conversion at `format`'s beginning, which is a '%'; its length, or 0 if there is none such.
size_t conversion_size(std::string_view format) {
  if (format.size() < 2) return 0;
  const auto among = [](std::string_view set, char c) {
    return set.find(c) != std::string_view::npos;
  };
  if (among(kPlain, format[1])) return 2;
  if (format.size() < 3) return 0;
  if (format[1] == 'E' && among(kAfterE, format[2])) return 3;
  if (format[1] == 'O' && among(kAfterO, format[2])) return 3;
  return 0;
}

Status check_format(std::string_view format) {
  if (format.find('\0') != std::string_view::npos) {
    return Status(Code::kInvalid, "a date format holds a NUL byte");
  }
  for (size_t at = format.find('%'); at != std::string_view::npos; at = format.find('%', at)) {
    const size_t size = conversion_size(format.substr(at));
    if (size == 0) {
      return Status(Code::kInvalid, "\"" + printable(format.substr(at, 2)) + "\" in the format \"" +
                                        printable(format) +
                                        "\" is no conversion of strftime (like %Y%m%d)");
    }
    at += size;
  }
  return Status();
}

}  // namespace

Result<std::string> format_civil(std::chrono::sys_seconds time, std::string_view strftime_format) {
  const Status checked = check_format(strftime_format);
  if (!checked.ok()) return checked.error();
  const std::string format(strftime_format);
  std::ostringstream out;
  out.imbue(std::locale::classic());
  date::to_stream(out, format.c_str(), time);
  if (!out) return Error{Code::kInternal, "the format \"" + format + "\" failed", {}};
  return std::move(out).str();
}

}  // namespace moondial

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace moondial {

/// The candidate that `name` most likely meant (Damerau-Levenshtein; at most a third of its length
/// wrong, and ties go to the first in byte order), or "" if none is near.
[[nodiscard]] std::string nearest(std::string_view name, std::span<const std::string> candidates);

/// `value` as one word of a POSIX shell: always in single quotes, whatever it holds.
[[nodiscard]] std::string shell_quote(std::string_view value);

/// A value of an identity: bare if it matches [%w_.:/+-]+, else in double quotes with \" \\ \n \t
/// and \xHH escapes (the empty string is "").
[[nodiscard]] std::string identity_value(std::string_view value);

/// The same, in double quotes whatever it holds.
[[nodiscard]] std::string quoted_value(std::string_view value);

/// `name(a=1,b=2)`, sorted by parameter name; the bare name if there are no parameters.
[[nodiscard]] std::string identity(std::string_view name,
                                   std::vector<std::pair<std::string, std::string>> params);

/// The shortest decimal text that reads back as `value`: `3` for 3.0, `0.1`. Finite values only.
[[nodiscard]] std::string format_number(double value);

/// `1.5 GiB`.
[[nodiscard]] std::string bytes_text(uint64_t bytes);

/// True if `text` is well-formed UTF-8.
[[nodiscard]] bool is_utf8(std::string_view text);

/// `text` with every ill-formed byte replaced by U+FFFD and control characters other than \n and
/// \t shown as \xHH, so that it is safe on a terminal and in JSON.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace moondial

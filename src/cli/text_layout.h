#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace moondial {

/// Columns that `text` takes on a terminal: wide characters two, combining ones none.
[[nodiscard]] size_t display_width(std::string_view text);

/// At most `width` columns of `text`, with "…" where something was left out.
[[nodiscard]] std::string shorten_middle(std::string_view text, size_t width);
[[nodiscard]] std::string shorten_end(std::string_view text, size_t width);

/// `text` and spaces up to `width` columns.
[[nodiscard]] std::string pad_right(std::string_view text, size_t width);
[[nodiscard]] std::string pad_left(std::string_view text, size_t width);

/// As a person reads it on a clock: `0:42`, `12:05`, `1:02:03`.
[[nodiscard]] std::string clock_time(double seconds);
/// As format_duration().
[[nodiscard]] std::string duration_text(double seconds);

/// `value` as one word of a shell; in quotes only where it must be.
[[nodiscard]] std::string shell_word(std::string_view value);

/// The first line of `text`.
[[nodiscard]] std::string_view first_line(std::string_view text);

/// Each line with `by` before it, and a line end.
[[nodiscard]] std::string indented(std::string_view text, std::string_view by);

}  // namespace moondial

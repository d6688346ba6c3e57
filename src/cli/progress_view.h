#pragma once

#include <string>
#include <vector>

#include "cli/api_data.h"
#include "cli/terminal.h"

namespace moondial {

/// The picture of a run on a terminal: a line for each running task, and one with the sum,
/// `12/61 done · 2 running · 1 failed · ETA 0:42`. No line is wider than `size`, and there are at
/// most rows - 1 of them. `since` is the time in seconds since `progress` was told.
[[nodiscard]] std::vector<std::string> progress_lines(const ProgressData& progress, double since,
                                                      Terminal::Size size,
                                                      const Terminal& terminal);

/// What is told for good of a task's change: on no terminal one line when it ended or is retried;
/// on a terminal only failures, with all of their error. Empty: nothing.
[[nodiscard]] std::string change_text(const ChangeData& change, const Terminal& terminal);

/// Rows that lines of these widths take on a terminal of `columns`: it may have shrunk since.
[[nodiscard]] size_t rows_taken(const std::vector<size_t>& widths, size_t columns);

}  // namespace moondial

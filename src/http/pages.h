#pragma once

#include <cstddef>
#include <cstdint>

#include "base/status.h"
#include "engine/record_rows.h"
#include "http/message.h"

namespace moondial {

/// Adds `Link: <…>; rel="next"` to a page that is full: the same request, before its `last` row.
void link_next(HttpReply& reply, const HttpRequest& request, size_t rows, int64_t limit,
               uint64_t last);
/// The same where the next page is told by another parameter, and is known to be there.
void link_next(HttpReply& reply, const HttpRequest& request, const std::string& from,
               const std::string& last);

/// Which runs the query means. The error (kInvalid) says what is wrong with it.
[[nodiscard]] Result<RunFilter> run_filter(const HttpRequest& request);

}  // namespace moondial

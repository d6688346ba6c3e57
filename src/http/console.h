#pragma once

#include <optional>

#include "http/message.h"

namespace moondial {

/// The console: a page and its parts, which are in this program and say nothing of the project, so
/// that anybody may have them. The page asks the API for all that it shows.

/// Whether a request is for it: a part by its name, or, where a browser wants a page, any address
/// that is not beneath /api/, since the page has addresses of its own (/runs/7).
[[nodiscard]] bool is_for_console(const HttpRequest& head);

/// What is answered then. A program that was built without it (where there was no Node) says so.
[[nodiscard]] HttpReply console_reply(const HttpRequest& head);

}  // namespace moondial

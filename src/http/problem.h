#pragma once

#include <string>

#include "base/status.h"
#include "http/message.h"

namespace moondial {

/// Errors as RFC 9457 tells them: `{"type", "title", "status", "detail", "errors": [{"file",
/// "line", "message", "hint"}]}`, as application/problem+json. `errors` is there if the error
/// names places in the user's files.
[[nodiscard]] HttpReply problem(int status, std::string detail);
[[nodiscard]] HttpReply problem(const Error& error);

}  // namespace moondial

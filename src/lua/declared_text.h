#pragma once

#include <string>
#include <string_view>

namespace moondial::script {

/// The text of the declaration that begins in that line (from 1), `task "X" { … }`: its tokens
/// with one space between them, so that comments and layout do not count. The whole file's if its
/// end is not found.
[[nodiscard]] std::string declared_text(std::string_view source, int line);

}  // namespace moondial::script

#pragma once

#include <cstdio>
#include <string>

namespace moondial::script {

/// Opens a file; one whose path ends in `.gz` is read and written through zlib. `mode` is fopen's,
/// "rbe", "wbe" or "abe". nullptr with errno if it cannot be opened. What follows fails with errno
/// EBADMSG where the bytes are no whole gzip file.
[[nodiscard]] FILE* open_file(const std::string& path, const char* mode);

/// errno for people.
[[nodiscard]] std::string file_error();

}  // namespace moondial::script

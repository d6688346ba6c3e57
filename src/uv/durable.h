#pragma once

#include <span>
#include <string>

#include "base/status.h"

namespace moondial {

/// Makes files and directories durable, by path, and `trees`: directories with all files and
/// directories in them. Blocking. A path that is neither a regular file nor a directory is an
/// error, as is what cannot be written to the disk; within a tree other kinds (symbolic links,
/// which are not followed, fifos, sockets, devices) are passed over: their directory holds all
/// there is.
[[nodiscard]] Status make_durable(std::span<const std::string> paths,
                                  std::span<const std::string> trees = {});

/// How many fsync calls cost as much as one syncfs, when `dirty_bytes` of others wait to be written
/// in the whole system. For make_durable; apart for tests.
[[nodiscard]] size_t fsyncs_worth_a_syncfs(int64_t dirty_bytes);

/// An output of which nothing is left to publish.
[[nodiscard]] Error nothing_to_publish(const std::string& final_path);

/// `text: reason of the system`, as an error of the file system.
[[nodiscard]] Error file_error(const std::string& text, int error);

}  // namespace moondial

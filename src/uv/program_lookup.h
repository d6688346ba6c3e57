#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/status.h"
#include "engine/process_runner.h"

namespace moondial {

class ChildEnvironment;

/// Looks programs up in PATH, as a shell does it. What was found is taken to be there for a second:
/// thousands of small commands in a row are mostly one program, and a PATH has many folders. One
/// thread.
class ProgramLookup {
 public:
  /// The path to execute; a name with a slash is that. Errors tell what to do.
  [[nodiscard]] Result<std::string> find(const CommandSpec& command,
                                         const ChildEnvironment& environment);
  /// After a program was not there any more.
  void forget() { known_ = {}; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Found {
    std::string name;
    std::string path;  ///< the variable
    std::string program;
    Clock::time_point until;
  };
  [[nodiscard]] static Result<std::string> search(const CommandSpec& command,
                                                  std::string_view path);

  std::array<Found, 8> known_;
  size_t next_ = 0;  ///< to be replaced
};

}  // namespace moondial

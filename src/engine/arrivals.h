#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace moondial {

/// A file that a glob matches.
struct SeenFile {
  std::string path;    ///< relative to the root if the glob is
  std::string stamp;   ///< while this is the same, so are its contents, as far as can be told
  bool whole = false;  ///< nobody writes to it, and it was left alone for a while
};

/// Looks for files. Loop thread only.
class Arrivals {
 public:
  struct Glob {
    std::string glob;    ///< `*`, `?` and `[…]` within a name, `**` for folders of any depth
    Duration settle{0};  ///< how long a file is to be left alone
  };
  /// All that a glob matches now.
  using Seen = std::function<void(const std::string& glob, const std::vector<SeenFile>& files)>;

  virtual ~Arrivals() = default;
  /// Looks at what these globs match from now on, and no more at those before. `seen` is called
  /// later: once for each, and whenever something may have changed.
  virtual void watch(std::vector<Glob> globs, Seen seen) = 0;
};

}  // namespace moondial

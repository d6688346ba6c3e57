#pragma once

#include <sys/types.h>

#include <map>
#include <utility>

namespace moondial {

/// That an engine which has closed all its parts has closed all its descriptors: to be made before
/// them, and asked at the end. Used in debug builds, with which the tests run as well; elsewhere
/// the end of the process does it.
class DescriptorCheck {
 public:
  using Open = std::map<int, std::pair<dev_t, ino_t>>;

  DescriptorCheck();
  /// Names what is open and was not, on standard error, and aborts: a bug. Else returns.
  void at_end() const;

 private:
  Open before_;
};

}  // namespace moondial

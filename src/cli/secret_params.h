#pragma once

#include <set>
#include <string>
#include <string_view>

namespace moondial {

/// Which parameters of a task are secret, so that their values are never printed. The engine knows;
/// until it has said so, none is printed.
class SecretParams {
 public:
  /// Nothing is known: every value is hidden.
  SecretParams() = default;
  /// From the answer to `GET tasks`. Nothing is known of a task that is not there.
  [[nodiscard]] static SecretParams read(std::string_view tasks_json, std::string_view task);

  /// `name=value` as it may be printed: `name=***` where the value is hidden.
  [[nodiscard]] std::string shown(const std::string& param) const;

 private:
  bool known_ = false;
  std::set<std::string, std::less<>> names_;
};

}  // namespace moondial

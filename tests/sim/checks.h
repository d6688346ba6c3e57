#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace moondial::sim {

/// The first promise that was broken. Nothing is thrown through the product: who drives the world
/// looks here after each step.
class Checks {
 public:
  /// `invariant` is its name in README.md.
  void broken(std::string_view invariant, std::string what) {
    if (!ok()) return;
    invariant_ = invariant;
    what_ = std::move(what);
  }

  [[nodiscard]] bool ok() const { return invariant_.empty(); }
  [[nodiscard]] const std::string& invariant() const { return invariant_; }
  [[nodiscard]] const std::string& what() const { return what_; }

 private:
  std::string invariant_;
  std::string what_;
};

}  // namespace moondial::sim

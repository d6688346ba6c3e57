#pragma once

#include <string>
#include <string_view>

namespace moondial {

/// What text is about, for its colour.
enum class Tone { kPlain, kGood, kBad, kWarn, kActive, kFaint, kStrong };

/// What a standard stream of ours is connected to.
struct Terminal {
  int fd = 1;
  bool live = false;    ///< can be redrawn
  bool colour = false;  ///< NO_COLOR is respected

  /// `text` in the colour of `tone`, if there is colour.
  [[nodiscard]] std::string paint(Tone tone, std::string_view text) const;

  struct Size {
    size_t columns = 80;
    size_t rows = 24;
  };
  /// Asked anew, for it may be resized.
  [[nodiscard]] Size size() const;

  /// Writes all of it; what cannot be written is lost. Of standard output it is remembered.
  void write(std::string_view text) const;
};

/// The errno that kept standard output from being whole: a full disk. 0: none did, or it is closed.
[[nodiscard]] int output_error();

[[nodiscard]] Terminal terminal_of(int fd);

/// The tone of a task's or a run's state.
[[nodiscard]] Tone tone_of(std::string_view state);

}  // namespace moondial

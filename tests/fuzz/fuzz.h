// What a fuzz target is made of: README.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// FUZZ_TARGET(name) { … } in <folder>/<name>.cc: what is done with one `input`, of any bytes. It
/// must come back, and its expectations must hold. libFuzzer calls it with MOONDIAL_FUZZ; else it
/// is a test case that is given all of corpus/<name>/ and regressions/<name>/.
#ifdef MOONDIAL_FUZZ
#define FUZZ_TARGET(name)                                                      \
  static void fuzz_##name(std::string_view input);                             \
  extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {   \
    fuzz_##name(std::string_view(reinterpret_cast<const char*>(bytes), size)); \
    return 0;                                                                  \
  }                                                                            \
  static void fuzz_##name(std::string_view input)
#else
#include "tests/catch.h"
#define FUZZ_TARGET(name)                                          \
  static void fuzz_##name(std::string_view input);                 \
  TEST_CASE(#name ": its corpus and its regressions do no harm") { \
    moondial::fuzz::replay(#name, fuzz_##name);                    \
  }                                                                \
  static void fuzz_##name(std::string_view input)
#endif

namespace moondial::fuzz {

/// Ends the process, loudly, unless it holds.
void expect(bool holds, std::string_view what);
/// The same for two texts that must be equal; shows both.
void expect_same(std::string_view got, std::string_view expected, std::string_view what);

/// Takes the first line off `rest`, without its end.
[[nodiscard]] std::string_view take_line(std::string_view& rest);
/// The parts between `separator`s: one at least.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);
/// `\xHH` becomes the byte, `\\` a backslash, so that bytes have a place in a corpus of texts; all
/// else is itself.
[[nodiscard]] std::string unescape(std::string_view text);
/// A number that differs with each text, to make choices by.
[[nodiscard]] uint64_t seed_of(std::string_view text);

/// Calls `target` with each file that is kept for it. Of replay.cc.
void replay(const std::string& name, void (*target)(std::string_view input));

}  // namespace moondial::fuzz

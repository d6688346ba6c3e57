#pragma once

namespace moondial {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

/// The size of what is large in a test: a tenth of it under sanitizers, where each step takes some
/// ten times as long. They look for errors of memory, which do not wait for the last task.
constexpr int large(int size) { return kSanitized ? size / 10 : size; }

}  // namespace moondial

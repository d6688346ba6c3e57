#pragma once

#include <cstdint>
#include <string_view>

#include "base/secret_masker.h"
#include "engine/attempt_log.h"
#include "engine/process_runner.h"

namespace moondial {

/// What the command of an attempt says, on its way to the log: masked, in lines. Of a held command,
/// what is in the log is told to be kept, so that the engine that adopts it writes the rest, and
/// nothing twice. That can be said where nothing is open: at the end of a line, when no beginning
/// of a secret is held back. Loop thread only.
class CommandOutput {
 public:
  /// Both outlive it.
  CommandOutput(const SecretMasker& masker, AttemptLog& log) : said_(masker), log_(log) {}

  /// Before the first add(): it is heard from now on, or again. `process` lives as long as this or
  /// until finish().
  void begin(Process& process);
  void add(std::string_view bytes);
  /// It has ended: all that was open is written out.
  void finish();

 private:
  void pass(std::string_view bytes);
  void keep();

  MaskedStream said_;
  AttemptLog& log_;
  Process* process_ = nullptr;
  uint64_t bytes_ = 0;  // so many were said, to all engines
  uint64_t kept_ = 0;
};

}  // namespace moondial

#pragma once

#include "cli/terminal.h"

namespace moondial {

/// Output that is read by a program: no colour, no redrawing.
inline const Terminal kPipe{1, false, false};

}  // namespace moondial

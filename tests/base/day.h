#pragma once

#include "base/date.h"

namespace moondial {

/// Of a text that is a date.
inline Date day(const char* text) { return *Date::parse(text); }

}  // namespace moondial

// Lua built as C++. Unlike the file of this name that comes with Lua, no extern "C" here: the
// functions have C++ linkage, or the header itself says otherwise.
#pragma once

#include "lua.h"

#include "lauxlib.h"
#include "lualib.h"

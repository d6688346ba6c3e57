#pragma once

#include <lua.hpp>
#include <optional>

#include "base/date.h"

namespace moondial::script {

/// Dates and months as values of Lua: userdata, interned, so that equal ones are the same object
/// and serve as keys of tables.
void push_date(lua_State* L, Date date);
void push_month(lua_State* L, Month month);

/// The date at `index`, if it is one.
[[nodiscard]] std::optional<Date> to_date(lua_State* L, int index);
[[nodiscard]] std::optional<Month> to_month(lua_State* L, int index);

/// Makes the metatables, and leaves a table {date =, month =, today =, yesterday =} of the
/// functions that the DSL is made of on the stack.
void open_dates(lua_State* L);

}  // namespace moondial::script

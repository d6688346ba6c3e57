#pragma once

#include <string>

#include "base/status.h"

namespace moondial {

/// The types of the DSL for lua-language-server: the text of a file of Lua that is never run. Made
/// anew at each call, like the rest here, from the table in lua/moondial/reference.
[[nodiscard]] Result<std::string> dsl_types();

/// The reference of the DSL as Markdown or, with `json`, as a JSON list of {name, kind, type, doc,
/// default (null: none), works}. Of `name`: the entry that has it, else all whose last part or type
/// it is, each with what is beneath it; kNotFound, with the nearest name, if there is none. An
/// empty name: everything.
[[nodiscard]] Result<std::string> dsl_reference(const std::string& name, bool json);

}  // namespace moondial

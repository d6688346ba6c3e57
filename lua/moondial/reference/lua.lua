-- What is there of Lua's own library. Editors know it already.
local function own(name, doc) return { name, "any", own = true, doc = doc or "As in Lua 5.4." } end

return {
  title = "Lua's own library",
  own "_G", own "_VERSION", own "assert", own "error", own "getmetatable", own "ipairs", own "next",
  own "pairs", own "pcall", own "rawequal", own "rawget", own "rawlen", own "select",
  own "setmetatable", own "tonumber", own "tostring", own "type", own "xpcall",
  own("collectgarbage", "Only with collect, count and step."),
  own("coroutine", "As in Lua 5.4. What waits, such as `sh`, may do so inside."),
  own("load", "Loads text, no binary chunks."),
  own("math", "As in Lua 5.4. `math.random` works in run and check, and is seeded by the task."),
  own("os", "`time`, `date`, `clock`, `difftime`; what looks at the clock does not work while \z
    files load."),
  own("rawset", "Not on tables of the library."),
  own("require", "Loads a module of `lib/`: `require \"shop.prices\"` is `lib/shop/prices.lua`."),
  own("string", "As in Lua 5.4, without `dump`."),
  own "table", own "utf8",
}

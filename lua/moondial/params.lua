-- Kinds of parameters: `param.date`, `param.int{ min = 1 }`, `param.enum{ "a", "b" }`.
local core, import = ...

local strict = import "strict"

local M = {}

---@class moondial.Kind
---@field kind string
---@field choices string[]?
---@field options table

local Kind = {}

local KINDS = { "string", "int", "number", "bool", "date", "month", "enum" }
local LATER = { "week", "hour", "time", "duration", "dates", "list", "map" }
local BOUNDED = { int = true, number = true, date = true, month = true }

local OPTIONS = {
  default = true, optional = "boolean", significant = "boolean", doc = "string",
  min = true, max = true, path = "boolean", secret = true,
}

local function check_bound(kind, name, value)
  if not BOUNDED[kind] then core.raise(("param.%s has no %s"):format(kind, name)) end
  local is_right
  if kind == "int" then
    is_right = math.type(value) == "integer"
  elseif kind == "number" then
    is_right = type(value) == "number" and value == value
  else
    local ok, made = pcall(core[kind], value)
    is_right = ok
    value = made
  end
  if not is_right then
    core.raise(("param.%s: %s is %s, expected %s"):format(kind, name, core.describe(value),
      kind == "int" and "a whole number" or "a " .. kind))
  end
  return value
end

local function check_options(kind, given)
  if type(given) ~= "table" then
    core.raise(("param.%s: expected options, {default = …}, got %s"):format(kind,
      core.describe(given)))
  end
  local options = {}
  for name, value in next, given do
    local wanted = OPTIONS[name]
    if not wanted then
      core.raise(("param.%s has no option '%s'%s"):format(kind, tostring(name),
        core.near(tostring(name), strict.names(OPTIONS))))
    elseif name == "secret" then
      core.raise("secret parameters are not available in this version of moondial")
    elseif name == "path" and kind ~= "string" then
      core.raise(("param.%s: path is for param.string"):format(kind))
    elseif wanted ~= true and type(value) ~= wanted then
      core.raise(("param.%s: %s is %s, expected a %s"):format(kind, name, core.describe(value),
        wanted))
    end
    if name == "min" or name == "max" then value = check_bound(kind, name, value) end
    options[name] = value
  end
  return options
end

local function new(kind, options, choices)
  return setmetatable({ kind = kind, options = options or {}, choices = choices }, Kind)
end

local function check_choices(choices)
  if type(choices) ~= "table" or #choices == 0 then
    core.raise("param.enum: expected a list of texts, got " .. core.describe(choices))
  end
  local seen, list = {}, {}
  for i = 1, #choices do
    local choice = choices[i]
    if type(choice) ~= "string" then
      core.raise("param.enum: expected texts, got " .. core.describe(choice))
    elseif seen[choice] then
      core.raise(("param.enum: %s is there twice"):format(core.describe(choice)))
    end
    seen[choice], list[i] = true, choice
  end
  return list
end

-- param.enum{ "a", "b", default = "a" }, or param.enum(LIST){ default = "a" }
local function enum(choices)
  local list, options = check_choices(choices), {}
  for name, value in next, choices do
    if type(name) ~= "number" then options[name] = value end
  end
  return new("enum", check_options("enum", options), list)
end

Kind.__name = "parameter kind"
Kind.__metatable = false
Kind.__call = core.surface(function(self, options)
  if self.kind == "enum" and not self.choices then return enum(options) end
  return new(self.kind, check_options(self.kind, options), self.choices)
end)

---@param value any
---@return boolean
function M.is_kind(value)
  return type(value) == "table" and rawget(value, "kind") ~= nil and rawget(value, "options") ~= nil
end

local kinds = {}
for _, kind in ipairs(KINDS) do kinds[kind] = new(kind) end
M.library = strict.library(kinds, "param")
local later = {}
for _, kind in ipairs(LATER) do later[kind] = true end
local unknown = getmetatable(kinds).__index
getmetatable(kinds).__index = function(map, name)
  if later[name] then
    core.raise(("param.%s is not available in this version of moondial"):format(name))
  end
  return unknown(map, name)
end

-- date "2015-09-18", date.range(a, b), date.month "2015-09"
M.date = setmetatable({}, {
  __index = strict.library({ range = core.date_range, month = core.month }, "date"),
  __newindex = function() core.raise("date is the library's and cannot be changed") end,
  __call = core.surface(function(_, value) return core.date(value) end),
  __metatable = false,
})

return M

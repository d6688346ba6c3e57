-- Kinds of parameters: `param.date`, `param.int{ min = 1 }`, `param.enum{ "a", "b" }`,
-- `param.list(param.date){ doc = "…" }`.
local core, import = ...

local strict = import "strict"
local reference = import "reference"

local M = {}

---@class moondial.Kind
---@field kind string
---@field choices string[]?
---@field options table
---@field item moondial.Kind?

local Kind = {}

local KINDS = (reference.members "param")

-- Kinds with min and max → what makes a bound of a value.
local BOUNDS = {
  int = function(value) return math.tointeger(value) end,
  number = function(value) return value == value and math.abs(value) < math.huge and value end,
  date = core.date, month = core.month, week = core.week, hour = core.hour, time = core.time,
  duration = core.make_duration, dates = core.date,
}
local BOUND_NAMES = {
  int = "a whole number", number = "a number", hour = "an hour", dates = "a date",
}

local OPTIONS = reference.option_types "param"
-- What the kind of a list's items may say; the rest is the list's.
local ITEM_OPTIONS = { min = true, max = true, path = true }

local function check_bound(kind, name, value)
  if not BOUNDS[kind] then core.raise(("param.%s has no %s"):format(kind, name)) end
  local is_number = kind == "int" or kind == "number"
  if not is_number or type(value) == "number" then
    local ok, made = pcall(BOUNDS[kind], value)
    if ok and made then return made end
  end
  core.raise(("param.%s: %s is %s, expected %s"):format(kind, name, core.describe(value),
    BOUND_NAMES[kind] or "a " .. kind))
end

---What makes no sense of a secret.
local function check_secret(kind, options)
  local default = options.default
  if kind == "bool" or kind == "enum" then
    core.raise(("param.%s cannot be secret: its values are known"):format(kind))
  elseif options.significant then
    core.raise(("param.%s: a secret is never significant: identities are recorded"):format(kind))
  elseif default ~= nil and default ~= "" and type(default) ~= "function" then
    core.raise(("param.%s: a secret's default would stand in this file, which is recorded; "
      .. "give default = function"):format(kind))
  end
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
    elseif name == "path" and kind ~= "string" then
      core.raise(("param.%s: path is for param.string"):format(kind))
    elseif wanted ~= true and type(value) ~= wanted then
      core.raise(("param.%s: %s is %s, expected a %s"):format(kind, name, core.describe(value),
        wanted))
    end
    if name == "min" or name == "max" then value = check_bound(kind, name, value) end
    options[name] = value
  end
  if options.secret then check_secret(kind, options) end
  if options.min and options.max and options.max < options.min then
    core.raise(("param.%s: no value is at least %s and at most %s"):format(kind, options.min,
      options.max))
  end
  return options
end

local function new(kind, options, choices, item)
  return setmetatable(
    { kind = kind, options = options or {}, choices = choices, item = item }, Kind)
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

---What a kind still needs before it is one; nil if it is whole.
---@param kind moondial.Kind
---@return string?
function M.incomplete(kind)
  if kind.kind == "enum" and not kind.choices then
    return 'param.enum needs its values, param.enum{ "a", "b" }'
  elseif (kind.kind == "list" or kind.kind == "map") and not kind.item then
    return ("param.%s needs the kind of its items, param.%s(param.string)"):format(kind.kind,
      kind.kind)
  end
end

-- param.list(param.date), param.map(param.list(param.int))
local function of_items(kind, item)
  if not M.is_kind(item) then
    core.raise(("param.%s: expected the kind of its items, param.%s(param.string), got %s")
      :format(kind, kind, core.describe(item)))
  end
  local incomplete = M.incomplete(item)
  if incomplete then core.raise(("param.%s: %s"):format(kind, incomplete)) end
  for name in next, item.options do
    if not ITEM_OPTIONS[name] then
      core.raise(("param.%s: its items have no %s: write param.%s(…){ %s = … }"):format(kind, name,
        kind, name))
    end
  end
  return new(kind, {}, nil, item)
end

Kind.__name = "parameter kind"
Kind.__metatable = false
Kind.__call = core.surface(function(self, options, more)
  if more ~= nil then
    core.raise(("param.%s: options stand in a table of their own, after it"):format(self.kind))
  elseif M.incomplete(self) then
    if self.kind == "enum" then return enum(options) end
    return of_items(self.kind, options)
  end
  local checked = check_options(self.kind, options)
  local leaf = self
  while leaf.item do leaf = leaf.item end
  if checked.secret then check_secret(leaf.kind, checked) end
  return new(self.kind, checked, self.choices, self.item)
end)

---@param value any
---@return boolean
function M.is_kind(value)
  return type(value) == "table" and rawget(value, "kind") ~= nil and rawget(value, "options") ~= nil
end

---A kind as C++ reads it.
---@param kind moondial.Kind
---@return table
function M.normal_form(kind)
  local options = kind.options
  return {
    kind = kind.kind, choices = kind.choices, path = options.path,
    min = options.min, max = options.max, item = kind.item and M.normal_form(kind.item),
  }
end

local kinds = {}
for _, kind in ipairs(KINDS) do kinds[kind] = new(kind) end
M.library = strict.library(kinds, "param")

-- date "2015-09-18", date.range(a, b), date.month "2015-09"
local date_library = strict.library(reference.hold("date", reference.members "date", {
  range = core.date_range, month = core.month, week = core.week, hour = core.hour,
  time = core.time, dates = core.interval,
}), "date")
M.date = setmetatable({}, {
  __index = date_library,
  __pairs = function() return pairs(date_library) end,
  __newindex = function() core.raise("date is the library's and cannot be changed") end,
  __call = core.surface(function(_, value) return core.date(value) end),
  __metatable = false,
})

M.duration = core.make_duration

return M

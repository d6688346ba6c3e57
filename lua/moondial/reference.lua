-- The one table of what a pipeline author sees. The DSL registers from it, the types for editors
-- and the reference are made from it. It is a list of chapters, each a list of entries:
--
--   [1]        its name; what is no function, class or alias is a value of type [2]
--   doc        what it is, in a few sentences
--   default    what holds if it is left out, as text
--   works      where: "loading", "functions" (of a task; not while files load), "work" (run and
--              check), "run", "when"; anywhere unless it is said
--   params     of a function: {name, type}; a name with ? may be left out; also returns, overloads,
--              generic; method: it is called with :
--   members    what it holds; class: the name of their class; operators, indexed, overloads, open:
--              what else the class can do
--   options    the fields of a table that is handed to it; class: the name of their class; title:
--              what they are called; required: of one that must be given
--   accepts    of an option: what type() may say, joined by |; "convert": what fields.lua reads
--   words      the texts that an option may be
--   is_type    no name of a script, but of a kind of value; alias: that of a type, which is `type`
--   also       another name that people may ask for
--   own        it is Lua's own: editors know it
local _, import = ...

local M = {}

---@class moondial.Entry: table

M.chapters = {}
for i, name in ipairs{ "declare", "task", "params", "times", "files", "work", "lua", "config" } do
  M.chapters[i] = import("reference/" .. name)
end

local entries = {} -- name with dots → entry
local order = {}   -- the names, in the order of the table

local function add(entry, prefix)
  local name = prefix .. entry[1]
  assert(not entry.name and not entries[name], name)
  entry.name = name
  entries[name], order[#order + 1] = entry, name
  for _, group in ipairs{ entry.members or {}, entry.options or {} } do
    for _, inner in ipairs(group) do add(inner, name .. ".") end
  end
end

for _, chapter in ipairs(M.chapters) do
  for _, entry in ipairs(chapter) do add(entry, "") end
end

M.entries, M.order = entries, order

---@param name string such as "task.retry.delay"
---@return moondial.Entry
function M.entry(name)
  return entries[name] or error("the reference has no entry " .. name, 0)
end

---Whether it is something that a script reads by its name, and no name of a type.
---@param entry moondial.Entry
---@return boolean
function M.is_global(entry)
  return not (entry.alias or entry.is_type)
end

---@param list moondial.Entry[]
---@return string[] names
local function names_of(list)
  local names = {}
  for i, entry in ipairs(list) do names[i] = entry[1] end
  return names
end

---The names of the options of something.
---@param name string "task", "task.retry", "sh"
---@return string[]
function M.options(name) return names_of(M.entry(name).options) end

---The names of the members of something.
---@param name string "t", "param"
---@return string[]
function M.members(name) return names_of(M.entry(name).members) end

---The globals of a pipeline file.
---@return string[]
function M.globals()
  local names = {}
  for _, chapter in ipairs(M.chapters) do
    for _, entry in ipairs(chapter) do
      if M.is_global(entry) then names[#names + 1] = entry.name end
    end
  end
  return names
end

---What each option may be: name → list of what type() says; an empty list: checked elsewhere.
---@param name string
---@return table<string, string[]>
function M.accepted(name)
  local accepted = {}
  for _, entry in ipairs(M.entry(name).options) do
    local types = {}
    for kind in (entry.accepts or ""):gmatch("[^|]+") do types[#types + 1] = kind end
    accepted[entry[1]] = types
  end
  return accepted
end

---The same where an option has one type: name → that, or true: checked elsewhere.
---@param name string
---@return table<string, string|true>
function M.option_types(name)
  local types = M.accepted(name)
  for option, accepted in next, types do types[option] = accepted[1] or true end
  return types
end

---@param list string[]
---@return table<string, true>
function M.set(list)
  local set = {}
  for _, name in ipairs(list) do set[name] = true end
  return set
end

---Raises unless a table of the library holds what the reference says, and nothing else.
---@param what string for the message
---@param names string[] what the reference says
---@param map table
---@return table map
function M.hold(what, names, map)
  local known = M.set(names)
  for name in next, map do
    if not known[name] then
      error(("%s: %s is not in lua/moondial/reference"):format(what, tostring(name)), 0)
    end
  end
  for _, name in ipairs(names) do
    if map[name] == nil then
      error(("%s: %s is in lua/moondial/reference, and not there"):format(what, name), 0)
    end
  end
  return map
end

return M

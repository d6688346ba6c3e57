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
--   later      it is known, and not there in this version
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
  return not (entry.later or entry.alias or entry.is_type)
end

---@param list moondial.Entry[]
---@param later boolean? those that are not there yet, instead
---@return string[] names
local function names_of(list, later)
  local names = {}
  for _, entry in ipairs(list) do
    if (entry.later or false) == (later or false) then names[#names + 1] = entry[1] end
  end
  return names
end

---The names of the options of something: those that are there, and those of a later version.
---@param name string "task", "task.retry", "sh"
---@return string[] there, string[] later
function M.options(name)
  local options = M.entry(name).options
  return names_of(options), names_of(options, true)
end

---The names of the members of something, in the same way.
---@param name string "t", "param"
---@return string[] there, string[] later
function M.members(name)
  local members = M.entry(name).members
  return names_of(members), names_of(members, true)
end

---The globals of a pipeline file, in the same way.
---@return string[] there, string[] later
function M.globals()
  local there, later = {}, {}
  for _, chapter in ipairs(M.chapters) do
    for _, entry in ipairs(chapter) do
      if M.is_global(entry) then there[#there + 1] = entry.name end
      if entry.later then later[#later + 1] = entry.name end
    end
  end
  return there, later
end

---What each option may be: name → list of what type() says; an empty list: checked elsewhere.
---@param name string
---@return table<string, string[]>
function M.accepted(name)
  local accepted = {}
  for _, entry in ipairs(M.entry(name).options) do
    if not entry.later then
      local types = {}
      for kind in (entry.accepts or ""):gmatch("[^|]+") do types[#types + 1] = kind end
      accepted[entry[1]] = types
    end
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

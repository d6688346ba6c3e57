-- The types of the DSL for lua-language-server, made from the reference.
local _, import = ...

local reference = import "reference"

local M = {}

local HEAD = [[
---@meta
-- What a pipeline author sees, for editors: completion and checks. Made by `moondial init`; never
-- loaded. `moondial reference` says the same for people.

-- luacheck: ignore 111 112 121 122 131 142 143 212 241 631
]]

---A doc as comments of at most 100 columns.
local function doc_lines(out, doc)
  local line = "---"
  for word in (doc or ""):gmatch("%S+") do
    if #line + #word > 99 then
      out[#out + 1], line = line, "---"
    end
    line = line .. (line == "---" and "" or " ") .. word
  end
  if line ~= "---" then out[#out + 1] = line end
end

local function field_line(out, entry, optional)
  local name = entry[1] .. (optional and not entry.required and "?" or "")
  out[#out + 1] = ("---@field %s %s %s"):format(name, entry[2], entry.doc)
end

---A function with all that is said of it: "function File:read() end".
local function add_function(out, entry, name)
  local words = {}
  doc_lines(out, entry.doc)
  if entry.generic then out[#out + 1] = "---@generic " .. entry.generic end
  for i, param in ipairs(entry.params) do
    out[#out + 1] = ("---@param %s %s"):format(param[1], param[2])
    words[i] = param[1]:gsub("%?$", "")
  end
  if entry.returns then out[#out + 1] = "---@return " .. entry.returns end
  for _, overload in ipairs(entry.overloads or {}) do
    out[#out + 1] = "---@overload " .. overload
  end
  out[#out + 1] = ("function %s(%s) end"):format(name, table.concat(words, ", "))
end

---The class of a library or of a kind of value, with its fields; its functions come after it.
local function add_class(out, entry)
  doc_lines(out, entry.doc)
  out[#out + 1] = "---@class " .. entry.class
  for _, member in ipairs(entry.members or {}) do
    if not member.params then field_line(out, member) end
  end
  if entry.indexed then out[#out + 1] = "---@field [integer] " .. entry.indexed end
  if entry.open then out[#out + 1] = "---@field [string] any" end
  for _, operator in ipairs(entry.operators or {}) do
    out[#out + 1] = "---@operator " .. operator
  end
  for _, overload in ipairs(entry.overloads or {}) do
    out[#out + 1] = "---@overload " .. overload
  end
  out[#out + 1] = (entry.is_type and "local %s = {}" or "%s = {}"):format(entry[1])
  for _, member in ipairs(entry.members or {}) do
    if member.params then
      add_function(out, member, entry[1] .. (member.method and ":" or ".") .. member[1])
    end
  end
end

---The classes of the tables that are handed to it, or to what it holds.
local function add_options(out, entry)
  for _, inner in ipairs(entry.members or {}) do add_options(out, inner) end
  for _, inner in ipairs(entry.options or {}) do add_options(out, inner) end
  if not entry.options then return end
  out[#out + 1] = "---@class " .. entry.options.class
  for _, option in ipairs(entry.options or {}) do field_line(out, option, true) end
  out[#out + 1] = ""
end

local function add_entry(out, entry)
  if entry.alias then
    doc_lines(out, entry.doc)
    out[#out + 1] = ("---@alias %s %s"):format(entry.alias, entry.type)
  elseif entry.class then
    add_class(out, entry)
  elseif entry.params then
    add_function(out, entry, entry[1])
  elseif entry[2] then
    doc_lines(out, entry.doc)
    out[#out + 1] = "---@type " .. entry[2]
    out[#out + 1] = entry[1] .. " = {}"
  end
  out[#out + 1] = ""
end

---@return string text of a file
function M.text()
  local out = { HEAD }
  for _, chapter in ipairs(reference.chapters) do
    for _, entry in ipairs(chapter) do
      if not entry.own then
        add_options(out, entry)
        add_entry(out, entry)
      end
    end
  end
  return (table.concat(out, "\n"):gsub("\n\n\n+", "\n\n"):gsub("\n*$", "\n"))
end

return M

-- The reference for people, as Markdown and as JSON.
local core, import = ...

local reference = import "reference"

local M = {}

local WORKS = {
  loading = "Works only while files load.",
  functions = "Works in functions of a task, not while files load.",
  work = "Works in run and check.",
  run = "Works in run.",
  when = "Works in when.",
}
local WIDTH = 96

local HEAD = "Everything that a pipeline sees. `moondial reference NAME` shows one entry: a name \z
  as it stands here (`task.retry`), its last part (`retry`), or a type (`moondial.File`)."

---Breaks a text into lines; the first begins with `first`, the others with as many spaces.
local function wrapped(text, first)
  local lines, line, indent = {}, first, (" "):rep(#first)
  for word in text:gmatch("%S+") do
    if #line + #word >= WIDTH and line ~= first and line ~= indent then
      lines[#lines + 1], line = line, indent
    end
    line = line .. (line:find("%S$") and " " or "") .. word
  end
  lines[#lines + 1] = line
  return table.concat(lines, "\n")
end

local function signature(entry)
  local params = {}
  for i, param in ipairs(entry.params) do params[i] = param[1] .. ": " .. param[2] end
  local name = entry.name
  if entry.method then name = name:gsub("%.([^.]*)$", ":%1") end
  return ("%s(%s)%s"):format(name, table.concat(params, ", "),
    entry.returns and ": " .. entry.returns or "")
end

---What it is, as an editor would write it.
local function type_of(entry)
  if entry.params then return signature(entry) end
  return entry.type or entry[2] or entry.class or (entry.options and entry.options.class)
end

local function about(entry)
  local parts = { entry.doc }
  if entry.default then parts[#parts + 1] = ("Default: %s."):format(entry.default) end
  if entry.required then parts[#parts + 1] = "It must be given." end
  parts[#parts + 1] = WORKS[entry.works]
  return table.concat(parts, " ")
end

local function add_list(out, list, indent)
  for _, entry in ipairs(list) do
    local shown = entry.params and signature(entry) or entry[1]
    local kind = not entry.params and (" `%s`"):format(type_of(entry)) or ""
    out[#out + 1] = wrapped(("`%s`%s: %s"):format(shown, kind, about(entry)), indent .. "- ")
    add_list(out, entry.members or {}, indent .. "  ")
    add_list(out, entry.options or {}, indent .. "  ")
  end
end

local function add_entry(out, entry, level)
  out[#out + 1] = ("%s %s\n"):format(("#"):rep(level), entry.name)
  out[#out + 1] = "    " .. type_of(entry)
  for _, overload in ipairs(entry.overloads or {}) do out[#out + 1] = "    " .. overload end
  for _, operator in ipairs(entry.operators or {}) do
    out[#out + 1] = "    operator " .. operator
  end
  out[#out + 1] = "\n" .. wrapped(about(entry), "") .. "\n"
  if entry.members then
    add_list(out, entry.members, "")
    out[#out + 1] = ""
  end
  if entry.options then
    out[#out + 1] = (entry.options.title or "Options") .. ":\n"
    add_list(out, entry.options, "")
    out[#out + 1] = ""
  end
end

local function all_markdown()
  local out = { "# The DSL\n", wrapped(HEAD, "") .. "\n" }
  for _, chapter in ipairs(reference.chapters) do
    out[#out + 1] = ("## %s\n"):format(chapter.title)
    for _, entry in ipairs(chapter) do
      if entry.own then
        add_list(out, { entry }, "")
      else
        add_entry(out, entry, 3)
      end
    end
    if chapter[1].own then out[#out + 1] = "" end
  end
  return (table.concat(out, "\n"):gsub("\n*$", "\n"))
end

local function kind_of(entry)
  if entry.own then return "lua" end
  if entry.is_type or entry.alias then return "type" end
  if entry.params then return entry.method and "method" or "function" end
  if entry.class then return "library" end
  local parent = entry.name:match("^(.*)%.[^.]*$")
  if not parent then return "value" end
  for _, option in ipairs(reference.entry(parent).options or {}) do
    if option == entry then return "option" end
  end
  return "field"
end

local function as_json(entries)
  local list = {}
  for i, entry in ipairs(entries) do
    list[i] = core.json_encode{
      name = entry.name, kind = kind_of(entry), type = type_of(entry), doc = entry.doc,
      default = entry.default or core.json_null, works = entry.works or "anywhere",
    }
  end
  return "[" .. table.concat(list, ",\n") .. "]\n"
end

local function is_called(entry, name)
  if entry.name:sub(-#name - 1) == "." .. name then return true end
  local class = entry.class or entry.alias
  return class == name or entry.also == name or
    (entry.options ~= nil and entry.options.class == name)
end

---The entries of a name: the one that has it, or all that end in it.
local function find(name)
  if reference.entries[name] then return { reference.entries[name] } end
  local found = {}
  for _, known in ipairs(reference.order) do
    local entry = reference.entries[known]
    if is_called(entry, name) then found[#found + 1] = entry end
  end
  return found
end

local function refusal(name)
  local known = {}
  for _, entry in next, reference.entries do
    known[#known + 1], known[#known + 2] = entry.name, entry.name:match("[^.]*$")
  end
  return ("the DSL has no '%s'%s"):format(name, core.near(name, known))
end

---Adds entries and all beneath them.
local function add_all(out, list)
  for _, entry in ipairs(list or {}) do
    out[#out + 1] = entry
    add_all(out, entry.members)
    add_all(out, entry.options)
  end
  return out
end

---The whole reference.
---@param json boolean
---@return string
function M.all(json)
  if not json then return all_markdown() end
  local list = {}
  for _, chapter in ipairs(reference.chapters) do add_all(list, chapter) end
  return as_json(list)
end

---What is said of a name.
---@param name string
---@param json boolean
---@return string? text, string? message nothing is known of it
function M.one(name, json)
  local plain = name:gsub("%(%)$", ""):gsub(":", ".")
  local found, out = find(plain), {}
  if not found[1] then return nil, refusal(name) end
  if json then return as_json(add_all({}, found)) end
  for _, entry in ipairs(found) do add_entry(out, entry, 1) end
  return (table.concat(out, "\n"):gsub("\n*$", "\n"))
end

return M

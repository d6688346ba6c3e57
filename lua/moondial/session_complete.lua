-- What may stand at the end of a line that is being typed.
local core, import = ...

local strict = import "strict"
local reference = import "reference"
local graph = import "session_graph"

local M = {}

local KEYWORDS = {
  "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in",
  "local", "nil", "not", "or", "repeat", "return", "then", "true", "until", "while",
}
local TASK_METHODS = { "complete", "emitted" }
local TASK_FIELDS = { "id", "input", "name", "output", "params" }

local function result(list, typed)
  local seen, texts = {}, {}
  for _, name in ipairs(list) do
    if not seen[name] and name:sub(1, #typed) == typed then
      seen[name], texts[#texts + 1] = true, name
    end
  end
  table.sort(texts)
  return { kind = "completion", texts = texts, replaced = #typed }
end

local function is_name(text) return type(text) == "string" and text:find "^[%a_][%w_]*$" ~= nil end

---The quote that is open at the end of a text, and where; and the brackets that are open.
local function scan(text)
  local quote, quote_at, brackets, i = nil, nil, {}, 1
  while i <= #text do
    local c = text:sub(i, i)
    if quote then
      if c == "\\" then
        i = i + 1
      elseif c == quote then
        quote = nil
      end
    elseif c == '"' or c == "'" then
      quote, quote_at = c, i
    elseif c == "{" or c == "(" or c == "[" then
      brackets[#brackets + 1] = i
    elseif c == "}" or c == ")" or c == "]" then
      brackets[#brackets] = nil
    end
    i = i + 1
  end
  return quote and quote_at, brackets
end

---The next parts of the names beneath a constructor; one that leads on ends in a dot.
local function children(constructor)
  local name = tostring(constructor)
  local prefix = rawequal(constructor, core.tasks) and "" or name .. "."
  local list = {}
  for _, task in ipairs(core.task_names()) do
    if task:sub(1, #prefix) == prefix then
      list[#list + 1] = task:sub(#prefix + 1):match "^[^.]*%.?"
    end
  end
  return list
end

---Of a table, without what its metatable may do.
local function content(map)
  local _, inner = core.kind(map)
  if inner then return inner end
  local meta = core.meta_of(map)
  local index = type(meta) == "table" and rawget(meta, "__index")
  if next(map) == nil and type(index) == "table" then return index end
  return map
end

local function time_members(value)
  local list = {}
  for _, known in ipairs(reference.order) do
    local name = known:match "%.([%a_]+)$"
    if name then
      local there, member = pcall(function() return value[name] end)
      if there and member ~= nil then list[#list + 1] = name end
    end
  end
  return list
end

local function members_of_task(task, methods)
  if methods then return TASK_METHODS end
  local list = { table.unpack(TASK_FIELDS) }
  for _, param in ipairs(core.task_facts(task.name).params) do list[#list + 1] = param.name end
  return list
end

---The names of what a value holds; `methods`: those that are called with `:`.
local function members(value, methods)
  local kind = core.kind(value)
  if kind == "constructor" then return methods and {} or children(value) end
  if kind == "task" then return members_of_task(value, methods) end
  if kind == "time" then return time_members(value) end
  if type(value) == "string" then
    return methods and strict.names(core.meta_of("").__index) or {}
  end
  if type(value) ~= "table" then return {} end
  local meta = core.meta_of(value)
  if type(meta) == "table" and rawget(meta, "is_target") then return (reference.members "File") end
  local list = {}
  for key in next, content(value) do
    if is_name(key) then list[#list + 1] = key end
  end
  return list
end

---What a name in front of a dot is; nil if it is nothing, or cannot be known without running code.
local function step(value, name)
  local kind = core.kind(value)
  if kind == "constructor" or kind == "task" or kind == "time" then
    local there, found = pcall(function() return value[name] end)
    return there and found or nil
  end
  if type(value) == "table" then return rawget(content(value), name) end
end

---@param roots table[] where the first name is looked for, one after the other
local function resolve(path, roots)
  local value
  for name in path:gmatch "[%a_][%w_]*" do
    if value == nil then
      for _, root in ipairs(roots) do
        value = rawget(root, name)
        if value ~= nil then break end
      end
    else
      value = step(value, name)
    end
    if value == nil then return nil end
  end
  return value
end

---The parameters that may come next, in the braces of a constructor.
local function parameters(text, open, roots)
  local before = text:sub(1, open - 1)
  local path = before:match "([%a_][%w_.]*)%s*$" or before:match "([%a_][%w_.]*)%s*%([^(){}]*$"
  local constructor = path and resolve(path, roots)
  if core.kind(constructor) ~= "constructor" then return nil end
  local facts = core.task_facts(tostring(constructor))
  if not facts then return nil end
  local given, list = text:sub(open + 1), {}
  for _, param in ipairs(facts.params) do
    if not (" " .. given):find("[%s,{]" .. param.name .. "%s*=") then
      list[#list + 1] = param.name .. "="
    end
  end
  return list
end

---In a quoted text: names that are asked for so.
local function quoted(text, at)
  local typed, before = text:sub(at + 1), text:sub(1, at - 1)
  local of = before:match "([%a_]+)%s*[%[(]?%s*$"
  if of == "schedules" or of == "pools" then return result(graph.names[of](), typed) end
  if of == "help" then
    local names = core.task_names()
    table.move(reference.order, 1, #reference.order, #names + 1, names)
    return result(names, typed)
  end
  return result({}, "")
end

---@param text string a line up to the cursor
---@param environment table what was assigned
---@param helpers table
---@param globals table
function M.complete(text, environment, helpers, globals)
  local quote_at, brackets = scan(text)
  if quote_at then return quoted(text, quote_at) end
  local roots = { environment, helpers, globals }
  if text:find "retry%s*%(%s*%d*$" or text:find "cancel%s*%(%s*%d+$" or text:find "runs%[%d*$" then
    return result(graph.names.runs(), text:match "%d*$")
  end
  local chain = text:match "[%a_][%w_.:]*$" or ""
  if text:sub(-#chain - 1, -#chain - 1):find "[.:%])\"']" and chain ~= "" then
    return result({}, "")
  end
  local path, separator, typed = chain:match "^(.*)([.:])([%w_]*)$"
  if path then
    local object = resolve(path, roots)
    if object == helpers.schedules or object == helpers.pools then
      local names = {}
      for _, name in ipairs(graph.names[object == helpers.pools and "pools" or "schedules"]()) do
        if is_name(name) then names[#names + 1] = name end
      end
      return result(names, typed)
    end
    return result(object ~= nil and members(object, separator == ":") or {}, typed)
  end
  local open = brackets[#brackets]
  if open and text:sub(open, open) == "{" and text:sub(1, #text - #chain):find "[{,]%s*$" then
    local list = parameters(text, open, roots)
    if list then return result(list, chain) end
  end
  if chain == "" and text:find "%S" and not text:find "[%s%(%[{,=]$" then return result({}, "") end
  local names = { table.unpack(KEYWORDS) }
  for _, root in ipairs(roots) do
    for _, name in ipairs(strict.names(root)) do names[#names + 1] = name end
  end
  return result(names, chain)
end

return M

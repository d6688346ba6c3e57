-- Values as people read them, and as JSON.
local core = ...

local M = {}

local DEEPEST, MOST_ITEMS, MOST_NODES, LONGEST_TEXT = 5, 50, 2000, 2000

---How a value of this session is shown instead of as a table: value → function(value, out).
M.views = setmetatable({}, { __mode = "k" })
local plains = setmetatable({}, { __mode = "k" })

---Gives a table a way of its own to be shown.
---@generic T
---@param value T
---@param view fun(value: T, paint: fun(tone: string, text: string): string): string
---@param plain_of (fun(): table)? what it is as JSON, if not itself
---@return T
function M.as(value, view, plain_of)
  M.views[value], plains[value] = view, plain_of
  return value
end

local TONES = { good = "32", bad = "31", warn = "33", active = "36", faint = "2", strong = "1" }
local STATE_TONES = {
  done = "good", complete = "good", running = "active", retrying = "warn", failed = "bad",
  upstream_failed = "bad", blocked = "warn", cancelled = "warn", lost = "bad", skipped = "faint",
}

---@return fun(tone: string?, text: string): string
local function painter(colour)
  return function(tone, text)
    local code = colour and (TONES[tone] or TONES[STATE_TONES[tone]])
    return code and ("\27[%sm%s\27[0m"):format(code, text) or text
  end
end

---A text without what would do something to a terminal.
local function printable(text)
  return (text:gsub("[%z\1-\8\11-\31\127]", function(c) return ("\\%d"):format(c:byte()) end))
end

local function quoted(text)
  local cut = #text > LONGEST_TEXT
  if cut then text = text:sub(1, (utf8.offset(text, 0, LONGEST_TEXT) or LONGEST_TEXT) - 1) end
  text = text:gsub('[\\"\n\t]', { ["\\"] = "\\\\", ['"'] = '\\"', ["\n"] = "\\n", ["\t"] = "\\t" })
  return '"' .. printable(text) .. '"' .. (cut and "…" or "")
end

local function number_text(value)
  if math.type(value) == "integer" or value - value ~= 0 or value % 1 == 0 then
    return tostring(value)
  end
  return core.number_text(value)
end

local function function_text(value)
  local info = debug.getinfo(value, "S")
  if info.source:sub(1, 1) ~= "@" then return "function (the library's)" end
  return ("function (%s:%d)"):format(info.source:sub(2), info.linedefined)
end

local function own_tostring(value)
  local meta = core.meta_of(value)
  return type(meta) == "table" and rawget(meta, "__tostring") and tostring(value) or nil
end

---What a library's table holds, which cannot be changed and so is empty itself.
local function library_content(value)
  local meta = core.meta_of(value)
  local inner = type(meta) == "table" and rawget(meta, "__metatable") == false
    and rawget(meta, "__index")
  return type(inner) == "table" and next(value) == nil and inner or nil
end

---@param value any
---@return string? text of what is one word; nil: a table
local function atom(value)
  local kind = type(value)
  if kind == "string" then return quoted(value) end
  if kind == "number" then return number_text(value) end
  if kind == "function" then return function_text(value) end
  if kind ~= "table" then return printable(tostring(value)) end
  if core.kind(value) then return nil end
  local text = own_tostring(value)
  return text and printable(text)
end

local ORDER = { number = 1, string = 2, boolean = 3 }

local function before(a, b)
  local kind_a, kind_b = ORDER[type(a)] or 4, ORDER[type(b)] or 4
  if kind_a ~= kind_b then return kind_a < kind_b end
  if kind_a <= 2 then return a < b end
  return tostring(a) < tostring(b)
end

---The keys that are no positions of the list, in order.
local function other_keys(map, length)
  local keys = {}
  for key in next, map do
    if math.type(key) ~= "integer" or key < 1 or key > length then keys[#keys + 1] = key end
  end
  table.sort(keys, before)
  return keys
end

local function key_text(key)
  if type(key) == "string" and key:find "^[%a_][%w_]*$" then return key end
  if type(key) == "string" then return "[" .. quoted(key) .. "]" end
  return "[" .. (type(key) == "number" and number_text(key) or printable(tostring(key))) .. "]"
end

local function joined(items, indent, columns)
  if #items == 0 then return "{}" end
  local width, breaks = 4, false
  for _, item in ipairs(items) do
    width = width + (utf8.len(item) or #item) + 2
    breaks = breaks or item:find("\n", 1, true) ~= nil
  end
  if not breaks and width + #indent <= columns then
    return "{ " .. table.concat(items, ", ") .. " }"
  end
  local inner = indent .. "  "
  return "{\n" .. inner .. table.concat(items, ",\n" .. inner) .. "\n" .. indent .. "}"
end

local render

local function render_table(value, state, depth, indent)
  local _, content = core.kind(value)
  content = content or library_content(value) or value
  if state.open[value] then return "<the table that holds it>" end
  if depth > DEEPEST then return next(content) == nil and "{}" or "{…}" end
  state.open[value] = true
  local items, length = {}, rawlen(content)
  local keys = other_keys(content, length)
  local function room()
    state.nodes = state.nodes + 1
    return #items < MOST_ITEMS and state.nodes <= MOST_NODES
  end
  local shown = 0
  for i = 1, length do
    if not room() then break end
    shown = shown + 1
    items[#items + 1] = render(rawget(content, i), state, depth + 1, indent .. "  ")
  end
  for _, key in ipairs(keys) do
    if not room() then break end
    shown = shown + 1
    items[#items + 1] = key_text(key) .. " = "
      .. render(rawget(content, key), state, depth + 1, indent .. "  ")
  end
  local left = length + #keys - shown
  if left > 0 then items[#items + 1] = ("… and %d more"):format(left) end
  state.open[value] = nil
  return joined(items, indent, state.columns)
end

function render(value, state, depth, indent)
  return atom(value) or render_table(value, state, depth, indent)
end

local function param_line(param)
  local line = ("  %s: %s"):format(param.name, param.kind)
  if param.choices[1] then line = line .. " (" .. table.concat(param.choices, ", ") .. ")" end
  if param.default == "" then
    line = line .. ", optional"
  elseif param.default then
    line = line .. ", " .. (param.secret and "has a default" or "default " .. param.default)
  end
  if param.doc ~= "" then line = line .. ": " .. param.doc end
  return line
end

---A constructor: its task, or the tasks beneath a name.
local function constructor_text(value, paint)
  local name = tostring(value)
  local facts = core.task_facts(name)
  local lines = {}
  if facts then
    lines[1] = paint("strong", name) .. (facts.doc ~= "" and "  " .. facts.doc or "")
    for _, param in ipairs(facts.params) do lines[#lines + 1] = param_line(param) end
    lines[#lines + 1] = paint("faint", ("  declared at %s:%d"):format(facts.file, facts.line))
  end
  local prefix = name == "tasks" and not facts and "" or name .. "."
  local beneath = {}
  for _, task in ipairs(core.task_names()) do
    if task:sub(1, #prefix) == prefix then beneath[#beneath + 1] = task end
  end
  for i, task in ipairs(beneath) do
    if i > 200 then
      lines[#lines + 1] = ("… and %d more"):format(#beneath - 200)
      break
    end
    local doc = core.task_facts(task).doc
    lines[#lines + 1] = task .. (doc ~= "" and "  " .. paint("faint", doc) or "")
  end
  if not lines[1] then return "no tasks are declared" end
  return table.concat(lines, "\n")
end

local function target_line(target)
  local exists = type(target.exists) == "function" and target:exists()
  return tostring(target) .. (exists and "" or "  (not there)")
end

---The outputs of a task, each on a line.
local function output_lines(output, lines, name)
  if type(output) ~= "table" then return end
  local meta = core.meta_of(output)
  if type(meta) == "table" and rawget(meta, "is_target") then
    lines[#lines + 1] = ("  %s: %s"):format(name, target_line(output))
    return
  end
  for key, one in next, output do
    output_lines(one, lines, ("%s.%s"):format(name, tostring(key)))
  end
end

---A task: its identity, parameters and outputs.
local function task_text(task, state, paint)
  local lines = { paint("strong", task.id) }
  for _, param in ipairs(core.task_facts(task.name).params) do
    local value = task[param.name]
    local text = param.secret and value ~= nil and "***" or render(value, state, 2, "  ")
    lines[#lines + 1] = ("  %s = %s"):format(param.name, text)
  end
  local outputs = {}
  local known, message = pcall(function() output_lines(task.output, outputs, "output") end)
  if not known then outputs = { "  output: " .. tostring(message) } end
  table.sort(outputs)
  table.move(outputs, 1, #outputs, #lines + 1, lines)
  return table.concat(lines, "\n")
end

---What is printed for a value.
---@param value any
---@param how {colour: boolean, columns: integer} columns: 0 if it is not for a terminal
---@return string
function M.text(value, how)
  if type(value) == "string" then return how.columns > 0 and printable(value) or value end
  local paint = painter(how.colour)
  local state = {
    columns = how.columns > 0 and how.columns or 80, nodes = 0, open = {},
  }
  local kind = core.kind(value)
  if kind == "task" then return task_text(value, state, paint) end
  if kind == "constructor" then return constructor_text(value, paint) end
  local view = type(value) == "table" and M.views[value]
  if view then return view(value, paint) end
  return render(value, state, 1, "")
end

-- --- JSON ---

local plain

local function plain_table(value, open, depth)
  if open[value] then return "<the table that holds it>" end
  if depth > 100 then core.raise "JSON: nested too deeply" end
  local _, content = core.kind(value)
  if plains[value] then return plain(plains[value](), open, depth) end
  content = content or library_content(value) or value
  if next(content) == nil then return content end
  open[value] = true
  local out, length = {}, rawlen(content)
  local keys = other_keys(content, length)
  for i = 1, length do out[#keys == 0 and i or tostring(i)] = plain(content[i], open, depth + 1) end
  for _, key in ipairs(keys) do
    out[type(key) == "string" and key or tostring(key)] = plain(content[key], open, depth + 1)
  end
  open[value] = nil
  return out
end

function plain(value, open, depth)
  local kind = core.kind(value)
  if kind == "task" then
    local params = {}
    for name, text in next, core.task_request(value).params do params[name] = text end
    for _, param in ipairs(core.task_facts(value.name).params) do
      if param.secret then params[param.name] = nil end
    end
    return { id = value.id, name = value.name, params = params }
  elseif kind == "constructor" or kind == "time" then
    return tostring(value)
  elseif type(value) == "number" and value - value ~= 0 then
    return core.json_null
  elseif type(value) == "table" then
    return own_tostring(value) or plain_table(value, open, depth)
  elseif type(value) == "function" then
    return function_text(value)
  elseif type(value) == "thread" then
    return "thread"
  end
  return value
end

---The same as a line of JSON.
---@return string
function M.json(value)
  return core.json_encode(plain(value, {}, 1))
end

return M

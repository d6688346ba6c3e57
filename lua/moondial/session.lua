-- A session: what people type, one input after the other. What they assign stays for the next.
local core, import = ...

local strict = import "strict"
local sandbox = import "sandbox"
local show = import "session_show"
local helpers = import("session_graph").helpers

local M = {}

local globals = core.meta_of(sandbox.environment).__index -- of a pipeline file

local environment = {} -- what was assigned

---The names that can be read here, in order.
local function known_names()
  local names = strict.names(globals)
  for _, map in ipairs{ helpers, environment } do
    for _, name in ipairs(strict.names(map)) do names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

setmetatable(environment, {
  __index = function(_, name)
    local value = helpers[name]
    if value == nil then value = rawget(globals, name) end
    if value ~= nil then return value end
    if sandbox.refused[name] or core.is_task(tostring(name)) then return globals[name] end
    core.raise(("unknown name '%s'%s"):format(tostring(name),
      core.near(tostring(name), known_names())))
  end,
  __metatable = false,
})
helpers._G = environment

---@return function? chunk, string? message, boolean? incomplete
local function compile(input)
  local lines_before = ("\n"):rep(input.line - 1)
  local function compiled(text) return load(lines_before .. text, input.name, "t", environment) end
  local chunk, no_expression = compiled("return " .. input.text)
  if chunk then return chunk end
  local no_statement
  chunk, no_statement = compiled(input.text)
  if chunk then return chunk end
  local function wants_more(message)
    return message:find "<eof>'?$" and not message:find "unfinished string near"
  end
  return nil, no_statement, wants_more(no_expression) or wants_more(no_statement)
end

local function evaluate(input)
  local chunk, message, incomplete = compile(input)
  if incomplete then return { kind = "incomplete" } end
  if not chunk then return { kind = "error", error = message } end
  local values = table.pack(chunk())
  local texts = {}
  for i = 1, values.n do
    texts[i] = input.json and show.json(values[i]) or show.text(values[i], input)
  end
  return { kind = "values", texts = texts }
end

---Called for each input, in a coroutine of its own.
---@param input {text: string, name: string, line: integer, completes: boolean, json: boolean,
---  colour: boolean, columns: integer}
---@return {kind: string, texts: string[]?, error: string?, replaced: integer?}
function M.input(input)
  local result
  if input.completes then
    result = import("session_complete").complete(input.text, environment, helpers, globals)
  else
    result = evaluate(input)
  end
  result.keeps_variables = next(environment) ~= nil
  return result
end

return M

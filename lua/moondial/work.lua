-- What makes sense inside run and check: commands, words to the outside, and ends.
local core, import = ...

local strict = import "strict"
local target = import "target"
local reference = import "reference"

local M = {}

local OPTIONS = reference.option_types "sh"

local function check_option(name, value)
  local wanted = OPTIONS[name]
  if not wanted then
    core.raise(("sh has no option '%s'%s"):format(tostring(name),
      core.near(tostring(name), strict.names(OPTIONS))))
  elseif wanted ~= true and type(value) ~= wanted then
    core.raise(("sh: %s is %s, expected a %s"):format(name, core.describe(value), wanted))
  elseif name == "stdin" and type(value) ~= "string" and not target.is_target(value) then
    core.raise("sh: stdin is " .. core.describe(value) .. ", expected text or a target")
  elseif (name == "stdout" or name == "stderr") and not target.is_target(value) then
    core.raise(("sh: %s is %s, expected a target"):format(name, core.describe(value)))
  elseif (name == "stdout" or name == "stderr") and value.role == "input" then
    core.raise(("sh: %s is another task's output, and not written here"):format(value.path))
  end
end

local function read_options(spec, options)
  for name, value in next, options do
    if type(name) ~= "number" then
      check_option(name, value)
      spec[name] = value
    end
  end
  if spec.timeout ~= nil then
    local micros, message = core.duration(spec.timeout)
    if not micros then core.raise("sh: timeout: " .. message) end
    spec.timeout = micros
  end
end

---The command as people would write it, cut.
local function shown(command)
  local text = command
  if type(command) == "table" then
    local words = {}
    for i, word in ipairs(command) do words[i] = tostring(word) end
    text = table.concat(words, " ")
  end
  text = text:gsub("^%s+", ""):gsub("%s+$", "")
  if #text > 200 then text = text:sub(1, 200) .. "…" end
  return text
end

local function last_lines(text)
  local lines = {}
  for line in text:gmatch("[^\n]+") do lines[#lines + 1] = line end
  return table.concat(lines, "\n  ", math.max(1, #lines - 4))
end

local function failure(command, result)
  local how = result.signal and ("ended by signal %d"):format(result.signal)
    or ("exit status %d"):format(result.code)
  local message = ("sh: %s: %s"):format(how, shown(command))
  local said = last_lines(result.stderr)
  if said ~= "" then message = message .. "\n  " .. said end
  return message
end

---sh "…", sh("…", options), sh{ "cmd", "arg", option = … }
function M.sh(command, options)
  if type(command) ~= "string" and (type(command) ~= "table" or target.is_target(command)) then
    core.raise("sh: expected text or a list of words, got " .. core.describe(command))
  end
  local spec = { command = command }
  if type(command) == "table" then read_options(spec, command) end
  if options ~= nil then
    if type(options) ~= "table" then
      core.raise("sh: expected options, got " .. core.describe(options))
    end
    read_options(spec, options)
  end
  local result, message = core.command(spec)
  if not result then core.raise(("sh: %s: %s"):format(message, shown(command))) end
  if result.code ~= 0 and spec.check ~= false then core.raise(failure(command, result)) end
  return result
end

local function text_of(...)
  local texts = table.pack(...)
  for i = 1, texts.n do texts[i] = tostring(texts[i]) end
  return table.concat(texts, "\t", 1, texts.n)
end

function M.print(...) core.log("info", text_of(...)) end

M.log = {}
for _, level in ipairs{ "info", "warn", "error" } do
  M.log[level] = core.surface(function(...) core.log(level, text_of(...)) end)
end
reference.hold("log", reference.members "log", M.log)

local function ending(how)
  return function(why)
    if why ~= nil and type(why) ~= "string" then why = tostring(why) end
    core.finish(how, why or "")
  end
end

M.fail, M.skip = ending("fail"), ending("skip")

---sleep "10s"
function M.sleep(duration)
  local micros, message = core.duration(duration)
  if not micros then core.raise("sleep: " .. message) end
  core.sleep(micros)
end

---What a failed await raises.
---@class moondial.AwaitError
---@field task moondial.Task that failed
---@field state string "failed", "upstream_failed", "cancelled", "blocked"
---@field message string its error

local AwaitError = { __name = "await error" }

function AwaitError.__tostring(self)
  local text = ("await: %s is %s"):format(tostring(self.task), self.state)
  return self.message ~= "" and text .. ": " .. self.message or text
end

function M.await_error(awaited, state, message)
  return setmetatable({ task = awaited, state = state, message = message }, AwaitError)
end

return M

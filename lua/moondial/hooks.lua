-- on.*: functions of the project that are told what happened, after the fact. Each is called by
-- itself: what one of them raises is logged and keeps the others from nothing.
local core, import = ...

local strict = import "strict"
local reference = import "reference"
local triggers = import "triggers"

local M = {}

local handlers = {} -- kind → functions

local function hook(kind)
  return core.surface(function(handler)
    if core.phase() ~= "loading" then core.raise("hooks are declared while files load only") end
    if type(handler) ~= "function" then
      core.raise(("on.%s: expected a function, got %s"):format(kind, core.describe(handler)))
    end
    local list = handlers[kind]
    list[#list + 1] = handler
    core.hook(kind)
  end)
end

local map = {}
for _, entry in ipairs(reference.entry "on".members) do
  local kind = entry[1]
  if entry.options then
    map[kind] = triggers.declarer(kind)
  else
    handlers[kind] = {}
    map[kind] = hook(kind)
  end
end
M.on = strict.library(map, "on")

---@param event moondial.Event
function M.run(event)
  strict.table(event, "the event")
  for _, handler in ipairs(handlers[event.kind]) do
    local ok, message = pcall(handler, event)
    if not ok then core.log("error", ("on.%s: %s"):format(event.kind, tostring(message))) end
  end
end

return M

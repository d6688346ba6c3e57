-- Targets of the user's own: target{…}.
local core, import = ...

local reference = import "reference"
local strict = import "strict"

local M = {}

local OPTIONS = reference.option_types "target"
local DeclaredMeta = { __name = "target", __metatable = false }

---@param options {exists: function, path: string?, publish: function?, remove: function?}
function M.target(options)
  if type(options) ~= "table" then
    core.raise("target: expected { exists = …, … }, got " .. core.describe(options))
  end
  local made = {}
  for name, value in next, options do
    local wanted = OPTIONS[name]
    if not wanted then
      core.raise(("target has no '%s'%s"):format(tostring(name),
        core.near(tostring(name), strict.names(OPTIONS))))
    elseif type(value) ~= wanted then
      core.raise(("target: %s is %s, expected a %s"):format(name, core.describe(value), wanted))
    end
    made[name] = value
  end
  if not made.exists then
    core.raise("target: exists is missing: function(t), whether it is there")
  end
  return setmetatable(made, DeclaredMeta)
end

---@param value any
---@return boolean
function M.is_it(value)
  return type(value) == "table" and core.meta_of(value) == DeclaredMeta
end

---What an attempt calls with the task, to publish the target or, when it failed, to remove it.
---@param options table
---@param step "publish"|"remove"
---@return fun(t: moondial.Task)
function M.step(options, step)
  if step == "remove" then return rawget(options, "remove") or function() end end
  return function(t)
    local publish = rawget(options, "publish")
    if publish then publish(t) end
    if not rawget(options, "exists")(t) then
      core.raise("output: the work ended well but exists(t) says that its target is not there")
    end
  end
end

local SeenMeta = { __name = "target", is_target = true, __metatable = false }

function SeenMeta.__index(_, name)
  if name == "path" then core.raise("this target was declared without a path") end
  core.raise(("a target has no '%s'%s"):format(tostring(name),
    core.near(tostring(name), (reference.members "Target"))))
end

function SeenMeta.__newindex(_, name)
  core.raise(("a target's %s cannot be set"):format(tostring(name)))
end

---The target of one task: what t.output and t.input hold.
---@param options table
---@param path string|nil
---@param t moondial.Task
function M.new(options, path, t)
  return setmetatable({
    path = path,
    exists = function() return rawget(options, "exists")(t) and true or false end,
  }, SeenMeta)
end

return M

-- What user code sees as its globals: Lua's safe library and the DSL. Nothing can be added, and an
-- unknown name is an error that says the nearest one.
local core, import = ...

local strict = import "strict"
local params = import "params"
local task = import "task"
local schedule = import "schedule"
local work = import "work"
local target = import "target"
local data = import "data"
local http = import "http"
local hooks = import "hooks"
local reference = import "reference"

local M = {}

local GLOBALS = reference.globals()
local REFUSED = {
  dofile = 'modules of lib/ are loaded with require "name"',
  loadfile = 'modules of lib/ are loaded with require "name"',
  loadstring = "it is called load",
  debug = "it would reach around moondial",
  io = "file(path) reads and writes, sh runs commands",
  package = 'modules of lib/ are loaded with require "name"',
  unpack = "it is called table.unpack",
  setfenv = "load takes an environment",
  getfenv = "load takes an environment",
}
M.refused = REFUSED
local REFUSED_OS = {
  execute = "sh runs commands", exit = "fail and skip end a task", getenv = "sh sees $NAME",
  remove = "sh runs rm", rename = "outputs are published by moondial",
  tmpname = "sh runs mktemp", setlocale = "the C locale is in force",
}

---@param path string
---@param text string
---@param environment table
---@return function
function M.chunk(path, text, environment)
  local chunk, message = load(text, "@" .. path, "t", environment)
  if not chunk then error(message, 0) end
  return chunk
end

local loaded, loading = {}, {}

local function require_module(name)
  if type(name) ~= "string" then
    core.raise("require: expected a name, got " .. core.describe(name))
  end
  if loaded[name] ~= nil then return loaded[name] end
  if loading[name] then core.raise(("require: %s requires itself"):format(name)) end
  local path, text = core.module(name)
  if not path then
    local near = core.near(name, text)
    core.raise(("require: there is no module '%s' in lib/%s"):format(name, near))
  end
  loading[name] = true
  local value = M.chunk(path, text, M.environment)(name)
  loading[name] = nil
  if value == nil then value = true end
  loaded[name] = value
  return value
end

local function safe_load(chunk, name, mode, environment)
  if mode ~= nil and mode ~= "t" then core.raise("load: only text is loaded, no binary chunks") end
  return load(chunk, name or "=(load)", "t", environment or M.environment)
end

---Refuses what looks at the clock while a file loads.
local function clock(name, of)
  return function(...)
    if core.phase() == "loading" then
      core.raise(("%s() while files load: the time would stand still until the next reload")
        :format(name))
    end
    return of(...)
  end
end

local function refused(map, reasons, prefix)
  return function(_, name)
    local reason = reasons[name]
    if reason then core.raise(("%s%s is not available: %s"):format(prefix, name, reason)) end
    core.raise(("%s has no '%s'%s"):format(prefix:sub(1, -2), tostring(name),
      core.near(tostring(name), strict.names(map))))
  end
end

local function os_library()
  local map = {
    time = function(fields)
      if fields ~= nil then return os.time(fields) end
      return clock("os.time", os.time)()
    end,
    date = function(format, time)
      if time ~= nil then return os.date(format, time) end
      return clock("os.date", os.date)(format)
    end,
    clock = clock("os.clock", os.clock),
    difftime = os.difftime,
  }
  local library = strict.library(map, "os")
  getmetatable(map).__index = refused(map, REFUSED_OS, "os.")
  return library
end

local function copy(library, changes)
  local map = {}
  for name, value in next, library do map[name] = value end
  for name, value in next, changes or {} do map[name] = value or nil end
  return map
end

---Shields the tables of the library, and the metatables that are shared, from rawset and the like.
local shielded = setmetatable({}, { __mode = "k" })

local function safe_rawset(map, name, value)
  if shielded[map] then core.raise("rawset: this table is the library's") end
  return rawset(map, name, value)
end

local function safe_collectgarbage(option, ...)
  if option == nil or option == "collect" or option == "count" or option == "step" then
    return collectgarbage(option, ...)
  end
  core.raise(("collectgarbage: %s is not available"):format(core.describe(option)))
end

local function libraries()
  local strings = copy(string, { dump = false })
  getmetatable("").__index = strings
  getmetatable("").__metatable = false
  local threads = copy(coroutine)
  for _, name in ipairs{ "create", "resume", "wrap", "yield", "isyieldable" } do
    threads[name] = core["co_" .. name]
  end
  return {
    string = strict.library(strings, "string"),
    table = strict.library(copy(table), "table"),
    math = strict.library(
      copy(math, { random = core.random, randomseed = core.randomseed }), "math"),
    utf8 = strict.library(copy(utf8), "utf8"),
    coroutine = strict.library(threads, "coroutine"),
    os = os_library(),
    json = strict.library(data.json, "json"),
    csv = strict.library(data.csv, "csv"),
    http = strict.library(http.http, "http"),
    log = strict.library(work.log, "log"),
    param = params.library,
    on = hooks.on,
  }
end

local function globals()
  local map = libraries()
  for _, name in ipairs{
    "assert", "error", "getmetatable", "ipairs", "next", "pairs", "pcall", "rawequal", "rawget",
    "rawlen", "select", "setmetatable", "tonumber", "tostring", "type", "xpcall", "_VERSION",
  } do
    map[name] = _G[name]
  end
  for name, of in next, {
    load = safe_load, require = require_module, rawset = safe_rawset,
    collectgarbage = safe_collectgarbage,
    task = task.task, external = task.external, mark = task.mark,
    pool = task.pool, each = task.each, schedule = schedule.schedule,
    file = target.file, dir = import("dir").dir, target = import("own_target").target,
    sh = work.sh, print = work.print, fail = work.fail, skip = work.skip, sleep = work.sleep,
  } do
    map[name] = core.surface(of)
  end
  map.tasks, map.emit, map.progress = core.tasks, core.emit, core.progress
  map.await, map.all = core.await, core.all
  map.date, map.today, map.yesterday = params.date, core.today, core.yesterday
  map.duration, map.next = params.duration, core.next
  return map
end

local function make_environment()
  local map = globals()
  local known = strict.names(map)
  setmetatable(map, {
    __index = function(_, name)
      if REFUSED[name] then
        core.raise(("%s is not available: %s"):format(name, REFUSED[name]))
      end
      if core.is_task(tostring(name)) then
        core.raise(("unknown name '%s'; it is a task: write tasks.%s, or local x = task \"%s\" {…}")
          :format(name, name, name))
      end
      core.raise(("unknown name '%s'%s"):format(tostring(name), core.near(tostring(name), known)))
    end,
  })
  local environment = setmetatable({}, {
    __index = map,
    __newindex = function(_, name)
      local what = rawget(map, name) ~= nil and "'%s' is the library's and cannot be assigned"
        or "assignment to the undeclared global '%s' (write local %s)"
      core.raise(what:format(tostring(name), tostring(name)))
    end,
    __pairs = function() return next, copy(map), nil end,
    __metatable = false,
  })
  map._G = environment
  reference.hold("the globals", GLOBALS, map)
  shielded[environment] = true
  for _, value in next, map do
    if type(value) == "table" then shielded[value] = true end
  end
  return environment
end

M.environment = make_environment()

return M

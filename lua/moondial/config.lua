-- moondial.lua: the project's configuration.
local core, import = ...

local strict = import "strict"
local fields = import "fields"
local reference = import "reference"

local M = {}

local KEYS = reference.option_types "config"

local function text_list(key, value)
  for i, text in ipairs(value) do
    if type(text) ~= "string" or text == "" then
      core.raise(("%s: %d is %s, expected text"):format(key, i, core.describe(text)))
    end
  end
  for name in next, value do
    if math.type(name) ~= "integer" then core.raise(key .. ": expected a list of texts") end
  end
  return value
end

local function environment(value)
  local list = {}
  for _, name in ipairs(strict.names(value)) do
    local text = value[name]
    if type(text) ~= "string" and type(text) ~= "number" or name == "" or name:find("[=\0]") then
      core.raise(("env: %s = %s is no variable"):format(name, core.describe(text)))
    end
    list[#list + 1] = ("%s=%s"):format(name, text)
  end
  if #value > 0 then core.raise("env: expected {NAME = \"value\"}") end
  return list
end

---A whole number in its bounds.
local function count(key, value, low, high)
  if math.type(value) ~= "integer" or value < low or value > high then
    core.raise(("%s is %s, expected a whole number from %d"):format(key, core.describe(value), low))
  end
  return value
end

---Pools of the project: their sizes count before those that the pipelines declare.
local function pools(value)
  local sizes = {}
  for name, size in next, value do
    if type(name) ~= "string" or name == "" then
      core.raise("pools: expected { name = size }, got " .. core.describe(name))
    elseif name == "cpu" or name == "memory" then
      core.raise(("pools: the size of %s is set by %s"):format(name,
        name == "cpu" and "jobs" or "memory"))
    end
    sizes[name] = count("pools: " .. name, size, 0, math.maxinteger)
  end
  return sizes
end

local RETENTION = reference.options "config.retention"

---A duration, or false for ever.
local function age(name, value)
  if value == false then return false end
  return core.duration(value) or core.raise(
    ("retention: %s is %s, expected a duration such as \"90d\", or false: for ever"):format(name,
      core.describe(value)))
end

local function only_known(key, value, names)
  local known = reference.set(names)
  for name in next, value do
    if not known[name] then
      core.raise(("%s has no '%s'%s"):format(key, tostring(name),
        core.near(tostring(name), names)))
    end
  end
end

local function retention(value)
  only_known("retention", value, RETENTION)
  local made = {}
  for _, name in ipairs{ "runs", "logs" } do
    if value[name] ~= nil then made[name] = age(name, value[name]) end
  end
  if value.logs_size ~= nil and value.logs_size ~= false then
    local bytes = fields.bytes(value.logs_size)
    if not bytes or bytes < 0 then
      core.raise(("retention: logs_size is %s, expected a size such as \"10G\", or false: \z
        any"):format(core.describe(value.logs_size)))
    end
    made.logs_size = bytes
  end
  if value.keep_last ~= nil then
    made.keep_last = count("retention: keep_last", value.keep_last, 0, math.maxinteger)
  end
  return made
end

local HTTP = reference.options "config.http"

local function http(value)
  only_known("http", value, HTTP)
  local made = { listen = value.listen, token_file = value.token_file }
  if value.listen ~= nil and value.listen ~= false then
    if type(value.listen) ~= "string" then
      core.raise(("http: listen is %s, expected an address such as \"127.0.0.1:7171\", or \z
        false: nowhere"):format(core.describe(value.listen)))
    end
    local ok, address = pcall(core.listen_address, value.listen)
    if not ok then core.raise("http: listen: " .. tostring(address)) end
    made.listen = address
  end
  local file = value.token_file
  if file ~= nil and (type(file) ~= "string" or file == "") then
    core.raise(("http: token_file is %s, expected a path"):format(core.describe(file)))
  end
  if value.hosts ~= nil then
    if type(value.hosts) ~= "table" then
      core.raise(("http: hosts is %s, expected a list of texts"):format(
        core.describe(value.hosts)))
    end
    made.hosts = {}
    for i, name in ipairs(text_list("http: hosts", value.hosts)) do
      if not name:find "^[%w.-]+$" and not name:find "^%[[%x:.]+%]$" then
        core.raise(("http: hosts: %q is no host's name: no port, no scheme"):format(name))
      end
      made.hosts[i] = name:lower()
    end
  end
  return made
end

local CHECKS = {
  http = http,
  notify = import("notify").read,
  retention = retention,
  pools = pools,
  memory = function(value)
    local bytes = fields.bytes(value)
    if not bytes or bytes < 1 then
      core.raise(("memory is %s, expected a size such as \"16G\""):format(core.describe(value)))
    end
    return bytes
  end,
  min_free = function(value)
    local bytes = fields.bytes(value)
    if not bytes or bytes < 0 then
      core.raise(("min_free is %s, expected a size such as \"1G\", or 0"):format(
        core.describe(value)))
    end
    return bytes
  end,
  lanes = function(value) return count("lanes", value, 1, 1024) end,
  jobs = function(value)
    if math.type(value) ~= "integer" or value < 1 or value > 100000 then
      core.raise(("jobs is %s, expected a whole number from 1"):format(core.describe(value)))
    end
    return value
  end,
  shell = function(value)
    if #text_list("shell", value) == 0 then core.raise("shell is empty") end
    return value
  end,
  env = environment,
  output_roots = function(value)
    for _, root in ipairs(text_list("output_roots", value)) do
      if root:sub(1, 1) ~= "/" then
        core.raise(("output_roots: %q is not an absolute path"):format(root))
      end
    end
    return value
  end,
}

local function read_key(key, value, path, known)
  local wanted = KEYS[key]
  if not wanted then
    local name = tostring(key)
    core.raise(("%s has no key '%s'%s"):format(path, name, core.near(name, known)))
  elseif wanted ~= "any" and type(value) ~= wanted then
    core.raise(("%s is %s, expected a %s"):format(key, core.describe(value), wanted))
  end
  return CHECKS[key] and CHECKS[key](value) or value
end

---@param path string
---@param given any what the file returned
function M.read(path, given)
  if type(given) ~= "table" then
    core.report(path, 0, "it returns " .. core.describe(given) .. ", expected a table")
    return
  end
  local known = strict.names(KEYS)
  local config = {}
  for key, value in next, given do
    local ok, made = pcall(read_key, key, value, path, known)
    if ok then
      config[key] = made
    else
      core.report(path, core.field_line(path, 1, tostring(key)), made)
    end
  end
  local ok, message = pcall(core.configure, config)
  if not ok then core.report(path, core.field_line(path, 1, "timezone"), message) end
end

return M

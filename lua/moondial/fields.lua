-- The fields of a task whose values have a normal form: what C++ reads. A converter returns it, or
-- nil and a message. The same converters serve what functions of a task return.
local core, import = ...

local strict = import "strict"
local reference = import "reference"

local M = {}

local RETRY = reference.set((reference.options "task.retry"))

local function duration(value) return core.duration(value) end

local SUFFIXES = { [""] = 0, K = 10, M = 20, G = 30, T = 40 }

---"2G", "512M" or a number → bytes, or nil and a message.
function M.bytes(value)
  local number, suffix = tostring(value):match("^%s*(%d+%.?%d*)%s*([KMGT]?)i?B?%s*$")
  local bytes = number and math.tointeger(math.floor(tonumber(number) * (1 << SUFFIXES[suffix])))
  if not bytes then
    return nil, ("expected bytes such as \"512M\" or \"2G\", got %s"):format(core.describe(value))
  end
  return bytes
end

local function units(pool, value)
  if pool == "memory" and type(value) == "string" then return M.bytes(value) end
  if math.type(value) ~= "integer" or value < 0 then
    return nil, ("units of %s are %s, expected a whole number from 0"):format(pool,
      core.describe(value))
  end
  return value
end

local function uses(value)
  if type(value) ~= "table" then
    return nil, "expected pools and their units, {api = 1}, got " .. core.describe(value)
  end
  local list, has_cpu = {}, false
  for _, pool in ipairs(strict.names(value)) do
    local count, message = units(pool, value[pool])
    if not count then return nil, message end
    list[#list + 1] = { pool = pool, units = count }
    has_cpu = has_cpu or pool == "cpu"
  end
  if next(value) ~= nil and #list == 0 or #value > 0 then
    return nil, "expected pools and their units, {api = 1}, got a list"
  end
  if not has_cpu then list[#list + 1] = { pool = "cpu", units = 1 } end
  table.sort(list, function(a, b) return a.pool < b.pool end)
  return list
end

local function bounded(name, value, low, high, otherwise)
  if value == nil then return otherwise end
  if type(value) ~= "number" or not (value >= low and value <= high) then
    return nil, ("%s is %s, expected a number from %g to %g"):format(name, core.describe(value),
      low, high)
  end
  return value
end

local function times(value)
  if type(value) ~= "number" or math.tointeger(value) == nil or value < 0 or value > 1000000 then
    return nil, ("times is %s, expected a whole number from 0"):format(core.describe(value))
  end
  return math.tointeger(value)
end

local function retry(value)
  if type(value) == "number" then value = { times = value } end
  if type(value) ~= "table" then
    return nil, "expected a number of attempts or {times, delay, …}, got " .. core.describe(value)
  end
  for name in next, value do
    if not RETRY[name] then
      return nil, ("it has no '%s'%s"):format(tostring(name),
        core.near(tostring(name), strict.names(RETRY)))
    end
  end
  local made, message = {}
  made.times, message = times(value.times == nil and 1 or value.times)
  if not made.times then return nil, message end
  for _, name in ipairs{ "delay", "max" } do
    if value[name] ~= nil then
      made[name], message = duration(value[name])
      if not made[name] then return nil, name .. ": " .. message end
    end
  end
  made.backoff, message = bounded("backoff", value.backoff, 1, 1000, 1)
  if not made.backoff then return nil, message end
  made.jitter, message = bounded("jitter", value.jitter, 0, 1, 0)
  if not made.jitter then return nil, message end
  if value.when ~= nil and type(value.when) ~= "function" then
    return nil, "when is " .. core.describe(value.when) .. ", expected a function of the error"
  end
  made.when = value.when
  return made
end

local function priority(value)
  if type(value) ~= "number" or value ~= value or value - value ~= 0 then
    return nil, "expected a number, got " .. core.describe(value)
  end
  return value
end

local function lock(value)
  if type(value) ~= "string" or value == "" then
    return nil, "expected a name, got " .. core.describe(value)
  end
  return value
end

local function timeout(value)
  local made, message = duration(value)
  if made == 0 then return nil, "it is 0, which no attempt can keep; leave it out for none" end
  return made, message
end

---How often to look for an external: without a pause would be without end.
local function poll(value)
  local made, message = duration(value)
  if made == 0 then return nil, "it is 0; say how often to look, such as \"30s\"" end
  return made, message
end

---"06:00" or "06:00:30" → { second = of the day }, else { within = microseconds }.
local function sla(value)
  local hour, minute, second = tostring(value):match("^(%d%d?):(%d%d):?(%d?%d?)$")
  if not hour then
    local within, message = duration(value)
    return within and { within = within }, message
  end
  hour, minute, second = tonumber(hour), tonumber(minute), tonumber(second) or 0
  if hour > 23 or minute > 59 or second > 59 then
    return nil, core.describe(value) .. " is no time of day"
  end
  return { second = (hour * 60 + minute) * 60 + second }
end

M.converters = {
  sla = sla,
  lock = lock, poll = poll,
  priority = priority, uses = uses, retry = retry, timeout = timeout, takes = duration,
  grace = duration,
}

---Field → what is to be given, where a function cannot be.
M.converted = { grace = "a duration", poll = "a duration", sla = "a time of day or a duration" }

return M

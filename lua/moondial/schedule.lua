-- schedule: when to start what. What is wrong with one declaration is reported, and loading goes on
-- with the next.
local core, import = ...

local strict = import "strict"
local reference = import "reference"
local fields = import "fields"
local unfinished = import "unfinished"

local M = {}

local FIELDS = reference.accepted "schedule"
local FIELD_NAMES = strict.names(FIELDS)

local function complain(declared, field, message)
  core.report(declared.file, core.field_line(declared.file, declared.line, field),
    ("schedule %q: %s"):format(declared.name, message))
end

---The value of a field, or nil after it has been complained of.
local function check_type(declared, field, value)
  for _, wanted in ipairs(FIELDS[field]) do
    if type(value) == wanted then return value end
  end
  complain(declared, field, ("%s is %s, expected %s"):format(field, core.describe(value),
    (table.concat(FIELDS[field], " or "):gsub("userdata", "a date"))))
  return nil
end

local function check_word(declared, field)
  local word, words = declared[field], reference.entry("schedule." .. field).words
  if word == nil or reference.set(words)[word] then return end
  complain(declared, field, ("%s: there is no %q%s; it is one of %s"):format(field, word,
    core.near(word, words), table.concat(words, ", ")))
end

local function read_duration(declared, field)
  if declared[field] == nil then return end
  local micros, message = core.duration(declared[field])
  if not micros then
    complain(declared, field, ("%s: %s"):format(field, message))
  elseif micros == 0 and field == "every" then
    complain(declared, field, "every: a schedule without time between its firings never rests")
    micros = nil
  end
  declared[field] = micros
end

local function read_sla(declared)
  if declared.sla == nil then return end
  local sla, message = fields.converters.sla(declared.sla)
  if not sla then complain(declared, "sla", "sla: " .. message) end
  declared.sla = sla
end

local function check_limit(declared)
  local limit = declared.catchup_limit
  if limit ~= nil and (math.type(limit) ~= "integer" or limit < 1 or limit > 100000) then
    complain(declared, "catchup_limit", ("catchup_limit is %s, expected a whole number from 1")
      :format(core.describe(limit)))
    declared.catchup_limit = nil
  end
end

local function declare(declared, given)
  if type(given) ~= "table" then
    core.raise(("schedule %q: expected { fields }, got %s"):format(declared.name,
      core.describe(given)))
  end
  for field, value in next, given do
    if not FIELDS[field] then
      complain(declared, tostring(field), ("unknown field '%s'%s"):format(tostring(field),
        core.near(tostring(field), FIELD_NAMES)))
    else
      declared[field] = check_type(declared, field, value)
    end
  end
  for _, field in ipairs{ "from", "to" } do
    if declared[field] ~= nil then declared[field] = tostring(declared[field]) end
  end
  check_word(declared, "catchup")
  check_word(declared, "overlap")
  read_duration(declared, "every")
  read_duration(declared, "jitter")
  read_sla(declared)
  check_limit(declared)
  if given.cron ~= nil and given.every ~= nil then
    complain(declared, "every", "it has both cron and every; its times are said by one of them")
  elseif given.cron == nil and given.every == nil then
    core.report(declared.file, declared.line, ("schedule %q: it has no times: add cron = \z
      \"30 1 * * *\" or every = \"15m\""):format(declared.name))
  elseif given.start == nil then
    core.report(declared.file, declared.line, ("schedule %q: it starts nothing: add start = \z
      function(at) return tasks.X{ date = at.date - 1 } end"):format(declared.name))
  elseif declared.start and (declared.cron or declared.every) then
    core.schedule(declared)
  end
end

---@param name string
---@return fun(fields: moondial.ScheduleFields)
function M.schedule(name)
  if core.phase() ~= "loading" then core.raise("schedules are declared while files load only") end
  local file, line = core.place()
  if type(name) ~= "string" then
    core.raise("schedule: expected a name, got " .. core.describe(name))
  elseif not name:find("^[%w_][%w_.-]*$") or #name > 100 then
    core.raise(("schedule: %s is no name: letters, digits, _, - and ., 100 at most"):format(
      core.describe(name)))
  end
  local declared = { name = name, file = file, line = line }
  unfinished.begin(declared, ("schedule %q"):format(name))
  return function(given)
    unfinished.finish(declared)
    declare(declared, given)
  end
end

---What `start` is called with.
---@param at {date: moondial.Date, hour: moondial.Hour, time: moondial.Time}
function M.at(at) return strict.table(at, "at") end

return M

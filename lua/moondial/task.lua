-- task, pool and each: what a pipeline file declares with. All that is wrong with one declaration
-- is reported, and loading goes on with the next.
local core, import = ...

local strict = import "strict"
local params = import "params"
local fields = import "fields"
local own_target = import "own_target"
local reference = import "reference"
local unfinished = import "unfinished"

local M = {}

-- What a task object itself has: no names of parameters.
local RESERVED = reference.set((reference.members "t"))
local WHEN = reference.set(reference.entry "task.when".words)
local RERUN = reference.set(reference.entry "task.rerun".words)
-- What an external may have: nobody here makes it.
local OF_EXTERNAL = reference.set((reference.options "external"))

-- Field → what it may be, besides a function where it says so.
local FIELDS = reference.accepted "task"
for name, accepted in next, reference.accepted "external" do
  FIELDS[name] = FIELDS[name] or accepted
end
local FIELD_NAMES = strict.names(FIELDS)
local POOL = reference.set((reference.options "pool"))

local function is_name(name)
  for part in (name .. "."):gmatch("([^.]*)%.") do
    if not part:find("^[%a_][%w_]*$") then return false end
  end
  return true
end

---Reports something about a field, at its line.
local function complain(declared, field, message)
  core.report(declared.file, core.field_line(declared.file, declared.line, field),
    ("%s: %s"):format(declared.name, message))
end

local function check_type(declared, field, value)
  local kind = type(value)
  for _, wanted in ipairs(FIELDS[field]) do
    if wanted == "any" or wanted == kind then return value end
    if wanted == "convert" and kind ~= "function" then
      local made, message = fields.converters[field](value)
      if made == nil then complain(declared, field, ("%s: %s"):format(field, message)) end
      return made
    end
  end
  complain(declared, field, ("%s is %s, expected %s"):format(field, core.describe(value),
    (table.concat(FIELDS[field], " or "):gsub("convert", fields.converted[field] or "a value"))))
  return nil
end

local function read_param(declared, name, kind)
  local line = core.field_line(declared.file, declared.line, tostring(name))
  local function wrong(message, hint)
    core.report(declared.file, line, ("%s: %s"):format(declared.name, message), hint or "")
  end
  if type(name) ~= "string" or not name:find("^[%a_][%w_]*$") then
    return wrong(("params: %s is no name of a parameter"):format(core.describe(name)))
  elseif RESERVED[name] then
    return wrong(("parameter '%s': a task uses that name itself"):format(name),
      ("t.%s is the task's own; call the parameter something else, such as 'the_%s'"):format(name,
        name))
  elseif not params.is_kind(kind) then
    return wrong(("parameter '%s' is %s, expected a kind such as param.date"):format(name,
      core.describe(kind)))
  elseif params.incomplete(kind) then
    return wrong(("parameter '%s': %s"):format(name, params.incomplete(kind)))
  end
  local options = kind.options
  local made = params.normal_form(kind)
  made.name, made.doc, made.default, made.optional = name, options.doc, options.default,
    options.optional
  made.secret = options.secret
  made.significant = options.significant ~= false and not options.secret
  return made
end

local function read_params(declared, given)
  local list = {}
  for name, kind in next, given do
    list[#list + 1] = read_param(declared, name, kind)
  end
  table.sort(list, function(a, b) return a.name < b.name end)
  return list
end

local function check_tags(declared, tags)
  for name, tag in next, tags or {} do
    if math.type(name) ~= "integer" then
      complain(declared, "tags", ("tags: expected a list of texts, got the name %s"):format(
        core.describe(name)))
    elseif type(tag) ~= "string" then
      complain(declared, "tags", "tags: expected texts, got " .. core.describe(tag))
    end
  end
end

---`when` is one of the words, or a function.
local function check_when(declared)
  if type(declared.when) == "string" and not WHEN[declared.when] then
    complain(declared, "when", ("when: there is no %q%s; it is one of %s, or a function(t)"):format(
      declared.when, core.near(declared.when, strict.names(WHEN)),
      table.concat(strict.names(WHEN), ", ")))
  end
end

---`rerun` is one of two words; `reads` is a list of paths.
local function check_rerun(declared)
  local rerun, reads = declared.rerun, declared.reads
  if rerun ~= nil and not RERUN[rerun] then
    complain(declared, "rerun", ("rerun: there is no %q%s; it is \"missing\" or \"stale\""):format(
      rerun, core.near(rerun, strict.names(RERUN))))
  end
  if type(reads) == "string" then declared.reads = { reads } end
  for name, path in next, declared.reads or {} do
    if math.type(name) ~= "integer" or type(path) ~= "string" then
      complain(declared, "reads", "reads: expected paths, got " .. core.describe(path))
      declared.reads = nil
      break
    end
  end
end

local function check_work(declared)
  if declared.external then
    declared.work = "none"
    if not (declared.output or declared.marks or declared.target or declared.complete) then
      core.report(declared.file, declared.line, ("%s: an external says how it is seen to be " ..
        "there: add output (a path, or mark()) or complete"):format(declared.name))
    end
  elseif declared.run and declared.sh then
    complain(declared, "sh", "it has both run and sh; the work is one of them")
  elseif declared.run then
    declared.work = "script"
  elseif declared.sh then
    declared.work = "command"
  else
    declared.work = "none"
    for _, field in ipairs{ "output", "marks", "target", "check" } do
      if declared[field] then
        local said = (field == "marks" or field == "target") and "output" or field
        complain(declared, said, ("it has %s but no work: add run or sh"):format(said))
      end
    end
  end
end

local function declare(declared, given)
  local what = declared.external and "external" or "task"
  if type(given) ~= "table" then
    core.raise(("%s %q: expected { fields }, got %s"):format(what, declared.name,
      core.describe(given)))
  end
  for field, value in next, given do
    if declared.external and FIELDS[field] and not OF_EXTERNAL[field] then
      complain(declared, field, ("an external has no '%s': others produce it"):format(field))
    elseif field == "output" and value == M.MARK then
      declared.marks = true
    elseif field == "output" and own_target.is_it(value) then
      declared.target = value
    elseif not FIELDS[field] or (field == "poll" and not declared.external) then
      complain(declared, tostring(field), ("unknown field '%s'%s"):format(tostring(field),
        core.near(tostring(field), FIELD_NAMES)))
    else
      declared[field] = check_type(declared, field, value)
    end
  end
  declared.params = read_params(declared, declared.params or {})
  check_tags(declared, declared.tags)
  check_when(declared)
  check_rerun(declared)
  check_work(declared)
  return core.declare(declared)
end

local function declaration(what, name)
  if core.phase() ~= "loading" then core.raise(what .. "s are declared while files load only") end
  local file, line = core.place()
  if type(name) ~= "string" then
    core.raise(("%s: expected a name, got %s"):format(what, core.describe(name)))
  elseif not is_name(name) then
    core.raise(("%s: %s is no name: letters, digits and _, in parts joined by dots")
      :format(what, core.describe(name)))
  end
  local declared = { name = name, file = file, line = line, external = what == "external" }
  unfinished.begin(declared, ("%s %q"):format(what, name))
  return function(given)
    unfinished.finish(declared)
    return declare(declared, given)
  end
end

---@param name string
---@return fun(fields: table): moondial.Constructor
function M.task(name) return declaration("task", name) end

---Something that others produce: it is waited for and never run.
---@param name string
---@return fun(fields: table): moondial.Constructor
function M.external(name) return declaration("external", name) end

M.MARK = setmetatable({}, { __name = "mark", __tostring = function() return "mark()" end })

---The output of a task that leaves no file: "done" is kept in the record.
function M.mark() return M.MARK end

---@param name string
---@return fun(options: {size: integer})
function M.pool(name)
  if core.phase() ~= "loading" then core.raise("pools are declared while files load only") end
  if type(name) ~= "string" or name == "" then
    core.raise("pool: expected a name, got " .. core.describe(name))
  elseif name == "cpu" or name == "memory" then
    core.raise(("pool %q is always there"):format(name))
  end
  local file, line = core.place()
  local declared = { file = file, line = line }
  unfinished.begin(declared, ("pool %q"):format(name))
  return function(options)
    unfinished.finish(declared)
    if type(options) ~= "table" then core.raise(("pool %q: expected {size = N}"):format(name)) end
    for option in next, options do
      if not POOL[option] then
        core.raise(("pool %q has no '%s'%s"):format(name, tostring(option),
          core.near(tostring(option), strict.names(POOL))))
      end
    end
    local size = math.type(options.size) == "integer" and options.size or -1
    if size < 0 then
      core.raise(("pool %q: size is %s, expected a whole number from 0"):format(name,
        core.describe(options.size)))
    end
    if not core.pool(name, size) then core.raise(("pool %q is declared twice"):format(name)) end
  end
end

---each(list, f) → list, each(map, f) → map, each(1, 10, f) → list, each(dates, f) → list
function M.each(first, second, third)
  local made = {}
  if type(first) == "number" then
    if math.type(first) ~= "integer" or math.type(second) ~= "integer" then
      core.raise("each: expected two whole numbers and a function")
    elseif type(third) ~= "function" then
      core.raise("each: expected a function, got " .. core.describe(third))
    end
    for i = first, second do made[#made + 1] = third(i) end
    return made
  end
  if type(first) ~= "table" and not core.is_interval(first) then
    core.raise("each: expected a list, a map, dates or two numbers, got " .. core.describe(first))
  elseif type(second) ~= "function" then
    core.raise("each: expected a function, got " .. core.describe(second))
  end
  if #first > 0 then
    for i = 1, #first do made[i] = second(first[i], i) end
    return made
  end
  for _, key in ipairs(strict.names(first)) do made[key] = second(first[key], key) end
  return made
end

return M

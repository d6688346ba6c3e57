-- on.file, on.webhook and on.done: what starts tasks when something happens. What is wrong with one
-- declaration is reported, and loading goes on with the next.
local core, import = ...

local strict = import "strict"
local reference = import "reference"
local unfinished = import "unfinished"

local M = {}

local function complain(declared, field, message)
  core.report(declared.file, core.field_line(declared.file, declared.line, field or ""),
    ("%s: %s"):format(declared.title, message))
end

---What is wrong with what a trigger looks at; nil if nothing is.
local function fault(kind, subject)
  if type(subject) ~= "string" or subject == "" then
    local what = { file = 'a glob such as "in/*.csv"', webhook = "a name", done = "a task's name" }
    return ("expected %s, got %s"):format(what[kind], core.describe(subject))
  elseif #subject > 500 then
    return "it is longer than 500 bytes"
  elseif kind == "webhook" and not subject:find "^[%w_][%w_.-]*$" then
    return core.describe(subject) .. " is no name: letters, digits, _, - and . are"
  elseif kind == "file" and ("/" .. subject .. "/"):find("/..", 1, true) then
    return "a glob names no parent folder (..): write the path from its beginning"
  elseif kind == "file" and (subject:sub(-1) == "/" or subject:find "%c") then
    return core.describe(subject) .. " matches no file"
  end
end

local function check_field(declared, fields, field, value)
  local wanted = fields[field]
  if not wanted then
    return complain(declared, tostring(field), ("unknown field '%s'%s"):format(tostring(field),
      core.near(tostring(field), strict.names(fields))))
  end
  if not reference.set(wanted)[type(value)] then
    return complain(declared, field, ("%s is %s, expected %s"):format(field, core.describe(value),
      table.concat(wanted, " or ")))
  end
  if field ~= "settle" then declared[field] = value return end
  local micros, message = core.duration(value)
  if not micros then return complain(declared, field, "settle: " .. message) end
  declared.settle = micros
end

local function declare(declared, fields, given)
  if type(given) ~= "table" then
    core.raise(("%s: expected { fields }, got %s"):format(declared.title, core.describe(given)))
  end
  for field, value in next, given do check_field(declared, fields, field, value) end
  if given.start == nil then
    complain(declared, nil, "it starts nothing: add start = function(…) return tasks.X{ … } end")
  elseif declared.start then
    core.trigger(declared)
  end
end

---@param kind string file, webhook or done
---@return function on.<kind>
function M.declarer(kind)
  local fields = reference.accepted("on." .. kind)
  return core.surface(function(subject)
    if core.phase() ~= "loading" then core.raise("triggers are declared while files load only") end
    local file, line = core.place()
    local wrong = fault(kind, subject)
    if wrong then core.raise(("on.%s: %s"):format(kind, wrong)) end
    local declared = { kind = kind, subject = subject, file = file, line = line,
      title = ("on.%s %q"):format(kind, subject) }
    unfinished.begin(declared, declared.title)
    return function(given)
      unfinished.finish(declared)
      declare(declared, fields, given)
    end
  end)
end

return M

-- What a session sees of the living graph. Each is a request to the API, which whoever types makes.
local core, import = ...

local show = import "session_show"

local M = {}

---Asks the API; a refusal is an error.
---@return any answer
local function api(method, path, body, environment)
  local status, text = core.ask(method, path, body and core.json_encode(body) or nil, environment)
  local answer = text ~= "" and core.json_decode(text) or {}
  if status >= 400 then
    local message = answer.detail or answer.title or ("status %d"):format(status)
    for _, one in ipairs(answer.errors or {}) do
      if one.file and one.file ~= "" and not message:find(one.message, 1, true) then
        message = ("%s\n  %s:%d: %s"):format(message, one.file, one.line, one.message)
      end
    end
    core.raise(message)
  end
  return answer
end

---A task of what was given: a task, or a constructor that needs nothing.
local function task_of(value, what)
  local kind = core.kind(value)
  if kind == "constructor" then return value{} end
  if kind == "task" then return value end
  core.raise(("%s: expected a task, such as tasks.Name{ … }, got %s"):format(what,
    core.describe(value)))
end

-- --- tables for people ---

local function width(text) return utf8.len(text) or #text end

---Rows of words as columns, each as wide as it needs.
---@param rows {[integer]: string|number, tone: string?}[]
local function columns(rows, paint)
  local widths, lines = {}, {}
  for _, row in ipairs(rows) do
    for i, cell in ipairs(row) do widths[i] = math.max(widths[i] or 0, width(tostring(cell))) end
  end
  for i, row in ipairs(rows) do
    local cells = {}
    for j, cell in ipairs(row) do
      local text = tostring(cell)
      local fill = j < #row and (" "):rep(widths[j] - width(text)) or ""
      cells[j] = (i == 1 and paint("faint", text) or paint(row[-j], text)) .. fill
    end
    lines[i] = (table.concat(cells, "  "):gsub("%s+$", ""))
  end
  return table.concat(lines, "\n")
end

local function duration_text(seconds)
  if seconds < 60 then return ("%.1fs"):format(seconds) end
  if seconds < 3600 then return ("%dm %02ds"):format(seconds // 60, seconds // 1 % 60) end
  return ("%dh %02dm"):format(seconds // 3600, seconds // 60 % 60)
end

local function short_time(text) return text and text:sub(1, 19):gsub("T", " ") or "" end

local STATES = {
  "done", "complete", "skipped", "running", "retrying", "ready", "waiting", "pending", "failed",
  "upstream_failed", "blocked", "cancelled", "lost",
}

local function counts_text(counts)
  local words = {}
  for _, state in ipairs(STATES) do
    if (counts[state] or 0) > 0 then words[#words + 1] = ("%d %s"):format(counts[state], state) end
  end
  return table.concat(words, ", ")
end

local function roots_text(roots)
  local text = table.concat(roots, " ", 1, math.min(#roots, 3))
  return #roots > 3 and ("%s and %d more"):format(text, #roots - 3) or text
end

---A list that is shown as a table; `none` if it is empty.
local function listed(list, none, head, row)
  return show.as(list, function(_, paint)
    if not list[1] then return none end
    local rows = { head }
    for i, one in ipairs(list) do
      if i > 200 then break end
      rows[#rows + 1] = row(one)
    end
    local text = columns(rows, paint)
    return #list > 200 and ("%s\n… and %d more"):format(text, #list - 200) or text
  end)
end

-- --- runs ---

local function run_list(limit)
  return listed(api("GET", ("runs?limit=%d"):format(limit or 20)), "no runs yet",
    { "RUN", "STATE", "STARTED", "TOOK", "WHAT", "TASKS" }, function(run)
      return { run.run, run.state, short_time(run.started), duration_text(run.seconds),
        roots_text(run.roots), counts_text(run.counts), [-2] = run.state }
    end)
end

local function one_run(number)
  local run = api("GET", ("runs/%d"):format(number))
  return show.as(run, function(_, paint)
    local lines = { ("run %d: %s  %s"):format(run.run, paint(run.state, run.state),
      roots_text(run.roots)), ("started %s, %s"):format(short_time(run.started),
      duration_text(run.seconds)) }
    local rows = { { "STATE", "TASK", "WHY" } }
    for i, task in ipairs(run.tasks) do
      if i > 100 then break end
      local why = task.error ~= "" and task.error or task.why
      rows[#rows + 1] = { task.state, task.id, (why:match "[^\n]*"), [-1] = task.state }
    end
    lines[#lines + 1] = columns(rows, paint)
    if #run.tasks > 100 then lines[#lines + 1] = ("… and %d more"):format(#run.tasks - 100) end
    return table.concat(lines, "\n")
  end)
end

---The number of a run that was given as such, or as the run itself.
local function run_number(value)
  if math.type(value) == "integer" then return value end
  if type(value) == "table" and math.type(rawget(value, "run")) == "integer" then
    return rawget(value, "run")
  end
end

---Something that is shown, called and indexed: each asks anew.
---@param name string
---@param list fun(limit: any): table
---@param one fun(key: any): any
local function living(name, list, one)
  local object = setmetatable({}, {
    __index = function(_, key) return one(key) end,
    __call = function(_, ...) return list(...) end,
    __newindex = function() core.raise(("%s is not assigned to"):format(name)) end,
    __metatable = false,
  })
  return show.as(object, function(_, paint)
    local now = list()
    return show.views[now](now, paint)
  end, function() return list() end)
end

local runs = living("runs", function(limit)
  if limit ~= nil and (math.type(limit) ~= "integer" or limit < 1 or limit > 10000) then
    core.raise("runs: expected how many, got " .. core.describe(limit))
  end
  return run_list(limit)
end, function(key)
  if key == "last" then
    local newest = run_list(1)[1]
    return newest and one_run(newest.run)
  end
  if math.type(key) ~= "integer" then
    core.raise(("runs has numbers, runs[17], and runs.last; got %s"):format(core.describe(key)))
  end
  return one_run(key)
end)

---One of a list by its name, else an error with the nearest.
local function by_name(list, name, what)
  local names = {}
  for i, one in ipairs(list) do
    if one.name == name then return one end
    names[i] = one.name
  end
  core.raise(("there is no %s '%s'%s"):format(what, tostring(name),
    core.near(tostring(name), names)))
end

local function schedule_list()
  return listed(api("GET", "schedules?next=1"), "no schedules are declared",
    { "SCHEDULE", "NEXT", "STATE" }, function(one)
      return { one.name, one.next[1] and short_time(one.next[1]) or "never",
        one.paused and "paused" or "", [-3] = "warn" }
    end)
end

local schedules = living("schedules", schedule_list, function(name)
  return by_name(schedule_list(), name, "schedule")
end)

local function pool_list()
  return listed(api("GET", "queue").pools, "no pools", { "POOL", "SIZE", "USED", "WAITING" },
    function(pool)
      return { pool.name, pool.size, pool.used, pool.waiting > 0 and pool.waiting or "" }
    end)
end

local pools = living("pools", pool_list, function(name)
  return by_name(pool_list(), name, "pool")
end)

-- --- tasks ---

local MET = { complete = true, done = true, skipped = true }

local function plan_of(task, force)
  local request = core.task_request(task)
  request.force = force
  return api("POST", "plan", request)
end

local function by_id(list)
  local map = {}
  for _, task in ipairs(list) do map[task.id] = task end
  return map
end

local function plan_tree(plan, paint)
  local map, told, lines = by_id(plan.tasks), {}, {}
  local function add(id, indent, deep)
    if #lines >= 200 then return end
    local task = map[id]
    if not task then return end
    local line = ("%s%s  %s"):format(indent, id, paint(task.state, task.state))
    if task.why ~= "" then line = ("%s: %s"):format(line, task.why) end
    if told[id] and task.requires[1] then line = line .. paint("faint", "  (see above)") end
    lines[#lines + 1] = line
    if told[id] or deep > 50 then return end
    told[id] = true
    for _, needed in ipairs(task.requires) do add(needed, indent .. "  ", deep + 1) end
  end
  for _, root in ipairs(plan.roots) do add(root, "", 1) end
  if #lines >= 200 then lines[#lines + 1] = ("… %d tasks"):format(#plan.tasks) end
  return table.concat(lines, "\n")
end

local function plan(value)
  local made = plan_of(task_of(value, "plan"))
  return show.as(made, plan_tree)
end

---The tasks that keep one from being complete, which wait for nothing themselves.
local function first_causes(map, root)
  local causes, seen = {}, {}
  local function visit(task)
    if seen[task.id] then return end
    seen[task.id] = true
    local waits = false
    for _, id in ipairs(task.requires) do
      local needed = map[id]
      if needed and not MET[needed.state] then
        waits = true
        visit(needed)
      end
    end
    if not waits and task ~= root then causes[#causes + 1] = task end
  end
  if not MET[root.state] then visit(root) end
  return causes
end

---The newest failure among the last runs: {run, error}, or nil.
local function last_failure(id)
  for _, run in ipairs(run_list(10)) do
    if (run.counts.failed or 0) > 0 then
      for _, task in ipairs(api("GET", ("runs/%d?state=failed"):format(run.run)).tasks) do
        if task.id == id then
          local last = task.attempts[#task.attempts]
          return { run = run.run, error = last and last.error ~= "" and last.error or task.error }
        end
      end
    end
  end
end

local function find_live(id)
  local queue = api("GET", "queue")
  return by_id(queue.running)[id], by_id(queue.ready)[id]
end

local function why(value)
  local task = task_of(value, "why")
  local made = plan_of(task)
  local map = by_id(made.tasks)
  local root = map[made.roots[1]]
  local answer = { id = root.id, state = root.state, why = root.why,
    waits_for = first_causes(map, root) }
  if not MET[root.state] then
    answer.running, answer.ready = find_live(root.id)
    answer.last_failure = last_failure(root.id)
  end
  return show.as(answer, function(_, paint)
    local lines = { ("%s  %s"):format(paint("strong", root.id), paint(root.state, root.state))
      .. (root.why ~= "" and ": " .. root.why or "") }
    if answer.running then
      lines[#lines + 1] = ("runs for %s in run %d"):format(duration_text(answer.running.seconds),
        answer.running.runs[1])
    elseif answer.ready then
      lines[#lines + 1] = ("is ready in run %d, and lacks %s"):format(answer.ready.runs[1],
        answer.ready.space or table.concat(answer.ready.lacks, ", "))
    end
    if answer.last_failure then
      lines[#lines + 1] = ("last failed in run %d: %s"):format(answer.last_failure.run,
        paint("bad", (answer.last_failure.error:match "[^\n]*")))
    end
    for i, cause in ipairs(answer.waits_for) do
      if i == 1 then lines[#lines + 1] = "waits for:" end
      if i > 20 then
        lines[#lines + 1] = ("  … and %d more"):format(#answer.waits_for - 20)
        break
      end
      lines[#lines + 1] = ("  %s  %s"):format(cause.id, paint(cause.state, cause.state))
        .. (cause.why ~= "" and ": " .. cause.why or "")
    end
    return table.concat(lines, "\n")
  end)
end

---Tasks, each on a line.
local function task_lines(list, none, note)
  return show.as(list, function(_, paint)
    local lines = {}
    for i, task in ipairs(list) do lines[i] = tostring(task) end
    if not lines[1] then lines[1] = none end
    if note then lines[#lines + 1] = paint("faint", note) end
    return table.concat(lines, "\n")
  end)
end

local function deps(value)
  return task_lines(core.requirements(task_of(value, "deps")), "it requires nothing")
end

---Adds the tasks of the runs that go on and require the task.
local function add_live(id, found)
  for _, run in ipairs(run_list(100)) do
    if run.state == "running" then
      for _, row in ipairs(api("GET", ("runs/%d"):format(run.run)).tasks) do
        local known, task = pcall(core.construct, row.name, row.params)
        if known and task and task.id == row.id and not found[row.id] then
          for _, needed in ipairs(core.requirements(task)) do
            if needed.id == id then found[row.id] = task end
          end
        end
      end
    end
  end
end

local function rdeps(value)
  local task = task_of(value, "rdeps")
  local found = {}
  for _, row in ipairs(plan_of(task, "downstream").tasks) do
    for _, id in ipairs(row.requires) do
      if id == task.id then
        local known, made = pcall(core.construct, row.name, row.params)
        found[row.id] = known and made or row.id
      end
    end
  end
  add_live(task.id, found)
  local ids, list = {}, {}
  for id in next, found do ids[#ids + 1] = id end
  table.sort(ids)
  for i, id in ipairs(ids) do list[i] = found[id] end
  return task_lines(list, "nothing that is known requires it",
    "of the tasks that have ever succeeded, and those of runs that go on")
end

-- --- what goes on ---

local function units_text(uses)
  local words = {}
  for pool, units in next, uses do words[#words + 1] = ("%d %s"):format(units, pool) end
  table.sort(words)
  return table.concat(words, ", ")
end

local function running()
  return listed(api("GET", "queue").running, "nothing runs",
    { "TASK", "FOR", "RUN", "HOLDS", "SAYS" }, function(one)
      local holds = units_text(one.uses)
      if one.lock then holds = holds .. (holds ~= "" and ", " or "") .. "lock " .. one.lock end
      local says = one.paused and "awaits" or one.text or ""
      if one.fraction then says = ("%d%% %s"):format(math.floor(one.fraction * 100), says) end
      return { one.id, duration_text(one.seconds), table.concat(one.runs, " "), holds, says }
    end)
end

local function ready()
  return listed(api("GET", "queue").ready, "nothing is ready and waits",
    { "TASK", "RUN", "LACKS" }, function(one)
      return { one.id, table.concat(one.runs, " "),
        one.space or table.concat(one.lacks, ", ") }
    end)
end

-- --- acting ---

local function retry(value)
  local number = run_number(value)
  if not number then
    core.raise("retry: expected a run, retry(17) or retry(runs.last), got " .. core.describe(value))
  end
  local run = api("POST", ("runs/%d/retry"):format(number), {}, true).run
  return show.as({ run = run }, function() return ("run %d goes on with it"):format(run) end)
end

local function cancel(value)
  local number = run_number(value)
  if number then
    api("POST", ("runs/%d/cancel"):format(number), { kill = false })
    return show.as({ run = number }, function() return ("run %d is cancelled"):format(number) end)
  end
  if not core.kind(value) then
    core.raise("cancel: expected a run, such as cancel(17), or a task, got "
      .. core.describe(value))
  end
  local id = api("POST", "cancels", core.task_request(task_of(value, "cancel"))).task
  return show.as({ id = id }, function() return id .. " is cancelled" end)
end

local function reload()
  local report = api("POST", "reload")
  return show.as(report, function(_, paint)
    local lines = {}
    for _, how in ipairs{ "added", "changed", "removed" } do
      for _, sort in ipairs{ "tasks", "schedules", "pools" } do
        local names = (report[how] or {})[sort] or {}
        if names[1] then
          lines[#lines + 1] = ("%s %s: %s"):format(how, sort, table.concat(names, ", "))
        end
      end
    end
    for _, one in ipairs(report.errors or {}) do
      lines[#lines + 1] = paint("bad", ("%s:%d: %s"):format(one.file, one.line, one.message))
    end
    return lines[1] and table.concat(lines, "\n") or "loaded; no declaration is another"
  end)
end

-- --- help ---

local HELP = {
  { "tasks", "the declared tasks; tasks.sem.Report{ date = d } is one with its parameters" },
  { "runs", "the newest runs; runs(50), runs[17] with its tasks, runs.last" },
  { "schedules", "when each fires next; schedules.nightly" },
  { "pools", "what is used of each, and who waits; pools[\"sem-api\"]" },
  { "plan(task)", "what a run would do, and why" },
  { "why(task)", "why it is (not) complete, (not) running, or failed" },
  { "deps(task)", "what it requires" },
  { "rdeps(task)", "what requires it, as far as is known" },
  { "running()", "what runs now, and what it holds" },
  { "ready()", "what could start, and what it lacks" },
  { "retry(run)", "goes on with a run that has ended" },
  { "cancel(run or task)", "stops it" },
  { "reload()", "loads the files anew" },
  { "help(name)", "what is known of a name of the DSL, or of a task" },
}

local function overview()
  local rows = {}
  for i, one in ipairs(HELP) do rows[i] = { one[1], one[2] } end
  local widest, lines = 0, {}
  for _, row in ipairs(rows) do widest = math.max(widest, #row[1]) end
  for i, row in ipairs(rows) do
    lines[i] = row[1] .. (" "):rep(widest - #row[1] + 2) .. row[2]
  end
  lines[#lines + 1] = "\nAn expression is printed; x = … keeps it. All that a declaration may do"
    .. " works,\nfiles are read; sh, http, sleep, await work inside run only."
  return table.concat(lines, "\n")
end

---The name under which a value is known, or nil.
local function name_of(value)
  for name, known in next, M.helpers do
    if rawequal(known, value) then return name end
  end
  for name, known in next, core.meta_of(import("sandbox").environment).__index do
    if rawequal(known, value) then return name end
  end
end

local function help(...)
  if select("#", ...) == 0 then return overview() end
  local what = ...
  if core.kind(what) == "constructor" and tostring(what) ~= "tasks" then return what end
  if core.kind(what) == "task" then return what end
  local name = type(what) == "string" and what or name_of(what)
  if not name then
    core.raise("help: expected a name, such as help \"task.retry\", got " .. core.describe(what))
  end
  for _, one in ipairs(HELP) do
    if one[1]:match "^[%a_]+" == name then return ("%s: %s"):format(one[1], one[2]) end
  end
  if core.task_facts(name) then
    local at = core.tasks
    for part in name:gmatch "[^.]+" do at = at[part] end
    return at
  end
  local text, message = import("reference_text").one(name, false)
  if not text then core.raise(message) end
  return (text:gsub("\n$", ""))
end

M.helpers = {
  runs = runs, schedules = schedules, pools = pools,
}
for name, of in next, {
  plan = plan, why = why, deps = deps, rdeps = rdeps, running = running, ready = ready,
  retry = retry, cancel = cancel, reload = reload, help = help,
} do
  M.helpers[name] = core.surface(of)
end

---For completion: names of schedules and pools, numbers of runs.
M.names = {
  runs = function()
    local numbers = {}
    for i, run in ipairs(run_list(50)) do numbers[i] = tostring(run.run) end
    return numbers
  end,
  schedules = function()
    local names = {}
    for i, one in ipairs(schedule_list()) do names[i] = one.name end
    return names
  end,
  pools = function()
    local names = {}
    for i, one in ipairs(pool_list()) do names[i] = one.name end
    return names
  end,
}

return M

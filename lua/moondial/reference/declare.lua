-- What a pipeline file declares with.
local T = "fun(t: moondial.Task): "
local OUTPUT = "string|table|moondial.File|moondial.Dir|moondial.Mark|moondial.Target|" .. T ..
  "string|table|moondial.File|moondial.Dir"

local retry = {
  class = "moondial.Retry",
  { "times", "integer", default = "1", doc = "Further attempts after the first." },
  { "delay", "moondial.Duration", default = "0", doc = "How long to wait before the next one." },
  { "backoff", "number", default = "1",
    doc = "What the delay is multiplied by each time, 1 to 1000." },
  { "max", "moondial.Duration", default = "none", doc = "The longest delay." },
  { "jitter", "number", default = "0",
    doc = "The part of the delay, 0 to 1, that is left to chance." },
  { "when", "fun(err: string): boolean", default = "always",
    doc = "Whether a failure with this error may be retried." },
}

local task_fields = {
  title = "Fields",
  class = "moondial.TaskFields",
  { "doc", "string", accepts = "string", doc = "One line for people." },
  { "params", "table<string, moondial.Kind>", accepts = "table", default = "none",
    doc = "Each parameter with its kind: `{ date = param.date }`." },
  { "requires", "moondial.Requirements|" .. T .. "moondial.Requirements", accepts = "any",
    default = "none",
    doc = "What must be complete before: a task, or a list or map of tasks, nested freely. A \z
      bare constructor takes the same-named parameters." },
  { "when", '"all"|"any"|"failed"|"all_failed"|"ended"|' .. T .. "boolean",
    accepts = "string|function", default = '"all"', words = { "all", "any", "failed", "all_failed",
    "ended" },
    doc = 'How the requirements must have ended for the task to run: all succeeded, any did, any \z
      failed, all failed, or all have just ended. A function is asked with `t.states`. If it does \z
      not hold, the task is skipped. Only under "all" do failures and skips spread.' },
  { "output", OUTPUT, accepts = "any", default = "none",
    doc = "The files that the task makes, as text with `${param}`, `file(…)`, `dir(…)`, or a list \z
      or map of them; or `mark()`, or `target{…}`." },
  { "run", "fun(t: moondial.Task)", accepts = "function", doc = "The work, in Lua." },
  { "sh", "string|string[]|" .. T .. "string|string[]", accepts = "string|table|function",
    doc = "The work, as a command instead of `run`: text for the shell, or a list of words that \z
      no shell sees. `${param}`, `${input}`, `${output}` stand for quoted words, and \z
      `${emitted.name.key}` for what the requirement `name` has emitted." },
  { "check", "fun(t: moondial.Task)", accepts = "function",
    doc = "Runs after the work, before the outputs are published. If it raises an error, or \z
      returns false, the task has failed and nothing is published." },
  { "complete", T .. "boolean", accepts = "function", default = "all outputs exist",
    doc = "Whether the task is done already. Asked again after the work." },
  { "priority", "number|" .. T .. "number", accepts = "convert|function", default = "0",
    doc = "Higher goes first among the tasks that are ready." },
  { "uses", "table<string, integer|string>|" .. T .. "table<string, integer|string>",
    accepts = "convert|function", default = "{ cpu = 1 }",
    doc = 'Units of pools that the task takes while it runs: `{ api = 1, memory = "2G" }`.' },
  { "retry", "integer|moondial.Retry|" .. T .. "integer|moondial.Retry",
    accepts = "convert|function", default = "0",
    doc = "How many further attempts are made after a failure; or a table that also says when.",
    options = retry },
  { "timeout", "moondial.Duration|" .. T .. "moondial.Duration", accepts = "convert|function",
    default = "none", doc = "An attempt that takes longer is stopped, and has failed." },
  { "grace", "moondial.Duration", accepts = "convert", default = '"10s"',
    doc = "How long a command that is asked to stop (TERM) has until it is killed (KILL)." },
  { "lock", "string|" .. T .. "string", accepts = "convert|function", default = "none",
    doc = "Tasks with the same lock never run at the same time." },
  { "takes", "moondial.Duration|" .. T .. "moondial.Duration", accepts = "convert|function",
    default = "from past runs", doc = "How long it takes, until past runs have shown it." },
  { "env", "table<string, string|number>|" .. T .. "table<string, string|number>",
    accepts = "table|function", default = "none",
    doc = "Added to the environment of the task's commands; texts may hold `${param}`." },
  { "cwd", "string", accepts = "string", default = "the project's root",
    doc = "The folder in which the task's commands run; may hold `${param}`." },
  { "tags", "string[]", accepts = "table", default = "none",
    doc = "Words that say what sort of task it is; see `moondial tasks --tag`." },
  { "rerun", '"missing"|"stale"', accepts = "string", default = '"missing"',
    words = { "missing", "stale" },
    doc = 'When a task is run whose outputs exist: "missing" never, "stale" also when something \z
      that it requires was made after it, or when the text of its declaration or a file in \z
      `reads` is not what it was (comments and layout do not count).' },
  { "reads", "string|string[]", accepts = "table|string", default = "none",
    doc = "Other files that the work depends on, a script or a query; may hold `${param}`. Looked \z
      at with `rerun = \"stale\"`." },
  { "on_success", "fun(t: moondial.Task)", accepts = "function",
    doc = "Called when the task has succeeded. Its errors are logged and change nothing." },
  { "on_failure", "fun(t: moondial.Task, err: string)", accepts = "function",
    doc = "Called when the task has failed for good. Its errors are logged and change nothing." },
  { "sla", "string|moondial.Duration", accepts = "convert", default = "none",
    doc = 'When it must be done, in a run that wants it: at the first such time of day, \z
      `"06:00"`, or so long after, `"2h"`, counted from the time that the run is for. If it is \z
      not, `on.sla` is told.' },
}

local external_fields = {
  title = "Fields",
  class = "moondial.ExternalFields",
  { "doc", "string", doc = "One line for people." },
  { "params", "table<string, moondial.Kind>", default = "none",
    doc = "Each parameter with its kind." },
  { "output", OUTPUT,
    doc = "The files that others make; or `mark()`, which `moondial mark` sets: an approval." },
  { "complete", T .. "boolean", default = "all outputs exist", doc = "Whether it is there." },
  { "poll", "moondial.Duration", accepts = "convert", default = '"30s"',
    doc = "How often to look for it while something waits: with `moondial run --wait`." },
  { "timeout", "moondial.Duration", default = "none",
    doc = "How long to wait for it; then it has failed." },
  { "tags", "string[]", default = "none", doc = "Words that say what sort it is." },
}

local schedule_fields = {
  title = "Fields",
  class = "moondial.ScheduleFields",
  { "doc", "string", accepts = "string", doc = "One line for people." },
  { "cron", "string", accepts = "string",
    doc = 'When it fires: 5 fields, minute to day of the week, or 6 with seconds first: \z
      `"30 1 * * *"`, `"0 6 * * mon-fri"`; or `"@daily"` and the like. `moondial cron` explains \z
      an expression.' },
  { "every", "moondial.Duration", accepts = "string|number|userdata",
    doc = 'Instead of `cron`: every so often, counted from midnight: `"15m"`.' },
  { "tz", "string", accepts = "string", default = "the project's timezone",
    doc = "The time zone of its times, such as `Asia/Shanghai` or `UTC`." },
  { "start", "fun(at: moondial.At): moondial.Requirements", accepts = "function",
    required = true,
    doc = "What to start: a task, or tasks in any shape. Asked with the time it fires for; that \z
      it returns nothing means that there is nothing to do." },
  { "catchup", '"none"|"last"|"all"', accepts = "string", default = '"last"',
    words = { "none", "last", "all" },
    doc = "What becomes of the times that passed while no daemon ran: nothing, the last of them \z
      fires, or all of them do." },
  { "catchup_limit", "integer", accepts = "number", default = "100",
    doc = 'How many of them fire at most with `catchup = "all"`: the newest.' },
  { "overlap", '"skip"|"queue"|"parallel"|"cancel"', accepts = "string", default = '"skip"',
    words = { "skip", "queue", "parallel", "cancel" },
    doc = "What becomes of a firing while the one before it still runs, retries or waits: it is \z
      dropped, it waits, it starts beside it, or that one is cancelled." },
  { "sla", "string|moondial.Duration", accepts = "string|number|userdata", default = "none",
    doc = 'When what it starts must be done: the first such time of day, `"06:00"`, or so long \z
      after it fired, `"2h"`. If it is not, `on.sla` is told.' },
  { "jitter", "moondial.Duration", accepts = "string|number|userdata", default = "0",
    doc = "Each firing is put off by a part of that, always the same for the same time, so that \z
      many schedules do not start at one moment." },
  { "from", "string|moondial.Date|moondial.Time", accepts = "string|userdata", default = "none",
    doc = "The first day, or time, at which it may fire." },
  { "to", "string|moondial.Date|moondial.Time", accepts = "string|userdata", default = "none",
    doc = "The last day, or time, at which it may fire." },
  { "paused", "boolean", accepts = "boolean", default = "false",
    doc = "Whether it waits for `moondial resume` before it fires." },
}

local function hook(name, doc)
  return { name, doc = doc, params = { { "handler", "fun(event: moondial.Event)" } },
    works = "loading" }
end

local function trigger(name, subject, argument, class, doc, ...)
  return { name, doc = doc .. " It fires while `moondial serve` runs. docs/triggers.md says how.",
    params = { { subject, "string" } }, returns = "fun(fields: " .. class .. ")",
    works = "loading",
    options = { title = "Fields", class = class,
      { "start", ("fun(%s): moondial.Requirements"):format(argument), accepts = "function",
        required = true,
        doc = "What to start: a task, or tasks in any shape. That it returns nothing means that \z
          there is nothing to do." },
      { "doc", "string", accepts = "string", doc = "One line for people." }, ... } }
end

return {
  title = "Declarations",
  { "task", doc = "Declares a task, `task \"Name\" { … }`, and gives its constructor. A name may \z
      have parts, joined by dots. Fields that may be functions get the task, `t`, and are pure.",
    params = { { "name", "string" } },
    returns = "fun(fields: moondial.TaskFields): moondial.Constructor", works = "loading",
    options = task_fields },
  { "external", doc = "Declares something that others produce, `external \"Name\" { … }`: it is \z
      never run. While it is not there, what needs it is blocked.",
    params = { { "name", "string" } },
    returns = "fun(fields: moondial.ExternalFields): moondial.Constructor", works = "loading",
    options = external_fields },
  { "pool", doc = "Declares a resource that tasks take units of with `uses`, `pool \"name\" \z
      { size = 2 }`. The pools `cpu` and `memory` are always there.",
    params = { { "name", "string" } }, returns = "fun(options: moondial.PoolOptions)",
    works = "loading",
    options = { class = "moondial.PoolOptions",
      { "size", "integer", required = true, doc = "How many units there are." } } },
  { "tasks", "table<string, moondial.Constructor|any>",
    doc = "Every task by its name, from any file: `tasks.sem.Report`. While files load it is a \z
      reference, checked when all are loaded." },
  { "mark", doc = "An output that is no file: \"done\" is recorded, by the task's success, or of \z
      an external by `moondial mark`.",
    params = {}, returns = "moondial.Mark" },
  { "each", doc = "Calls a function for each item: of a list → a list, of a map → a map, of days \z
      → a list, `each(1, 5, f)` of whole numbers → a list.",
    params = { { "values", "table|moondial.Dates" },
      { "f", "fun(value: any, key: any): any" } },
    returns = "table",
    overloads = { "fun(first: integer, last: integer, f: fun(i: integer): any): any[]" } },
  { "schedule", doc = "Declares when to start what, `schedule \"name\" { … }`: `moondial serve` \z
      fires it. docs/schedules.md says how.",
    params = { { "name", "string" } }, returns = "fun(fields: moondial.ScheduleFields)",
    works = "loading", options = schedule_fields },
  { "on", class = "moondial.Hooks",
    doc = "Hooks of the whole project: functions that are told what happened, after the fact. \z
      Their errors are logged and change nothing; each call has ten minutes.",
    members = {
      hook("success", "A task has succeeded."),
      hook("failure", "A task has failed, and is not retried."),
      hook("retry", "An attempt has failed, and there will be another."),
      hook("run_end", "A run has ended."),
      hook("sla", "What a schedule has started, or a task, is not done by its `sla`; once."),
      trigger("file", "glob", "path: string", "moondial.FileTriggerFields",
        'Starts tasks when a file arrives, `on.file "in/*.csv" { start = function(path) … end }`: \z
        one that is new there, or has other contents than before. `*` and `?` match within a \z
        name, `**` folders of any depth.',
        { "settle", "moondial.Duration", accepts = "string|number|userdata", default = '"1s"',
          doc = "A file is whole when nobody writes to it and it has not changed for that long. \z
            Writers on other machines are not seen: let it be longer there." }),
      trigger("webhook", "name", "body: any", "moondial.WebhookFields",
        'Starts tasks on a call over HTTP, `POST /api/v1/webhooks/NAME`. `body` is what was \z
        sent: a table if that is JSON, else text.'),
      trigger("done", "task", "t: moondial.Task", "moondial.DoneFields",
        'Starts tasks when another has succeeded, `on.done "sem.Report" { … }`.'),
    } },
  { "Event", is_type = true, class = "moondial.Event", doc = "What hooks of the project get.",
    members = {
      { "kind", "string", doc = "success, failure, retry, run_end or sla." },
      { "run_id", "integer|false", doc = "The number of the run; of sla false if none began." },
      { "state", "string", doc = "Of the task, or of the run; not of sla." },
      { "seconds", "number", doc = "How long the attempt, or the run, took; not of sla." },
      { "task", "string",
        doc = "The task's identity; of success, failure, retry, and sla of one." },
      { "name", "string", doc = "The task's name; as `task`." },
      { "params", "table<string, string>", doc = "The task's parameters as text; as `task`." },
      { "attempt", "integer", doc = "The number of the attempt; of success, failure and retry." },
      { "error", "string", doc = "What went wrong; of failure, retry and sla." },
      { "schedule", "string", doc = "The name of the schedule; of its sla." },
      { "scheduled_at", "string", doc = "The time that it fired for; of a schedule's sla." },
      { "counts", "table<string, integer>", doc = "How many tasks ended how; of run_end." },
    } },
  { "At", is_type = true, class = "moondial.At",
    doc = "The time that a schedule fires for, in its time zone.",
    members = {
      { "date", "moondial.Date", doc = "The day." },
      { "hour", "moondial.Hour", doc = "The hour of the day." },
      { "time", "moondial.Time", doc = "The second." },
    } },
  { "Constructor", is_type = true, class = "moondial.Constructor",
    doc = "What `task` and `external` give. `X{ date = d }` is the task with these parameters; \z
      `X(t)` and `X(t, { engine = \"a\" })` take over the same-named parameters of `t`.",
    overloads = { "fun(params: table): moondial.Task",
      "fun(from: moondial.Task, params: table?): moondial.Task" } },
  { "Requirements", alias = "moondial.Requirements",
    type = "moondial.Task|moondial.Constructor|table|nil",
    doc = "Tasks, constructors, lists and maps of them, nested freely." },
  { "Mark", is_type = true, class = "moondial.Mark", doc = "What `mark()` gives." },
}

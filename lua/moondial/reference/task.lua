-- A task with its parameters: what its functions get, and what a constructor gives.
return {
  title = "The task, t",
  { "t", is_type = true, class = "moondial.Task", open = true,
    doc = "A task with its parameters, which are fields too: `t.date`. The functions of a task \z
      get it, and a constructor gives it. The same parameters give the same object.",
    members = {
      { "id", "string", doc = "Its identity: `sem.Fetch(date=2015-09-18,engine=baidu)`." },
      { "name", "string", doc = "The name of the task, without its parameters." },
      { "params", "table<string, any>", doc = "All parameters; `pairs` walks them." },
      { "input", "moondial.File|any", works = "functions",
        doc = "The shape of `requires`, with each task's output in its place; `{}` if it has \z
          none. What a task without work requires stands for that task." },
      { "output", "moondial.File|any", works = "functions",
        doc = "A file target, or a list or map of them, as `output` says. In `run` and `check` \z
          its path is where it is written, before it is published." },
      { "states", "any", works = "when",
        doc = "The shape of `requires`, with a word for how each ended: done, failed, \z
          upstream_failed, skipped." },
      { "attempt", "integer", works = "work", doc = "1 at first, 2 at the first retry." },
      { "run_id", "integer", works = "work", doc = "The number of the run." },
      { "scheduled_at", "moondial.Time?", works = "work",
        doc = "The time that the schedule fired for which started the run, in the schedule's time \z
          zone; nil if none did." },
      { "complete", method = true, params = {}, returns = "boolean", works = "functions",
        doc = "Whether it is done, as a plan would say." },
      { "emitted", method = true, params = {}, returns = "table<string, number|string>",
        works = "functions", doc = "What its last success emitted, in any run; `{}` if there is \z
          none." },
    } },
}

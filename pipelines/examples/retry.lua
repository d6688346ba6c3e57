-- Each task has a retry policy of its own. Flaky succeeds at its third attempt; Hopeless never
-- does, and what is beside it does not mind.
local Flaky = task "examples.Flaky" {
  output = "data/examples/retry/flaky.txt",
  retry  = { times = 5, delay = 0.01, backoff = 2 },
  run = function(t)
    if t.attempt < 3 then error("no luck at attempt " .. t.attempt) end
    t.output:write("attempt " .. t.attempt .. "\n")
  end,
}

local Hopeless = task "examples.Hopeless" {
  output = "data/examples/retry/hopeless.txt",
  retry  = 1,
  sh     = "echo 'never any luck' >&2; exit 1",
}

local Beside = task "examples.Beside" {
  output = "data/examples/retry/beside.txt",
  sh     = "echo fine > ${output}",
}

task "examples.Retries" {
  doc      = "Fails, because one of what it needs does",
  requires = { Flaky, Hopeless, Beside },
}

task "examples.Cleanup" {
  doc      = "Runs only when something has failed",
  requires = { Flaky, Hopeless, Beside },
  when     = "failed",
  output   = "data/examples/retry/cleaned.txt",
  sh       = "echo cleaned up > ${output}",
}

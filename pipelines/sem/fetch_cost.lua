-- What the engines send is kept as it came.
local engines = require "sem.engines"
local feed = require "sem.feed"

pool "sem-api" { size = 2 } -- the engines' common gateway allows two calls at a time

task "sem.FetchCost" {
  doc      = "One engine's cost report for one day, as it came",
  params   = { date = param.date, engine = param.enum(engines.names) },
  output   = "data/sem/raw/${engine}/${date}.txt",
  retry    = { times = 3, delay = "1s", backoff = 2, max = "10s" },
  timeout  = "1m",
  priority = 10, -- everything waits for the engines, so ask them first
  uses     = { ["sem-api"] = 1 },

  run = function(t)
    sh{ "sh", "pipelines/sem/fake_api.sh", t.engine, tostring(t.date), tostring(t.attempt),
      stdout = t.output }
  end,

  check = function(t)
    emit{ rows = #feed.whole(t.output).rows }
  end,
}

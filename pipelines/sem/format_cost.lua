local engines = require "sem.engines"
local feed = require "sem.feed"

local COLUMNS = { "date", "engine", "campaign", "ad", "impressions", "clicks", "cost_fen" }

task "sem.FormatCost" {
  doc      = "One engine's costs of one day, in the form that all engines share",
  params   = { date = param.date, engine = param.enum(engines.names) },
  requires = function(t) return tasks.sem.FetchCost(t) end,
  output   = "data/sem/cost/${engine}/${date}.csv",
  timeout  = "1m",

  run = function(t)
    local rows, total = {}, 0
    for i, line in ipairs(feed.whole(t.input).rows) do
      local row = engines.parse(t.engine, line)
      row.date, row.engine = t.date, t.engine
      total = total + row.cost_fen
      rows[i] = row
    end
    t.output:write_rows(rows, { columns = COLUMNS })
    emit{ rows = #rows, cost_fen = total }
  end,

  check = function(t)
    local promised = feed.whole(t.input).promised
    local written = t.output:count_rows()
    assert(written == promised, ("%d rows of %d"):format(written, promised))
    for row in t.output:rows() do
      assert(tonumber(row.clicks) <= tonumber(row.impressions),
        ("ad %s: more clicks than impressions"):format(row.ad))
    end
  end,
}

-- The warehouse is one SQLite file a day. A day is loaded into a file of its own, checked, and
-- published by one rename: nobody ever sees half a day, and loading a day again replaces it.
local engines = require "sem.engines"
local sums = require "sums"

task "sem.LoadDay" {
  doc      = "One day of costs and orders, loaded into the warehouse",
  params   = { date = param.date },
  requires = function(t)
    return {
      cost   = each(engines.names, function(e) return tasks.sem.FormatCost(t, { engine = e }) end),
      orders = tasks.shop.Orders(t),
    }
  end,
  output   = {
    db     = "data/sem/warehouse/${date}.db",
    loaded = "data/sem/warehouse/${date}.loaded.csv",
  },
  timeout  = "1m",

  sh = [[
    sqlite3 -batch -bail ${output.db} ".read pipelines/sem/schema.sql"
    tail -q -n +2 ${input.cost} |
      sqlite3 -batch -bail ${output.db} ".import --csv /dev/stdin cost"
    tail -q -n +2 ${input.orders} |
      sqlite3 -batch -bail ${output.db} ".import --csv /dev/stdin orders"
    sqlite3 -batch -bail ${output.db} ".read pipelines/sem/loaded.sql" > ${output.loaded}
  ]],

  check = function(t)
    local loaded = {}
    for row in t.output.loaded:rows() do loaded[row.name] = row end
    sums.expect("rows of cost", loaded.cost.rows, sums.rows(t.input.cost))
    sums.expect("fen of cost", loaded.cost.fen, sums.columns(t.input.cost, "cost_fen"))
    sums.expect("rows of orders", loaded.orders.rows, t.input.orders:count_rows())
    sums.expect("fen of orders", loaded.orders.fen, sums.column(t.input.orders, "amount_fen"))
  end,
}

task "sem.Performance" {
  doc      = "Costs joined with orders, by engine and campaign",
  params   = { date = param.date },
  requires = function(t) return tasks.sem.LoadDay(t) end,
  output   = "data/sem/performance/${date}.csv",
  timeout  = "1m",
  sh       = [[
    sqlite3 -batch -bail -readonly ${input.db} ".read pipelines/sem/performance.sql" > ${output}
  ]],
  check    = function(t)
    for row in t.input.loaded:rows() do
      local column = row.name == "cost" and "cost_fen" or "revenue_fen"
      sums.expect(column, sums.column(t.output, column), row.fen)
    end
  end,
}

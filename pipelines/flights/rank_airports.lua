-- A join and a window function: a query, in rank_airports.sql.
local sums = require "sums"

task "flights.RankAirports" {
  doc      = "The month's airports by mean delay, with their names and states",
  params   = {
    month       = param.month,
    min_flights = param.int{ default = 50, min = 1, doc = "with fewer, listed but not ranked" },
  },
  requires = function(t) return tasks.flights.MonthRollup(t) end,
  output   = "data/flights/rank/${month}-min${min_flights}.csv",
  timeout  = "1m",

  sh = [[
    sqlite3 -batch -bail :memory: \
      ".parameter set @min_flights "${min_flights} \
      ".read pipelines/flights/rank_airports.sql" < ${input.airports} > ${output}
  ]],

  check = function(t)
    local ranked = 0
    for row in t.output:rows() do
      assert(row.name ~= "", row.airport .. " is not in airports.csv")
      if row.rank ~= "" then ranked = ranked + 1 end
    end
    sums.expect("airports", t.output:count_rows(), t.input.airports:count_rows())
    sums.expect("flights", sums.column(t.output, "flights"),
      sums.column(t.input.airports, "flights"))
    emit{ ranked = ranked }
  end,
}

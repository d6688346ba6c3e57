-- One pass over text with sums by key is what awk is for.
local sums = require "sums"

task "flights.AirportDay" {
  doc      = "One day by airport of departure: flights, late ones (15 minutes or more), delay",
  params   = { date = param.date },
  requires = function(t) return tasks.flights.CleanDay(t) end,
  output   = "data/flights/airports/day/${date}.csv",
  timeout  = "1m",

  -- In:  1 date, 2 time, 3 delay, 4 distance, 5 origin, 6 destination
  -- Sums are kept rather than means, because sums can be added up again.
  sh = [[
    echo airport,flights,late,delay_minutes > ${output}
    awk -F, '
      FNR > 1 { flights[$5]++; late[$5] += ($3 >= 15); delay[$5] += $3 }
      END     { for (a in flights) print a "," flights[a] "," late[a] "," delay[a] }
    ' ${input.clean} | LC_ALL=C sort >> ${output}
  ]],

  check = function(t)
    sums.expect("flights", sums.column(t.output, "flights"), t.input.clean:count_rows())
    sums.expect("minutes", sums.column(t.output, "delay_minutes"),
      sums.column(t.input.clean, "delay"))
    emit{ airports = t.output:count_rows() }
  end,
}

local sums = require "sums"

task "flights.WeekRollup" {
  doc      = "A week, Monday to Sunday, by airport of departure",
  params   = { monday = param.date },
  requires = function(t)
    if t.monday.weekday ~= 1 then error(("%s is not a Monday"):format(t.monday)) end
    return each(date.range(t.monday, t.monday + 6), function(d)
      return tasks.flights.AirportDay{ date = d }
    end)
  end,
  output   = "data/flights/airports/week/${monday}.csv",
  timeout  = "1m",

  -- In: 1 airport, 2 flights, 3 late, 4 delay_minutes; one file for each day
  sh = [[
    echo airport,flights,late,delay_minutes > ${output}
    awk -F, '
      FNR > 1 { flights[$1] += $2; late[$1] += $3; delay[$1] += $4 }
      END     { for (a in flights) print a "," flights[a] "," late[a] "," delay[a] }
    ' ${input} | LC_ALL=C sort >> ${output}
  ]],

  check = function(t)
    for _, column in ipairs{ "flights", "late", "delay_minutes" } do
      sums.expect(column, sums.column(t.output, column), sums.columns(t.input, column))
    end
  end,
}

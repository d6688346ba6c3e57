-- Two views of the same month: by airport, and by day.
local sums = require "sums"

local MEASURES = { "flights", "late", "delay_minutes" }

local function days_of(month) return date.range(month.first, month.last) end

-- Adds the measures of a row to those of a sum.
local function add(sum, row)
  for _, measure in ipairs(MEASURES) do
    sum[measure] = (sum[measure] or 0) + tonumber(row[measure])
  end
end

task "flights.MonthRollup" {
  doc      = "A month by airport of departure, and by day",
  params   = { month = param.month },
  requires = function(t)
    local days = days_of(t.month)
    return {
      airports = each(days, function(d) return tasks.flights.AirportDay{ date = d } end),
      cleaned  = each(days, function(d) return tasks.flights.CleanDay{ date = d } end),
    }
  end,
  output   = {
    airports = "data/flights/airports/month/${month}.csv",
    days     = "data/flights/days/${month}.csv",
  },
  timeout  = "2m",

  run = function(t)
    local days, airports, by_code = {}, {}, {}
    for i, d in ipairs(days_of(t.month)) do
      local day = { date = d, rejected = t.input.cleaned[i].rejects:count_rows() }
      for row in t.input.airports[i]:rows() do
        local airport = by_code[row.airport]
        if not airport then
          airport = { airport = row.airport }
          by_code[row.airport] = airport
          airports[#airports + 1] = airport
        end
        add(airport, row)
        add(day, row)
      end
      days[i] = day
    end
    table.sort(airports, function(a, b) return a.airport < b.airport end)

    t.output.airports:write_rows(airports, { columns = { "airport", table.unpack(MEASURES) } })
    t.output.days:write_rows(days, { columns = { "date", "rejected", table.unpack(MEASURES) } })
    emit{ airports = #airports, days = #days }
  end,

  check = function(t)
    for _, measure in ipairs(MEASURES) do
      local went_in = sums.columns(t.input.airports, measure)
      sums.expect(measure .. " by airport", sums.column(t.output.airports, measure), went_in)
      sums.expect(measure .. " by day", sums.column(t.output.days, measure), went_in)
    end
  end,
}

-- What the pipeline is for: a page and a chart that people look at.
local chart = require "flights.chart"
local measures = require "flights.measures"
local report = require "flights.report"

local MIN_FLIGHTS = 50

-- The Mondays of the weeks that end in a month: each week belongs to one report, and none needs
-- days that are not over.
local function mondays(month)
  local list = {}
  for _, d in ipairs(date.range(month.first, month.last)) do
    if d.weekday == 7 then list[#list + 1] = d - 6 end
  end
  return list
end

---@return flights.Month
local function read_month(t)
  local days, rejected = measures.days(t.input.rollup.days)
  local ranked, unranked = measures.airports(t.input.rank)
  local weeks = {}
  for i, monday in ipairs(mondays(t.month)) do
    weeks[i] = { monday = monday, total = measures.week(t.input.weeks[i]) }
  end
  return {
    month = t.month, total = measures.sum(days), rejected = rejected,
    days = days, weeks = weeks,
    ranked = ranked, unranked = unranked, min_flights = MIN_FLIGHTS,
  }
end

task "flights.MonthReport" {
  doc      = "The month's report: a Markdown page and an SVG chart",
  params   = { month = param.month },
  requires = function(t)
    return {
      rollup = tasks.flights.MonthRollup(t),
      rank   = tasks.flights.RankAirports(t, { min_flights = MIN_FLIGHTS }),
      weeks  = each(mondays(t.month), function(d)
        return tasks.flights.WeekRollup{ monday = d }
      end),
    }
  end,
  output   = {
    report = "data/flights/report/${month}.md",
    chart  = "data/flights/report/${month}.svg",
  },
  priority = 10, -- people wait for it: all that it needs goes before a backfill
  timeout  = "1m",

  run = function(t)
    local month = read_month(t)
    t.output.report:write(report.markdown(month, ("%s.svg"):format(t.month)))
    t.output.chart:write(chart.svg(month))
    emit{
      flights    = month.total.flights,
      late       = month.total.late,
      mean_delay = measures.mean_delay(month.total),
    }
  end,

  check = function(t)
    local month = read_month(t)
    local by_airport = measures.sum(month.ranked).flights + measures.sum(month.unranked).flights
    assert(by_airport == month.total.flights,
      ("%d flights by airport, %d by day"):format(by_airport, month.total.flights))
    assert(t.output.chart:read():find("</svg>%s*$"), "the chart has no end")
  end,
}

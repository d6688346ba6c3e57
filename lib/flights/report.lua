-- The month's report as Markdown.
local format = require "flights.format"
local measures = require "flights.measures"

local M = {}

---@param one flights.Measures
---@return string the three cells that every table ends with
local function cells(one)
  return ("%s | %s | %s |"):format(format.count(one.flights),
    format.decimal(measures.mean_delay(one)), format.percent(one.late, one.flights))
end

---@param month flights.Month
---@param chart string
---@return string
local function head(month, chart)
  return ([[
# US flights in %s

%s flights from %d airports on %d days. They arrived %s minutes late on average;
%s of them 15 minutes late or more.

![Late flights by day, and the airports with the longest delays](%s)
]]):format(format.month(month.month), format.count(month.total.flights),
    #month.ranked + #month.unranked, #month.days,
    format.decimal(measures.mean_delay(month.total)),
    format.percent(month.total.late, month.total.flights), chart)
end

---@param month flights.Month
---@return string
local function weeks(month)
  local lines = {
    "## Week by week\n",
    "Weeks that end in this month.\n",
    "| Week | Flights | Mean delay, min | 15 min late or more |",
    "| --- | ---: | ---: | ---: |",
  }
  for _, week in ipairs(month.weeks) do
    lines[#lines + 1] = ("| %s to %s | %s"):format(week.monday, week.monday + 6, cells(week.total))
  end
  return table.concat(lines, "\n") .. "\n"
end

---@param title string
---@param airports flights.Airport[]
---@return string
local function airport_table(title, airports)
  local lines = {
    ("## %s\n"):format(title),
    "| Rank | Airport | Name | Place | Flights | Mean delay, min | 15 min late or more |",
    "| ---: | --- | --- | --- | ---: | ---: | ---: |",
  }
  for _, a in ipairs(airports) do
    lines[#lines + 1] = ("| %d | %s | %s | %s | %s"):format(a.rank, a.code, a.name,
      format.place(a.city, a.state), cells(a))
  end
  return table.concat(lines, "\n") .. "\n"
end

---@param month flights.Month
---@return string
local function worst_days(month)
  local days = table.move(month.days, 1, #month.days, 1, {})
  table.sort(days, function(a, b)
    local left, right = measures.late_share(a), measures.late_share(b)
    if left ~= right then return left > right end
    return a.date < b.date
  end)
  local lines = {
    "## The five worst days\n",
    "| Day | Flights | Mean delay, min | 15 min late or more |",
    "| --- | ---: | ---: | ---: |",
  }
  for i = 1, math.min(5, #days) do
    lines[#lines + 1] = ("| %s | %s"):format(format.day(days[i].date), cells(days[i]))
  end
  return table.concat(lines, "\n") .. "\n"
end

---@param month flights.Month
---@return string
local function notes(month)
  return ([[
## How to read this

- The records are a random sample of the flights that arrived; cancelled flights are not in it.
- Delay is the delay at arrival. A flight that came early counts with minutes below zero.
- An airport stands for the flights that left from it. Ranked are the %d airports with %d flights
  or more; the other %d have %s flights together.
- Bad rows set aside: %s.
]]):format(#month.ranked, month.min_flights, #month.unranked,
    format.count(measures.sum(month.unranked).flights), format.count(month.rejected))
end

---@param month flights.Month
---@return flights.Airport[] the shortest delay first
local function from_the_end(month)
  local last = {}
  for i = #month.ranked, math.max(1, #month.ranked - 9), -1 do last[#last + 1] = month.ranked[i] end
  return last
end

---@param month flights.Month
---@param chart string the chart's file name, beside the report
---@return string
function M.markdown(month, chart)
  local longest = table.move(month.ranked, 1, 10, 1, {})
  return table.concat({
    head(month, chart),
    weeks(month),
    airport_table("The ten airports with the longest delays", longest),
    airport_table("The ten airports with the shortest delays", from_the_end(month)),
    worst_days(month),
    notes(month),
  }, "\n")
end

return M

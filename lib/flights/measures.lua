-- The numbers of a month, read from the CSV files that the tasks before the report made.
local M = {}

---@class flights.Measures
---@field flights integer
---@field late integer flights that arrived 15 minutes late or more
---@field delay integer minutes, all flights together

---@class flights.Day: flights.Measures
---@field date table a date value

---@class flights.Airport: flights.Measures
---@field rank integer? nil: too few flights
---@field code string
---@field name string
---@field city string
---@field state string

---@class flights.Month
---@field month table a month value
---@field total flights.Measures
---@field rejected integer
---@field days flights.Day[] in order
---@field weeks { monday: table, total: flights.Measures }[]
---@field ranked flights.Airport[] the longest delay first
---@field unranked flights.Airport[]
---@field min_flights integer

---@param row table a row with the columns flights, late, delay_minutes
---@param into table?
---@return table
local function measures(row, into)
  into = into or {}
  into.flights = tonumber(row.flights)
  into.late = tonumber(row.late)
  into.delay = tonumber(row.delay_minutes)
  return into
end

---@param list flights.Measures[]
---@return flights.Measures
local function sum(list)
  local total = { flights = 0, late = 0, delay = 0 }
  for _, one in ipairs(list) do
    total.flights = total.flights + one.flights
    total.late = total.late + one.late
    total.delay = total.delay + one.delay
  end
  return total
end

---@param one flights.Measures
---@return number minutes
function M.mean_delay(one) return one.delay / one.flights end

---@param one flights.Measures
---@return number 0 to 1
function M.late_share(one) return one.late / one.flights end

---@param target table the days of flights.MonthRollup
---@return flights.Day[]
---@return integer rejected
function M.days(target)
  local days, rejected = {}, 0
  for row in target:rows() do
    days[#days + 1] = measures(row, { date = date(row.date) })
    rejected = rejected + tonumber(row.rejected)
  end
  return days, rejected
end

---@param target table an output of flights.WeekRollup
---@return flights.Measures
function M.week(target)
  local airports = {}
  for row in target:rows() do airports[#airports + 1] = measures(row) end
  return sum(airports)
end

---@param target table the output of flights.RankAirports
---@return flights.Airport[] ranked
---@return flights.Airport[] unranked
function M.airports(target)
  local ranked, unranked = {}, {}
  for row in target:rows() do
    local airport = measures(row, {
      rank = tonumber(row.rank), code = row.airport,
      name = row.name, city = row.city, state = row.state,
    })
    local list = airport.rank and ranked or unranked
    list[#list + 1] = airport
  end
  return ranked, unranked
end

M.sum = sum
return M

-- The month's chart: the share of late flights day by day, and below it the airports with the
-- longest delays. All positions are pixels of the drawing.
local format = require "flights.format"
local measures = require "flights.measures"
local svg = require "flights.svg"

local M = {}

local WIDTH, LEFT, RIGHT = 860, 60, 840
local DAYS_TOP, DAYS_BOTTOM = 90, 290
local AIRPORTS_TOP, AIRPORT_HEIGHT, AIRPORT_LEFT = 390, 26, 230

local STYLE = [[

  text { font-family: Helvetica, Arial, sans-serif; fill: #222; }
  .title { font-size: 20px; font-weight: bold; }
  .heading { font-size: 14px; font-weight: bold; }
  .label { font-size: 12px; }
  .quiet { font-size: 12px; fill: #666; }
  .paper { fill: #fff; }
  .grid { stroke: #ddd; }
  .mean { stroke: #222; stroke-dasharray: 4 3; }
  .weekday { fill: #4878a8; }
  .weekend { fill: #a9c4de; }
  .airport { fill: #c8663c; }
]]

---The smallest multiple of a step that is not below a value.
---@param value number
---@param step integer
---@return integer
local function round_up(value, step)
  return math.max(step, math.ceil(value / step) * step)
end

---@param parts string[] added to
---@param month flights.Month
local function draw_days(parts, month)
  local function add(part) parts[#parts + 1] = part end

  local highest = 0
  for _, day in ipairs(month.days) do
    highest = math.max(highest, 100 * measures.late_share(day))
  end
  local top = round_up(highest, 10)
  local function y(percent)
    return DAYS_BOTTOM - (DAYS_BOTTOM - DAYS_TOP) * percent / top
  end

  add(svg.text(LEFT, DAYS_TOP - 22, "start", "Flights 15 minutes late or more, by day", "heading"))
  for percent = 0, top, 10 do
    add(svg.line(LEFT, y(percent), RIGHT, y(percent), "grid"))
    add(svg.text(LEFT - 8, y(percent) + 4, "end", ("%d %%"):format(percent)))
  end

  local slot = (RIGHT - LEFT) / #month.days
  for i, day in ipairs(month.days) do
    local x, high = LEFT + (i - 1) * slot, y(100 * measures.late_share(day))
    local class = day.date.weekday >= 6 and "weekend" or "weekday"
    add(svg.rect(x + slot * 0.15, high, slot * 0.7, DAYS_BOTTOM - high, class))
    add(svg.text(x + slot / 2, DAYS_BOTTOM + 16, "middle", ("%d"):format(day.date.day)))
  end

  local mean = 100 * measures.late_share(month.total)
  add(svg.line(LEFT, y(mean), RIGHT, y(mean), "mean"))
  add(svg.text(RIGHT, DAYS_TOP - 22, "end",
    ("dashed: the month, %s. Light: Saturday and Sunday"):format(
      format.percent(month.total.late, month.total.flights)), "quiet"))
end

---@param parts string[] added to
---@param airports flights.Airport[] the longest delay first, none below zero
local function draw_airports(parts, airports)
  local function add(part) parts[#parts + 1] = part end

  add(svg.text(LEFT, AIRPORTS_TOP - 22, "start",
    "The longest delays: mean minutes late at arrival, by airport of departure", "heading"))
  local longest = math.max(1, measures.mean_delay(airports[1]))
  local scale = (RIGHT - 60 - AIRPORT_LEFT) / longest
  for i, airport in ipairs(airports) do
    local y = AIRPORTS_TOP + (i - 1) * AIRPORT_HEIGHT
    local length = math.max(0, measures.mean_delay(airport)) * scale
    local middle = y + AIRPORT_HEIGHT / 2 + 1
    add(svg.text(LEFT, middle, "start", airport.code))
    add(svg.text(LEFT + 42, middle, "start", format.place(airport.city, airport.state)))
    add(svg.rect(AIRPORT_LEFT, y, length, AIRPORT_HEIGHT - 8, "airport"))
    add(svg.text(AIRPORT_LEFT + length + 6, middle, "start",
      format.decimal(measures.mean_delay(airport))))
  end
end

---@param month flights.Month
---@return string an SVG document
function M.svg(month)
  local airports = table.move(month.ranked, 1, 10, 1, {})
  local title = ("US flights in %s"):format(format.month(month.month))
  local parts = { svg.text(LEFT, 36, "start", title, "title") }
  draw_days(parts, month)
  local height = AIRPORTS_TOP - 40
  if #airports > 0 then
    draw_airports(parts, airports)
    height = AIRPORTS_TOP + #airports * AIRPORT_HEIGHT + 20
  end
  return svg.document(WIDTH, height, title, STYLE, parts)
end

return M

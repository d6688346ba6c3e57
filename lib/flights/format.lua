-- Numbers and places as people read them.
local M = {}

local MONTHS = {
  "January", "February", "March", "April", "May", "June",
  "July", "August", "September", "October", "November", "December",
}
local WEEKDAYS = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" }

---@param number integer
---@return string such as 6,937
function M.count(number)
  local text = ("%d"):format(number):reverse():gsub("(%d%d%d)", "%1,"):reverse()
  return (text:gsub("^,", ""))
end

---@param number number
---@return string with one decimal, never -0.0
function M.decimal(number)
  local text = ("%.1f"):format(number)
  return text == "-0.0" and "0.0" or text
end

---@param part number
---@param whole number
---@return string such as 21.9 %
function M.percent(part, whole)
  return M.decimal(100 * part / whole) .. " %"
end

---@param month table a month value
---@return string such as January 2001
function M.month(month)
  return ("%s %d"):format(MONTHS[month.month], month.year)
end

---@param day table a date value
---@return string such as Fri 2001-01-05
function M.day(day)
  return ("%s %s"):format(WEEKDAYS[day.weekday], day)
end

---@param city string may be empty, as may the state
---@param state string
---@return string such as Seattle, WA
function M.place(city, state)
  if city == "" or state == "" then return city .. state end
  return ("%s, %s"):format(city, state)
end

return M

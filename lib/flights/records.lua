-- What a line of a source file must look like to count as a flight.
local M = {}

---The columns of a source file, in its order.
M.columns = { "date", "time", "delay", "distance", "origin", "destination" }

---@class flights.Record
---@field date string
---@field time string
---@field delay string minutes late at arrival; early is negative
---@field distance string miles
---@field origin string airport code
---@field destination string airport code

---@param line string
---@return string[]
local function split(line)
  local fields = {}
  for field in (line .. ","):gmatch("([^,]*),") do fields[#fields + 1] = field end
  return fields
end

---@param text string
---@return boolean
local function is_time(text)
  local hour, minute = text:match("^(%d%d):(%d%d)$")
  return hour ~= nil and tonumber(hour) < 24 and tonumber(minute) < 60
end

---The first thing that is wrong with a record, or nil.
---@param record flights.Record
---@param day string the day that the file is for
---@param airports table<string, boolean> the known codes
---@return string?
local function fault(record, day, airports)
  for _, column in ipairs(M.columns) do
    if record[column] == "" then return "no " .. column end
  end
  if record.date ~= day then return "date is another day" end
  if not is_time(record.time) then return "time is not HH:MM" end
  if not record.delay:find("^-?%d+$") then return "delay is not a whole number" end
  if not record.distance:find("^%d+$") then return "distance is not a whole number" end
  if tonumber(record.distance) == 0 then return "distance is zero" end
  if not airports[record.origin] then return "origin is not a known airport" end
  if not airports[record.destination] then return "destination is not a known airport" end
  return nil
end

---Reads one line of a source file.
---@param line string
---@param day string
---@param airports table<string, boolean>
---@return flights.Record? record
---@return string? fault why there is no record
function M.parse(line, day, airports)
  local fields = split(line)
  if #fields ~= #M.columns then
    return nil, ("%d fields, not %d"):format(#fields, #M.columns)
  end
  local record = {}
  for i, column in ipairs(M.columns) do record[column] = fields[i] end
  local wrong = fault(record, day, airports)
  if wrong then return nil, wrong end
  return record
end

return M

-- The door of the pipeline: what is not a proper flight record is set aside here, with the reason.
local records = require "flights.records"

local SOURCE = "pipelines/flights/source/"

---@return table<string, boolean>
local function known_airports()
  local known = {}
  for row in file(SOURCE .. "airports.csv"):rows() do known[row.iata] = true end
  return known
end

-- The source has nothing of its own that says how long it is, so lines are counted twice:
-- here, and while they are read.
local function count_lines(path)
  local lines = 0
  for _ in file(path):lines() do lines = lines + 1 end
  return lines
end

local function source_of(t) return ("%s%s.csv"):format(SOURCE, t.date) end

task "flights.CleanDay" {
  doc     = "One day's flight records; the bad ones set aside with the reason",
  params  = { date = param.date },
  output  = {
    clean   = "data/flights/clean/${date}.csv",
    rejects = "data/flights/rejects/${date}.csv",
  },
  timeout = "1m",

  run = function(t)
    local source = file(source_of(t))
    if not source:exists() then
      fail(("no records of %s: %s is missing (the data covers 2001-01-01 to 2001-03-31)")
        :format(t.date, source.path))
    end

    local airports, day = known_airports(), tostring(t.date)
    local clean, rejects, number = {}, {}, 0
    for line in source:lines() do
      number = number + 1
      if number == 1 then
        if line ~= table.concat(records.columns, ",") then fail("unexpected header: " .. line) end
      else
        local record, fault = records.parse(line, day, airports)
        if record then
          clean[#clean + 1] = record
        else
          rejects[#rejects + 1] = { line = number, fault = fault, text = line }
        end
      end
    end

    t.output.clean:write_rows(clean, { columns = records.columns })
    t.output.rejects:write_rows(rejects, { columns = { "line", "fault", "text" } })
    emit{ flights = #clean, rejected = #rejects }
    if #rejects > 0 then log.warn(("%d bad rows set aside"):format(#rejects)) end
  end,

  check = function(t)
    local clean, rejected = t.output.clean:count_rows(), t.output.rejects:count_rows()
    local read = count_lines(source_of(t)) - 1
    assert(clean + rejected == read,
      ("%d clean + %d rejected rows, but the source has %d"):format(clean, rejected, read))
    assert(clean > 0, "not one good row")
    assert(rejected * 20 <= read, ("%d of %d rows are bad: more than 5 %%"):format(rejected, read))
  end,
}

-- Days, months, weeks, hours, times, durations, intervals.
local function int(name, doc) return { name, "integer", doc = doc } end

local function add(class, units, doc)
  local options = { class = class }
  for i, unit in ipairs(units) do
    options[i] = { unit, "integer", default = "0",
      doc = ("How many %s further; less than 0: back."):format(unit) }
  end
  return { "add", method = true, params = { { "step", class } }, doc = doc, options = options }
end

local function format(doc)
  return { "format", method = true, params = { { "format", "string" } }, returns = "string",
    doc = doc }
end

---The class of a value that is counted in units.
local function counted(name, doc, members, more)
  local class = "moondial." .. name
  for _, member in ipairs(members) do
    if member[1] == "add" then member.returns = class end
  end
  return { name, is_type = true, class = class, doc = doc, members = members,
    operators = { ("add(%s): %s"):format(more or "integer", class),
      ("sub(%s): %s"):format(more or "integer", class), ("sub(%s): integer"):format(class),
      "concat(any): string" } }
end

local function year() return int("year", "The year, such as 2015.") end
local function month() return int("month", "1 to 12.") end
local function day() return { "date", "moondial.Date", doc = "Its day." } end

---The fields of a day, and more.
local function of_a_day(...)
  return { year(), month(), int("day", "1 to 31."), int("weekday", "1 = Monday to 7 = Sunday."),
    int("week", "The ISO week."), int("iso_year", "The year that the ISO week belongs to."), ... }
end

local date_library = {
  { "range", generic = "T", params = { { "first", "T" }, { "last", "T" } }, returns = "T[]",
    overloads = { "fun(dates: moondial.Dates): moondial.Date[]" },
    doc = "A list with both ends: of days, months, weeks, hours or times. Of an interval: its \z
      days." },
  { "month", params = { { "value", "string|moondial.Date|moondial.Hour|moondial.Time" } },
    returns = "moondial.Month", doc = "A month: `date.month \"2015-09\"`, or that of a day." },
  { "week", params = { { "value", "string|moondial.Date|moondial.Hour|moondial.Time" } },
    returns = "moondial.Week", doc = "An ISO week: `date.week \"2015-W38\"`, or that of a day." },
  { "hour", params = { { "value", "string|moondial.Date|moondial.Time" }, { "hour?", "integer" } },
    returns = "moondial.Hour",
    doc = "An hour: `date.hour \"2015-09-18T13\"`, `date.hour(d, 13)`, or that of a time." },
  { "time", params = { { "value", "string|moondial.Date|moondial.Hour" }, { "clock?", "string" } },
    returns = "moondial.Time",
    doc = "A time: `date.time \"2015-09-18T13:45:00\"`, `date.time(d, \"13:45\")`." },
  { "dates",
    params = { { "first", "string|moondial.Dates|moondial.Date|moondial.Month|moondial.Week" },
      { "last?", "string|moondial.Date|moondial.Month|moondial.Week" } },
    returns = "moondial.Dates",
    doc = "An interval: `date.dates \"2015-09-01..2015-09-18\"`, of a month, or from one to \z
      another." },
}

local parts = "fun(parts: {year: integer, month: integer, day: integer}): moondial.Date"

return {
  title = "Days and times",
  { "date", class = "moondial.DateLibrary",
    doc = "Makes a day: `date \"2015-09-18\"`, `date{ year = 2015, month = 9, day = 18 }`, or \z
      that of an hour or time. Its fields make other times.",
    overloads = { "fun(text: string|moondial.Date): moondial.Date", parts,
      "fun(within: moondial.Hour|moondial.Time): moondial.Date" },
    members = date_library },
  { "duration", params = { { "value", "string|number|moondial.DurationValue" } },
    returns = "moondial.DurationValue", doc = "Makes a duration: of `\"15m\"`, or of seconds." },
  { "today", params = {}, returns = "moondial.Date", works = "functions",
    doc = "The day in the project's time zone. As `default = today` it is asked when needed." },
  { "yesterday", params = {}, returns = "moondial.Date", works = "functions",
    doc = "The day before today." },
  counted("Date", "A day. `d + 1`, `d - 1`; the difference of two is a number of days; there is \z
    one object for each day.",
    of_a_day(
      add("moondial.DateStep", { "years", "months", "weeks", "days" },
        "Moves: `d:add{ months = 1 }`. The day of the month is kept, or becomes the last."),
      format "strftime: `d:format \"%Y%m%d\"`.")),
  counted("Month", "A month. `m + 1` is the next.",
    { year(), month(), { "first", "moondial.Date", doc = "Its first day." },
      { "last", "moondial.Date", doc = "Its last day." },
      add("moondial.MonthStep", { "years", "months" }, "Moves: `m:add{ years = 1 }`."),
      format "strftime, of its first day." }),
  counted("Week", "An ISO week, Monday to Sunday. `w + 1` is the next.",
    { int("year", "The ISO year: 2016-01-01 lies in 2015-W53."), int("week", "1 to 53."),
      { "first", "moondial.Date", doc = "Its Monday." },
      { "last", "moondial.Date", doc = "Its Sunday." },
      add("moondial.WeekStep", { "weeks" }, "Moves: `w:add{ weeks = 4 }`."),
      format "strftime, of its Monday." }),
  counted("Hour", "An hour of a day, without a zone. `h + 1` is the next.",
    of_a_day(int("hour", "0 to 23."), day(),
      add("moondial.HourStep", { "years", "months", "weeks", "days", "hours" },
        "Moves: `h:add{ days = 1 }`."),
      format "strftime: `h:format \"%Y%m%d%H\"`.")),
  counted("Time", "A second of a day, without a zone. `+` and `-` take seconds and durations.",
    of_a_day(int("hour", "0 to 23."), int("minute", "0 to 59."), int("second", "0 to 59."), day(),
      add("moondial.TimeStep", { "years", "months", "weeks", "days", "hours", "minutes",
        "seconds" }, "Moves: `at:add{ minutes = 15 }`."),
      format "strftime: `at:format \"%H:%M\"`."),
    "integer|moondial.DurationValue"),
  { "DurationValue", is_type = true, class = "moondial.DurationValue",
    doc = "A duration. A number beside `+` and `-` is one of seconds; `*` and `/` take numbers.",
    members = {
      { "seconds", "number", doc = "All of it, in seconds." },
      { "minutes", "number", doc = "All of it, in minutes." },
      { "hours", "number", doc = "All of it, in hours." },
      { "days", "number", doc = "All of it, in days." },
      format "`%H` `%M` `%S`, `%T` and `%R`, and `%s` for all its seconds." },
    operators = { "add(number|moondial.DurationValue): moondial.DurationValue",
      "sub(number|moondial.DurationValue): moondial.DurationValue",
      "mul(number): moondial.DurationValue", "div(number): moondial.DurationValue",
      "div(moondial.DurationValue): number",
      "concat(any): string" } },
  { "Dates", is_type = true, class = "moondial.Dates",
    doc = "Days one after another: `for day in dates do`, `ipairs(dates)`, `#dates`, `dates[1]`, \z
      `each(dates, f)`.",
    members = {
      { "first", "moondial.Date", doc = "The first day." },
      { "last", "moondial.Date", doc = "The last day." },
      format "strftime, of both ends: `20150901..20150918`." },
    indexed = "moondial.Date",
    operators = { "len: integer", "call: moondial.Date?", "concat(any): string" } },
  { "Duration", alias = "moondial.Duration", type = "string|number|moondial.DurationValue",
    doc = "What a duration may be given as: `\"90s\"`, `\"15m\"`, `\"2h\"`, `\"1d\"`, a number of \z
      seconds, or a value that `duration` has made." },
}

---@meta
-- What a pipeline author sees, for editors (LuaLS): completion and checks. Never loaded.

-- luacheck: ignore 111 112 121 122 131 142 143 212 241

---A duration: "90s", "15m", "2h", "1d", a number of seconds, or a value made with duration.
---@alias moondial.Duration string|number|moondial.DurationValue

---@class moondial.Date
---@field year integer
---@field month integer
---@field day integer
---@field weekday integer 1 = Monday to 7 = Sunday
---@field week integer ISO week
---@field iso_year integer the year that the ISO week belongs to
---@operator add(integer): moondial.Date
---@operator sub(integer): moondial.Date
---@operator concat(any): string
local Date = {}
---The day of the month is kept, or the month's last if there is none such.
---@param step {years: integer?, months: integer?, weeks: integer?, days: integer?}
---@return moondial.Date
function Date:add(step) end
---@param format string strftime: "%Y%m%d"
---@return string
function Date:format(format) end

---@class moondial.Month
---@field year integer
---@field month integer
---@field first moondial.Date
---@field last moondial.Date
---@operator add(integer): moondial.Month
---@operator sub(integer): moondial.Month
---@operator concat(any): string
local Month = {}
---@param step {years: integer?, months: integer?}
---@return moondial.Month
function Month:add(step) end
---@param format string strftime, of day 1
---@return string
function Month:format(format) end

---An ISO week: Monday to Sunday.
---@class moondial.Week
---@field year integer the ISO year: 2016-01-01 lies in 2015-W53
---@field week integer 1 to 53
---@field first moondial.Date
---@field last moondial.Date
---@operator add(integer): moondial.Week
---@operator sub(integer): moondial.Week
---@operator concat(any): string
local Week = {}
---@param step {weeks: integer?}
---@return moondial.Week
function Week:add(step) end
---@param format string strftime, of its Monday
---@return string
function Week:format(format) end

---@class moondial.TimeStep
---@field years integer?
---@field months integer?
---@field weeks integer?
---@field days integer?
---@field hours integer?
---@field minutes integer? of a time
---@field seconds integer? of a time

---An hour of a day, without a zone.
---@class moondial.Hour
---@field year integer
---@field month integer
---@field day integer
---@field weekday integer 1 = Monday to 7 = Sunday
---@field week integer ISO week
---@field iso_year integer
---@field hour integer 0 to 23
---@field date moondial.Date
---@operator add(integer): moondial.Hour
---@operator sub(integer): moondial.Hour
---@operator concat(any): string
local Hour = {}
---@param step moondial.TimeStep
---@return moondial.Hour
function Hour:add(step) end
---@param format string strftime: "%Y%m%d%H"
---@return string
function Hour:format(format) end

---A second of a day, without a zone.
---@class moondial.Time
---@field year integer
---@field month integer
---@field day integer
---@field weekday integer 1 = Monday to 7 = Sunday
---@field week integer ISO week
---@field iso_year integer
---@field hour integer
---@field minute integer
---@field second integer
---@field date moondial.Date
---@operator add(integer|moondial.DurationValue): moondial.Time
---@operator sub(integer|moondial.DurationValue): moondial.Time
---@operator concat(any): string
local Time = {}
---@param step moondial.TimeStep
---@return moondial.Time
function Time:add(step) end
---@param format string strftime: "%Y%m%d_%H%M%S"
---@return string
function Time:format(format) end

---A number beside + and - is one of seconds.
---@class moondial.DurationValue
---@field seconds number
---@field minutes number
---@field hours number
---@field days number
---@operator add(number|moondial.DurationValue): moondial.DurationValue
---@operator sub(number|moondial.DurationValue): moondial.DurationValue
---@operator mul(number): moondial.DurationValue
---@operator div(number): moondial.DurationValue
---@operator concat(any): string
local DurationValue = {}
---@param format string %H %M %S, %T and %R, %s for all its seconds
---@return string
function DurationValue:format(format) end

---@param value string|number "15m", or seconds
---@return moondial.DurationValue
function duration(value) end

---Days one after another: for day in dates do, ipairs(dates), #dates, dates[1], each(dates, f).
---@class moondial.Dates
---@field first moondial.Date
---@field last moondial.Date
---@field [integer] moondial.Date
---@operator len: integer
---@operator call: moondial.Date?
---@operator concat(any): string
local Dates = {}
---@param format string strftime, of both ends: "20150901..20150918"
---@return string
function Dates:format(format) end

---@class moondial.DateLibrary
---@overload fun(text: string): moondial.Date
---@overload fun(parts: {year: integer, month: integer, day: integer}): moondial.Date
---@overload fun(within: moondial.Hour|moondial.Time): moondial.Date
date = {}
---Both ends; also of months, weeks, hours and times (by the second). Of an interval: its days.
---@generic T
---@param first T
---@param last T
---@return T[]
---@overload fun(dates: moondial.Dates): moondial.Date[]
function date.range(first, last) end
---@param value string|moondial.Date|moondial.Hour|moondial.Time "2015-09", or what lies in it
---@return moondial.Month
function date.month(value) end
---@param value string|moondial.Date|moondial.Hour|moondial.Time "2015-W38", or what lies in it
---@return moondial.Week
function date.week(value) end
---@param value string|moondial.Date|moondial.Time "2015-09-18T13", a day, or what lies in it
---@param hour integer? of the day
---@return moondial.Hour
function date.hour(value, hour) end
---@param value string|moondial.Date|moondial.Hour "2015-09-18T13:45:00", a day, or where it begins
---@param clock string? time of the day: "13:45"
---@return moondial.Time
function date.time(value, clock) end
---@param first string|moondial.Date|moondial.Month|moondial.Week "2015-09-01..2015-09-18"
---@param last moondial.Date|moondial.Month|moondial.Week?
---@return moondial.Dates
function date.dates(first, last) end

---The day in the project's time zone; not while files load.
---@return moondial.Date
function today() end
---@return moondial.Date
function yesterday() end

---@class moondial.Kind
---@overload fun(options: moondial.ParamOptions): moondial.Kind

---@class moondial.ParamOptions
---@field default any a value, or a function that gives one: yesterday
---@field optional boolean? may be absent: nil
---@field significant boolean? false: not part of the identity
---@field doc string?
---@field min any of numbers and times; of dates: no day before it
---@field max any of numbers and times; of dates: no day after it
---@field path boolean? of string: may hold / where output uses it
---@field secret boolean? never shown, recorded or put on a command line; not part of the identity

---@class moondial.ParamLibrary
---@field string moondial.Kind
---@field int moondial.Kind
---@field number moondial.Kind
---@field bool moondial.Kind
---@field date moondial.Kind
---@field month moondial.Kind
---@field week moondial.Kind
---@field hour moondial.Kind
---@field time moondial.Kind
---@field duration moondial.Kind
---@field dates moondial.Kind
---@field enum fun(values: string[]): moondial.Kind
---@field list fun(item: moondial.Kind): moondial.Kind texts a,b,c; a table that cannot be changed
---@field map fun(item: moondial.Kind): moondial.Kind text x=1,y=2; a table that cannot be changed
param = {}

---A task with its parameters, which are fields too.
---@class moondial.Task
---@field id string sem.FetchCost(date=2015-09-18,engine=baidu)
---@field name string
---@field params table<string, any>
---@field input any the shape of requires, each task replaced by its output
---@field output any a file target, or a table of them
---@field attempt integer in run and check: 1 is the first
---@field run_id integer in run and check
---@field [string] any
---@field states any in when: the shape of requires, each task replaced by the word of its state
local Task = {}
---@return boolean
function Task:complete() end
---What its last success emitted; {} if it has none.
---@return table<string, number|string>
function Task:emitted() end

---@class moondial.Constructor
---@overload fun(params: table): moondial.Task
---@overload fun(from: moondial.Task, params: table?): moondial.Task

---Tasks, constructors, lists and maps of them, nested freely.
---@alias moondial.Requirements moondial.Task|moondial.Constructor|table|nil

---@class moondial.Retry
---@field times integer
---@field delay moondial.Duration?
---@field backoff number?
---@field max moondial.Duration?
---@field jitter number? 0 to 1

---@class moondial.TaskFields
---@field doc string?
---@field params table<string, moondial.Kind>?
---@field requires moondial.Requirements|fun(t: moondial.Task): moondial.Requirements
---@field output string|table|fun(t: moondial.Task): string|table
---@field run fun(t: moondial.Task)?
---@field sh string|string[]|fun(t: moondial.Task): string|string[]
---@field check fun(t: moondial.Task)?
---@field complete (fun(t: moondial.Task): boolean)?
---@field priority number|fun(t: moondial.Task): number
---@field uses table<string, integer>|fun(t: moondial.Task): table<string, integer>
---@field retry integer|moondial.Retry|fun(t: moondial.Task): integer|moondial.Retry
---@field timeout moondial.Duration|fun(t: moondial.Task): moondial.Duration
---@field takes moondial.Duration|fun(t: moondial.Task): moondial.Duration
---@field grace moondial.Duration?
---@field env table<string, string>|fun(t: moondial.Task): table<string, string>
---@field cwd string?
---@field tags string[]?
---How requirements must have ended; false skips. Only under "all" do failures and skips spread.
---@field when "all"|"any"|"failed"|"all_failed"|"ended"|(fun(t: moondial.Task): boolean)?
---Tasks with one lock never run at the same time.
---@field lock string|(fun(t: moondial.Task): string)?

---@param name string
---@return fun(fields: moondial.TaskFields): moondial.Constructor
function task(name) end

---@class moondial.ExternalFields
---@field doc string?
---@field params table<string, moondial.Kind>?
---@field output string|table|moondial.Mark|(fun(t: moondial.Task): string|table)?
---@field complete (fun(t: moondial.Task): boolean)?
---@field poll moondial.Duration? how often a daemon looks
---@field timeout moondial.Duration?
---@field tags string[]?

---Something that others produce: waited for and never run.
---@param name string
---@return fun(fields: moondial.ExternalFields): moondial.Constructor
function external(name) end

---@class moondial.Mark

---An output that is no file: "done" is recorded, by the task's success or by `moondial mark`.
---@return moondial.Mark
function mark() end

---Every task by its name: tasks.sem.Report.
---@type table<string, moondial.Constructor|any>
tasks = {}

---@param name string
---@return fun(options: {size: integer})
function pool(name) end

---each(list, f) → list, each(map, f) → map, each(first, last, f) → list, each(dates, f) → list
---@overload fun(first: integer, last: integer, f: fun(i: integer): any): any[]
---@param values table|moondial.Dates
---@param f fun(value: any, key: any): any
---@return table
function each(values, f) end

---@class moondial.File
---@field path string relative to the root; of an output in run and check: where it is written
local File = {}
---@return boolean
function File:exists() end
---@return string
function File:read() end
---@return fun(): string?
function File:lines() end
---Rows of a CSV file with a header.
---@return fun(): table<string, string>?
function File:rows() end
---@return integer without the header
function File:count_rows() end
---@return any
function File:json() end
---@return integer bytes
function File:size() end
---@return number seconds since 1970
function File:mtime() end
---@param text string
function File:write(text) end
---@param rows table[] maps, or lists in the order of the columns
---@param options {columns: string[]}?
function File:write_rows(rows, options) end
---@param value any
function File:write_json(value) end
---@param mode "w"|"a"
---@return {write: fun(self, ...: string|number), close: fun(self)}
function File:open(mode) end

---@param path string relative to the project's root
---@return moondial.File
function file(path) end

---@class moondial.CommandOptions
---@field stdin string|moondial.File?
---@field stdout moondial.File?
---@field stderr moondial.File?
---@field cwd string?
---@field env table<string, string>?
---@field timeout moondial.Duration?
---@field check boolean? false: a non-zero exit does not raise
---@field capture boolean? true: stdout and stderr come back instead of going to the log

---@class moondial.CommandResult
---@field code integer 128 + signal if a signal ended it
---@field signal integer?
---@field stdout string
---@field stderr string
---@field seconds number

---Runs a command: text for the shell, or a list of words with options among them.
---@param command string|table
---@param options moondial.CommandOptions?
---@return moondial.CommandResult
function sh(command, options) end

---Keeps numbers and texts of up to 1 KiB with the attempt.
---@param values table<string, number|string>
function emit(values) end
---@param fraction number 0 to 1
---@param text string?
function progress(fraction, text) end
---Fails for good: no retry.
---@param why string
function fail(why) end
---Nothing to do: the task ends as skipped.
---@param why string
function skip(why) end

log = {}
function log.info(...) end
function log.warn(...) end
function log.error(...) end

json = {}
---null in a list; in an object it is nil
---@type any
json.null = nil
---@param value any
---@return string
function json.encode(value) end
---@param text string
---@return any
function json.decode(text) end

csv = {}
---@param rows table[]
---@param options {columns: string[]}?
---@return string
function csv.encode(rows, options) end
---@param text string
---@return table<string, string>[]
function csv.decode(text) end

---In run: tasks found on the way. Runs what is not complete; gives outputs in the same shape. A
---task that fails raises an error with .task, .state and .message once the whole list has ended.
---@param wanted moondial.Requirements
---@return any
function await(wanted) end

---Runs functions beside each other: a list of their results. The first error cancels the rest.
---@param functions (fun(): any)[]
---@return any[]
function all(functions) end

---@param duration moondial.Duration
function sleep(duration) end

---@class moondial.HttpOptions
---@field headers table<string, string|number>?
---@field query table<string, string|number|boolean>?
---@field body string? of http.post
---@field json any of http.post
---@field form table<string, string|number|boolean>? of http.post
---@field timeout moondial.Duration?
---@field out moondial.File? where the body goes
---@field check boolean? false: a status from 400 does not raise

---@class moondial.HttpResponse
---@field status integer
---@field headers table<string, string> names in lower case
---@field body string

---@class moondial.HttpLibrary
http = {}
---@param url string
---@param options moondial.HttpOptions?
---@return moondial.HttpResponse
function http.get(url, options) end
---@param url string
---@param options moondial.HttpOptions?
---@return moondial.HttpResponse
function http.post(url, options) end

---@meta
-- What a pipeline author sees, for editors (LuaLS): completion and checks. Never loaded.

-- luacheck: ignore 111 112 121 122 131 142 143 212 241

---A duration: "90s", "15m", "2h", "1d", or a number of seconds.
---@alias moondial.Duration string|number

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

---@class moondial.DateLibrary
---@overload fun(text: string): moondial.Date
---@overload fun(parts: {year: integer, month: integer, day: integer}): moondial.Date
date = {}
---Both ends.
---@param first moondial.Date
---@param last moondial.Date
---@return moondial.Date[]
function date.range(first, last) end
---@param value string|moondial.Date|moondial.Month
---@return moondial.Month
function date.month(value) end

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
---@field min any of int, number, date, month
---@field max any of int, number, date, month
---@field path boolean? of string: may hold / where output uses it

---@class moondial.ParamLibrary
---@field string moondial.Kind
---@field int moondial.Kind
---@field number moondial.Kind
---@field bool moondial.Kind
---@field date moondial.Kind
---@field month moondial.Kind
---@field enum fun(values: string[]): moondial.Kind
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
local Task = {}
---@return boolean
function Task:complete() end

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

---@param name string
---@return fun(fields: moondial.TaskFields): moondial.Constructor
function task(name) end

---Every task by its name: tasks.sem.Report.
---@type table<string, moondial.Constructor|any>
tasks = {}

---@param name string
---@return fun(options: {size: integer})
function pool(name) end

---each(list, f) → list, each(map, f) → map, each(first, last, f) → list
---@overload fun(first: integer, last: integer, f: fun(i: integer): any): any[]
---@param values table
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

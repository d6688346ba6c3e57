-- What makes sense in run and check, and texts of data.
local command_options = {
  class = "moondial.CommandOptions",
  { "stdin", "string|moondial.File", default = "empty", doc = "A text, or a file to read." },
  { "stdout", "moondial.File", default = "the log", doc = "The file that gets its output." },
  { "stderr", "moondial.File", default = "the log", doc = "The file that gets its errors." },
  { "cwd", "string", accepts = "string", default = "that of the task",
    doc = "The folder in which it runs; may hold `${param}`." },
  { "env", "table<string, string|number>", accepts = "table", default = "none",
    doc = "Added to the task's environment." },
  { "timeout", "moondial.Duration", default = "none", doc = "Stopped if it takes longer." },
  { "check", "boolean", accepts = "boolean", default = "true",
    doc = "false: a status other than 0 does not raise." },
  { "capture", "boolean", accepts = "boolean", default = "false",
    doc = "true: its output and errors come back instead of going to the log." },
}

local url = { { "url", "string" }, { "options?", "moondial.HttpOptions" } }

local http_options = {
  class = "moondial.HttpOptions",
  { "headers", "table<string, string|number>", accepts = "table", default = "none",
    doc = "Added to the request." },
  { "query", "table<string, string|number|boolean>", accepts = "table", default = "none",
    doc = "Added to the URL, encoded." },
  { "body", "string", accepts = "string", doc = "Of `http.post`: what is sent." },
  { "json", "any", doc = "Of `http.post`: a value that is sent as JSON." },
  { "form", "table<string, string|number|boolean>", accepts = "table",
    doc = "Of `http.post`: names and values that are sent as a form." },
  { "timeout", "moondial.Duration", default = "none", doc = "An error if it takes longer." },
  { "out", "moondial.File", doc = "A file that the body is streamed to." },
  { "check", "boolean", accepts = "boolean", default = "true",
    doc = "false: a status from 400 does not raise." },
}

local function logs(name, doc)
  return { name, params = { { "...", "any" } }, works = "functions", doc = doc }
end

local rows = { { "rows", "table[]" }, { "options?", "moondial.RowOptions" } }

return {
  title = "The work",
  { "sh", params = { { "command", "string|table" }, { "options?", "moondial.CommandOptions" } },
    returns = "moondial.CommandResult", works = "work", options = command_options,
    doc = "Runs a command and waits: text for the shell, or a list of words with the options \z
      among them. `${param}`, `${input}`, `${output}` stand for quoted words. A status other than \z
      0 raises an error." },
  { "CommandResult", is_type = true, class = "moondial.CommandResult", doc = "What `sh` gives.",
    members = {
      { "code", "integer", doc = "The exit status; 128 + signal if a signal ended it." },
      { "signal", "integer?", doc = "The signal that ended it." },
      { "stdout", "string", doc = "What it wrote, with `capture`." },
      { "stderr", "string", doc = "Its errors, with `capture`." },
      { "seconds", "number", doc = "How long it took." },
      { "cut", "boolean", doc = "Whether what came back is not all that it wrote." },
    } },
  { "await", params = { { "wanted", "moondial.Requirements" } }, returns = "any", works = "run",
    doc = "Tasks that are found on the way: runs what is not complete, and gives the outputs in \z
      the same shape. Once all have ended, the first that failed raises an error." },
  { "AwaitError", is_type = true, class = "moondial.AwaitError",
    doc = "What a failed `await` raises.",
    members = {
      { "task", "moondial.Task", doc = "The task that failed." },
      { "state", "string", doc = "failed, upstream_failed, cancelled or blocked." },
      { "message", "string", doc = "Its error." },
    } },
  { "all", params = { { "functions", "(fun(): any)[]" } }, returns = "any[]", works = "work",
    doc = "Runs functions beside each other; a list of their results. The first error cancels \z
      the others, waits for their end, and is raised." },
  { "sleep", params = { { "duration", "moondial.Duration" } }, works = "work", doc = "Waits." },
  { "http", class = "moondial.HttpLibrary", doc = "Requests to servers. Redirects are followed.",
    members = {
      { "get", params = url, returns = "moondial.HttpResponse", works = "work",
        doc = "Asks for a page." },
      { "post", params = url, returns = "moondial.HttpResponse", works = "work",
        doc = "Sends one of `body`, `json` and `form`." },
    },
    options = http_options },
  { "HttpResponse", is_type = true, class = "moondial.HttpResponse",
    doc = "What `http.get` and `http.post` give.",
    members = {
      { "status", "integer", doc = "200, 404 …" },
      { "headers", "table<string, string>", doc = "Names are in lower case." },
      { "body", "string", doc = "The whole body; empty with `out`." },
    } },
  { "emit", params = { { "values", "table<string, number|string>" } }, works = "work",
    doc = "Keeps numbers and texts of up to 1 KiB with the attempt. Later ones replace earlier \z
      ones of the same name." },
  { "progress", params = { { "fraction", "number" }, { "text?", "string" } }, works = "work",
    doc = "Shows how far the work is, from 0 to 1, while it runs, and says it in the log." },
  logs("print", "Writes a line to the log, as `log.info`."),
  { "log", class = "moondial.LogLibrary", doc = "Writes to the log of the attempt.",
    members = {
      logs("info", "Writes a line."),
      logs("warn", "Writes a line that warns."),
      logs("error", "Writes a line about an error; raises none."),
    } },
  { "fail", params = { { "why?", "string" } }, works = "work",
    doc = "Fails for good: no retry. `error` fails and may be retried." },
  { "skip", params = { { "why?", "string" } }, works = "work",
    doc = "There is nothing to do: the task ends as skipped." },
  { "json", class = "moondial.JsonLibrary", doc = "JSON texts.",
    members = {
      { "encode", params = { { "value", "any" } }, returns = "string",
        doc = "The text of a value. Names are in order." },
      { "decode", params = { { "text", "string" } }, returns = "any",
        doc = "The value of a text." },
      { "null", "any", doc = "null in a list; in a map a null is nil." },
    } },
  { "csv", class = "moondial.CsvLibrary", doc = "CSV texts.",
    members = {
      { "encode", params = rows, returns = "string",
        doc = "The text of rows, with a header, as `write_rows` makes it." },
      { "decode", params = { { "text", "string" } }, returns = "table<string, string>[]",
        doc = "The rows of a text with a header, as maps." },
    } },
}

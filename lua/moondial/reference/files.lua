-- File targets.
local rows_options = {
  class = "moondial.RowOptions",
  { "columns", "string[]", default = "the names in the first row, sorted",
    doc = "The columns, in their order." },
}

local function reads(name, returns, doc)
  return { name, method = true, params = {}, returns = returns, works = "functions", doc = doc }
end

local rows = { { "rows", "table[]" }, { "options?", "moondial.RowOptions" } }

return {
  title = "Files",
  { "file", params = { { "path", "string" } }, returns = "moondial.File",
    doc = "A file target. Its path is relative to the project's root. A path that ends in `.gz` \z
      is compressed and read as plain text." },
  { "dir", params = { { "path", "string" } }, returns = "moondial.Dir",
    doc = "A folder as a target. It is there, empty, when the work begins, and is published \z
      whole: a folder that was there before is replaced." },
  { "target", params = { { "options", "moondial.TargetOptions" } }, returns = "moondial.Target",
    doc = "A target of your own, a table of a database or an object in a store: `output = target{ \z
      exists = function(t) … end }`.",
    options = { class = "moondial.TargetOptions", title = "Options",
      { "exists", "fun(t: moondial.Task): boolean", accepts = "function", required = true,
        doc = "Whether it is there: then the task is complete. Asked again after the work." },
      { "path", "string", accepts = "string", default = "none",
        doc = "What `t.output.path` and `${output}` give; may hold `${param}`." },
      { "publish", "fun(t: moondial.Task)", accepts = "function",
        doc = "Called after the work and `check`, to make visible what was made." },
      { "remove", "fun(t: moondial.Task)", accepts = "function",
        doc = "Called when an attempt has failed, to remove what it has left." },
    } },
  { "File", is_type = true, class = "moondial.File",
    doc = "A file target, as in `t.output` and `t.input`.",
    members = {
      { "path", "string", doc = "Relative to the root. Of an output in `run` and `check`: where \z
          it is written, before it is published." },
      reads("exists", "boolean", "Whether the file is there."),
      reads("read", "string", "All of it."),
      reads("lines", "fun(): string?", "Its lines: `for line in target:lines() do`."),
      reads("rows", "fun(): table<string, string>?",
        "The rows of a CSV file with a header: `for row in target:rows() do`. An unknown column \z
          is an error."),
      reads("count_rows", "integer", "How many rows a CSV file has, without its header."),
      reads("json", "any", "The value of a JSON file."),
      reads("size", "integer", "Its size in bytes."),
      reads("mtime", "number", "When it was changed, in seconds since 1970."),
      { "write", method = true, params = { { "text", "string|number" } }, works = "work",
        doc = "Makes the file of a text." },
      { "write_rows", method = true, params = rows, works = "work", options = rows_options,
        doc = "Makes a CSV file with a header. A row is a map, or a list in the order of the \z
          columns." },
      { "write_json", method = true, params = { { "value", "any" } }, works = "work",
        doc = "Makes a JSON file of a value." },
      { "open", method = true, params = { { "mode", '"w"|"a"' } }, returns = "moondial.FileHandle",
        works = "work", doc = "Opens it to be written anew, or at its end: `local out <close> = \z
          t.output:open \"w\"`." },
    } },
  { "Dir", is_type = true, class = "moondial.Dir",
    doc = "A folder target, as in `t.output` and `t.input`.",
    members = {
      { "path", "string", doc = "Relative to the root. Of an output in `run` and `check`: where \z
          it is made, before it is published." },
      reads("exists", "boolean", "Whether the folder is there."),
      reads("list", "string[]", "The names of what is in it, sorted."),
      { "file", method = true, params = { { "name", "string" } }, returns = "moondial.File",
        works = "functions", doc = "A file in it: `t.output:file(\"part-1.csv\"):write(text)`." },
    } },
  { "Target", is_type = true, class = "moondial.Target",
    doc = "A target of your own, as in `t.output` and `t.input`.",
    members = {
      { "path", "string", doc = "As it was declared." },
      { "exists", method = true, params = {}, returns = "boolean", works = "functions",
        doc = "What its `exists` says." },
    } },
  { "FileHandle", is_type = true, class = "moondial.FileHandle", doc = "What `open` gives.",
    members = {
      { "write", method = true, params = { { "...", "string|number" } },
        returns = "moondial.FileHandle", works = "work", doc = "Writes texts." },
      { "close", method = true, params = {}, works = "work",
        doc = "Ends it; an error if not all could be written." },
    } },
}

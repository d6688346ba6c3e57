-- json and csv: texts of data.
local core, import = ...

local strict = import "strict"
local reference = import "reference"

local M = {}

local OPTIONS = reference.set((reference.options "File.write_rows"))

M.json = reference.hold("json", reference.members "json", {
  encode = core.json_encode,
  decode = core.json_decode,
  null = core.json_null,
})

local function field_text(value, column, number)
  local kind = math.type(value)
  if type(value) == "string" then return value end
  if kind == "integer" then return tostring(value) end
  if kind == "float" then
    if value - value ~= 0 then
      core.raise(("write_rows: row %d: %s is %s"):format(number, column, core.describe(value)))
    end
    return core.number_text(value)
  end
  if type(value) == "boolean" or type(value) == "userdata" then return tostring(value) end
  core.raise(("write_rows: row %d: %s is %s, expected text, a number or a date"):format(number,
    column, core.describe(value)))
end

local function check_names(row, known, columns, number)
  for name in next, row do
    if not known[name] then
      core.raise(("write_rows: row %d has '%s', which is no column%s"):format(number,
        tostring(name), core.near(tostring(name), columns)))
    end
  end
end

local function line_of(row, columns, known, number)
  if type(row) ~= "table" then
    core.raise(("write_rows: row %d is %s, expected a table"):format(number, core.describe(row)))
  end
  local texts = {}
  if #row > 0 then
    if #row > #columns then
      core.raise(("write_rows: row %d has %d fields, there are %d columns"):format(number, #row,
        #columns))
    end
    for i, column in ipairs(columns) do
      texts[i] = row[i] == nil and "" or field_text(row[i], column, number)
    end
  else
    check_names(row, known, columns, number)
    for i, column in ipairs(columns) do
      local value = rawget(row, column)
      texts[i] = value == nil and "" or field_text(value, column, number)
    end
  end
  return core.csv_line(texts)
end

local function columns_of(rows, options)
  for name in next, options or {} do
    if not OPTIONS[name] then
      core.raise(("write_rows has no option '%s'%s"):format(tostring(name),
        core.near(tostring(name), strict.names(OPTIONS))))
    end
  end
  if options and options.columns then return options.columns end
  if rows[1] == nil then
    core.raise("write_rows: no rows, so the columns must be said: write_rows(list, {columns = …})")
  end
  local columns = strict.names(rows[1])
  if #columns == 0 then core.raise("write_rows: rows without names need {columns = …}") end
  return columns
end

---@param rows table[] maps, or lists in the order of the columns
---@param options {columns: string[]}?
---@return string
function M.csv_text(rows, options)
  if type(rows) ~= "table" then
    core.raise("write_rows: expected a list of rows, got " .. core.describe(rows))
  end
  local columns, known = columns_of(rows, options), {}
  for _, column in ipairs(columns) do known[column] = true end
  local lines = { core.csv_line(columns) }
  for i = 1, #rows do lines[i + 1] = line_of(rows[i], columns, known, i) end
  return table.concat(lines)
end

M.csv = reference.hold("csv", reference.members "csv", {
  encode = core.surface(M.csv_text),
  ---@param text string
  ---@return table[]
  decode = core.surface(function(text)
    if type(text) ~= "string" then
      core.raise("csv.decode: expected text, got " .. core.describe(text))
    end
    local rows = {}
    for row in core.csv_text_rows(text, "the text", strict.row_meta) do rows[#rows + 1] = row end
    return rows
  end),
})

return M

-- Adding up CSV targets, for checks that what came out is what went in.
local M = {}

---The rows of several targets.
---@param targets table[]
---@return integer
function M.rows(targets)
  local rows = 0
  for _, target in ipairs(targets) do rows = rows + target:count_rows() end
  return rows
end

---The sum of a column of whole numbers.
---@param target table
---@param column string
---@return integer
function M.column(target, column)
  local sum = 0
  for row in target:rows() do sum = sum + tonumber(row[column]) end
  return sum
end

---The sum of a column over several targets.
---@param targets table[]
---@param column string
---@return integer
function M.columns(targets, column)
  local sum = 0
  for _, target in ipairs(targets) do sum = sum + M.column(target, column) end
  return sum
end

---Raises unless two sums agree; each may be the text of a number, as CSV has it.
---@param what string
---@param got integer|string
---@param expected integer|string
function M.expect(what, got, expected)
  if tonumber(got) ~= tonumber(expected) then
    error(("%s: %s, but %s went in"):format(what, got, expected), 2)
  end
end

return M

-- Declarations whose { … } has not come yet: `task "X"` alone would be forgotten silently.
local core = ...

local M = {}

local pending = {}

---@param declared {file: string, line: integer}
---@param title string for the message: `task "X"`
function M.begin(declared, title) pending[declared] = title end

---@param declared table
function M.finish(declared) pending[declared] = nil end

---Before a file. What is left is of one that an error has ended: that is what is wrong with it.
function M.forget() pending = {} end

---After a file that has run to its end.
function M.check()
  for declared, title in next, pending do
    core.report(declared.file, declared.line, ("%s has no { … } after it"):format(title))
  end
  pending = {}
end

return M

-- Tables whose unknown names are errors.
local core = ...

local M = {}

---Names of a table, in order.
---@param map table
---@return string[]
function M.names(map)
  local names = {}
  for name in core.next, map do
    if type(name) == "string" then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

---Makes reading an unknown name of a table an error; positions of lists stay nil.
---@param map table
---@param what string for the message: "sem.Report's input"
---@return table map
function M.table(map, what)
  return setmetatable(map, {
    __index = function(_, name)
      if type(name) == "number" then return nil end
      core.raise(("%s %s no '%s'%s"):format(what, core.next(map) and "has" or "is empty: it has",
        tostring(name), core.near(tostring(name), M.names(map))))
    end,
    __metatable = false,
  })
end

---A metatable for the rows of a CSV file: reading an unknown column is an error.
---@param columns string[]
---@param shown string the file
---@return table
function M.row_meta(columns, shown)
  return {
    __index = function(_, name)
      core.raise(("%s has no column '%s'%s"):format(shown, tostring(name),
        core.near(tostring(name), columns)))
    end,
    __metatable = false,
  }
end

---A table that cannot be changed, and whose unknown names are errors.
---@param map table
---@param what string "string", "the library json"
---@return table
function M.library(map, what)
  return setmetatable({}, {
    __index = setmetatable(map, {
      __index = function(_, name)
        core.raise(("%s has no '%s'%s"):format(what, tostring(name),
          core.near(tostring(name), M.names(map))))
      end,
    }),
    __newindex = function(_, name)
      core.raise(("%s is the library's: %s cannot be set (keep helpers in lib/)")
        :format(what, tostring(name)))
    end,
    __pairs = function() return next, map, nil end,
    __metatable = false,
  })
end

return M

-- A cost report as an engine sends it: a header, rows, and an end line "#end rows=41". Only with
-- its end line and as many rows as that promises is it whole.
local M = {}

---@class sem.Feed
---@field rows string[]
---@field promised integer? nil: there is no end line

---@param target table
---@return sem.Feed
function M.read(target)
  local feed, header = { rows = {} }, true
  for line in target:lines() do
    local promised = line:match("^#end rows=(%d+)$")
    if promised then
      feed.promised = tonumber(promised)
    elseif not header then
      feed.rows[#feed.rows + 1] = line
    end
    header = false
  end
  return feed
end

---Raises unless a report is whole.
---@param target table
---@return sem.Feed
function M.whole(target)
  local feed = M.read(target)
  if not feed.promised then
    error(("cut off: no end line after %d rows"):format(#feed.rows), 2)
  end
  if feed.promised ~= #feed.rows then
    error(("cut off: %d rows of %d"):format(#feed.rows, feed.promised), 2)
  end
  return feed
end

return M

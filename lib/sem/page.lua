-- The nightly page as Markdown.
local M = {}

---@class sem.Line
---@field engine string
---@field campaign string
---@field clicks integer
---@field cost integer fen
---@field orders integer
---@field revenue integer fen

---@param fen integer
---@return string yuan, such as 1234.50
local function yuan(fen) return ("%d.%02d"):format(fen // 100, fen % 100) end

---@param line sem.Line
---@return string
local function cells(line)
  local ratio = line.cost > 0 and ("%.2f"):format(line.revenue / line.cost) or "-"
  return ("%d | %s | %d | %s | %s |"):format(line.clicks, yuan(line.cost), line.orders,
    yuan(line.revenue), ratio)
end

---@param lines sem.Line[]
---@return sem.Line
function M.total(lines)
  local total = { clicks = 0, cost = 0, orders = 0, revenue = 0 }
  for _, line in ipairs(lines) do
    for name, value in pairs(total) do total[name] = value + line[name] end
  end
  return total
end

---@param lines sem.Line[] ordered by engine
---@return string[] names, each once
local function engines_of(lines)
  local names = {}
  for _, line in ipairs(lines) do
    if names[#names] ~= line.engine then names[#names + 1] = line.engine end
  end
  return names
end

---@param lines sem.Line[]
---@param engine string
---@return sem.Line[]
local function of_engine(lines, engine)
  local chosen = {}
  for _, line in ipairs(lines) do
    if line.engine == engine then chosen[#chosen + 1] = line end
  end
  return chosen
end

---@param day table a date value
---@param lines sem.Line[] ordered by engine
---@return string
function M.markdown(day, lines)
  local text = {
    ("# Search marketing on %s\n"):format(day),
    "Made-up data. Money in yuan.\n",
    "| Engine | Clicks | Cost | Orders | Revenue | Revenue / cost |",
    "| --- | ---: | ---: | ---: | ---: | ---: |",
  }
  for _, engine in ipairs(engines_of(lines)) do
    text[#text + 1] = ("| %s | %s"):format(engine, cells(M.total(of_engine(lines, engine))))
  end
  text[#text + 1] = ("| **all** | %s\n"):format(cells(M.total(lines)))

  text[#text + 1] = "## By campaign\n"
  text[#text + 1] = "| Engine | Campaign | Clicks | Cost | Orders | Revenue | Revenue / cost |"
  text[#text + 1] = "| --- | --- | ---: | ---: | ---: | ---: | ---: |"
  for _, line in ipairs(lines) do
    text[#text + 1] = ("| %s | %s | %s"):format(line.engine, line.campaign, cells(line))
  end
  return table.concat(text, "\n") .. "\n"
end

return M

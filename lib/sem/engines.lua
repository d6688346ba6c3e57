-- The engines, and how each writes a row of its cost report.
local M = {}

---@class sem.Cost
---@field campaign string
---@field ad string
---@field impressions integer
---@field clicks integer
---@field cost_fen integer hundredths of a yuan

M.names = { "baidu", "so360", "sogou" }

local PATTERNS = {
  baidu = "^[%d-]+,(%w+),(%d+),(%d+),(%d+),(%d+)%.(%d%d)$",
  so360 = "^(%w+)\t(%d+)\t(%d+)\t(%d+)\t(%d+)$",
  sogou = "^(%w+);(%d+);(%d+);(%d+);(%d+)%.(%d%d)$",
}

---@return sem.Cost
local function cost(campaign, ad, impressions, clicks, cost_fen)
  return {
    campaign = campaign, ad = ad, impressions = tonumber(impressions),
    clicks = tonumber(clicks), cost_fen = cost_fen,
  }
end

---Two engines count in yuan.
---@return sem.Cost
local function in_yuan(campaign, ad, impressions, clicks, yuan, fen)
  return cost(campaign, ad, impressions, clicks, tonumber(yuan) * 100 + tonumber(fen))
end

---The third counts in fen, and has clicks first.
---@return sem.Cost
local function in_fen(campaign, ad, clicks, impressions, fen)
  return cost(campaign, ad, impressions, clicks, tonumber(fen))
end

local READERS = { baidu = in_yuan, so360 = in_fen, sogou = in_yuan }

---@param engine "baidu"|"so360"|"sogou"
---@param line string
---@return sem.Cost
function M.parse(engine, line)
  if not line:find(PATTERNS[engine]) then error(("not a row of %s: %s"):format(engine, line), 2) end
  return READERS[engine](line:match(PATTERNS[engine]))
end

return M

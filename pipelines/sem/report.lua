local page = require "sem.page"

---@return sem.Line[]
local function read_lines(target)
  local lines = {}
  for row in target:rows() do
    lines[#lines + 1] = {
      engine = row.engine, campaign = row.campaign, clicks = tonumber(row.clicks),
      cost = tonumber(row.cost_fen),
      orders = tonumber(row.orders), revenue = tonumber(row.revenue_fen),
    }
  end
  return lines
end

task "sem.Report" {
  doc      = "The nightly search-marketing report",
  params   = { date = param.date },
  requires = function(t)
    return { performance = tasks.sem.Performance(t), orders = tasks.shop.Orders(t) }
  end,
  output   = "data/sem/report/${date}.md",
  timeout  = "1m",

  run = function(t)
    local lines = read_lines(t.input.performance)
    t.output:write(page.markdown(t.date, lines))
    local total = page.total(lines)
    emit{ total_cost = total.cost / 100, orders = total.orders, revenue = total.revenue / 100 }
  end,

  check = function(t)
    local placed = t.input.orders:count_rows()
    local reported = t.output:read():match("| %*%*all%*%* | %d+ | [%d.]+ | (%d+) |")
    assert(tonumber(reported) == placed, ("%s orders reported, %d placed"):format(reported, placed))
  end,
}

-- Costs and orders side by side. They are stacked and then summed, so that neither an order
-- without costs nor costs without an order is lost.
.mode csv
.separator , "\n"
.headers on
SELECT engine, campaign,
       sum(impressions) AS impressions, sum(clicks) AS clicks, sum(cost_fen) AS cost_fen,
       sum(orders) AS orders, sum(revenue_fen) AS revenue_fen
FROM (
  SELECT engine, campaign, impressions, clicks, cost_fen, 0 AS orders, 0 AS revenue_fen FROM cost
  UNION ALL
  SELECT engine, campaign, 0, 0, 0, 1, amount_fen FROM orders
)
GROUP BY engine, campaign
ORDER BY engine, campaign;

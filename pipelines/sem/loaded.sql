-- What arrived in the warehouse.
.mode csv
.separator , "\n"
.headers on
SELECT 'cost' AS name, count(*) AS rows, sum(cost_fen) AS fen FROM cost
UNION ALL
SELECT 'orders', count(*), sum(amount_fen) FROM orders;

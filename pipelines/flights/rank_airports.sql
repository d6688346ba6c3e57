-- Ranks the airports of a month by mean delay. The month's CSV comes on standard input;
-- @min_flights is set by the task.
.import --csv /dev/stdin month
.import --csv pipelines/flights/source/airports.csv airports

.mode csv
.separator , "\n"
.headers on

WITH measured AS (
  SELECT airport,
         CAST(flights AS INTEGER)                          AS flights,
         CAST(late AS INTEGER)                             AS late,
         CAST(delay_minutes AS INTEGER)                    AS delay_minutes,
         1.0 * delay_minutes / flights                     AS mean_delay,
         CAST(flights AS INTEGER) >= @min_flights          AS ranked
  FROM month
)
SELECT CASE WHEN ranked THEN rank() OVER (PARTITION BY ranked ORDER BY mean_delay DESC) END AS rank,
       airport,
       name,
       nullif(city, 'NA')                                  AS city,  -- 'NA': not known to the source
       nullif(state, 'NA')                                 AS state,
       flights,
       late,
       delay_minutes,
       printf('%.2f', round(mean_delay, 2) + 0.0)          AS mean_delay  -- + 0.0: no '-0.00'
FROM measured LEFT JOIN airports ON iata = airport
ORDER BY ranked DESC, measured.mean_delay DESC, airport;

-- A late-binding view: analytics.fct_daily_sales may be replaced under it.
SELECT
    day,
    SUM(order_count) AS order_count,
    SUM(revenue) AS revenue,
    MAX(CASE WHEN rank_of_day = 1 THEN category END) AS best_category
FROM analytics.fct_daily_sales
GROUP BY day

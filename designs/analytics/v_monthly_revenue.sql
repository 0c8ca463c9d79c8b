-- A view over a view.
SELECT
    TO_CHAR(monthly.month, 'YYYY-MM') AS month,
    monthly.revenue,
    monthly.revenue - LAG(monthly.revenue) OVER (ORDER BY monthly.month) AS change,
    monthly.selling_days
FROM (
    SELECT DATE_TRUNC('month', daily.day) AS month, SUM(daily.revenue) AS revenue, COUNT(*) AS selling_days
    FROM analytics.v_daily_revenue AS daily
    GROUP BY 1
) AS monthly

WITH sales AS (
    SELECT
        f.placed_on AS day,
        f.category_id,
        COUNT(DISTINCT f.order_id) AS order_count,
        COUNT(DISTINCT f.user_id) AS customer_count,
        SUM(f.quantity) AS quantity,
        SUM(f.line_total) AS revenue
    FROM dw.fact_order_items AS f
    GROUP BY f.placed_on, f.category_id
),
-- every category, as "parent: child" if it has a parent
named AS (
    SELECT c.id, COALESCE(parent.name || ': ', '') || c.name AS category
    FROM www.categories AS c
    LEFT JOIN www.categories AS parent ON parent.id = c.parent_id
)
SELECT
    sales.day,
    sales.category_id,
    named.category,
    sales.order_count,
    sales.customer_count,
    sales.quantity,
    sales.revenue,
    -- month to date: the window restarts every month
    SUM(sales.revenue) OVER (
        PARTITION BY sales.category_id, DATE_TRUNC('month', sales.day)
        ORDER BY sales.day
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS revenue_month_to_date,
    LAG(sales.revenue) OVER (PARTITION BY sales.category_id ORDER BY sales.day) AS revenue_before,
    RANK() OVER (PARTITION BY sales.day ORDER BY sales.revenue DESC) AS rank_of_day
FROM sales
JOIN named ON named.id = sales.category_id

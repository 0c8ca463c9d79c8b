-- No window functions: every figure is asked for by itself.
WITH sales AS (
    SELECT
        (o.placed_at AT TIME ZONE 'UTC')::date AS day,
        p.category_id,
        count(DISTINCT o.id) AS orders,
        count(DISTINCT o.user_id) AS customers,
        sum(i.quantity) AS quantity,
        sum(i.line_total) AS revenue
    FROM order_items AS i, orders AS o, products AS p
    WHERE o.id = i.order_id
        AND p.id = i.product_id
        AND o.status::text NOT IN ('cart', 'placed', 'cancelled', 'sent back')
    GROUP BY 1, 2
)
SELECT
    day,
    category_id,
    (
        SELECT concat_ws(': ', (SELECT name FROM categories WHERE id = c.parent_id), c.name)
        FROM categories AS c
        WHERE c.id = s.category_id
    ),
    orders,
    customers,
    quantity,
    revenue,
    (
        SELECT sum(revenue) FROM sales
        WHERE category_id = s.category_id AND day <= s.day AND to_char(day, 'YYYYMM') = to_char(s.day, 'YYYYMM')
    ),
    (SELECT revenue FROM sales WHERE category_id = s.category_id AND day < s.day ORDER BY day DESC LIMIT 1),
    1 + (SELECT count(*) FROM sales WHERE day = s.day AND revenue > s.revenue)
FROM sales AS s

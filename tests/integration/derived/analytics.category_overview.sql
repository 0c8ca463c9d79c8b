WITH sold AS (
    SELECT p.category_id, p.id, p.name, sum(i.quantity) AS quantity
    FROM order_items AS i, orders AS o, products AS p
    WHERE o.id = i.order_id
        AND p.id = i.product_id
        AND o.status::text NOT IN ('cart', 'placed', 'cancelled', 'sent back')
    GROUP BY 1, 2, 3
)
SELECT c.id, c.name, length(c.name), count(*), sum(best.quantity)::bigint, string_agg(best.name, ' | ' ORDER BY best.quantity DESC, best.id)
FROM categories AS c
CROSS JOIN LATERAL (SELECT * FROM sold WHERE category_id = c.id ORDER BY quantity DESC, id LIMIT 10) AS best
GROUP BY c.id, c.name

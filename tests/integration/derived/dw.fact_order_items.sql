-- Without order_key.
SELECT
    i.order_id,
    i.line_number,
    o.user_id,
    i.product_id,
    p.category_id,
    (o.placed_at AT TIME ZONE 'UTC')::date,
    i.quantity,
    i.unit_price,
    i.discount,
    i.line_total,
    i.line_total - i.quantity * p.price,
    CASE WHEN i.discount >= 0.1 THEN 'large discount' WHEN i.discount > 0 THEN 'discount' ELSE 'full price' END
FROM order_items AS i, orders AS o, products AS p
WHERE o.id = i.order_id
    AND p.id = i.product_id
    AND o.status::text NOT IN ('cart', 'placed', 'cancelled', 'sent back')

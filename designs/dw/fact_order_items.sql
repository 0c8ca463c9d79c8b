-- The finest grain of sales: one row per line of an order that was neither left in the cart nor canceled.
SELECT
    d.order_key,
    oi.order_id,
    oi.line_number,
    d.user_id,
    oi.product_id,
    p.category_id,
    d.placed_on,
    oi.quantity,
    oi.unit_price,
    oi.discount,
    oi.line_total,
    oi.line_total - oi.quantity * p.price AS against_list_price,
    CASE
        WHEN oi.discount = 0 THEN 'full price'
        WHEN oi.discount < 0.1 THEN 'discount'
        ELSE 'large discount'
    END AS price_class
FROM www.order_items oi
JOIN analytics.dim_order d ON d.order_id = oi.order_id
JOIN www.products p ON p.id = oi.product_id
WHERE d.status_group = 'sold'
  AND d.order_key <> 0

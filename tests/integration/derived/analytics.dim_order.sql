-- Without order_key, which the warehouse numbers as it likes.
SELECT
    id,
    order_number,
    user_id,
    status::text,
    CASE WHEN status::text IN ('cart', 'placed') THEN 'open' WHEN status::text IN ('cancelled', 'sent back') THEN 'lost' ELSE 'sold' END,
    (SELECT method FROM payments WHERE order_id = o.id),
    currency::text,
    total::numeric,
    (SELECT count(*) FROM order_items WHERE order_id = o.id),
    is_gift,
    coupon_code IS NOT NULL,
    coupon_code,
    (placed_at AT TIME ZONE 'UTC')::date,
    placed_at,
    paid_at,
    -- boundaries of minutes between the two, as Redshift's DATEDIFF counts
    (floor(extract(epoch FROM paid_at) / 60) - floor(extract(epoch FROM placed_at) / 60))::bigint,
    (SELECT carrier FROM shipments WHERE order_id = o.id),
    (SELECT shipped_at FROM shipments WHERE order_id = o.id)
FROM orders AS o

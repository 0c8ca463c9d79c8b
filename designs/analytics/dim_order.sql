-- One row per order. There is no column for order_key here: Redshift numbers the rows.
SELECT
    o.id AS order_id,
    o.order_number,
    o.user_id,
    o.status,
    -- 'cart' counts as open, not as lost, as agreed with sales
    DECODE(o.status, 'cart', 'open', 'placed', 'open', 'cancelled', 'lost', 'sent back', 'lost', 'sold') AS status_group,
    p.method AS payment_method,
    o.currency,
    o.total AS order_total,
    NVL(i.line_count, 0) AS line_count,
    o.is_gift,
    NVL2(o.coupon_code, TRUE, FALSE) AS has_coupon,
    o.coupon_code,
    CAST(o.placed_at AS date) AS placed_on,
    o.placed_at,
    o.paid_at,
    DATEDIFF(minute, o.placed_at, o.paid_at) AS minutes_to_payment,
    s.carrier,
    s.shipped_at
FROM www.orders AS o
LEFT JOIN www.payments AS p ON p.order_id = o.id
LEFT JOIN www.shipments AS s ON s.order_id = o.id
LEFT JOIN (
    SELECT order_id, COUNT(*) AS line_count
    FROM www.order_items
    GROUP BY order_id
) AS i ON i.order_id = o.id

-- What is not a table but can be read like one.

CREATE MATERIALIZED VIEW daily_signups AS
SELECT
    (created_at AT TIME ZONE 'UTC')::date AS day,
    count(*) AS signups,
    count(*) FILTER (WHERE wants_newsletter) AS newsletters
FROM users
GROUP BY day
ORDER BY day;

CREATE UNIQUE INDEX daily_signups_day ON daily_signups (day);

CREATE VIEW active_products AS
SELECT id, sku, name, price, on_sale_from
FROM products
WHERE on_sale_until = 'infinity';

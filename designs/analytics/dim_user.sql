/* Users with what is known about them from addresses and orders.
   Once this was SELECT * FROM legacy.customers JOIN crm.contacts; those tables are gone. */
WITH newest_address AS (
    SELECT
        user_id,
        country_code,
        city,
        ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY NVL(valid_from, '1970-01-01'::timestamp) DESC, id DESC) AS place
    FROM www.addresses
),
-- carts do not count
bought AS (
    SELECT
        user_id,
        COUNT(*) AS order_count,
        SUM(total) AS order_total,
        MIN(placed_at) AS first_order_at,
        MAX(placed_at) AS last_order_at
    FROM www.orders
    WHERE status NOT IN ('cart', 'cancelled')
    GROUP BY user_id
)
SELECT
    u.id AS user_id,
    u.full_name,
    MD5(u.email) AS email_hash,
    u.is_active,
    COALESCE(u.wants_newsletter, FALSE) AS wants_newsletter,
    EXTRACT(year FROM u.born_on) AS birth_year,
    TRIM(u.locale) AS locale,
    NULLIF(JSON_EXTRACT_PATH_TEXT(u.preferences, 'theme'), '') AS theme,
    a.country_code,
    NULLIF(a.city, '') AS city,
    u.created_at AS signed_up_at,
    b.first_order_at,
    b.last_order_at,
    NVL(b.order_count, 0) AS order_count,
    NVL(b.order_total, 0) AS order_total,
    DATEDIFF(day, u.created_at::date, b.first_order_at::date) AS days_to_first_order
FROM www.users AS u
LEFT JOIN newest_address AS a ON a.user_id = u.id AND a.place = 1
LEFT JOIN bought AS b ON b.user_id = u.id

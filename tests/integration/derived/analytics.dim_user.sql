SELECT
    u.id,
    full_name,
    md5(email),
    is_active,
    wants_newsletter IS TRUE,
    date_part('year', born_on)::integer,
    rtrim(locale::text),
    NULLIF(preferences -> 'theme', ''),
    a.country_code::text,
    NULLIF(a.city, ''),
    created_at,
    b.first,
    b.last,
    b.orders,
    COALESCE(b.total, 0),
    (b.first AT TIME ZONE 'UTC')::date - (created_at AT TIME ZONE 'UTC')::date
FROM users AS u
LEFT JOIN LATERAL (
    SELECT * FROM addresses
    WHERE user_id = u.id
    ORDER BY CASE WHEN valid_from = '-infinity' THEN '1970-01-01' ELSE valid_from END DESC, id DESC
    LIMIT 1
) AS a ON true
CROSS JOIN LATERAL (
    SELECT min(placed_at) AS first, max(placed_at) AS last, count(*) AS orders, sum(total) AS total
    FROM orders
    WHERE user_id = u.id AND status::text NOT IN ('cart', 'cancelled')
) AS b

-- Who ordered within seven days of an email? The two databases are independent; the user's id connects them.
WITH bought AS (
    SELECT
        s.id AS email_id,
        COUNT(DISTINCT o.id) AS order_count,
        SUM(o.total) AS order_total
    FROM hyppo.sent_emails AS s
    JOIN www.orders AS o
        ON o.user_id = s.user_id
        AND o.placed_at >= s.sent_at
        AND o.placed_at < DATEADD(day, 7, s.sent_at)
    WHERE o.status <> 'cart'
    GROUP BY s.id
)
SELECT
    DATE_TRUNC('month', s.sent_at)::date AS month,
    t.slug AS template,
    NVL(NULLIF(JSON_EXTRACT_PATH_TEXT(s.payload, 'campaign'), ''), 'none, not from a campaign') AS campaign,
    COUNT(*) AS sent_count,
    SUM(CASE WHEN s.opened_at IS NOT NULL THEN 1 ELSE 0 END) AS opened_count,
    SUM(CASE WHEN s.clicked_at IS NOT NULL THEN 1 ELSE 0 END) AS clicked_count,
    COUNT(b.email_id) AS bounced_count,
    COUNT(bought.email_id) AS converted_count,
    NVL(SUM(bought.order_count), 0) AS order_count,
    NVL(SUM(bought.order_total), 0) AS order_total,
    ROUND(100.0 * COUNT(bought.email_id) / COUNT(*), 2) AS conversion_percent
FROM hyppo.sent_emails AS s
JOIN hyppo.templates AS t ON t.id = s.template_id
LEFT JOIN hyppo.bounces AS b ON b.email_id = s.id
LEFT JOIN bought ON bought.email_id = s.id
WHERE s.state <> 'queued'
GROUP BY 1, 2, 3

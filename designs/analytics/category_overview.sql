-- The ten best sellers of each category, in one line for the weekly mail.
WITH sold AS (
    SELECT
        f.category_id,
        f.product_id,
        SUM(f.quantity) AS quantity,
        ROW_NUMBER() OVER (PARTITION BY f.category_id ORDER BY SUM(f.quantity) DESC, f.product_id) AS place
    FROM dw.fact_order_items AS f
    GROUP BY f.category_id, f.product_id
)
SELECT
    c.id AS category_id,
    c.name AS category,
    LEN(c.name) AS name_length,
    COUNT(*) AS best_seller_count,
    SUM(sold.quantity) AS best_seller_quantity,
    LISTAGG(p.name, ' | ') WITHIN GROUP (ORDER BY sold.place) AS best_sellers
FROM sold
JOIN www.products AS p ON p.id = sold.product_id
JOIN www.categories AS c ON c.id = sold.category_id
WHERE sold.place <= 10
GROUP BY c.id, c.name

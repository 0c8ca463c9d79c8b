-- What is bought: orders and their items (composite key, generated column).

CREATE TABLE order_items (
    order_id bigint NOT NULL,
    line_number smallint NOT NULL,
    product_id integer NOT NULL,
    quantity integer NOT NULL,
    unit_price numeric(12,2) NOT NULL,
    discount numeric(5,4) NOT NULL,
    line_total numeric(19,4) GENERATED ALWAYS AS (quantity * unit_price * (1 - discount)) STORED,
    gift_message varchar(140)
);

-- One to five items per order; every five orders have fifteen.
INSERT INTO order_items (order_id, line_number, product_id, quantity, unit_price, discount, gift_message)
SELECT
    i,
    line,
    product,
    1 + pg_temp.pick(item, 102, 4),
    pg_temp.product_price(product),
    (ARRAY[0, 0, 0.05, 0.125])[1 + pg_temp.pick(item, 103, 4)],
    CASE pg_temp.pick(item, 104, 40)
        WHEN 0 THEN ''
        WHEN 1 THEN E'Happy "birthday"!\nYours, O''Neil 🎂'
        WHEN 2 THEN '\N'
        WHEN 3 THEN '生日快樂'
    END
FROM (
    SELECT
        i,
        line,
        i * 8 + line AS item,
        -- the less of two: small numbers sell better
        1 + least(pg_temp.pick(i * 8 + line, 100, products), pg_temp.pick(i * 8 + line, 101, products)) AS product
    FROM
        (SELECT pg_temp.product_count() AS products) AS size,
        generate_series(1, pg_temp.order_count()) AS i,
        generate_series(1, 1 + (i * 7 + i / 5) % 5) AS line
) AS items;

CREATE TABLE orders (
    id bigint NOT NULL,
    order_number varchar(20) NOT NULL,
    user_id bigint NOT NULL,
    shipping_address_id bigint,
    status order_status NOT NULL,
    currency char(3) NOT NULL,
    total positive_amount NOT NULL,
    is_gift boolean NOT NULL,
    coupon_code varchar(16),
    note text,
    placed_at timestamptz NOT NULL,
    paid_at timestamptz,
    updated_at timestamp NOT NULL
);

INSERT INTO orders (
    id, order_number, user_id, shipping_address_id, status, currency, total, is_gift, coupon_code, note,
    placed_at, paid_at, updated_at
)
SELECT
    i,
    'R' || lpad((i * 7919 % 1000000007)::text, 10, '0'),
    1 + least(pg_temp.pick(i, 111, pg_temp.user_count()), pg_temp.pick(i, 112, pg_temp.user_count())),
    CASE WHEN i % 8 <> 0 THEN 1 + pg_temp.pick(i, 113, pg_temp.address_count()) END,
    status,
    (ARRAY['EUR', 'EUR', 'USD', 'JPY'])[1 + pg_temp.pick(i, 115, 4)],
    total,
    pg_temp.pick(i, 116, 12) = 0,
    CASE WHEN pg_temp.pick(i, 117, 9) = 0 THEN 'SAVE' || pg_temp.pick(i, 118, 50) END,
    CASE pg_temp.pick(i, 119, 25)
        WHEN 0 THEN ''
        WHEN 1 THEN E'Leave at the door.\r\nRing twice — the bell is "broken".'
        WHEN 2 THEN E'tab\there, back\\slash, comma, semicolon; pipe|'
        WHEN 3 THEN '   '
        WHEN 4 THEN 'يرجى الاتصال قبل التسليم'
    END,
    placed_at,
    CASE
        WHEN status IN ('paid', 'shipped', 'delivered', 'sent back')
            THEN placed_at + interval '1 second' * pg_temp.pick(i, 120, 90000)
    END,
    (placed_at AT TIME ZONE 'UTC') + interval '1 second' * pg_temp.pick(i, 121, 900000)
FROM (
    SELECT
        i,
        pg_temp.moment(i, pg_temp.order_count(), 114) AS placed_at,
        statuses[1 + pg_temp.pick(i, 110, 11)]::order_status AS status
    FROM generate_series(1, pg_temp.order_count()) AS i, (
        SELECT ARRAY[
            'placed', 'paid', 'paid', 'shipped', 'delivered', 'delivered', 'delivered', 'delivered',
            'cancelled', 'sent back', 'cart'
        ] AS statuses
    ) AS words
) AS draft
JOIN (
    SELECT order_id, sum(line_total) AS total
    FROM order_items
    GROUP BY order_id
) AS items ON items.order_id = draft.i
ORDER BY i;

ALTER TABLE orders ADD PRIMARY KEY (id);
ALTER TABLE orders ADD UNIQUE (order_number);
ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users (id);
ALTER TABLE orders ADD FOREIGN KEY (shipping_address_id) REFERENCES addresses (id);
ALTER TABLE order_items ADD PRIMARY KEY (order_id, line_number);
ALTER TABLE order_items ADD FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE;
ALTER TABLE order_items ADD FOREIGN KEY (product_id) REFERENCES products (id);

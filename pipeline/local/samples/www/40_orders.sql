-- What is bought: orders, their items (composite key, generated column), payments and shipments.

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
SELECT i, line, product, 1 + pg_temp.pick(i * 8 + line, 102, 4), pg_temp.product_price(product),
       (ARRAY[0, 0, 0.05, 0.125])[1 + pg_temp.pick(i * 8 + line, 103, 4)],
       CASE pg_temp.pick(i * 8 + line, 104, 40)
            WHEN 0 THEN ''
            WHEN 1 THEN E'Happy "birthday"!\nYours, O''Neil 🎂'
            WHEN 2 THEN E'\\N'
            WHEN 3 THEN '生日快樂'
       END
FROM (SELECT i, line, 1 + least(pg_temp.pick(i * 8 + line, 100, products), pg_temp.pick(i * 8 + line, 101, products)) AS product
      FROM (SELECT pg_temp.product_count() AS products) AS size,
           generate_series(1, pg_temp.order_count()) AS i,
           generate_series(1, 1 + (i * 7 + i / 5) % 5) AS line) AS item;

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

INSERT INTO orders (id, order_number, user_id, shipping_address_id, status, currency, total, is_gift, coupon_code, note,
                    placed_at, paid_at, updated_at)
SELECT i,
       'R' || lpad((i * 7919 % 1000000007)::text, 10, '0'),
       1 + least(pg_temp.pick(i, 111, pg_temp.user_count()), pg_temp.pick(i, 112, pg_temp.user_count())),
       CASE WHEN i % 8 <> 0 THEN 1 + pg_temp.pick(i, 113, pg_temp.rows_at_scale(60000, 120)) END,
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
       CASE WHEN status IN ('paid', 'shipped', 'delivered', 'sent back') THEN placed_at + interval '1 second' * pg_temp.pick(i, 120, 90000) END,
       (placed_at AT TIME ZONE 'UTC') + interval '1 second' * pg_temp.pick(i, 121, 900000)
FROM (SELECT i, pg_temp.moment(i, pg_temp.order_count(), 114) AS placed_at,
             (ARRAY['placed', 'paid', 'paid', 'shipped', 'delivered', 'delivered', 'delivered', 'delivered', 'cancelled',
                    'sent back', 'cart']::order_status[])[1 + pg_temp.pick(i, 110, 11)] AS status
      FROM generate_series(1, pg_temp.order_count()) AS i) AS draft
JOIN (SELECT order_id, sum(line_total) AS total FROM order_items GROUP BY order_id) AS items ON items.order_id = draft.i
ORDER BY i;

ALTER TABLE orders ADD PRIMARY KEY (id);
ALTER TABLE orders ADD UNIQUE (order_number);
ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users (id);
ALTER TABLE orders ADD FOREIGN KEY (shipping_address_id) REFERENCES addresses (id);
ALTER TABLE order_items ADD PRIMARY KEY (order_id, line_number);
ALTER TABLE order_items ADD FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE;
ALTER TABLE order_items ADD FOREIGN KEY (product_id) REFERENCES products (id);

CREATE TABLE payments (
    id uuid NOT NULL,
    order_id bigint NOT NULL,
    method varchar(20) NOT NULL,
    amount numeric(19,4) NOT NULL,
    fee numeric NOT NULL,
    provider_answer json,
    captured_at timestamptz NOT NULL
);

INSERT INTO payments (id, order_id, method, amount, fee, provider_answer, captured_at)
SELECT md5('payment ' || id)::uuid, id,
       (ARRAY['card', 'bank transfer', 'invoice', 'gift card'])[1 + pg_temp.pick(id, 131, 4)],
       total,
       total * 0.0294 + 0.3,
       CASE pg_temp.pick(id, 132, 12)
            WHEN 0 THEN NULL
            WHEN 1 THEN 'null'
            WHEN 2 THEN E'{ "code" : 0,\n  "code" : 100.0,\t"text" : "duplicate \\"keys\\", odd   blanks" }'
            WHEN 3 THEN '{"text": "an escaped zero byte \u0000, a \u00e9 and a \ud83d\ude00"}'
            ELSE '{"code": ' || pg_temp.pick(id, 133, 3) || ', "reference": "' || upper(substr(md5('reference ' || id), 1, 12)) || '"}'
       END::json,
       paid_at
FROM orders
WHERE paid_at IS NOT NULL
ORDER BY id;

ALTER TABLE payments ADD PRIMARY KEY (id);
ALTER TABLE payments ADD FOREIGN KEY (order_id) REFERENCES orders (id);

CREATE TABLE shipments (
    id bigint NOT NULL,
    order_id bigint NOT NULL,
    carrier varchar(20) NOT NULL,
    tracking_code char(18),
    weight_kg real,
    delivery_hours int4range,
    picked_up_at time,
    shipped_at timestamp(3) NOT NULL,
    transit_time interval,
    signature bytea
);

INSERT INTO shipments (id, order_id, carrier, tracking_code, weight_kg, delivery_hours, picked_up_at, shipped_at, transit_time, signature)
SELECT row_number() OVER (ORDER BY id), id,
       (ARRAY['DHL', 'La Poste', 'ヤマト運輸'])[1 + pg_temp.pick(id, 141, 3)],
       CASE WHEN id % 10 <> 0 THEN substr(md5('track ' || id), 1, 8 + pg_temp.pick(id, 142, 11)::integer) END,
       CASE WHEN id % 12 <> 0 THEN (1 + pg_temp.pick(id, 143, 300000))::real / 7 END,
       CASE pg_temp.pick(id, 144, 6) WHEN 0 THEN NULL WHEN 1 THEN 'empty' WHEN 2 THEN '[9,)' WHEN 3 THEN '(,12]' ELSE int4range(8, 9 + pg_temp.pick(id, 145, 10)::integer) END,
       CASE WHEN id % 14 <> 0 THEN time '06:00' + interval '1 microsecond' * pg_temp.pick(id, 146, 50000000000) END,
       updated_at + interval '1 day',
       CASE WHEN status = 'delivered' THEN make_interval(days => pg_temp.pick(id, 147, 9)::integer, secs => pg_temp.pick(id, 148, 86400)) END,
       CASE WHEN status = 'delivered' AND id % 3 = 0 THEN decode(md5('signature ' || id) || '00ff0a0d225c', 'hex') END
FROM orders
WHERE status IN ('shipped', 'delivered', 'sent back')
ORDER BY id;

ALTER TABLE shipments ADD PRIMARY KEY (id);
ALTER TABLE shipments ADD UNIQUE (order_id);
ALTER TABLE shipments ADD FOREIGN KEY (order_id) REFERENCES orders (id);

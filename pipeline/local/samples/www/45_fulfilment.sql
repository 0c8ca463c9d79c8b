-- What follows an order: payments (uuid, json, bare numeric) and shipments (range, interval, time, bytes).

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
SELECT
    md5('payment ' || id)::uuid,
    id,
    (ARRAY['card', 'bank transfer', 'invoice', 'gift card'])[1 + pg_temp.pick(id, 131, 4)],
    total,
    total * 0.0294 + 0.3,
    CASE pg_temp.pick(id, 132, 12)
        WHEN 0 THEN NULL
        WHEN 1 THEN 'null'
        WHEN 2 THEN E'{ "code" : 0,\n  "code" : 100.0,\t"text" : "duplicate \\"keys\\", odd   blanks" }'
        WHEN 3 THEN '{"text": "an escaped zero byte \u0000, a \u00e9 and a \ud83d\ude00"}'
        ELSE format(
            '{"code": %s, "reference": "%s"}',
            pg_temp.pick(id, 133, 3),
            upper(substr(md5('reference ' || id), 1, 12))
        )
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

INSERT INTO shipments (
    id, order_id, carrier, tracking_code, weight_kg, delivery_hours, picked_up_at, shipped_at,
    transit_time, signature
)
SELECT
    row_number() OVER (ORDER BY id),
    id,
    (ARRAY['DHL', 'La Poste', 'ヤマト運輸'])[1 + pg_temp.pick(id, 141, 3)],
    CASE WHEN id % 10 <> 0 THEN substr(md5('track ' || id), 1, 8 + pg_temp.pick(id, 142, 11)::integer) END,
    CASE WHEN id % 12 <> 0 THEN (1 + pg_temp.pick(id, 143, 300000))::real / 7 END,
    CASE pg_temp.pick(id, 144, 6)
        WHEN 0 THEN NULL
        WHEN 1 THEN 'empty'
        WHEN 2 THEN '[9,)'
        WHEN 3 THEN '(,12]'
        ELSE int4range(8, 9 + pg_temp.pick(id, 145, 10)::integer)
    END,
    CASE WHEN id % 14 <> 0 THEN time '06:00' + interval '1 microsecond' * pg_temp.pick(id, 146, 50000000000) END,
    updated_at + interval '1 day',
    CASE
        WHEN status = 'delivered'
            THEN make_interval(days => pg_temp.pick(id, 147, 9)::integer, secs => pg_temp.pick(id, 148, 86400))
    END,
    CASE
        WHEN status = 'delivered' AND id % 3 = 0
            THEN decode(md5('signature ' || id) || '00ff0a0d225c', 'hex')
    END
FROM orders
WHERE status IN ('shipped', 'delivered', 'sent back')
ORDER BY id;

ALTER TABLE shipments ADD PRIMARY KEY (id);
ALTER TABLE shipments ADD UNIQUE (order_id);
ALTER TABLE shipments ADD FOREIGN KEY (order_id) REFERENCES orders (id);

-- The accounting department's schema in the same database; its tables refer to the shop's.

CREATE TABLE billing.tax_rates (
    country_code char(2) NOT NULL,
    valid_during daterange NOT NULL,
    rate numeric(6,5) NOT NULL,
    PRIMARY KEY (country_code, valid_during)
);

INSERT INTO billing.tax_rates (country_code, valid_during, rate) VALUES
    ('DE', '[2007-01-01,2020-07-01)', 0.19),
    ('DE', '[2020-07-01,2021-01-01)', 0.16),
    ('DE', '[2021-01-01,)', 0.19),
    ('FR', '[2014-01-01,)', 0.2),
    ('JP', '(,2019-10-01)', 0.08),
    ('JP', '[2019-10-01,)', 0.1),
    ('LB', '[2018-01-01,)', 0.11);

CREATE TABLE billing.invoices (
    year smallint NOT NULL,
    number integer NOT NULL,
    order_id bigint NOT NULL,
    country_code char(2) NOT NULL,
    net_amount numeric(19,4) NOT NULL,
    tax_amount numeric(19,4) NOT NULL,
    issued_at timestamptz NOT NULL,
    paid boolean NOT NULL,
    extra jsonb NOT NULL DEFAULT '{}'
);

INSERT INTO billing.invoices (
    year, number, order_id, country_code, net_amount, tax_amount, issued_at, paid, extra
)
SELECT
    year,
    row_number() OVER (PARTITION BY year ORDER BY id),
    id,
    (ARRAY['DE', 'FR', 'JP', 'LB'])[1 + pg_temp.pick(id, 401, 4)],
    total,
    round(total * 0.19, 4),
    issued_at,
    status <> 'sent back',
    CASE
        WHEN id % 10 = 0
            THEN jsonb_build_object('reminders', id % 3, 'note', 'a "second" letter \ ' || id)
        ELSE '{}'
    END
FROM orders
CROSS JOIN LATERAL (SELECT placed_at + interval '1 day' AS issued_at) AS issue
CROSS JOIN LATERAL (SELECT extract(year FROM issued_at AT TIME ZONE 'UTC')::smallint AS year) AS calendar
WHERE status IN ('shipped', 'delivered', 'sent back')
ORDER BY id;

ALTER TABLE billing.invoices ADD PRIMARY KEY (year, number);
ALTER TABLE billing.invoices ADD UNIQUE (order_id);
ALTER TABLE billing.invoices ADD FOREIGN KEY (order_id) REFERENCES orders (id);

-- Tables whose shape is the difficulty: partitions, no key, no rows, one column, names with capitals, blanks
-- and reserved words.

CREATE TABLE page_views (
    viewed_on date NOT NULL,
    id bigint NOT NULL,
    user_id bigint,
    path text NOT NULL,
    referrer varchar(500),
    milliseconds integer,
    PRIMARY KEY (viewed_on, id)
) PARTITION BY RANGE (viewed_on);

CREATE TABLE page_views_2024 PARTITION OF page_views
    FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE page_views_2025 PARTITION OF page_views
    FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE page_views_2026 PARTITION OF page_views
    FOR VALUES FROM ('2026-01-01') TO ('2027-01-01') PARTITION BY RANGE (viewed_on);
CREATE TABLE page_views_2026_first_half PARTITION OF page_views_2026
    FOR VALUES FROM ('2026-01-01') TO ('2026-07-01');
CREATE TABLE page_views_2026_second_half PARTITION OF page_views_2026
    FOR VALUES FROM ('2026-07-01') TO ('2027-01-01');
CREATE TABLE page_views_2030 PARTITION OF page_views
    FOR VALUES FROM ('2030-01-01') TO ('2031-01-01');
CREATE TABLE page_views_other PARTITION OF page_views DEFAULT;

INSERT INTO page_views (viewed_on, id, user_id, path, referrer, milliseconds)
SELECT
    CASE
        WHEN i % 500 = 0 THEN date '2019-12-31'
        ELSE date '2024-01-01' + ((i - 1) * 1035 / views)::integer
    END,
    i,
    CASE WHEN i % 3 <> 0 THEN 1 + pg_temp.pick(i, 301, pg_temp.user_count()) END,
    '/products/' || 1 + pg_temp.pick(i, 302, pg_temp.product_count())
        || CASE WHEN i % 10 = 0 THEN '?q=caf%C3%A9&x="1"' ELSE '' END,
    CASE pg_temp.pick(i, 303, 4)
        WHEN 0 THEN NULL
        WHEN 1 THEN ''
        ELSE 'https://search.example.com/?q=' || md5('query ' || i)
    END,
    CASE WHEN i % 20 <> 0 THEN pg_temp.pick(i, 304, 30000) END
FROM (SELECT pg_temp.rows_at_scale(100000, 1000) AS views) AS size, generate_series(1, views) AS i;

-- No primary key, and rows that are equal in every column: a count of distinct rows is too low.
CREATE TABLE clicks (
    session_token uuid,
    element varchar(50),
    x smallint,
    y smallint,
    clicked_at timestamptz
);

INSERT INTO clicks (session_token, element, x, y, clicked_at) VALUES
    (NULL, NULL, NULL, NULL, NULL),
    (NULL, NULL, NULL, NULL, NULL),
    (NULL, '', NULL, NULL, NULL);

INSERT INTO clicks (session_token, element, x, y, clicked_at)
SELECT
    md5('session ' || i / 10)::uuid,
    'button-' || i % 7,
    pg_temp.pick(i, 311, 1920),
    pg_temp.pick(i, 312, 1080),
    date_trunc('second', pg_temp.moment(i, wanted, 313))
FROM
    (SELECT pg_temp.rows_at_scale(20000, 100) AS wanted) AS size,
    generate_series(1, wanted) AS i,
    generate_series(1, CASE WHEN i % 10 = 0 THEN 2 ELSE 1 END);

CREATE TABLE coupon_redemptions (
    id bigint PRIMARY KEY,
    order_id bigint NOT NULL REFERENCES orders (id),
    coupon_code varchar(16) NOT NULL,
    redeemed_at timestamptz NOT NULL DEFAULT now()
);

-- One column: an empty string is an empty line, easily confused with NULL.
CREATE TABLE search_terms (
    term text
);

INSERT INTO search_terms (term) VALUES
    (NULL), (''), (' '), ('\.'), ('\N'), ('"'), (E'\n'), ('NULL'), (''), (NULL), ('last, but not least');

CREATE TABLE "LegacyCustomers" (
    "CustomerID" integer PRIMARY KEY,
    "firstName" varchar(50),
    "LASTNAME" varchar(50) NOT NULL,
    "E-Mail" text,
    "Kundengruppe (alt)" char(1),
    migrated_to bigint REFERENCES users (id)
);

INSERT INTO "LegacyCustomers" (
    "CustomerID", "firstName", "LASTNAME", "E-Mail", "Kundengruppe (alt)", migrated_to
)
SELECT
    900000 + i,
    CASE WHEN i % 7 <> 0 THEN 'Käthe' END,
    'Nachname ' || i,
    CASE WHEN i % 5 <> 0 THEN 'alt' || i || '@example.de' END,
    chr(65 + (i % 4)::integer),
    CASE WHEN i % 2 = 0 THEN 1 + pg_temp.pick(i, 321, pg_temp.user_count()) END
FROM generate_series(1, pg_temp.rows_at_scale(2000, 50)) AS i;

CREATE TABLE "Gift Cards" (
    "Code" varchar(24) PRIMARY KEY,
    "Face Value" money NOT NULL,
    "Währung" char(3) NOT NULL,
    "100% used" boolean NOT NULL,
    "bought by ""user""" bigint,
    "Expires" date NOT NULL
);

INSERT INTO "Gift Cards" ("Code", "Face Value", "Währung", "100% used", "bought by ""user""", "Expires")
SELECT
    upper(substr(digits, 1, 4) || '-' || substr(digits, 5, 4)) || '-' || i,
    ((1 + i % 20) * 5)::numeric::money,
    'EUR',
    i % 3 = 0,
    CASE WHEN i % 4 <> 0 THEN 1 + pg_temp.pick(i, 331, pg_temp.user_count()) END,
    CASE WHEN i % 10 = 0 THEN 'infinity' ELSE date '2026-12-31' + (i * 37 % 900)::integer END
FROM generate_series(1, pg_temp.rows_at_scale(3000, 40)) AS i, md5('gift ' || i) AS digits;

-- Column names that are reserved words of Redshift (most are free in PostgreSQL), and one of 63 letters.
CREATE TABLE stock_moves (
    id bigint PRIMARY KEY,
    "order" bigint,
    "user" varchar(30) NOT NULL,
    "tag" varchar(30),
    "delta" integer NOT NULL,
    "open" boolean NOT NULL,
    "percent" numeric(5,2),
    "timestamp" timestamptz NOT NULL,
    "default" text,
    "select" integer,
    the_reason_that_the_warehouse_gave_for_the_move_in_its_own_word text
);

INSERT INTO stock_moves
SELECT
    i,
    CASE WHEN i % 2 = 0 THEN 1 + pg_temp.pick(i, 341, pg_temp.order_count()) END,
    'clerk ' || pg_temp.pick(i, 342, 9),
    CASE i % 3 WHEN 0 THEN 'inventory' WHEN 1 THEN '' END,
    pg_temp.pick(i, 343, 200) - 100,
    i % 5 = 0,
    CASE WHEN i % 4 <> 0 THEN pg_temp.pick(i, 344, 10001) / 100.0 END,
    pg_temp.moment(i, moves, 345),
    CASE WHEN i % 6 = 0 THEN 'DEFAULT' END,
    i % 10,
    CASE WHEN i % 8 = 0 THEN E'broken, "lost"\nor stolen' END
FROM (SELECT pg_temp.rows_at_scale(10000, 60) AS moves) AS size, generate_series(1, moves) AS i;

-- What a warehouse does not want: excluded in config/sources.json.
CREATE TABLE schema_migrations (version varchar(14) PRIMARY KEY, applied_at timestamp NOT NULL);
INSERT INTO schema_migrations VALUES
    ('20231130120000', '2023-11-30 12:00:01'),
    ('20260401093000', '2026-04-01 09:30:02');
CREATE TABLE tmp_import (line text);

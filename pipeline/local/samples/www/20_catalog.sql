-- What is sold: a tree of categories, and products with json, arrays, bytes and generated columns.

CREATE TABLE categories (
    id smallint PRIMARY KEY,
    parent_id smallint REFERENCES categories (id),
    name varchar(60) NOT NULL UNIQUE,
    path integer[] NOT NULL
);

INSERT INTO categories (id, parent_id, name, path) VALUES
    (1, NULL, 'All things', '{1}'),
    (2, 1, 'Kitchen', '{1,2}'),
    (3, 1, 'Garten & Balkon', '{1,3}'),
    (4, 1, 'Papeterie', '{1,4}'),
    (5, 1, '玩具', '{1,5}'),
    (6, 2, 'Pots, pans "and more"', '{1,2,6}'),
    (7, 2, 'Knives', '{1,2,7}'),
    (8, 3, 'Werkzeug', '{1,3,8}'),
    (9, 3, 'Sämereien', '{1,3,9}'),
    (10, 4, 'Stylos à plume', '{1,4,10}'),
    (11, 4, 'Notizbücher', '{1,4,11}'),
    (12, 5, 'パズル', '{1,5,12}');

CREATE TABLE products (
    id integer PRIMARY KEY,
    sku varchar(32) NOT NULL UNIQUE,
    name text NOT NULL,
    description text,
    category_id smallint NOT NULL,
    price numeric(12,2) NOT NULL,
    price_with_tax numeric(12,2) GENERATED ALWAYS AS (round(price * 1.2, 2)) STORED,
    weight_kg real,
    rating double precision,
    tags text[],
    sizes integer[],
    attributes jsonb,
    ean barcode,
    image_digest bytea,
    search tsvector GENERATED ALWAYS AS (to_tsvector('simple', name)) STORED,
    on_sale_from date NOT NULL,
    on_sale_until date NOT NULL DEFAULT 'infinity',
    updated_at timestamptz NOT NULL
);

CREATE FUNCTION pg_temp.product_price(id bigint) RETURNS numeric
    LANGUAGE sql IMMUTABLE
    RETURN (99 + pg_temp.pick(id, 11, 30000) + CASE WHEN id % 50 = 0 THEN 100000 ELSE 0 END)::numeric / 100;

INSERT INTO products (
    id, sku, name, description, category_id, price, weight_kg, rating, tags, sizes, attributes, ean,
    image_digest, on_sale_from, on_sale_until, updated_at
)
SELECT
    i,
    upper(substr(md5('sku' || i), 1, 6)) || '-' || lpad(i::text, 6, '0'),
    adjectives[1 + pg_temp.pick(i, 1, 6)] || ' ' || nouns[1 + pg_temp.pick(i, 2, 8)] || ' ' || i,
    CASE
        WHEN i % 11 = 0 THEN NULL
        WHEN i % 13 = 0 THEN ''
        ELSE 'Model ' || i || E'.\nCare: wipe with a "soft" cloth;\tdo not boil. Größe '
            || pg_temp.pick(i, 3, 60) || ' cm'
    END,
    2 + pg_temp.pick(i, 4, 11),
    pg_temp.product_price(i),
    CASE WHEN i % 17 <> 0 THEN (1 + pg_temp.pick(i, 5, 9000))::real / 1000 END,
    CASE WHEN i % 7 <> 0 THEN pg_temp.pick(i, 6, 5001)::double precision / 1000 END,
    CASE
        WHEN i % 19 = 0 THEN NULL
        WHEN i % 23 = 0 THEN '{}'
        WHEN i % 29 = 0 THEN hard_tags
        ELSE ordinary_tags[1 + pg_temp.pick(i, 7, 2) : 2 + pg_temp.pick(i, 8, 4)]
    END,
    CASE WHEN i % 3 = 0 THEN ARRAY[pg_temp.pick(i, 9, 50), NULL, -1]::integer[] END,
    CASE
        WHEN i % 31 = 0 THEN NULL
        WHEN i % 37 = 0 THEN 'null'
        ELSE jsonb_build_object(
            'colour', colours[1 + pg_temp.pick(i, 10, 5)],
            'depth', pg_temp.pick(i, 12, 90) / 10.0,
            'parts', '[1, null, "a \"b\" \\ c", true]'::jsonb,
            'maker', '{"name": "Ødegård & Søn"}'::jsonb
        )
    END,
    CASE WHEN i % 5 <> 0 THEN lpad(pg_temp.pick(i, 13, 10000000000000)::text, 13, '0') END,
    CASE
        WHEN i % 41 = 0 THEN ''::bytea
        WHEN i % 6 <> 0 THEN sha256(('image ' || i)::bytea)
    END,
    date '2023-06-01' + pg_temp.pick(i, 14, 800)::integer,
    CASE WHEN i % 4 = 0 THEN date '2025-06-30' + pg_temp.pick(i, 15, 900)::integer ELSE 'infinity' END,
    pg_temp.moment(i, pg_temp.product_count(), 16)
FROM generate_series(1, pg_temp.product_count()) AS i, (
    SELECT
        ARRAY['Copper', 'Folding', 'Grüner', 'Très petit', 'Old-fashioned', '大きい'] AS adjectives,
        ARRAY['kettle', 'bread knife', 'Gießkanne', 'cahier', 'パズル', 'bell', 'lamp 💡', 'spade'] AS nouns,
        ARRAY['red', 'grün', 'bleu', '白', 'أسود'] AS colours,
        ARRAY['new', 'sale', 'eco', 'große Auswahl', 'made in 日本'] AS ordinary_tags,
        ARRAY['back\slash', NULL, 'quo"te', 'com,ma', '', 'NULL', E'new\nline', '🎁'] AS hard_tags
) AS words;

ALTER TABLE products ADD FOREIGN KEY (category_id) REFERENCES categories (id);
CREATE INDEX products_search ON products USING gin (search);

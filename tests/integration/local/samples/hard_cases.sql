-- Each statement returns true where the hard case of the comment above it is in the sample.

-- www: NULL beside an empty text
SELECT bool_or(body IS NULL) AND bool_or(body = '') FROM reviews

-- www: a text of spaces alone
SELECT bool_or(body ~ '^ +$') FROM reviews

-- www: spaces around a text
SELECT bool_or(body LIKE ' %' AND body LIKE '% ') FROM reviews

-- www: line feed
SELECT bool_or(body ~ '[^\r]\n') FROM reviews

-- www: carriage return and line feed
SELECT bool_or(body ~ '\r\n') FROM reviews

-- www: carriage return alone
SELECT bool_or(body ~ '\r[^\n]') FROM reviews

-- www: tab
SELECT bool_or(body ~ '\t') FROM reviews

-- www: other control characters
SELECT bool_or(body LIKE E'\u0001%\u007F') FROM reviews

-- www: line separators beyond ASCII
SELECT bool_or(body LIKE U&'%\0085%\2028%\2029%') FROM reviews

-- www: a double quote alone
SELECT bool_or(body = '"') FROM reviews

-- www: doubled double quotes
SELECT bool_or(body LIKE '%""%') FROM reviews

-- www: single quote
SELECT bool_or(body LIKE '%''%') FROM reviews

-- www: backslash at the end
SELECT bool_or(right(body, 1) = '\') FROM reviews

-- www: the text \N
SELECT bool_or(body = '\N') FROM reviews

-- www: the text \.
SELECT bool_or(body = '\.') FROM reviews

-- www: texts equal to sentinels
SELECT count(DISTINCT body) = 6 FROM reviews WHERE body IN ('NULL', 'null', '~NULL~', '@NULL@', '__NULL__', '"\N"')

-- www: the same letter composed and decomposed
SELECT bool_or(body = U&'e\0301') AND bool_or(body = U&'\00E9') FROM reviews

-- www: emoji of several code points
SELECT bool_or(body LIKE '%👨‍👩‍👧‍👦%') FROM reviews

-- www: right to left
SELECT bool_or(body ~ '[א-ת]') AND bool_or(body ~ '[ء-ي]') FROM reviews

-- www: CJK
SELECT bool_or(body LIKE '%漢字%') FROM reviews

-- www: byte order mark
SELECT bool_or(body LIKE U&'\FEFF%') FROM reviews

-- www: exactly as many bytes as Redshift holds, and as many in fewer characters
SELECT bool_or(octet_length(body) = 65535 AND length(body) = 65535)
    AND bool_or(octet_length(body) = 65535 AND length(body) = 21845)
FROM reviews

-- www: varchar(n) full of four-byte characters
SELECT bool_or(octet_length(title) = 800 AND length(title) = 200) FROM reviews

-- www: no text that Redshift cannot hold
SELECT NOT bool_or(body ~ U&'[\FFFE\FFFF\FDD0-\FDEF]' OR octet_length(body) > 65535) FROM reviews WHERE body IS NOT NULL

-- www: one column with empty lines
SELECT bool_or(term = '') AND bool_or(term IS NULL) AND bool_or(term = '\.') FROM search_terms

-- www: ends of integers
SELECT min(a_smallint) = -32768 AND max(an_integer) = 2147483647 AND min(a_bigint) = -9223372036854775808 FROM type_gallery

-- www: negative zero
SELECT bool_or(a_double::text = '-0') AND bool_or(a_real::text = '-0') FROM type_gallery

-- www: not a number
SELECT bool_or(a_double = 'NaN') AND bool_or(a_real = 'NaN') AND bool_or(a_numeric = 'NaN') FROM type_gallery

-- www: infinite numbers
SELECT bool_or(a_double = 'Infinity') AND bool_or(a_real = '-Infinity') AND bool_or(a_numeric = 'Infinity') FROM type_gallery

-- www: ends of floats
SELECT bool_or(a_double = 1.7976931348623157e308) AND bool_or(a_double = 5e-324)
    AND bool_or(a_real = '3.4028235e38') AND bool_or(a_real = '1e-45')
FROM type_gallery

-- www: numeric of more than 38 digits
SELECT bool_or(a_numeric > 1e38 AND a_numeric < 'Infinity') FROM type_gallery

-- www: numeric of more than 38 decimals
SELECT bool_or(a_numeric > 0 AND a_numeric < 1e-38) FROM type_gallery

-- www: numeric(19,4) beyond eight bytes
SELECT bool_or(a_numeric_19_4 BETWEEN 922337203685477.5808 AND 999999999999999.9999) FROM type_gallery

-- www: negative scale, and scale above precision
SELECT bool_or(thousands = 999999000) AND bool_or(a_fraction = 0.00999) FROM type_gallery

-- www: money
SELECT bool_or(some_money < 0::money) FROM type_gallery

-- www: padded char(n)
SELECT bool_or(octet_length(a_char) = 8 AND length(a_char) = 2) FROM type_gallery

-- www: every byte, and no byte
SELECT bool_or(length(some_bytes) = 256) AND bool_or(some_bytes = '') FROM type_gallery

-- www: infinite dates and timestamps
SELECT bool_or(a_date = 'infinity') AND bool_or(a_date = '-infinity')
    AND bool_or(a_timestamp = 'infinity') AND bool_or(a_timestamptz = '-infinity')
FROM type_gallery

-- www: before Christ
SELECT bool_or(a_date < '0001-01-01' AND isfinite(a_date)) FROM type_gallery

-- www: a year of five digits
SELECT bool_or(extract(year FROM a_timestamptz) = 12345) FROM type_gallery WHERE isfinite(a_timestamptz)

-- www: microseconds
SELECT bool_or(a_timestamptz::text LIKE '%.999999+00') FROM type_gallery

-- www: half past two, twice
SELECT count(DISTINCT a_timestamptz) = 2 AND count(DISTINCT a_timestamp) = 1 FROM type_gallery WHERE label LIKE 'Berlin, the % 02:30'

-- www: 24 o'clock, and a time with zone
SELECT bool_or(a_time = '24:00:00') AND bool_or(a_timetz::text LIKE '%-12') FROM type_gallery

-- www: an interval of all parts
SELECT bool_or(an_interval::text = 'P1Y2M3DT4H5M6.789012S') FROM type_gallery

-- www: json with repeated keys and an escaped zero byte
SELECT bool_or(provider_answer::text LIKE '%"code" : 0,%"code" : 100.0%')
    AND bool_or(strpos(provider_answer::text, '\u0000') > 0)
FROM payments

-- www: json null beside NULL
SELECT bool_or(attributes = 'null') AND bool_or(attributes IS NULL) FROM products

-- www: array of NULL, empty array, NULL
SELECT bool_or(integers = '{NULL}') AND bool_or(integers = '{}') AND bool_or(integers IS NULL) FROM type_gallery

-- www: array of hard texts
SELECT bool_or(tags @> ARRAY['back\slash', 'quo"te', 'com,ma', '', 'NULL'] AND array_position(tags, NULL) = 2) FROM products

-- www: array with other bounds, and of two dimensions
SELECT bool_or(array_lower(integers, 1) = 5) AND bool_or(array_ndims(a_matrix) = 2) FROM type_gallery

-- www: hstore with NULL and an empty key
SELECT bool_or(preferences ? '' AND preferences ? 'nothing' AND preferences -> 'nothing' IS NULL) FROM users

-- www: enum with a blank
SELECT bool_or(status = 'sent back') FROM orders

-- www: composite of NULL beside NULL
SELECT bool_or(row_to_json(location) IS NULL) AND bool_or(row_to_json(location)::text = '{"latitude":null,"longitude":null}') FROM addresses

-- www: domain with leading zeros
SELECT bool_or(left(ean, 1) = '0') FROM products

-- www: uuid
SELECT count(DISTINCT external_id) = count(*) FROM users

-- www: texts that differ in case alone, in a unique column
SELECT count(*) = 2 FROM users WHERE lower(email) = 'ann@example.com'

-- www: inet with mask and of version 6
SELECT bool_or(family(signup_ip) = 6 AND masklen(signup_ip) = 64) AND bool_or(family(signup_ip) = 4) FROM users

-- www: ranges empty, open, NULL
SELECT bool_or(isempty(delivery_hours)) AND bool_or(upper_inf(delivery_hours)) AND bool_or(delivery_hours IS NULL) FROM shipments

-- www: numeric without precision, more than four decimals
SELECT bool_or(scale(fee) > 4) FROM payments

-- www: generated column
SELECT bool_and(price_with_tax = round(price * 1.2, 2)) FROM products

-- www: partitions of two levels
SELECT count(*) FILTER (WHERE isleaf) = 6 AND max(level) = 2 FROM pg_partition_tree('page_views')

-- www: rows in the default partition, none in another
SELECT (SELECT count(*) FROM page_views_other) > 0 AND (SELECT count(*) FROM page_views_2030) = 0

-- www: rows in each partition below the first level
SELECT (SELECT count(*) FROM page_views_2026_first_half) > 0 AND (SELECT count(*) FROM page_views_2026_second_half) > 0

-- www: a table without rows
SELECT count(*) = 0 FROM coupon_redemptions

-- www: equal rows in a table without key
SELECT count(*) > count(DISTINCT clicks::text) AND NOT EXISTS (SELECT FROM pg_index WHERE indrelid = 'clicks'::regclass) FROM clicks

-- www: rows of nothing but NULL
SELECT count(*) = 2 FROM clicks WHERE num_nonnulls(session_token, element, x, y, clicked_at) = 0

-- www: table and columns with capitals
SELECT count("CustomerID") = 50 AND count("LASTNAME") = 50 FROM "LegacyCustomers"

-- www: spaces, quotes, percent signs and umlauts in names
SELECT count("Währung") > 0 AND count("100% used") > 0 AND count("bought by ""user""") > 0 FROM "Gift Cards"

-- www: reserved words as columns
SELECT count("order") > 0 AND count("tag") > 0 AND count("delta") > 0 FROM stock_moves WHERE "open"

-- www: a name of 63 letters
SELECT max(length(attname)) = 63 FROM pg_attribute WHERE attrelid = 'stock_moves'::regclass

-- www: composite key
SELECT array_length(conkey, 1) = 2 FROM pg_constraint WHERE conrelid = 'order_items'::regclass AND contype = 'p'

-- www: a second schema
SELECT count(*) > 300 FROM billing.invoices

-- www: no table's name in two schemas
SELECT count(*) = count(DISTINCT lower(relname)) FROM pg_class
WHERE relnamespace IN ('public'::regnamespace, 'billing'::regnamespace) AND relkind IN ('r', 'p', 'm', 'v')

-- www: materialized view and view
SELECT (SELECT sum(signups) FROM daily_signups) = 100 AND (SELECT count(*) FROM active_products) > 0

-- hyppo: backslashes and quotes in nested jsonb
SELECT bool_or(payload #>> '{variables,name}' LIKE E'Ann "A" O''Hara\\\\\n%') FROM sent_emails

-- hyppo: json null in an object
SELECT bool_or(payload -> 'campaign' = 'null') AND bool_or(payload ->> 'campaign' = 'campaign-3') FROM sent_emails

-- hyppo: json with repeated keys
SELECT bool_or(headers::text LIKE '%X-Mailer%X-Mailer%') FROM sent_emails

-- hyppo: bytes that are not UTF-8
SELECT bool_or(encode(raw_answer, 'hex') LIKE '%fc6c74%0d0a00') FROM bounces

-- hyppo: infinity beside a zone
SELECT bool_or(retired_at = 'infinity') AND bool_or(retired_at = '2024-05-31 22:00:00+00') FROM templates

-- hyppo: emails to nobody with an account
SELECT bool_or(user_id IS NULL) FROM sent_emails

-- hyppo: users of the other database
SELECT max(user_id) <= 100 AND count(DISTINCT user_id) > 50 FROM sent_emails

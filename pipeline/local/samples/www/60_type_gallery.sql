-- One column per PostgreSQL type, one row per value that is hard to carry: the ends of every range, and
-- what has no equal elsewhere.

CREATE TABLE type_gallery (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    label varchar(60) NOT NULL UNIQUE,
    a_smallint smallint,
    an_integer integer,
    a_bigint bigint,
    a_real real,
    a_double double precision,
    a_numeric numeric,
    a_numeric_19_4 numeric(19,4),
    a_numeric_38_10 numeric(38,10),
    thousands numeric(6,-3),
    a_fraction numeric(3,5),
    some_money money,
    a_boolean boolean,
    a_char char(8),
    a_varchar varchar(20),
    an_internal_char "char",
    a_name name,
    some_bytes bytea,
    a_date date,
    a_timestamp timestamp,
    a_timestamp_0 timestamp(0),
    a_timestamptz timestamptz,
    a_time time,
    a_timetz timetz,
    an_interval interval,
    a_uuid uuid,
    a_json json,
    a_jsonb jsonb,
    integers integer[],
    texts text[],
    a_matrix integer[][],
    moments timestamptz[],
    a_status order_status,
    statuses order_status[],
    pairs hstore,
    a_point_on_earth geo_point,
    a_barcode barcode,
    an_address inet,
    a_network cidr,
    a_mac_address macaddr,
    a_range int4range,
    a_period tstzrange,
    ranges int4multirange,
    some_bits bit(8),
    more_bits varbit,
    a_point point,
    a_log_position pg_lsn,
    an_object oid
);

INSERT INTO type_gallery (label) VALUES ('nothing but NULL');

INSERT INTO type_gallery (label, a_smallint, an_integer, a_bigint) VALUES
    ('smallest integers', -32768, -2147483648, -9223372036854775808),
    ('largest integers', 32767, 2147483647, 9223372036854775807),
    ('zero', 0, 0, 0);

INSERT INTO type_gallery (label, a_real, a_double) VALUES
    ('ordinary floats', 0.1, 0.1),
    ('negative zero', '-0', '-0'),
    ('not a number', 'NaN', 'NaN'),
    ('infinity', 'Infinity', 'Infinity'),
    ('negative infinity', '-Infinity', '-Infinity'),
    ('largest floats', 3.4028235e38, 1.7976931348623157e308),
    ('lowest floats', -3.4028235e38, -1.7976931348623157e308),
    ('smallest normal floats', 1.1754944e-38, 2.2250738585072014e-308),
    ('subnormal floats', 1e-45, 5e-324),
    ('17 digits', 16777217, 0.30000000000000004),
    ('beyond 2^53', 123456792, 9007199254740993);

INSERT INTO type_gallery (label, a_numeric, a_numeric_19_4, a_numeric_38_10, thousands, a_fraction,
    some_money) VALUES
    ('ordinary numerics', 12.50, 12.5, 12.5, 12345, 0.00123, 12.5),
    ('numeric zero', 0.000, 0, 0, 0, 0, 0),
    ('large numerics', 99999999999999999999999999999999999999999999999999.5, 999999999999999.9999,
     9999999999999999999999999999.9999999999, 999999499, 0.00999, 92233720368547758.07),
    ('low numerics', -99999999999999999999999999999999999999999999999999.5, -999999999999999.9999,
     -9999999999999999999999999999.9999999999, -999999499, -0.00999, '-92233720368547758.08'),
    ('small numerics', 1e-40, 0.0001, 0.0000000001, 1000, 0.00001, 0.01),
    ('numeric that is not a number', 'NaN', 'NaN', 'NaN', 'NaN', 'NaN', NULL),
    ('numeric infinity', 'Infinity', NULL, NULL, NULL, NULL, NULL),
    ('trailing zeros', 1.5000000000000000000000, 1.5, 1.5, NULL, NULL, NULL);

INSERT INTO type_gallery (label, a_boolean) VALUES ('true', true), ('false', false);

INSERT INTO type_gallery (label, a_char, a_varchar, an_internal_char, a_name) VALUES
    ('short strings', 'ab', 'ab', 'a', 'ab'),
    ('empty strings', '', '', '', ''),
    ('blanks', '   ', '   ', ' ', ' x '),
    ('full strings', 'abcdefgh', 'abcdefghijklmnopqrst', '\', repeat('n', 63)),
    ('full strings of four-byte characters', repeat('😀', 8), repeat('😀', 20), NULL, repeat('😀', 15)),
    ('leading blanks, trailing tab', E'  a\t', E'  a\t', '"', 'Mixed Case');

INSERT INTO type_gallery (label, some_bytes) VALUES
    ('no bytes', ''),
    ('every byte', (SELECT string_agg(set_byte('\x00', 0, byte), '' ORDER BY byte)
        FROM generate_series(0, 255) AS byte)),
    ('many bytes', decode(repeat('00ff', 16000), 'hex'));

INSERT INTO type_gallery (label, a_date, a_timestamp, a_timestamp_0, a_timestamptz) VALUES
    ('epoch', '1970-01-01', '1970-01-01 00:00:00', '1970-01-01 00:00:00', '1970-01-01 00:00:00+00'),
    ('microseconds', '2026-02-28', '2026-02-28 23:59:59.999999', '2026-02-28 23:59:59',
        '2026-02-28 23:59:59.999999+00'),
    ('leap day', '2024-02-29', '2024-02-29 12:00:00.1', '2024-02-29 12:00:00', '2024-02-29 12:00:00.1+00'),
    ('infinite time', 'infinity', 'infinity', 'infinity', 'infinity'),
    ('negatively infinite time', '-infinity', '-infinity', '-infinity', '-infinity'),
    ('before Christ', '0044-03-15 BC', '0044-03-15 12:00:00 BC', '0044-03-15 12:00:00 BC',
        '0044-03-15 12:00:00+00 BC'),
    ('first year', '0001-01-01', '0001-01-01 00:00:00', '0001-01-01 00:00:00', '0001-01-01 00:00:00+00'),
    ('last four-digit year', '9999-12-31', '9999-12-31 23:59:59.999999', '9999-12-31 23:59:59',
        '9999-12-31 23:59:59.999999+00'),
    ('five-digit year', '12345-06-07', '12345-06-07 08:09:10', '12345-06-07 08:09:10',
        '12345-06-07 08:09:10+00'),
    ('Kathmandu', '2026-06-01', '2026-06-01 05:45:00', '2026-06-01 05:45:00', '2026-06-01 05:45:00+05:45'),
    ('Berlin before the gap', '2026-03-29', '2026-03-29 01:59:59.999999', '2026-03-29 01:59:59',
        '2026-03-29 01:59:59.999999 Europe/Berlin'),
    ('Berlin after the gap', '2026-03-29', '2026-03-29 03:00:00', '2026-03-29 03:00:00',
        '2026-03-29 03:00:00 Europe/Berlin'),
    ('Berlin, the first 02:30', '2026-10-25', '2026-10-25 02:30:00', '2026-10-25 02:30:00',
        '2026-10-25 02:30:00+02'),
    ('Berlin, the second 02:30', '2026-10-25', '2026-10-25 02:30:00', '2026-10-25 02:30:00',
        '2026-10-25 02:30:00+01'),
    ('New York, the second 01:30', '2026-11-01', '2026-11-01 01:30:00', '2026-11-01 01:30:00',
        '2026-11-01 01:30:00-05'),
    ('local mean time, offset with seconds', '1890-01-01', '1890-01-01 00:00:00', '1890-01-01 00:00:00',
        '1890-01-01 00:00:00 Europe/Amsterdam');

INSERT INTO type_gallery (label, a_time, a_timetz) VALUES
    ('midnight', '00:00:00', '00:00:00+00'),
    ('last microsecond', '23:59:59.999999', '23:59:59.999999-12'),
    ('midnight at the end of the day', '24:00:00', '24:00:00+14');

INSERT INTO type_gallery (label, an_interval) VALUES
    ('no time at all', '0'),
    ('months, days and microseconds', '1 year 2 months 3 days 04:05:06.789012'),
    ('signs that differ', '1 month -1 day +00:00:00.000001'),
    ('long interval', '178000000 years'),
    ('a day is not 24 hours', '1 day'),
    ('24 hours are not a day', '24:00:00');

INSERT INTO type_gallery (label, a_uuid, a_json, a_jsonb) VALUES
    ('json object', '00000000-0000-0000-0000-000000000000', E'{"b" : 1, "a":\t[1.50, "x\\ny"],\n "b": 2}',
        '{"b": 1, "a": [1.50, "x\ny"], "b": 2}'),
    ('json null', 'ffffffff-ffff-ffff-ffff-ffffffffffff', 'null', 'null'),
    ('json string', NULL, '"a \"quoted\" \\ string \u0000"', '"a \"quoted\" \\ string é"'),
    ('json empty', NULL, '""', '[]'),
    ('json number', NULL, '-1.0e+10', '123456789012345678901234567890.123456789'),
    ('long json', NULL, to_json(repeat('"', 32000)), jsonb_build_object('text', repeat('漢', 20000)));

INSERT INTO type_gallery (label, integers, texts, a_matrix, moments, statuses) VALUES
    ('empty arrays', '{}', '{}', '{}', '{}', '{}'),
    ('arrays of NULL', '{NULL}', '{NULL,NULL}', '{{NULL,1},{2,NULL}}', '{NULL}', '{NULL}'),
    ('full arrays', '{-2147483648,0,2147483647}',
        ARRAY['', ' ', 'NULL', 'null', '\N', E'a\nb\tc', 'quote "', 'comma, brace }', 'back\slash', '漢 😀'],
     '{{1,2,3},{4,5,6}}', '{2026-03-29 03:00:00+02,infinity}', '{"sent back",paid}'),
    ('array that starts at 5', '[5:6]={1,2}', '[0:1]={a,b}', NULL, NULL, NULL);

INSERT INTO type_gallery (label, a_status, pairs, a_point_on_earth, a_barcode) VALUES
    ('user-defined types', 'sent back', 'a => 1, b => NULL, "c \"d\"" => "e\\f", "" => ""',
        ROW(-90, 180)::geo_point, '4006381333931'),
    ('user-defined types, empty', 'cart', '', ROW(NULL, NULL)::geo_point, '00000000'),
    ('user-defined types, half empty', NULL, 'NULL => "NULL"', ROW(52.5163, NULL)::geo_point, NULL);

INSERT INTO type_gallery (label, an_address, a_network, a_mac_address) VALUES
    ('IPv4', '192.0.2.1', '192.0.2.0/24', '08:00:2b:01:02:03'),
    ('IPv4 with mask', '192.0.2.1/24', '0.0.0.0/0', 'ff:ff:ff:ff:ff:ff'),
    ('IPv6', '2001:db8::ffff:192.0.2.1/64', '2001:db8::/32', '00:00:00:00:00:00');

INSERT INTO type_gallery (label, a_range, a_period, ranges) VALUES
    ('empty ranges', 'empty', 'empty', '{}'),
    ('unbounded ranges', '(,)', '(,)', '{(,)}'),
    ('bounded ranges', '[1,10)', '[2026-03-29 00:00:00+00,infinity)', '{[1,3),[5,8)}');

INSERT INTO type_gallery (label, some_bits, more_bits, a_point, a_log_position, an_object) VALUES
    ('bits, a point and internals', B'10101010', B'101', '(1.5,-2.25)', '16/B374D848', 4294967295),
    ('no bits', B'00000000', B'', '(0,1e308)', '0/0', 0);

-- VARBYTE, which is stored as PostgreSQL's bytea: casts, whose bytes are those of the text in UTF-8, and functions.
-- https://docs.aws.amazon.com/redshift/latest/dg/r_VARBYTE_type.html
-- https://docs.aws.amazon.com/redshift/latest/dg/varbyte-functions.html

CREATE OR REPLACE FUNCTION pg_internal.text_to_varbyte(value text) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT AS
$$SELECT convert_to(value, 'UTF8')$$;
-- A CHAR keeps the blanks at its end.
CREATE OR REPLACE FUNCTION pg_internal.text_to_varbyte(value bpchar) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT AS
$$SELECT convert_to(textin(bpcharout(value)), 'UTF8')$$;
DO $$
DECLARE
    other text;
BEGIN
    FOREACH other IN ARRAY ARRAY['text', 'varchar', 'bpchar', 'pg_internal.bytes', 'pg_internal.ascii'] LOOP
        EXECUTE format('CREATE OR REPLACE FUNCTION pg_internal.varbyte_to_%s(value bytea) RETURNS %s LANGUAGE sql IMMUTABLE STRICT AS
            ''SELECT convert_from(value, ''''UTF8'''')::varchar::%2$s''', replace(other, 'pg_internal.', ''), other);
        IF NOT EXISTS (SELECT FROM pg_cast WHERE castsource = 'bytea'::regtype AND casttarget = other::regtype) THEN
            EXECUTE format('CREATE CAST (bytea AS %s) WITH FUNCTION pg_internal.varbyte_to_%s(bytea)',
                other, replace(other, 'pg_internal.', ''));
        END IF;
    END LOOP;
    FOREACH other IN ARRAY ARRAY['text', 'varchar', 'bpchar'] LOOP
        IF NOT EXISTS (SELECT FROM pg_cast WHERE castsource = other::regtype AND casttarget = 'bytea'::regtype) THEN
            EXECUTE format('CREATE CAST (%s AS bytea) WITH FUNCTION pg_internal.text_to_varbyte(%s)',
                other, CASE other WHEN 'varchar' THEN 'text' ELSE other END);
        END IF;
    END LOOP;
END
$$;

CREATE OR REPLACE FUNCTION pg_internal.check_format(value text, format text) RETURNS void LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF format NOT IN ('hex', 'binary', 'base64', 'utf8', 'utf-8', 'utf_8') THEN
        RAISE EXCEPTION 'invalid format "%": hex, binary, utf8 and base64 are valid', format USING ERRCODE = '22023';
    ELSIF value !~* (CASE format WHEN 'hex' THEN '^([0-9a-f]{2})*$' WHEN 'binary' THEN '^([01]{8})*$' ELSE '' END) THEN
        RAISE EXCEPTION 'invalid % string "%"', format, value USING ERRCODE = '22023';
    END IF;
END
$$;
CREATE OR REPLACE FUNCTION pg_internal.to_varbyte(value text, format text) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    PERFORM pg_internal.check_format(value, lower(format));
    RETURN CASE lower(format)
        WHEN 'hex' THEN decode(value, 'hex')
        WHEN 'base64' THEN decode(value, 'base64')
        WHEN 'binary' THEN (
            SELECT coalesce(string_agg(decode(lpad(to_hex(substr(value, n, 8)::bit(8)::integer), 2, '0'), 'hex'), '' ORDER BY n), '')
            FROM generate_series(1, length(value), 8) AS n)
        ELSE convert_to(value, 'UTF8') END;
END
$$;
CREATE OR REPLACE FUNCTION pg_internal.from_varbyte(value bytea, format text) RETURNS varchar LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    PERFORM pg_internal.check_format('', lower(format));
    RETURN CASE lower(format)
        WHEN 'hex' THEN encode(value, 'hex')
        WHEN 'base64' THEN replace(encode(value, 'base64'), chr(10), '')
        WHEN 'binary' THEN (
            SELECT coalesce(string_agg(get_byte(value, n)::bit(8)::text, '' ORDER BY n), '')
            FROM generate_series(0, length(value) - 1) AS n)
        ELSE convert_from(value, 'UTF8') END;
END
$$;
CREATE OR REPLACE FUNCTION pg_internal.from_hex(value text) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT AS
$$SELECT pg_internal.to_varbyte(value, 'hex')$$;
-- The bits are counted from the right.
CREATE OR REPLACE FUNCTION pg_internal.getbit(value bytea, index integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    IF index NOT BETWEEN 0 AND 8 * length(value) - 1 THEN
        RAISE EXCEPTION 'bit index % is out of range: the value has % bits', index, 8 * length(value) USING ERRCODE = '22003';
    END IF;
    RETURN get_byte(value, length(value) - 1 - index / 8) >> (index % 8) & 1;
END
$$;
CREATE OR REPLACE FUNCTION pg_catalog.to_hex(value bytea) RETURNS varchar LANGUAGE sql IMMUTABLE STRICT AS
$$SELECT encode(value, 'hex')::varchar$$;

-- The shorter of two values is filled up with zero bits on the left, which is assumed.
-- https://docs.aws.amazon.com/redshift/latest/dg/r_VARBYTE_OPERATORS.html
CREATE OR REPLACE FUNCTION pg_internal.bits(value bytea, size integer) RETURNS varbit LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT (repeat('0', 8 * (size - length(value))) || pg_internal.from_varbyte(value, 'binary'))::varbit
$$;
DO $$
DECLARE
    each record;
BEGIN
    FOR each IN SELECT * FROM (VALUES ('&', 'bits_and'), ('|', 'bits_or'), ('#', 'bits_xor')) AS o (sign, word) LOOP
        EXECUTE format('CREATE OR REPLACE FUNCTION pg_internal.%s(a bytea, b bytea) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT AS %L', each.word,
            format('SELECT pg_internal.to_varbyte((pg_internal.bits(a, greatest(length(a), length(b)))
                %s pg_internal.bits(b, greatest(length(a), length(b))))::text, ''binary'')', each.sign));
        IF to_regoperator(format('pg_catalog.%s(bytea, bytea)', each.sign)) IS NULL THEN
            EXECUTE format('CREATE OPERATOR pg_catalog.%s (LEFTARG = bytea, RIGHTARG = bytea, FUNCTION = pg_internal.%s)', each.sign, each.word);
        END IF;
    END LOOP;
    CREATE OR REPLACE FUNCTION pg_internal.bits_not(a bytea) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT AS
        'SELECT pg_internal.to_varbyte((~ pg_internal.bits(a, length(a)))::text, ''binary'')';
    IF to_regoperator('pg_catalog.~(NONE, bytea)') IS NULL THEN
        CREATE OPERATOR pg_catalog.~ (RIGHTARG = bytea, FUNCTION = pg_internal.bits_not);
    END IF;
    IF to_regoperator('pg_catalog.+(bytea, bytea)') IS NULL THEN
        CREATE OPERATOR pg_catalog.+ (LEFTARG = bytea, RIGHTARG = bytea, FUNCTION = byteacat);
    END IF;
END
$$;

-- A text beside a VARBYTE becomes one, as in CONCAT('Mypassword1', FROM_HEX('c721…')).
-- https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_USER.html
CREATE OR REPLACE FUNCTION pg_internal.bytes_joined(a text, b bytea) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT AS
'SELECT convert_to(a, ''UTF8'') || b';
CREATE OR REPLACE FUNCTION pg_internal.bytes_joined(a bytea, b text) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT AS
'SELECT a || convert_to(b, ''UTF8'')';
DO $$
BEGIN
    IF to_regoperator('pg_catalog.||(text, bytea)') IS NULL THEN
        CREATE OPERATOR pg_catalog.|| (LEFTARG = text, RIGHTARG = bytea, FUNCTION = pg_internal.bytes_joined);
        CREATE OPERATOR pg_catalog.|| (LEFTARG = bytea, RIGHTARG = text, FUNCTION = pg_internal.bytes_joined);
    END IF;
END
$$;

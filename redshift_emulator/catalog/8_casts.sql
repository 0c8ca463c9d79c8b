-- Types that values pass through in a cast where Redshift converts in another way than PostgreSQL: x::varchar(5) runs as
-- x::pg_internal.bytes(5)::varchar(5). Each is stored like the type that follows it, and converts in its cast to itself.
-- https://docs.aws.amazon.com/redshift/latest/dg/r_CAST_function.html

DO $$
DECLARE
    made record;
BEGIN
    FOR made IN SELECT * FROM (VALUES
        ('bytes', 'varchar', 'varchar', 'S'), ('ascii', 'bpchar', 'bpchar', 'S'),
        ('rounded', 'numeric', 'numeric_', 'N'), ('cut', 'numeric', 'numeric_', 'N')) AS t (name, stored, prefix, category)
    LOOP
        CONTINUE WHEN to_regtype('pg_internal.' || made.name) IS NOT NULL;
        EXECUTE format('CREATE TYPE pg_internal.%s', made.name);
        EXECUTE format('CREATE FUNCTION pg_internal.%1$s_in(cstring, oid, integer) RETURNS pg_internal.%1$s
            LANGUAGE internal IMMUTABLE STRICT AS %2$L', made.name, made.prefix || 'in');
        EXECUTE format('CREATE FUNCTION pg_internal.%1$s_out(pg_internal.%1$s) RETURNS cstring
            LANGUAGE internal IMMUTABLE STRICT AS %2$L', made.name, made.prefix || 'out');
        EXECUTE format('CREATE TYPE pg_internal.%1$s (INPUT = pg_internal.%1$s_in, OUTPUT = pg_internal.%1$s_out, LIKE = %2$s,
            TYPMOD_IN = %2$stypmodin, TYPMOD_OUT = %2$stypmodout, CATEGORY = %3$L)', made.name, made.stored, made.category);
        EXECUTE format('CREATE CAST (%2$s AS pg_internal.%1$s) WITHOUT FUNCTION', made.name, made.stored);
        EXECUTE format('CREATE CAST (pg_internal.%1$s AS %2$s) WITHOUT FUNCTION', made.name, made.stored);
        EXECUTE format('CREATE FUNCTION pg_internal.fitted(value pg_internal.%1$s, modifier integer, explicit boolean)
            RETURNS pg_internal.%1$s LANGUAGE sql IMMUTABLE STRICT AS ''SELECT value''', made.name);
        EXECUTE format('CREATE CAST (pg_internal.%1$s AS pg_internal.%1$s) WITH FUNCTION pg_internal.fitted(pg_internal.%1$s, integer, boolean)', made.name);
    END LOOP;
    IF to_regtype('pg_internal.whole') IS NULL THEN
        CREATE TYPE pg_internal.whole;
        CREATE FUNCTION pg_internal.whole_in(cstring) RETURNS pg_internal.whole LANGUAGE internal IMMUTABLE STRICT AS 'int8in';
        CREATE FUNCTION pg_internal.whole_out(pg_internal.whole) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int8out';
        CREATE TYPE pg_internal.whole (INPUT = pg_internal.whole_in, OUTPUT = pg_internal.whole_out, LIKE = int8, CATEGORY = 'N');
        CREATE CAST (int8 AS pg_internal.whole) WITHOUT FUNCTION;
        CREATE CAST (pg_internal.whole AS int8) WITHOUT FUNCTION;
    END IF;
END
$$;
DO $$
DECLARE
    source text;
    target text;
BEGIN
    -- The fraction of a decimal is cut, not rounded. Whatever PostgreSQL converts to an integer still converts.
    FOR source IN
        SELECT DISTINCT castsource::regtype::text FROM pg_cast
        WHERE casttarget IN ('int4'::regtype, 'int8'::regtype) AND castsource NOT IN ('int8'::regtype, 'bit'::regtype, 'money'::regtype, 'json'::regtype)
            AND castsource NOT IN (SELECT oid FROM pg_type WHERE typnamespace = 'pg_internal'::regnamespace)
    LOOP
        EXECUTE format('CREATE OR REPLACE FUNCTION pg_internal.to_whole(value %1$s) RETURNS pg_internal.whole
            LANGUAGE sql IMMUTABLE STRICT AS %2$L', source, format('SELECT %s::int8::pg_internal.whole', CASE
                WHEN source IN ('real', 'double precision', 'numeric') THEN 'trunc(value)'
                WHEN source IN ('boolean', '"char"') THEN 'value::int4' ELSE 'value' END));
        IF NOT EXISTS (SELECT FROM pg_cast WHERE castsource = source::regtype AND casttarget = 'pg_internal.whole'::regtype) THEN
            EXECUTE format('CREATE CAST (%1$s AS pg_internal.whole) WITH FUNCTION pg_internal.to_whole(%1$s)', source);
        END IF;
    END LOOP;
    FOREACH target IN ARRAY ARRAY['int2', 'int4'] LOOP
        EXECUTE format('CREATE OR REPLACE FUNCTION pg_internal.to_%1$s(value pg_internal.whole) RETURNS %1$s
            LANGUAGE sql IMMUTABLE STRICT AS ''SELECT value::int8::%1$s''', target);
        IF NOT EXISTS (SELECT FROM pg_cast WHERE castsource = 'pg_internal.whole'::regtype AND casttarget = target::regtype) THEN
            EXECUTE format('CREATE CAST (pg_internal.whole AS %1$s) WITH FUNCTION pg_internal.to_%1$s(pg_internal.whole)', target);
        END IF;
    END LOOP;
    FOREACH source IN ARRAY ARRAY['int2', 'int4', 'int8', 'float4', 'float8', 'jsonb'] LOOP
        FOREACH target IN ARRAY ARRAY['rounded', 'cut'] LOOP
            CONTINUE WHEN source LIKE 'float_' AND target = 'cut';
            EXECUTE format('CREATE OR REPLACE FUNCTION pg_internal.to_%2$s(value %1$s) RETURNS pg_internal.%2$s
                LANGUAGE sql IMMUTABLE STRICT AS ''SELECT value::numeric::pg_internal.%2$s''', source, target);
            IF NOT EXISTS (SELECT FROM pg_cast WHERE castsource = source::regtype AND casttarget = ('pg_internal.' || target)::regtype) THEN
                EXECUTE format('CREATE CAST (%1$s AS pg_internal.%2$s) WITH FUNCTION pg_internal.to_%2$s(%1$s)', source, target);
            END IF;
        END LOOP;
    END LOOP;
END
$$;

-- The longest beginning of a text with up to so many bytes; a byte 10xxxxxx continues a character.
CREATE OR REPLACE FUNCTION pg_internal.cut_to_bytes(value text, size integer) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    encoded CONSTANT bytea := convert_to(value, 'UTF8');
    ending integer := size;
BEGIN
    WHILE ending > 0 AND get_byte(encoded, ending) BETWEEN 128 AND 191 LOOP
        ending := ending - 1;
    END LOOP;
    RETURN convert_from(substr(encoded, 1, ending), 'UTF8');
END
$$;
CREATE OR REPLACE FUNCTION pg_internal.fitted(value pg_internal.bytes, modifier integer, explicit boolean)
RETURNS pg_internal.bytes LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT (CASE WHEN octet_length(value::varchar) <= modifier - 4 THEN value::varchar
        ELSE pg_internal.cut_to_bytes(value::varchar, modifier - 4)::varchar END)::pg_internal.bytes
$$;

-- The functions that refuse have the value as a parameter: PostgreSQL evaluates calls without one when it plans.
CREATE OR REPLACE FUNCTION pg_internal.refuse_char(value varchar) RETURNS bpchar LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RAISE EXCEPTION 'CHAR string contains invalid ASCII character' USING ERRCODE = '23514', CONSTRAINT = 'rs_0_char';
END
$$;
CREATE OR REPLACE FUNCTION pg_internal.fitted(value pg_internal.ascii, modifier integer, explicit boolean)
RETURNS pg_internal.ascii LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT (CASE WHEN octet_length(value::bpchar::varchar) = char_length(value::bpchar::varchar)
        THEN value::bpchar ELSE pg_internal.refuse_char(value::bpchar::varchar) END)::pg_internal.ascii
$$;

-- DECIMAL(19) is stored in 64 bits.
CREATE OR REPLACE FUNCTION pg_internal.refuse_decimal(value numeric) RETURNS numeric LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RAISE EXCEPTION 'numeric field overflow' USING ERRCODE = '22003';
END
$$;
CREATE OR REPLACE FUNCTION pg_internal.fitted_decimal(value numeric, modifier integer) RETURNS numeric
LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE WHEN (modifier - 4) >> 16 = 19
            AND abs(value) > 9223372036854775807 * power(10::numeric, -((modifier - 4) & 2047))
        OR value IN ('NaN', 'Infinity', '-Infinity') THEN pg_internal.refuse_decimal(value) ELSE value END
$$;
CREATE OR REPLACE FUNCTION pg_internal.fitted(value pg_internal.rounded, modifier integer, explicit boolean)
RETURNS pg_internal.rounded LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT pg_internal.fitted_decimal(round(value::numeric, (modifier - 4) & 2047), modifier)::pg_internal.rounded
$$;
CREATE OR REPLACE FUNCTION pg_internal.fitted(value pg_internal.cut, modifier integer, explicit boolean)
RETURNS pg_internal.cut LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT pg_internal.fitted_decimal(trunc(value::numeric, (modifier - 4) & 2047), modifier)::pg_internal.cut
$$;

-- A float becomes a decimal by rounding: enable_numeric_rounding is about decimals only. Tests that run on clusters need it:
-- https://github.com/datafold/data-diff (test_database_types.py) compares such casts with PostgreSQL's, and for two columns of
-- https://github.com/dbt-labs/dbt-utils (data_test_equality_floats) values with six digits would otherwise be equal.
DO $$
DECLARE
    source text;
BEGIN
    FOREACH source IN ARRAY ARRAY['float4', 'float8'] LOOP
        EXECUTE format('CREATE OR REPLACE FUNCTION pg_internal.to_cut(value %s, modifier integer, explicit boolean) RETURNS pg_internal.cut
            LANGUAGE sql IMMUTABLE STRICT AS
            ''SELECT pg_internal.fitted(value::numeric::pg_internal.rounded, modifier, explicit)::numeric::pg_internal.cut''', source);
        EXECUTE format('DROP CAST IF EXISTS (%s AS pg_internal.cut)', source);
        EXECUTE format('CREATE CAST (%1$s AS pg_internal.cut) WITH FUNCTION pg_internal.to_cut(%1$s, integer, boolean)', source);
    END LOOP;
END
$$;

-- The longest text has 65,535 bytes.
CREATE OR REPLACE FUNCTION pg_internal.refuse_text(message text, value text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RAISE EXCEPTION '%', message USING ERRCODE = 'XX000';
END
$$;
CREATE OR REPLACE FUNCTION pg_internal.repeat(value text, n integer) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE WHEN octet_length(value)::bigint * n > 65535
        THEN pg_internal.refuse_text('Result size exceeds the limit of 65535 bytes', value) ELSE pg_catalog.repeat(value, n) END
$$;
-- The values of LISTAGG(DISTINCT), in the order of the array.
CREATE OR REPLACE FUNCTION pg_internal.joined(list anyarray, separator text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT string_agg(value::varchar, separator ORDER BY n) FROM unnest(list) WITH ORDINALITY AS u (value, n)
$$;
CREATE OR REPLACE FUNCTION pg_internal.listagg(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE WHEN octet_length(value) > 65535
        THEN pg_internal.refuse_text('Result size exceeds LISTAGG limit', value) ELSE value END
$$;

-- Integers are conditions, too: WHERE 1.
-- https://docs.aws.amazon.com/redshift/latest/dg/c_Supported_data_types.html#r_Type_conversion
UPDATE pg_catalog.pg_cast SET castcontext = 'i'
WHERE castsource = 'int4'::regtype AND casttarget = 'bool'::regtype AND castcontext <> 'i';

-- As in PostgreSQL 8.0, "char" is a text, so that UNION, COALESCE and || take it together with other texts.
UPDATE pg_catalog.pg_type SET typcategory = 'S' WHERE oid = '"char"'::regtype AND typcategory <> 'S';

-- A TIMETZ that is stored in a table is in UTC: columns are of the type timetz(6), to which PostgreSQL converts every value
-- by this cast of the type to itself.
-- https://docs.aws.amazon.com/redshift/latest/dg/r_Datetime_types.html
CREATE OR REPLACE FUNCTION pg_internal.time_in_utc(value timetz, modifier integer) RETURNS timetz LANGUAGE sql IMMUTABLE STRICT AS
$$SELECT timetz(value, modifier) AT TIME ZONE INTERVAL '0'$$;
UPDATE pg_catalog.pg_cast SET castfunc = 'pg_internal.time_in_utc'::regproc
WHERE castsource = 'timetz'::regtype AND casttarget = 'timetz'::regtype AND castfunc <> 'pg_internal.time_in_utc'::regproc;

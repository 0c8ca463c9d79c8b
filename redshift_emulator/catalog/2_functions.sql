-- Redshift's functions that PostgreSQL does not have, or that differ there.
-- https://docs.aws.amazon.com/redshift/latest/dg/c_SQL_functions.html

CREATE OR REPLACE FUNCTION pg_internal.version() RETURNS text LANGUAGE sql IMMUTABLE AS
$$SELECT 'PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2 20041017 (Red Hat 3.4.2-6.fc3), Redshift 1.0.0 (emulator)'$$;

CREATE OR REPLACE FUNCTION pg_internal.getdate() RETURNS timestamp LANGUAGE sql STABLE AS
$$SELECT date_trunc('second', statement_timestamp()::timestamp)$$;
CREATE OR REPLACE FUNCTION pg_internal.sysdate() RETURNS timestamp LANGUAGE sql STABLE AS
$$SELECT transaction_timestamp()::timestamp$$;

-- NULL outside of external views, which the emulator does not have.
-- https://docs.aws.amazon.com/redshift/latest/dg/GET_MOUNTED_ROLE.html
CREATE OR REPLACE FUNCTION pg_internal.get_mounted_role() RETURNS varchar LANGUAGE sql STABLE AS 'SELECT NULL::varchar';
CREATE OR REPLACE FUNCTION pg_internal.current_user_id() RETURNS integer LANGUAGE sql STABLE AS
$$SELECT oid::integer FROM pg_catalog.pg_roles WHERE rolname = current_user$$;

-- Date arithmetic ---------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION pg_internal.date_interval(part text, n bigint) RETURNS interval LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE part
        WHEN 'millennium' THEN make_interval(years => (n * 1000)::int)
        WHEN 'century' THEN make_interval(years => (n * 100)::int)
        WHEN 'decade' THEN make_interval(years => (n * 10)::int)
        WHEN 'year' THEN make_interval(years => n::int)
        WHEN 'quarter' THEN make_interval(months => (n * 3)::int)
        WHEN 'month' THEN make_interval(months => n::int)
        WHEN 'week' THEN make_interval(weeks => n::int)
        WHEN 'day' THEN make_interval(days => n::int)
        WHEN 'hour' THEN n * interval '1 hour'
        WHEN 'minute' THEN n * interval '1 minute'
        WHEN 'second' THEN n * interval '1 second'
        WHEN 'milliseconds' THEN n * interval '1 millisecond'
        WHEN 'microseconds' THEN n * interval '1 microsecond'
    END
$$;
-- Keeps the day of the month where the new month has it: 04-30 plus one month is 05-30. From 02-29, years lead to 03-01.
CREATE OR REPLACE FUNCTION pg_internal.dateadd(part text, n bigint, moment timestamp) RETURNS timestamp
LANGUAGE sql IMMUTABLE AS $$
    SELECT moment + pg_internal.date_interval(part, n) + CASE
        WHEN part IN ('year', 'decade', 'century', 'millennium')
            AND extract(day FROM moment + pg_internal.date_interval(part, n)) <> extract(day FROM moment)
        THEN interval '1 day' ELSE interval '0' END
$$;
CREATE OR REPLACE FUNCTION pg_internal.dateadd(part text, n bigint, moment date) RETURNS timestamp
LANGUAGE sql IMMUTABLE AS $$SELECT pg_internal.dateadd(part, n, moment::timestamp)$$;
CREATE OR REPLACE FUNCTION pg_internal.dateadd(part text, n bigint, moment timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE AS $$SELECT pg_internal.dateadd(part, n, moment::timestamp)::timestamptz$$;
CREATE OR REPLACE FUNCTION pg_internal.dateadd(part text, n bigint, moment time) RETURNS time
LANGUAGE sql IMMUTABLE AS $$SELECT moment + pg_internal.date_interval(part, n)$$;
CREATE OR REPLACE FUNCTION pg_internal.dateadd(part text, n bigint, moment timetz) RETURNS timetz
LANGUAGE sql IMMUTABLE AS $$SELECT (moment AT TIME ZONE interval '0') + pg_internal.date_interval(part, n)$$;

-- From the last day of a month, leads to the last day of a month: 04-30 plus one month is 05-31.
CREATE OR REPLACE FUNCTION pg_internal.add_months(moment timestamp, n bigint) RETURNS timestamp
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN extract(month FROM moment + interval '1 day') = extract(month FROM moment)
        THEN moment + pg_internal.date_interval('month', n)
        ELSE date_trunc('month', moment + pg_internal.date_interval('month', n)) + interval '1 month - 1 day'
            + (moment - date_trunc('day', moment))
    END
$$;
CREATE OR REPLACE FUNCTION pg_internal.add_months(moment date, n bigint) RETURNS timestamp
LANGUAGE sql IMMUTABLE AS $$SELECT pg_internal.add_months(moment::timestamp, n)$$;

-- Counts the boundaries crossed between two moments, not the time between them: from 00:59 to 01:00 is one hour.
CREATE OR REPLACE FUNCTION pg_internal.datediff(part text, a timestamp, b timestamp) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE part
        WHEN 'millennium' THEN (extract(millennium FROM b) - extract(millennium FROM a))::bigint
        WHEN 'century' THEN (extract(century FROM b) - extract(century FROM a))::bigint
        WHEN 'decade' THEN (extract(decade FROM b) - extract(decade FROM a))::bigint
        WHEN 'year' THEN (extract(year FROM b) - extract(year FROM a))::bigint
        WHEN 'quarter' THEN
            ((extract(year FROM b) - extract(year FROM a)) * 4 + extract(quarter FROM b) - extract(quarter FROM a))::bigint
        WHEN 'month' THEN
            ((extract(year FROM b) - extract(year FROM a)) * 12 + extract(month FROM b) - extract(month FROM a))::bigint
        WHEN 'week' THEN ((date_trunc('week', b)::date - date_trunc('week', a)::date) / 7)::bigint
        WHEN 'day' THEN (b::date - a::date)::bigint
        WHEN 'hour' THEN (extract(epoch FROM date_trunc('hour', b) - date_trunc('hour', a)) / 3600)::bigint
        WHEN 'minute' THEN (extract(epoch FROM date_trunc('minute', b) - date_trunc('minute', a)) / 60)::bigint
        WHEN 'second' THEN extract(epoch FROM date_trunc('second', b) - date_trunc('second', a))::bigint
        WHEN 'milliseconds' THEN
            (extract(epoch FROM date_trunc('milliseconds', b) - date_trunc('milliseconds', a)) * 1000)::bigint
        WHEN 'microseconds' THEN (extract(epoch FROM b - a) * 1000000)::bigint
    END
$$;
CREATE OR REPLACE FUNCTION pg_internal.datediff(part text, a date, b date) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$SELECT pg_internal.datediff(part, a::timestamp, b::timestamp)$$;
CREATE OR REPLACE FUNCTION pg_internal.datediff(part text, a timestamptz, b timestamptz) RETURNS bigint
LANGUAGE sql STABLE AS $$SELECT pg_internal.datediff(part, a::timestamp, b::timestamp)$$;
CREATE OR REPLACE FUNCTION pg_internal.datediff(part text, a time, b time) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$SELECT pg_internal.datediff(part, date '2000-01-01' + a, date '2000-01-01' + b)$$;

CREATE OR REPLACE FUNCTION pg_internal.datediff(part text, a timetz, b timetz) RETURNS bigint
LANGUAGE sql IMMUTABLE AS
$$SELECT pg_internal.datediff(part, (a AT TIME ZONE interval '0')::time, (b AT TIME ZONE interval '0')::time)$$;

CREATE OR REPLACE FUNCTION pg_internal.date_trunc(part text, moment timestamp) RETURNS timestamp
LANGUAGE sql IMMUTABLE AS $$SELECT pg_catalog.date_trunc(part, moment)$$;
CREATE OR REPLACE FUNCTION pg_internal.date_trunc(part text, moment date) RETURNS timestamp
LANGUAGE sql IMMUTABLE AS $$SELECT pg_catalog.date_trunc(part, moment::timestamp)$$;
CREATE OR REPLACE FUNCTION pg_internal.date_trunc(part text, moment timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE AS $$SELECT pg_catalog.date_trunc(part, moment)$$;
CREATE OR REPLACE FUNCTION pg_internal.date_trunc(part text, span interval) RETURNS interval
LANGUAGE sql IMMUTABLE AS $$SELECT pg_catalog.date_trunc(part, span)$$;

-- Milliseconds and microseconds do not include the seconds; decade 201 is 2000 to 2009.
CREATE OR REPLACE FUNCTION pg_internal.read_part(part text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$SELECT CASE part WHEN 'decade' THEN 'year' ELSE part END$$;
CREATE OR REPLACE FUNCTION pg_internal.redshift_part(part text, n double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE part
        WHEN 'decade' THEN floor(n / 10) + 1
        WHEN 'milliseconds' THEN mod(n::numeric, 1000)::double precision
        WHEN 'microseconds' THEN mod(n::numeric, 1000000)::double precision
        ELSE n
    END
$$;
CREATE OR REPLACE FUNCTION pg_internal.date_part(part text, moment timestamp) RETURNS double precision
LANGUAGE sql IMMUTABLE AS $$SELECT pg_internal.redshift_part(part, pg_catalog.date_part(pg_internal.read_part(part), moment))$$;
CREATE OR REPLACE FUNCTION pg_internal.date_part(part text, moment timestamptz) RETURNS double precision
LANGUAGE sql STABLE AS $$SELECT pg_internal.redshift_part(part, pg_catalog.date_part(pg_internal.read_part(part), moment))$$;
CREATE OR REPLACE FUNCTION pg_internal.date_part(part text, moment time) RETURNS double precision
LANGUAGE sql IMMUTABLE AS $$SELECT pg_internal.redshift_part(part, pg_catalog.date_part(pg_internal.read_part(part), moment))$$;
CREATE OR REPLACE FUNCTION pg_internal.date_part(part text, moment timetz) RETURNS double precision
LANGUAGE sql IMMUTABLE AS $$SELECT pg_internal.redshift_part(part, pg_catalog.date_part(pg_internal.read_part(part), moment))$$;
CREATE OR REPLACE FUNCTION pg_internal.date_part(part text, moment interval) RETURNS double precision
LANGUAGE sql IMMUTABLE AS $$SELECT pg_internal.redshift_part(part, pg_catalog.date_part(pg_internal.read_part(part), moment))$$;
CREATE OR REPLACE FUNCTION pg_internal.date_part(part text, moment date) RETURNS double precision
LANGUAGE sql IMMUTABLE AS $$SELECT pg_internal.date_part(part, moment::timestamp)$$;
-- Returns an integer, but for a TIMESTAMPTZ a double.
CREATE OR REPLACE FUNCTION pg_internal.extract_part(part text, moment timestamp) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$SELECT floor(pg_internal.date_part(part, moment))::bigint$$;
CREATE OR REPLACE FUNCTION pg_internal.extract_part(part text, moment date) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$SELECT floor(pg_internal.date_part(part, moment))::bigint$$;
CREATE OR REPLACE FUNCTION pg_internal.extract_part(part text, moment timestamptz) RETURNS double precision
LANGUAGE sql STABLE AS $$SELECT pg_internal.date_part(part, moment)$$;
CREATE OR REPLACE FUNCTION pg_internal.extract_part(part text, moment time) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$SELECT floor(pg_internal.date_part(part, moment))::bigint$$;
CREATE OR REPLACE FUNCTION pg_internal.extract_part(part text, moment timetz) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$SELECT floor(pg_internal.date_part(part, moment))::bigint$$;
CREATE OR REPLACE FUNCTION pg_internal.extract_part(part text, moment interval) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$SELECT floor(pg_internal.date_part(part, moment))::bigint$$;

CREATE OR REPLACE FUNCTION pg_internal.convert_timezone(target text, moment timestamp) RETURNS timestamp
LANGUAGE sql STABLE AS $$SELECT moment AT TIME ZONE 'UTC' AT TIME ZONE target$$;
CREATE OR REPLACE FUNCTION pg_internal.convert_timezone(target text, moment timestamptz) RETURNS timestamp
LANGUAGE sql STABLE AS $$SELECT moment AT TIME ZONE target$$;
CREATE OR REPLACE FUNCTION pg_internal.convert_timezone(source text, target text, moment timestamp) RETURNS timestamp
LANGUAGE sql STABLE AS $$SELECT moment AT TIME ZONE source AT TIME ZONE target$$;
CREATE OR REPLACE FUNCTION pg_internal.timezone(zone text, moment timestamp) RETURNS timestamptz
LANGUAGE sql STABLE AS $$SELECT pg_catalog.timezone(zone, moment)$$;
CREATE OR REPLACE FUNCTION pg_internal.timezone(zone text, moment timestamptz) RETURNS timestamp
LANGUAGE sql STABLE AS $$SELECT pg_catalog.timezone(zone, moment)$$;

-- Unless IS_STRICT, days and hours beyond their range are carried over: 20010631 is 2001-07-01. That is imitated for
-- formats in which every field has as many characters as its value.
CREATE OR REPLACE FUNCTION pg_internal.to_timestamp(value text, format text, is_strict boolean DEFAULT false)
RETURNS timestamptz LANGUAGE plpgsql STABLE STRICT AS $$
DECLARE
    template CONSTANT text := replace(upper(format), 'HH24', 'HH');
    day_at CONSTANT integer := position('DD' IN template);
    hour_at CONSTANT integer := position('HH' IN template);
    within text := value;
    days integer := 0;
BEGIN
    RETURN pg_catalog.to_timestamp(value, format);
EXCEPTION WHEN datetime_field_overflow THEN
    IF is_strict OR template ~ 'DDD' OR length(template) <> length(value) THEN
        RAISE;
    END IF;
    IF hour_at > 0 AND template <> upper(format) AND substr(value, hour_at, 2) = '24' THEN
        within := overlay(within PLACING '00' FROM hour_at FOR 2);
        days := 1;
    END IF;
    IF day_at > 0 AND substr(value, day_at, 2) IN ('29', '30', '31') THEN
        within := overlay(within PLACING '01' FROM day_at FOR 2);
        days := days + substr(value, day_at, 2)::integer - 1;
    END IF;
    RETURN pg_catalog.to_timestamp(within, format) + make_interval(days => days);
END
$$;
CREATE OR REPLACE FUNCTION pg_internal.to_date(value text, format text, is_strict boolean DEFAULT false) RETURNS date
LANGUAGE sql STABLE STRICT AS $$SELECT pg_internal.to_timestamp(value, format, is_strict)::date$$;

CREATE OR REPLACE FUNCTION pg_internal.last_day(moment timestamp) RETURNS date
LANGUAGE sql IMMUTABLE AS $$SELECT (date_trunc('month', moment) + interval '1 month - 1 day')::date$$;
CREATE OR REPLACE FUNCTION pg_internal.last_day(moment date) RETURNS date
LANGUAGE sql IMMUTABLE AS $$SELECT pg_internal.last_day(moment::timestamp)$$;
CREATE OR REPLACE FUNCTION pg_internal.next_day(moment timestamp, day_name text) RETURNS date
LANGUAGE sql IMMUTABLE AS $$
    SELECT moment::date + n
    FROM generate_series(1, 7) AS n
    WHERE starts_with(lower(to_char(moment::date + n, 'FMDay')), lower(left(day_name, 3)))
$$;
CREATE OR REPLACE FUNCTION pg_internal.date_cmp(a date, b date) RETURNS integer
LANGUAGE sql IMMUTABLE AS $$SELECT sign(a - b)::integer$$;
CREATE OR REPLACE FUNCTION pg_internal.months_between(a timestamp, b timestamp) RETURNS double precision
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN extract(day FROM a) = extract(day FROM b)
            OR (a::date = pg_internal.last_day(a) AND b::date = pg_internal.last_day(b))
        THEN pg_internal.datediff('month', b, a)::double precision
        ELSE pg_internal.datediff('month', b, a)
            + (extract(epoch FROM a - date_trunc('month', a)) - extract(epoch FROM b - date_trunc('month', b)))
                ::double precision / (31 * 86400)
    END
$$;

-- Numbers -----------------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION pg_internal.trunc(moment timestamp) RETURNS date LANGUAGE sql IMMUTABLE AS $$SELECT moment::date$$;
CREATE OR REPLACE FUNCTION pg_internal.trunc(n numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$SELECT pg_catalog.trunc(n)$$;
CREATE OR REPLACE FUNCTION pg_internal.trunc(n double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE AS $$SELECT pg_catalog.trunc(n)$$;
CREATE OR REPLACE FUNCTION pg_internal.trunc(n numeric, digits integer) RETURNS numeric
LANGUAGE sql IMMUTABLE AS $$SELECT pg_catalog.trunc(n, digits)$$;
CREATE OR REPLACE FUNCTION pg_internal.trunc(n double precision, digits integer) RETURNS double precision
LANGUAGE sql IMMUTABLE AS $$SELECT pg_catalog.trunc(n::numeric, digits)::double precision$$;
CREATE OR REPLACE FUNCTION pg_internal.round(n numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$SELECT pg_catalog.round(n)$$;
CREATE OR REPLACE FUNCTION pg_internal.round(n double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE AS $$SELECT pg_catalog.round(n::numeric)::double precision$$;
CREATE OR REPLACE FUNCTION pg_internal.round(n numeric, digits integer) RETURNS numeric
LANGUAGE sql IMMUTABLE AS $$SELECT pg_catalog.round(n, digits)$$;
CREATE OR REPLACE FUNCTION pg_internal.round(n bigint, digits integer) RETURNS numeric
LANGUAGE sql IMMUTABLE AS $$SELECT pg_catalog.round(n::numeric, digits)$$;
CREATE OR REPLACE FUNCTION pg_internal.round(n double precision, digits integer) RETURNS double precision
LANGUAGE sql IMMUTABLE AS $$SELECT pg_catalog.round(n::numeric, digits)::double precision$$;

CREATE OR REPLACE FUNCTION pg_internal.strtol(digits text, base integer) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    alphabet CONSTANT text := '0123456789abcdefghijklmnopqrstuvwxyz';
    bare text := lower(btrim(digits));
    sign integer := 1;
    result numeric := 0;
    value integer;
BEGIN
    IF base NOT BETWEEN 2 AND 36 THEN
        RAISE EXCEPTION 'The base (%) must be between 2 and 36', base USING ERRCODE = '22023';
    END IF;
    IF left(bare, 1) IN ('-', '+') THEN
        sign := CASE left(bare, 1) WHEN '-' THEN -1 ELSE 1 END;
        bare := substr(bare, 2);
    END IF;
    IF base = 16 AND left(bare, 2) = '0x' THEN
        bare := substr(bare, 3);
    END IF;
    IF bare = '' THEN
        RETURN 0;
    END IF;
    FOR i IN 1..length(bare) LOOP
        value := strpos(alphabet, substr(bare, i, 1)) - 1;
        IF value < 0 OR value >= base THEN
            RAISE EXCEPTION 'The input % is not valid to be converted to base %', digits, base USING ERRCODE = '22023';
        END IF;
        result := result * base + value;
    END LOOP;
    RETURN sign * result;
END
$$;

-- The average of integers is an integer, truncated.
CREATE OR REPLACE FUNCTION pg_internal.average_step(state numeric[], n bigint) RETURNS numeric[]
LANGUAGE sql IMMUTABLE AS $$SELECT CASE WHEN n IS NULL THEN state ELSE ARRAY[state[1] + 1, state[2] + n] END$$;
CREATE OR REPLACE FUNCTION pg_internal.average(state numeric[]) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$SELECT pg_catalog.trunc(state[2] / nullif(state[1], 0))::bigint$$;
CREATE OR REPLACE FUNCTION pg_internal.average(state bigint[]) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$SELECT state[2] / nullif(state[1], 0)$$;
CREATE OR REPLACE AGGREGATE pg_internal.avg(smallint) (SFUNC = int2_avg_accum, STYPE = bigint[], INITCOND = '{0,0}', FINALFUNC = pg_internal.average);
CREATE OR REPLACE AGGREGATE pg_internal.avg(integer) (SFUNC = int4_avg_accum, STYPE = bigint[], INITCOND = '{0,0}', FINALFUNC = pg_internal.average);
CREATE OR REPLACE AGGREGATE pg_internal.avg(bigint) (SFUNC = pg_internal.average_step, STYPE = numeric[], INITCOND = '{0,0}', FINALFUNC = pg_internal.average);
CREATE OR REPLACE AGGREGATE pg_internal.avg(numeric) (SFUNC = numeric_avg_accum, STYPE = internal, FINALFUNC = numeric_avg);
CREATE OR REPLACE AGGREGATE pg_internal.avg(double precision) (SFUNC = float8_accum, STYPE = float8[], INITCOND = '{0,0,0}', FINALFUNC = float8_avg);
CREATE OR REPLACE AGGREGATE pg_internal.avg(real) (SFUNC = float4_accum, STYPE = float8[], INITCOND = '{0,0,0}', FINALFUNC = float8_avg);

-- Text --------------------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION pg_internal.split_part(value text, delimiter text, part integer) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    IF part < 1 THEN
        RAISE EXCEPTION 'field position must be greater than zero' USING ERRCODE = '22023';
    END IF;
    RETURN pg_catalog.split_part(value, delimiter, part);
END
$$;
-- Text, where functions expect it; VARBYTE stays VARBYTE.
CREATE OR REPLACE FUNCTION pg_internal.as_text(value text) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT value$$;
CREATE OR REPLACE FUNCTION pg_internal.as_text(value bytea) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$SELECT value$$;
CREATE OR REPLACE FUNCTION pg_internal.as_text(value anynonarray) RETURNS text LANGUAGE sql STABLE AS $$SELECT value::text$$;
CREATE OR REPLACE FUNCTION pg_internal.sha2(value text, bits integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE bits
        WHEN 0 THEN encode(sha256(convert_to(value, 'UTF8')), 'hex')
        WHEN 224 THEN encode(sha224(convert_to(value, 'UTF8')), 'hex')
        WHEN 256 THEN encode(sha256(convert_to(value, 'UTF8')), 'hex')
        WHEN 384 THEN encode(sha384(convert_to(value, 'UTF8')), 'hex')
        WHEN 512 THEN encode(sha512(convert_to(value, 'UTF8')), 'hex')
    END
$$;
CREATE OR REPLACE FUNCTION pg_internal.sha2(value bytea, bits integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT encode(CASE bits WHEN 0 THEN sha256(value) WHEN 224 THEN sha224(value) WHEN 256 THEN sha256(value)
        WHEN 384 THEN sha384(value) WHEN 512 THEN sha512(value) END, 'hex')
$$;

-- JSON --------------------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION pg_internal.is_valid_json(value text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    RETURN jsonb_typeof(value::jsonb) = 'object';
EXCEPTION WHEN data_exception THEN
    RETURN false;
END
$$;
CREATE OR REPLACE FUNCTION pg_internal.checked_json(value text, null_if_invalid boolean) RETURNS json
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    RETURN json_in(textout(value));
EXCEPTION WHEN data_exception THEN
    IF null_if_invalid THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'JSON parsing error' USING DETAIL = format('invalid json object %s', value), ERRCODE = 'invalid_json_text';
END
$$;
-- Returns NULL for a missing key.
CREATE OR REPLACE FUNCTION pg_internal.json_extract_path_text(value text, VARIADIC path text[]) RETURNS text
LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT json_extract_path_text(pg_internal.checked_json(value, false), VARIADIC path)
$$;
CREATE OR REPLACE FUNCTION pg_internal.json_extract_path_text(value text, a text, null_if_invalid boolean) RETURNS text
LANGUAGE sql IMMUTABLE STRICT AS $$SELECT json_extract_path_text(pg_internal.checked_json(value, null_if_invalid), a)$$;
CREATE OR REPLACE FUNCTION pg_internal.json_extract_path_text(value text, a text, b text, null_if_invalid boolean) RETURNS text
LANGUAGE sql IMMUTABLE STRICT AS $$SELECT json_extract_path_text(pg_internal.checked_json(value, null_if_invalid), a, b)$$;
CREATE OR REPLACE FUNCTION pg_internal.json_extract_path_text(value text, a text, b text, c text, null_if_invalid boolean) RETURNS text
LANGUAGE sql IMMUTABLE STRICT AS $$SELECT json_extract_path_text(pg_internal.checked_json(value, null_if_invalid), a, b, c)$$;
CREATE OR REPLACE FUNCTION pg_internal.json_extract_path_text(value text, a text, b text, c text, d text, null_if_invalid boolean) RETURNS text
LANGUAGE sql IMMUTABLE STRICT AS $$SELECT json_extract_path_text(pg_internal.checked_json(value, null_if_invalid), a, b, c, d)$$;
CREATE OR REPLACE FUNCTION pg_internal.json_extract_path_text(value text, a text, b text, c text, d text, e text, null_if_invalid boolean) RETURNS text
LANGUAGE sql IMMUTABLE STRICT AS $$SELECT json_extract_path_text(pg_internal.checked_json(value, null_if_invalid), a, b, c, d, e)$$;
CREATE OR REPLACE FUNCTION pg_internal.json_array_length(value text, null_if_invalid boolean DEFAULT false)
RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS $$SELECT json_array_length(pg_internal.checked_json(value, null_if_invalid))$$;
CREATE OR REPLACE FUNCTION pg_internal.json_extract_array_element_text(
    value text, place integer, null_if_invalid boolean DEFAULT false
) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$SELECT pg_internal.checked_json(value, null_if_invalid) ->> place$$;
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_proc WHERE oid = to_regprocedure('pg_internal.json_parse(text)') AND prorettype = 'jsonb'::regtype) THEN
        -- of an earlier release, whose views go on calling it
        ALTER FUNCTION pg_internal.json_parse(text) RENAME TO json_parse_jsonb;
    END IF;
END
$$;
-- The text of a SUPER has no white space between its parts.
CREATE OR REPLACE FUNCTION pg_internal.compact(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS
$$SELECT regexp_replace(value, '("(?:[^"\\]|\\.)*")|\s+', '\1', 'g')$$;
CREATE OR REPLACE FUNCTION pg_internal.json_serialize(value jsonb) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$SELECT pg_internal.compact(value::text)$$;

-- All digits of a number, whatever extra_float_digits is, for the variables of procedures.
CREATE OR REPLACE FUNCTION pg_internal.exact_digits(value float4) RETURNS text
LANGUAGE sql STABLE STRICT SET extra_float_digits = 3 AS 'SELECT value::text';
CREATE OR REPLACE FUNCTION pg_internal.exact_digits(value float8) RETURNS text
LANGUAGE sql STABLE STRICT SET extra_float_digits = 3 AS 'SELECT value::text';

-- The rows above a row of CONNECT BY, with the row itself, which must not be among them.
CREATE OR REPLACE FUNCTION pg_internal.way(above text[], item record) RETURNS text[] LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF item::text = ANY (above) THEN
        RAISE EXCEPTION 'a loop in the rows of CONNECT BY: not supported by the emulator' USING ERRCODE = '0A000';
    END IF;
    RETURN array_append(above, item::text);
END
$$;

-- PostgreSQL ignores the signal between two statements of a procedure: the notice tells the emulator.
CREATE OR REPLACE FUNCTION pg_internal.pg_terminate_backend(pid integer) RETURNS boolean LANGUAGE plpgsql VOLATILE STRICT AS $$
BEGIN
    IF NOT pg_catalog.pg_terminate_backend(pid) THEN
        RETURN false;
    END IF;
    RAISE INFO USING MESSAGE = pid::text, ERRCODE = 'RSCAN';
    RETURN true;
END
$$;

-- https://docs.aws.amazon.com/redshift/latest/dg/r_TIMESTAMP_CMP.html and the pages beside it
DO $$
DECLARE
    each record;
BEGIN
    FOR each IN SELECT * FROM (VALUES
        ('date_cmp_timestamp', 'date', 'timestamp'), ('date_cmp_timestamptz', 'date', 'timestamptz'),
        ('timestamp_cmp', 'timestamp', 'timestamp'), ('timestamp_cmp_date', 'timestamp', 'date'),
        ('timestamp_cmp_timestamptz', 'timestamp', 'timestamptz'), ('timestamptz_cmp', 'timestamptz', 'timestamptz'),
        ('timestamptz_cmp_date', 'timestamptz', 'date'), ('timestamptz_cmp_timestamp', 'timestamptz', 'timestamp'),
        ('interval_cmp', 'interval', 'interval')) AS t (name, one, other)
    LOOP
        EXECUTE format('CREATE OR REPLACE FUNCTION pg_internal.%s(a %s, b %s) RETURNS integer LANGUAGE sql STABLE AS %L', each.name, each.one,
            each.other, 'SELECT CASE WHEN a > b THEN 1 WHEN a < b THEN -1 WHEN a = b THEN 0 END');
    END LOOP;
END
$$;

-- PostgreSQL 8.0 has series of integers only.
CREATE OR REPLACE FUNCTION pg_internal.generate_series(start integer, stop integer) RETURNS SETOF integer
LANGUAGE internal IMMUTABLE STRICT AS 'generate_series_int4';
CREATE OR REPLACE FUNCTION pg_internal.generate_series(start integer, stop integer, step integer) RETURNS SETOF integer
LANGUAGE internal IMMUTABLE STRICT AS 'generate_series_step_int4';
CREATE OR REPLACE FUNCTION pg_internal.generate_series(start bigint, stop bigint) RETURNS SETOF bigint
LANGUAGE internal IMMUTABLE STRICT AS 'generate_series_int8';
CREATE OR REPLACE FUNCTION pg_internal.generate_series(start bigint, stop bigint, step bigint) RETURNS SETOF bigint
LANGUAGE internal IMMUTABLE STRICT AS 'generate_series_step_int8';

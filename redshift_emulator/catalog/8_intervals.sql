-- INTERVAL YEAR TO MONTH and INTERVAL DAY TO SECOND: PostgreSQL's interval under the names and the numbers that drivers know.
-- https://docs.aws.amazon.com/redshift/latest/dg/r_interval_data_types.html
-- https://github.com/aws/amazon-redshift-python-driver/blob/master/redshift_connector/utils/oids.py
DO $$
DECLARE
    each record;
BEGIN
    FOR each IN SELECT * FROM (VALUES ('intervaly2m', 1188), ('intervald2s', 1190)) AS t (name, number) LOOP
        CONTINUE WHEN to_regtype('pg_catalog.' || each.name) IS NOT NULL;
        EXECUTE format('CREATE TYPE pg_catalog.%s', each.name);
        -- before anything refers to the number that PostgreSQL has chosen
        UPDATE pg_catalog.pg_type SET oid = each.number WHERE typname = each.name AND typnamespace = 'pg_catalog'::regnamespace;
        EXECUTE replace('
            CREATE FUNCTION pg_internal.@_in(cstring, oid, integer) RETURNS @ LANGUAGE internal STABLE STRICT AS ''interval_in'';
            CREATE FUNCTION pg_internal.@_out(@) RETURNS cstring LANGUAGE internal STABLE STRICT AS ''interval_out'';
            CREATE FUNCTION pg_internal.@_receive(internal, oid, integer) RETURNS @ LANGUAGE internal STABLE STRICT AS ''interval_recv'';
            CREATE FUNCTION pg_internal.@_send(@) RETURNS bytea LANGUAGE internal STABLE STRICT AS ''interval_send'';
            CREATE TYPE pg_catalog.@ (
                INPUT = pg_internal.@_in, OUTPUT = pg_internal.@_out, RECEIVE = pg_internal.@_receive, SEND = pg_internal.@_send,
                TYPMOD_IN = intervaltypmodin, TYPMOD_OUT = intervaltypmodout, LIKE = interval, CATEGORY = ''T'');
            CREATE CAST (@ AS interval) WITHOUT FUNCTION AS IMPLICIT;
            CREATE CAST (interval AS @) WITHOUT FUNCTION AS ASSIGNMENT;
            CREATE FUNCTION pg_internal.interval_eq(@, @) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS ''interval_eq'';
            CREATE FUNCTION pg_internal.interval_ne(@, @) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS ''interval_ne'';
            CREATE FUNCTION pg_internal.interval_lt(@, @) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS ''interval_lt'';
            CREATE FUNCTION pg_internal.interval_le(@, @) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS ''interval_le'';
            CREATE FUNCTION pg_internal.interval_gt(@, @) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS ''interval_gt'';
            CREATE FUNCTION pg_internal.interval_ge(@, @) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS ''interval_ge'';
            CREATE FUNCTION pg_internal.interval_order(@, @) RETURNS integer LANGUAGE internal IMMUTABLE STRICT AS ''interval_cmp'';
            CREATE FUNCTION pg_internal.interval_hash(@) RETURNS integer LANGUAGE internal IMMUTABLE STRICT AS ''interval_hash'';
            CREATE FUNCTION pg_internal.interval_smaller(@, @) RETURNS @ LANGUAGE internal IMMUTABLE STRICT AS ''interval_smaller'';
            CREATE FUNCTION pg_internal.interval_larger(@, @) RETURNS @ LANGUAGE internal IMMUTABLE STRICT AS ''interval_larger'';
            CREATE OPERATOR pg_catalog.= (LEFTARG = @, RIGHTARG = @, FUNCTION = pg_internal.interval_eq,
                COMMUTATOR = OPERATOR(pg_catalog.=), NEGATOR = OPERATOR(pg_catalog.<>),
                RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES);
            CREATE OPERATOR pg_catalog.<> (LEFTARG = @, RIGHTARG = @, FUNCTION = pg_internal.interval_ne,
                COMMUTATOR = OPERATOR(pg_catalog.<>), NEGATOR = OPERATOR(pg_catalog.=), RESTRICT = neqsel, JOIN = neqjoinsel);
            CREATE OPERATOR pg_catalog.< (LEFTARG = @, RIGHTARG = @, FUNCTION = pg_internal.interval_lt,
                COMMUTATOR = OPERATOR(pg_catalog.>), NEGATOR = OPERATOR(pg_catalog.>=), RESTRICT = scalarltsel);
            CREATE OPERATOR pg_catalog.<= (LEFTARG = @, RIGHTARG = @, FUNCTION = pg_internal.interval_le,
                COMMUTATOR = OPERATOR(pg_catalog.>=), NEGATOR = OPERATOR(pg_catalog.>), RESTRICT = scalarlesel);
            CREATE OPERATOR pg_catalog.> (LEFTARG = @, RIGHTARG = @, FUNCTION = pg_internal.interval_gt,
                COMMUTATOR = OPERATOR(pg_catalog.<), NEGATOR = OPERATOR(pg_catalog.<=), RESTRICT = scalargtsel);
            CREATE OPERATOR pg_catalog.>= (LEFTARG = @, RIGHTARG = @, FUNCTION = pg_internal.interval_ge,
                COMMUTATOR = OPERATOR(pg_catalog.<=), NEGATOR = OPERATOR(pg_catalog.<), RESTRICT = scalargesel);
            CREATE OPERATOR CLASS pg_internal.@_order DEFAULT FOR TYPE @ USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =,
                OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 pg_internal.interval_order(@, @);
            CREATE OPERATOR CLASS pg_internal.@_hash DEFAULT FOR TYPE @ USING hash AS OPERATOR 1 =,
                FUNCTION 1 pg_internal.interval_hash(@);
            CREATE AGGREGATE pg_catalog.min(@) (SFUNC = pg_internal.interval_smaller, STYPE = @, SORTOP = OPERATOR(pg_catalog.<));
            CREATE AGGREGATE pg_catalog.max(@) (SFUNC = pg_internal.interval_larger, STYPE = @, SORTOP = OPERATOR(pg_catalog.>));
        ', '@', each.name);
    END LOOP;
END
$$;

-- The months of an interval, and the rest as 64 bits of microseconds; a day has 24 hours.
CREATE OR REPLACE FUNCTION pg_internal.to_intervaly2m(span interval) RETURNS intervaly2m LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    IF NOT isfinite(span) THEN
        RAISE EXCEPTION 'interval out of range' USING ERRCODE = '22008';
    END IF;
    RETURN make_interval(months => (extract(year FROM span) * 12 + extract(month FROM span))::integer);
END
$$;
CREATE OR REPLACE FUNCTION pg_internal.to_intervald2s(span interval) RETURNS intervald2s LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    rest interval := span - pg_internal.to_intervaly2m(span)::interval;
BEGIN
    IF extract(epoch FROM rest) * 1000000 NOT BETWEEN -9223372036854775808 AND 9223372036854775807 THEN
        RAISE EXCEPTION 'interval out of range' USING ERRCODE = '22008';
    END IF;
    RETURN justify_hours(rest);
END
$$;

-- What a value becomes in a column or by a cast: the parts of its type, as many as the qualifier allows.
-- IMMUTABLE, so that literals are computed once for each statement, although they depend on parameters.
-- https://docs.aws.amazon.com/redshift/latest/dg/r_interval_forbid_composite_literals.html
CREATE OR REPLACE FUNCTION pg_internal.check_parts(lost interval, kind text, parts text) RETURNS void LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF lost <> '0' AND coalesce(current_setting('rs.interval_forbid_composite_literals', true), '') NOT IN ('false', 'off') THEN
        RAISE EXCEPTION 'Interval % literal cannot contain % parts. Disable the GUC interval_forbid_composite_literals to suppress this error and silently discard the % part.',
            kind, parts, parts USING ERRCODE = '22007';
    END IF;
END
$$;
CREATE OR REPLACE FUNCTION pg_internal.intervaly2m(value intervaly2m, modifier integer) RETURNS intervaly2m
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    months interval := pg_internal.to_intervaly2m(value);
BEGIN
    PERFORM pg_internal.check_parts(value::interval - months, 'Year To Month', 'day-time');
    RETURN pg_catalog.interval(months, modifier);
END
$$;
CREATE OR REPLACE FUNCTION pg_internal.intervald2s(value intervald2s, modifier integer) RETURNS intervald2s
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    PERFORM pg_internal.check_parts(pg_internal.to_intervaly2m(value), 'Day To Second', 'year-month');
    RETURN pg_catalog.interval(pg_internal.to_intervald2s(value), modifier);
END
$$;

CREATE OR REPLACE PROCEDURE pg_internal.create_interval_operator(sign text, a text, b text, result text, body text) LANGUAGE plpgsql AS $$
DECLARE
    word text := 'interval_' || CASE sign WHEN '+' THEN 'plus' WHEN '-' THEN 'minus' WHEN '*' THEN 'times' WHEN '/' THEN 'divided' ELSE 'mixed' END;
BEGIN
    EXECUTE format('CREATE OR REPLACE FUNCTION pg_internal.%s(a %s, b %s) RETURNS %s LANGUAGE sql IMMUTABLE STRICT AS %L',
        word, a, b, result, 'SELECT ' || body);
    IF to_regoperator(format('pg_catalog.%s(%s, %s)', sign, a, b)) IS NULL THEN
        EXECUTE format('CREATE OPERATOR pg_catalog.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = pg_internal.%s)', sign, a, b, word);
    END IF;
END
$$;
-- What mixes both types would have results that neither can hold.
CREATE OR REPLACE FUNCTION pg_internal.refuse_intervals(what text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RAISE EXCEPTION '%: not supported by the emulator', what USING ERRCODE = '0A000';
END
$$;
DO $$
DECLARE
    y2m text := 'intervaly2m';
    d2s text := 'intervald2s';
    kind text;
    sign text;
BEGIN
    FOREACH kind IN ARRAY ARRAY[y2m, d2s] LOOP
        EXECUTE replace('CREATE OR REPLACE FUNCTION pg_internal.interval_negative(a @) RETURNS @ LANGUAGE sql IMMUTABLE STRICT AS
            ''SELECT pg_internal.to_@(-(a::interval))''', '@', kind);
        CALL pg_internal.create_interval_operator('+', kind, kind, kind, format('pg_internal.to_%s(a::interval + b::interval)', kind));
        CALL pg_internal.create_interval_operator('-', kind, kind, kind, format('pg_internal.to_%s(a::interval - b::interval)', kind));
        CALL pg_internal.create_interval_operator('*', kind, 'float8', kind, format('pg_internal.to_%s(a::interval * b)', kind));
        CALL pg_internal.create_interval_operator('*', 'float8', kind, kind, format('pg_internal.to_%s(a * b::interval)', kind));
        CALL pg_internal.create_interval_operator('/', kind, 'float8', kind, format('pg_internal.to_%s(a::interval / b)', kind));
        CONTINUE WHEN to_regprocedure(format('pg_catalog.sum(%s)', kind)) IS NOT NULL;
        EXECUTE replace('
            CREATE OPERATOR pg_catalog.- (RIGHTARG = @, FUNCTION = pg_internal.interval_negative);
            CREATE CAST (@ AS @) WITH FUNCTION pg_internal.@(@, integer) AS IMPLICIT;
            CREATE AGGREGATE pg_catalog.sum(@) (SFUNC = pg_internal.interval_plus, STYPE = @)', '@', kind);
    END LOOP;
    CALL pg_internal.create_interval_operator('+', 'date', y2m, 'date', '(a + b::interval)::date');
    CALL pg_internal.create_interval_operator('+', y2m, 'date', 'date', '(b + a::interval)::date');
    CALL pg_internal.create_interval_operator('-', 'date', y2m, 'date', '(a - b::interval)::date');
    FOREACH sign IN ARRAY ARRAY['+', '-', '=', '<>', '<', '<=', '>', '>='] LOOP
        CALL pg_internal.create_interval_operator(sign, y2m, d2s, 'boolean',
            'pg_internal.refuse_intervals(''INTERVAL YEAR TO MONTH beside INTERVAL DAY TO SECOND'')');
        CALL pg_internal.create_interval_operator(sign, d2s, y2m, 'boolean',
            'pg_internal.refuse_intervals(''INTERVAL DAY TO SECOND beside INTERVAL YEAR TO MONTH'')');
    END LOOP;
END
$$;

-- A text as its qualifier reads it: a number without a unit is one of the smallest, and digits behind the sixth are cut.
CREATE OR REPLACE FUNCTION pg_internal.interval_of_text(value text, modifier integer) RETURNS interval LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    fields integer := modifier >> 16;
    plain text := regexp_replace(value, '(\.\d{6})\d+', '\1', 'g');
    unit text := CASE WHEN fields & 4096 <> 0 THEN 'second' WHEN fields & 2048 <> 0 THEN 'minute' WHEN fields & 1024 <> 0 THEN 'hour'
        WHEN fields & 8 <> 0 THEN 'day' WHEN fields & 2 <> 0 THEN 'month' ELSE 'year' END;
BEGIN
    IF value ~* '^\s*[+-]?(p|inf)' THEN  -- ISO 8601, which PostgreSQL 8.0 did not have
        RAISE EXCEPTION 'invalid input syntax for type interval: "%"', value USING ERRCODE = '22007';
    ELSIF plain ~ '(^|[\s,])[+-]?(\d+\.?\d*|\.\d+)\s*$' THEN
        plain := plain || ' ' || unit;
    ELSIF fields = 2048 | 4096 THEN
        plain := regexp_replace(plain, '(^|\s)([+-]?)(\d+:\d+(\.\d*)?)\s*$', '\1\200:\3');
    END IF;
    RETURN plain::interval;
END
$$;
DO $$
DECLARE
    kind text;
    source text;
BEGIN
    FOREACH kind IN ARRAY ARRAY['intervaly2m', 'intervald2s'] LOOP
        EXECUTE replace('CREATE OR REPLACE FUNCTION pg_internal.@(value text, modifier integer) RETURNS @ LANGUAGE sql IMMUTABLE STRICT AS
            ''SELECT pg_internal.@(pg_internal.interval_of_text(value, modifier)::@, modifier)''', '@', kind);
        FOREACH source IN ARRAY ARRAY['text', 'varchar'] LOOP
            CONTINUE WHEN EXISTS (SELECT FROM pg_cast WHERE castsource = source::regtype AND casttarget = kind::regtype);
            EXECUTE format('CREATE CAST (%s AS %s) WITH FUNCTION pg_internal.%2$s(text, integer)', source, kind);
        END LOOP;
    END LOOP;
END
$$;

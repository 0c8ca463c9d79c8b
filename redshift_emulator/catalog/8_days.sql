-- A number that is added to a timestamp, or subtracted from it, is one of days; to a date, integers of any size can be added.
-- https://repost.aws/knowledge-center/redshift-high-cpu-usage
-- https://gist.github.com/tamiroze/e9a7e7419d971d04d447650f0f882d11
-- The type keeps texts unambiguous: in timestamp + '1 hour', PostgreSQL prefers interval, which has the same category.
DO $$
DECLARE
    number text;
    sign text;
    word text;
BEGIN
    IF to_regtype('pg_internal.days') IS NOT NULL THEN
        RETURN;
    END IF;
    CREATE TYPE pg_internal.days;
    CREATE FUNCTION pg_internal.days_in(cstring, oid, integer) RETURNS pg_internal.days LANGUAGE internal STABLE STRICT AS 'interval_in';
    CREATE FUNCTION pg_internal.days_out(pg_internal.days) RETURNS cstring LANGUAGE internal STABLE STRICT AS 'interval_out';
    CREATE TYPE pg_internal.days (INPUT = pg_internal.days_in, OUTPUT = pg_internal.days_out, LIKE = interval, CATEGORY = 'T');
    CREATE CAST (interval AS pg_internal.days) WITHOUT FUNCTION;
    FOREACH number IN ARRAY ARRAY['smallint', 'integer', 'bigint'] LOOP
        EXECUTE format('CREATE FUNCTION pg_internal.days(%s) RETURNS pg_internal.days LANGUAGE sql IMMUTABLE STRICT AS
            ''SELECT pg_catalog.make_interval(days => $1::integer)::pg_internal.days''', number);
        EXECUTE format('CREATE CAST (%s AS pg_internal.days) WITH FUNCTION pg_internal.days(%1$s) AS IMPLICIT', number);
    END LOOP;
    CREATE FUNCTION pg_internal.plus(timestamp, pg_internal.days) RETURNS timestamp LANGUAGE internal IMMUTABLE STRICT AS 'timestamp_pl_interval';
    CREATE FUNCTION pg_internal.minus(timestamp, pg_internal.days) RETURNS timestamp LANGUAGE internal IMMUTABLE STRICT AS 'timestamp_mi_interval';
    CREATE OPERATOR pg_catalog.+ (LEFTARG = timestamp, RIGHTARG = pg_internal.days, FUNCTION = pg_internal.plus);
    CREATE OPERATOR pg_catalog.- (LEFTARG = timestamp, RIGHTARG = pg_internal.days, FUNCTION = pg_internal.minus);
    FOREACH number IN ARRAY ARRAY['smallint', 'bigint'] LOOP
        FOR sign, word IN VALUES ('+', 'plus'), ('-', 'minus') LOOP
            EXECUTE format('CREATE FUNCTION pg_internal.%s(date, %s) RETURNS date LANGUAGE sql IMMUTABLE STRICT AS
                ''SELECT $1 %s $2::integer''', word, number, sign);
            EXECUTE format('CREATE OPERATOR pg_catalog.%s (LEFTARG = date, RIGHTARG = %s, FUNCTION = pg_internal.%s)', sign, number, word);
        END LOOP;
    END LOOP;
END
$$;

-- Window functions with IGNORE NULLS: an element of the array of the values that are not NULL.

CREATE OR REPLACE FUNCTION pg_internal.add_not_null(found anyarray, value anyelement) RETURNS anyarray
LANGUAGE sql IMMUTABLE AS $$SELECT CASE WHEN value IS NULL THEN found ELSE array_append(found, value) END$$;

CREATE OR REPLACE AGGREGATE pg_internal.not_nulls(anyelement) (
    SFUNC = pg_internal.add_not_null, STYPE = anyarray, INITCOND = '{}'
);

-- A position below 0 counts from the end.
CREATE OR REPLACE FUNCTION pg_internal.picked(found anyarray, place integer) RETURNS anyelement
LANGUAGE sql IMMUTABLE AS $$SELECT found[CASE WHEN place < 0 THEN cardinality(found) + 1 + place ELSE place END]$$;

-- MEDIAN, PERCENTILE_CONT and PERCENTILE_DISC, also as window functions, of the sorted values. A decimal keeps its scale, an
-- integer becomes a decimal with one digit behind the point, and both get the digits that the result needs.
-- https://docs.aws.amazon.com/redshift/latest/dg/r_WF_PERCENTILE_CONT.html
CREATE OR REPLACE FUNCTION pg_internal.sort(state anycompatiblearray) RETURNS anycompatiblearray LANGUAGE sql IMMUTABLE AS
$$SELECT array_agg(item ORDER BY item) FROM unnest(state) AS item WHERE item IS NOT NULL$$;
CREATE OR REPLACE AGGREGATE pg_internal.sorted(anycompatible) (SFUNC = array_append, STYPE = anycompatiblearray, FINALFUNC = pg_internal.sort);

CREATE OR REPLACE FUNCTION pg_internal.interpolated(low numeric, high numeric, share numeric, digits integer) RETURNS numeric
LANGUAGE sql IMMUTABLE AS
$$SELECT round(low + (high - low) * share, greatest(digits, min_scale(low + (high - low) * share)))$$;
CREATE OR REPLACE FUNCTION pg_internal.interpolated(low date, high date, share numeric) RETURNS date LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF (high - low) * share % 1 <> 0 THEN
        RAISE EXCEPTION 'a date between two dates: not supported by the emulator' USING ERRCODE = '0A000';
    END IF;
    RETURN low + ((high - low) * share)::integer;
END
$$;
DO $$
DECLARE
    made record;
BEGIN
    FOR made IN SELECT * FROM (VALUES
        ('int2', 'numeric', 'pg_internal.interpolated(low::numeric, high::numeric, share, 1)'),
        ('int4', 'numeric', 'pg_internal.interpolated(low::numeric, high::numeric, share, 1)'),
        ('int8', 'numeric', 'pg_internal.interpolated(low::numeric, high::numeric, share, 1)'),
        ('numeric', 'numeric', 'pg_internal.interpolated(low, high, share, greatest(scale(low), scale(high)))'),
        ('float4', 'float8', 'low::float8 + (high::float8 - low::float8) * share::float8'),
        ('float8', 'float8', 'low + (high - low) * share::float8'),
        ('date', 'date', 'pg_internal.interpolated(low, high, share)'),
        ('timestamp', 'timestamp', 'low + (high - low) * share::float8'),
        ('timestamptz', 'timestamptz', 'low + (high - low) * share::float8')) AS t (type, result, between)
    LOOP
        EXECUTE format('CREATE OR REPLACE FUNCTION pg_internal.percentile_cont(sorted %1$s[], fraction numeric, descending boolean)
            RETURNS %2$s LANGUAGE sql IMMUTABLE AS $f$
                SELECT %3$s FROM (SELECT sorted[1 + floor(place)::integer], sorted[1 + ceil(place)::integer], place - floor(place)
                    FROM (SELECT CASE WHEN descending THEN 1 - fraction ELSE fraction END * (cardinality(sorted) - 1)) AS p (place)
                ) AS t (low, high, share)$f$', made.type, made.result, made.between);
        EXECUTE format('CREATE OR REPLACE FUNCTION pg_internal.median(sorted %1$s[]) RETURNS %2$s LANGUAGE sql IMMUTABLE AS
            ''SELECT pg_internal.percentile_cont(sorted, 0.5, false)''', made.type, made.result);
    END LOOP;
END
$$;
CREATE OR REPLACE FUNCTION pg_internal.percentile_disc(sorted anyarray, fraction numeric, descending boolean) RETURNS anyelement
LANGUAGE sql IMMUTABLE AS $$
    SELECT sorted[CASE WHEN descending THEN cardinality(sorted) + 1 - place ELSE place END]
    FROM (SELECT greatest(ceil(fraction * cardinality(sorted)), 1)::integer) AS p (place)
$$;

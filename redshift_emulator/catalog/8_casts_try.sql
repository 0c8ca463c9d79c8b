-- TRY_CAST is NULL where a cast fails. It converts the documented pairs of types only.
-- https://docs.aws.amazon.com/redshift/latest/dg/r_TRY_CAST.html

CREATE OR REPLACE FUNCTION pg_internal.may_try(source regtype, target regtype) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN source::text IN ('text', 'character varying', 'character') THEN target::text <> 'boolean'
        WHEN source = target AND source <> 'numeric'::regtype THEN true  -- SQLMesh writes that of dates
        WHEN source::text IN ('date', 'json', 'bytea') OR source::text ~ '^time|^interval' OR source = target THEN NULL
        WHEN source = 'boolean'::regtype THEN target::text IN ('smallint', 'integer', 'bigint')
        WHEN target = 'boolean'::regtype THEN source::text IN ('smallint', 'integer', 'bigint')
        ELSE target::text !~ '^date|^time'
    END
$$;

-- ``kind`` is NULL in the type of the result, ``type`` what a cast of the value says.
CREATE OR REPLACE FUNCTION pg_internal.try_cast(value anycompatible, kind anyelement, type text) RETURNS anyelement
LANGUAGE plpgsql STABLE AS $$
DECLARE
    source regtype := pg_typeof(value);
    permitted boolean := pg_internal.may_try(source, pg_typeof(kind));
    result kind%TYPE;
BEGIN
    IF permitted IS NULL THEN
        RAISE EXCEPTION 'TRY_CAST from % to %: not supported by the emulator', pg_internal.format_type(source, NULL),
            pg_internal.format_type(pg_typeof(kind), NULL) USING ERRCODE = '0A000';
    ELSIF NOT permitted THEN
        RAISE EXCEPTION 'cannot cast type % to %', pg_internal.format_type(source, NULL),
            pg_internal.format_type(pg_typeof(kind), NULL) USING ERRCODE = '42846';
    END IF;
    EXECUTE 'SELECT $1::' || type INTO result USING value;
    RETURN result;
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END
$$;

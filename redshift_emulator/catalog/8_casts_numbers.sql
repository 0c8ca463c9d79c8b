-- A text is a number in decimal digits. PostgreSQL 16 and newer also read 0x1F, 0o7, 0b11 and 1_000; literals are checked before
-- they run, the values of tables by these casts.

CREATE OR REPLACE FUNCTION pg_internal.refuse_number(value text, kind text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RAISE EXCEPTION 'invalid input syntax for %: "%"', kind, value USING ERRCODE = '22P02';
END
$$;
CREATE OR REPLACE FUNCTION pg_internal.checked_number(value text, kind text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE WHEN value ~* '^\s*[+-]?(0[xob]|\d+_)' THEN pg_internal.refuse_number(value, kind) ELSE value END
$$;
DO $$
DECLARE
    made record;
    source text;
BEGIN
    FOR made IN SELECT * FROM (VALUES
        ('whole', 'int8', 'integer'), ('rounded', 'numeric', 'type numeric'), ('cut', 'numeric', 'type numeric')) AS t (name, stored, kind)
    LOOP
        FOREACH source IN ARRAY ARRAY['text', 'varchar', 'bpchar'] LOOP
            EXECUTE format('CREATE OR REPLACE FUNCTION pg_internal.to_%2$s(value %1$s) RETURNS pg_internal.%2$s
                LANGUAGE sql IMMUTABLE STRICT AS %3$L', source, made.name, format(
                'SELECT pg_internal.checked_number(value::text, %L)::%s::pg_internal.%s', made.kind, made.stored, made.name));
            IF NOT EXISTS (SELECT FROM pg_cast WHERE castsource = source::regtype AND casttarget = ('pg_internal.' || made.name)::regtype) THEN
                EXECUTE format('CREATE CAST (%1$s AS pg_internal.%2$s) WITH FUNCTION pg_internal.to_%2$s(%1$s)', source, made.name);
            END IF;
        END LOOP;
    END LOOP;
END
$$;

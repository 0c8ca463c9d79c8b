-- Names of 64 to 127 bytes and the short ones that PostgreSQL has instead, with a mark. A name may have several rows: as a unique
-- one, it would let a transaction wait for another that uses it for the first time.

CREATE TABLE IF NOT EXISTS pg_internal.long_name (short text NOT NULL, long text NOT NULL);
CREATE INDEX IF NOT EXISTS long_name_short ON pg_internal.long_name (short);
GRANT SELECT ON pg_internal.long_name TO PUBLIC;

CREATE OR REPLACE FUNCTION pg_internal.replaced_names(value text, shorten boolean) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
    found text;
    name record;
BEGIN
    SELECT long INTO found FROM pg_internal.long_name WHERE short = value LIMIT 1;
    IF found IS NOT NULL THEN
        RETURN found;
    END IF;
    FOR name IN
        SELECT short, long FROM pg_internal.long_name WHERE strpos(value, CASE WHEN shorten THEN long ELSE short END) > 0
        GROUP BY short, long ORDER BY octet_length(long) DESC
    LOOP
        value := CASE WHEN shorten THEN replace(value, name.long, name.short) ELSE replace(value, name.short, name.long) END;
    END LOOP;
    RETURN value;
END
$$;
CREATE OR REPLACE FUNCTION pg_internal.long_names(value text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN strpos(value, '_l0ng_') + strpos(value, '¦') > 0 THEN pg_internal.replaced_names(value, false) ELSE value END
$$;
CREATE OR REPLACE FUNCTION pg_internal.long_names(list text[]) RETURNS text[] LANGUAGE plpgsql STABLE STRICT AS
'BEGIN RETURN ARRAY(SELECT pg_internal.long_names(value) FROM unnest(list) AS value); END';
-- Arguments of functions that PostgreSQL takes as names.
CREATE OR REPLACE FUNCTION pg_internal.short_names(value text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN octet_length(value) > 63 THEN pg_internal.replaced_names(value, true) ELSE value END
$$;
CREATE OR REPLACE FUNCTION pg_internal.short_names(value anyelement) RETURNS anyelement LANGUAGE sql IMMUTABLE AS 'SELECT value';
-- The name of the table with the rows of a materialized view.
CREATE OR REPLACE FUNCTION pg_internal.stored_name(view text) RETURNS name LANGUAGE plpgsql STABLE AS
$$BEGIN RETURN pg_internal.short_names('mv_tbl__' || pg_internal.long_names(view) || '__0'); END$$;

CREATE OR REPLACE FUNCTION pg_internal.current_schema() RETURNS text LANGUAGE sql STABLE AS
'SELECT pg_internal.long_names(pg_catalog.current_schema())';
CREATE OR REPLACE FUNCTION pg_internal.current_schemas(implicit boolean) RETURNS text[] LANGUAGE sql STABLE AS
'SELECT pg_internal.long_names(pg_catalog.current_schemas(implicit)::text[])';

-- Casts of texts to REGCLASS.
CREATE OR REPLACE FUNCTION pg_internal.regclass(name text) RETURNS regclass LANGUAGE sql STABLE AS
'SELECT pg_catalog.regclass(pg_internal.short_names(name))';
UPDATE pg_catalog.pg_cast SET castfunc = 'pg_internal.regclass(text)'::regprocedure
WHERE castsource = 'text'::regtype AND casttarget = 'regclass'::regtype;

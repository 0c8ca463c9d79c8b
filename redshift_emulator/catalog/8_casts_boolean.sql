-- A BOOLEAN is not cast to text, and a text is not cast to BOOLEAN: only a literal becomes one. The casts that PostgreSQL has
-- raise the error when they convert a value.
-- https://github.com/dbt-labs/dbt-utils/issues/1016 https://github.com/fivetran/dbt_stripe/issues/79

CREATE OR REPLACE FUNCTION pg_internal.refuse_cast(source text, target text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RAISE EXCEPTION 'cannot cast type % to %', source, target USING ERRCODE = '42846';
END
$$;
CREATE OR REPLACE FUNCTION pg_internal.from_boolean(value boolean) RETURNS text LANGUAGE plpgsql IMMUTABLE AS
$$BEGIN RETURN pg_internal.refuse_cast('boolean', 'character varying'); END$$;
CREATE OR REPLACE FUNCTION pg_internal.boolean_to_bytes(value boolean) RETURNS pg_internal.bytes LANGUAGE plpgsql IMMUTABLE AS
$$BEGIN RETURN pg_internal.refuse_cast('boolean', 'character varying'); END$$;
CREATE OR REPLACE FUNCTION pg_internal.boolean_to_ascii(value boolean) RETURNS pg_internal.ascii LANGUAGE plpgsql IMMUTABLE AS
$$BEGIN RETURN pg_internal.refuse_cast('boolean', 'character'); END$$;
CREATE OR REPLACE FUNCTION pg_internal.to_boolean(value text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS
$$BEGIN RETURN pg_internal.refuse_cast('character varying', 'boolean'); END$$;
CREATE OR REPLACE FUNCTION pg_internal.to_boolean(value varchar) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS
$$BEGIN RETURN pg_internal.refuse_cast('character varying', 'boolean'); END$$;
CREATE OR REPLACE FUNCTION pg_internal.to_boolean(value bpchar) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS
$$BEGIN RETURN pg_internal.refuse_cast('character', 'boolean'); END$$;

-- Only explicit casts find them: a BOOLEAN that is stored in a VARCHAR is an error of types.
UPDATE pg_catalog.pg_cast SET castfunc = 'pg_internal.from_boolean(boolean)'::regprocedure, castcontext = 'e'
WHERE castsource = 'boolean'::regtype AND casttarget IN ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype);
DO $$
DECLARE
    each record;
BEGIN
    FOR each IN SELECT * FROM (VALUES
        ('boolean', 'pg_internal.bytes', 'boolean_to_bytes'), ('boolean', 'pg_internal.ascii', 'boolean_to_ascii'),
        ('text', 'boolean', 'to_boolean'), ('varchar', 'boolean', 'to_boolean'), ('bpchar', 'boolean', 'to_boolean')) AS t (source, target, word)
    LOOP
        IF NOT EXISTS (SELECT FROM pg_cast WHERE castsource = each.source::regtype AND casttarget = each.target::regtype) THEN
            EXECUTE format('CREATE CAST (%1$s AS %2$s) WITH FUNCTION pg_internal.%3$s(%1$s)', each.source, each.target, each.word);
        END IF;
    END LOOP;
END
$$;

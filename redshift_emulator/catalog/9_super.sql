-- SUPER, which is stored as PostgreSQL's json: literals, casts, comparisons, arithmetic, navigation and functions.
-- https://docs.aws.amazon.com/redshift/latest/dg/query-super.html
-- https://docs.aws.amazon.com/redshift/latest/dg/limitations-super.html

CREATE OR REPLACE FUNCTION pg_internal.raw(value json) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS
$$SELECT textin(json_out(value))$$;
-- A null inside of a SUPER is NULL outside of it.
CREATE OR REPLACE FUNCTION pg_internal.super_value(value json) RETURNS json LANGUAGE sql IMMUTABLE STRICT AS
$$SELECT CASE WHEN pg_catalog.json_typeof(value) <> 'null' THEN value END$$;

-- To SUPER ----------------------------------------------------------------------------------------------------------

-- Floats have an exponent, which decimals do not have: 2.22e+0.
CREATE OR REPLACE FUNCTION pg_internal.float_text(written text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    magnitude CONSTANT text := abs(written::numeric)::text;
    digits CONSTANT text := rtrim(ltrim(replace(magnitude, '.', ''), '0'), '0');
    exponent integer := length(split_part(magnitude, '.', 1)) - 1;
BEGIN
    IF written::numeric IN ('NaN', 'Infinity', '-Infinity') THEN
        RAISE EXCEPTION 'SUPER holds finite numbers only' USING ERRCODE = '22003';
    ELSIF digits = '' THEN
        RETURN '0e+0';
    ELSIF magnitude ~ '^0' THEN
        exponent := -1 - length(substring(magnitude FROM '\.(0*)'));
    END IF;
    RETURN CASE WHEN written LIKE '-%' THEN '-' ELSE '' END || left(digits, 1)
        || CASE WHEN length(digits) > 1 THEN '.' || substr(digits, 2) ELSE '' END
        || CASE WHEN exponent < 0 THEN 'e' ELSE 'e+' END || exponent;
END
$$;
CREATE OR REPLACE FUNCTION pg_internal.to_super(value json) RETURNS json LANGUAGE sql IMMUTABLE STRICT AS 'SELECT value';
CREATE OR REPLACE FUNCTION pg_internal.to_super(value text) RETURNS json LANGUAGE sql IMMUTABLE STRICT AS 'SELECT to_json(value)';
CREATE OR REPLACE FUNCTION pg_internal.to_super(value bpchar) RETURNS json LANGUAGE sql IMMUTABLE STRICT AS 'SELECT to_json(value::text)';
CREATE OR REPLACE FUNCTION pg_internal.to_super(value bool) RETURNS json LANGUAGE sql IMMUTABLE STRICT AS 'SELECT to_json(value)';
CREATE OR REPLACE FUNCTION pg_internal.to_super(value int2) RETURNS json LANGUAGE sql IMMUTABLE STRICT AS 'SELECT to_json(value)';
CREATE OR REPLACE FUNCTION pg_internal.to_super(value int4) RETURNS json LANGUAGE sql IMMUTABLE STRICT AS 'SELECT to_json(value)';
CREATE OR REPLACE FUNCTION pg_internal.to_super(value int8) RETURNS json LANGUAGE sql IMMUTABLE STRICT AS 'SELECT to_json(value)';
CREATE OR REPLACE FUNCTION pg_internal.to_super(value numeric) RETURNS json LANGUAGE sql IMMUTABLE STRICT AS 'SELECT to_json(value)';
CREATE OR REPLACE FUNCTION pg_internal.to_super(value float8) RETURNS json LANGUAGE sql IMMUTABLE STRICT SET extra_float_digits = 1 AS
$$SELECT json_in(textout(pg_internal.float_text(value::text)))$$;
CREATE OR REPLACE FUNCTION pg_internal.to_super(value float4) RETURNS json LANGUAGE sql IMMUTABLE STRICT SET extra_float_digits = 1 AS
$$SELECT json_in(textout(pg_internal.float_text(value::text)))$$;
DO $$
DECLARE
    source text;
BEGIN
    FOREACH source IN ARRAY ARRAY['text', 'varchar', 'bpchar', 'bool', 'int2', 'int4', 'int8', 'numeric', 'float4', 'float8'] LOOP
        IF NOT EXISTS (SELECT FROM pg_cast WHERE castsource = source::regtype AND casttarget = 'json'::regtype) THEN
            EXECUTE format('CREATE CAST (%s AS json) WITH FUNCTION pg_internal.to_super(%s) AS ASSIGNMENT',
                source, CASE source WHEN 'varchar' THEN 'text' ELSE source END);
        END IF;
    END LOOP;
END
$$;

-- From SUPER: as from the type of the value, but NULL instead of an error ------------------------------------------------

CREATE OR REPLACE FUNCTION pg_internal.super_text(value json) RETURNS text LANGUAGE sql IMMUTABLE STRICT SET extra_float_digits = 0 AS $$
    SELECT CASE pg_catalog.json_typeof(value)
        WHEN 'string' THEN value #>> '{}'
        WHEN 'boolean' THEN pg_internal.raw(value)
        WHEN 'number' THEN CASE WHEN pg_internal.raw(value) ~* 'e' THEN pg_internal.raw(value)::float8::text ELSE pg_internal.raw(value) END
    END
$$;
DO $$
DECLARE
    made record;
BEGIN
    FOR made IN
        -- a type, and what a number, a string and a boolean become
        SELECT t AS target, 'written::numeric::' || t AS number, 'content::' || t AS string, 'NULL' AS truth
        FROM unnest(ARRAY['float4', 'float8', 'numeric']) AS t
        UNION ALL SELECT t, 'written::numeric::' || t, 'content::' || t, '(written = ''true'')::int4::' || t
        FROM unnest(ARRAY['int2', 'int4', 'int8']) AS t
        UNION ALL SELECT t, 'NULL', 'content::' || t, 'NULL'
        FROM unnest(ARRAY['date', 'timestamp', 'timestamptz', 'time', 'timetz']) AS t
        UNION ALL SELECT t, 'written::numeric::' || t, 'content::numeric::' || t, 'NULL'
        FROM unnest(ARRAY['pg_internal.rounded', 'pg_internal.cut']) AS t
        UNION ALL SELECT t, 'content::varchar::' || t, 'content::varchar::' || t, 'content::varchar::' || t
        FROM unnest(ARRAY['text', 'varchar', 'bpchar', 'pg_internal.bytes', 'pg_internal.ascii']) AS t
        UNION ALL VALUES
            ('pg_internal.whole', 'trunc(written::numeric)::int8::pg_internal.whole', 'content::int8::pg_internal.whole',
                '(written = ''true'')::int4::int8::pg_internal.whole'),
            -- a decimal with a fraction is no condition
            ('bool', 'CASE WHEN written !~ ''[.eE]'' THEN written::numeric <> 0 END', 'boolin(textout(content))', 'written = ''true''')
    LOOP
        EXECUTE format('CREATE OR REPLACE FUNCTION pg_internal.super_to_%s(value json) RETURNS %s LANGUAGE plpgsql IMMUTABLE STRICT AS %L',
            replace(made.target, 'pg_internal.', ''), made.target, format('
            DECLARE
                written CONSTANT text := pg_internal.raw(value);
                content CONSTANT text := pg_internal.super_text(value);
            BEGIN
                CASE pg_catalog.json_typeof(value)
                    WHEN ''number'' THEN RETURN %s;
                    WHEN ''string'' THEN RETURN %s;
                    WHEN ''boolean'' THEN RETURN %s;
                    ELSE RETURN NULL;
                END CASE;
            EXCEPTION WHEN data_exception THEN RETURN NULL;
            END', made.number, made.string, made.truth));
        IF NOT EXISTS (SELECT FROM pg_cast WHERE castsource = 'json'::regtype AND casttarget = made.target::regtype) THEN
            EXECUTE format('CREATE CAST (json AS %s) WITH FUNCTION pg_internal.super_to_%s(json)',
                made.target, replace(made.target, 'pg_internal.', ''));
        END IF;
    END LOOP;
END
$$;

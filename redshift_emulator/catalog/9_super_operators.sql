-- Comparisons and arithmetic of SUPER, by the types that its values have.
-- https://docs.aws.amazon.com/redshift/latest/dg/query-super.html#dynamic-typing-lax-processing
-- https://docs.aws.amazon.com/redshift/latest/dg/operators-functions.html

-- The sign of a comparison; NULL for values of different types, which cannot be compared. Strings compare as VARCHAR.
CREATE OR REPLACE FUNCTION pg_internal.compared(a json, b json) RETURNS integer LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    kind CONSTANT text := pg_catalog.json_typeof(a);
BEGIN
    IF kind = 'null' OR kind <> pg_catalog.json_typeof(b) THEN
        RETURN NULL;
    ELSIF kind = 'string' THEN
        RETURN bpcharcmp((a #>> '{}')::bpchar, (b #>> '{}')::bpchar);
    END IF;
    RETURN pg_catalog.jsonb_cmp(a::jsonb, b::jsonb);
END
$$;
CREATE OR REPLACE FUNCTION pg_internal.equals(a json, b json) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE WHEN pg_catalog.json_typeof(a) <> 'null' AND pg_catalog.json_typeof(b) <> 'null'
        THEN coalesce(pg_internal.compared(a, b) = 0, false) END
$$;
CREATE OR REPLACE FUNCTION pg_internal.ordered(a json, b json) RETURNS integer LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    IF pg_catalog.json_typeof(a) IN ('array', 'object') AND pg_catalog.json_typeof(a) = pg_catalog.json_typeof(b) THEN
        RAISE EXCEPTION 'the order of arrays or objects in a condition: not supported by the emulator' USING ERRCODE = '0A000';
    END IF;
    RETURN pg_internal.compared(a, b);
END
$$;
-- The order of ORDER BY, GROUP BY and DISTINCT: boolean, number, string, array, object.
CREATE OR REPLACE FUNCTION pg_internal.rank(value json) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS
$$SELECT array_position(ARRAY['boolean', 'number', 'string', 'array', 'object', 'null'], pg_catalog.json_typeof(value))$$;
CREATE OR REPLACE FUNCTION pg_internal.compare(a json, b json) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS
$$SELECT coalesce(nullif(pg_internal.rank(a) - pg_internal.rank(b), 0), pg_internal.compared(a, b), 0)$$;

CREATE OR REPLACE FUNCTION pg_internal.quotient(a json, b json) RETURNS numeric LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    digits CONSTANT integer := least(37, greatest(4,
        pg_internal.decimal_scale(a) + pg_internal.decimal_precision(b) - pg_internal.decimal_scale(b) + 1));
BEGIN
    IF pg_internal.decimal_scale(a) + pg_internal.decimal_scale(b) = 0 THEN
        RAISE EXCEPTION 'the quotient of two integers in SUPER values: not supported by the emulator'
            USING ERRCODE = '0A000', HINT = 'Cast the values.';
    END IF;
    RETURN ROW(pg_internal.raw(a)::numeric, digits)::pg_internal.dividend / pg_internal.raw(b)::numeric;
END
$$;
-- Numbers without an exponent are decimals; with a float, the result is a float. Other operands give NULL.
CREATE OR REPLACE FUNCTION pg_internal.calculated(sign text, a json, b json) RETURNS json LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    kinds CONSTANT text := pg_catalog.json_typeof(a) || ' ' || pg_catalog.json_typeof(b);
    x numeric;
    y numeric;
BEGIN
    IF kinds = 'string string' AND sign = '+' THEN
        RETURN to_json((a #>> '{}') || (b #>> '{}'));
    ELSIF kinds <> 'number number' THEN
        RETURN NULL;
    END IF;
    x := pg_internal.raw(a)::numeric;
    y := pg_internal.raw(b)::numeric;
    IF sign <> '%' AND NOT (pg_internal.is_decimal(a) AND pg_internal.is_decimal(b)) THEN
        RETURN pg_internal.to_super(CASE sign WHEN '+' THEN x::float8 + y::float8 WHEN '-' THEN x::float8 - y::float8
            WHEN '*' THEN x::float8 * y::float8 ELSE x::float8 / y::float8 END);
    END IF;
    x := CASE sign WHEN '+' THEN x + y WHEN '-' THEN x - y WHEN '*' THEN x * y WHEN '%' THEN x % y ELSE pg_internal.quotient(a, b) END;
    IF abs(x) >= 10::numeric ^ (38 - scale(x)) THEN
        RAISE EXCEPTION 'numeric field overflow' USING ERRCODE = '22003';
    END IF;
    RETURN to_json(x);
END
$$;
CREATE OR REPLACE FUNCTION pg_internal.signed(value json, factor numeric) RETURNS json LANGUAGE sql IMMUTABLE STRICT AS
$$SELECT CASE WHEN pg_catalog.json_typeof(value) = 'number' THEN pg_internal.calculated('*', value, to_json(factor)) END$$;
CREATE OR REPLACE FUNCTION pg_internal.negated(value json) RETURNS json LANGUAGE sql IMMUTABLE STRICT AS 'SELECT pg_internal.signed(value, -1)';
CREATE OR REPLACE FUNCTION pg_internal.unchanged(value json) RETURNS json LANGUAGE sql IMMUTABLE STRICT AS 'SELECT pg_internal.signed(value, 1)';

-- Functions of text and || do not take a SUPER.
CREATE OR REPLACE FUNCTION pg_internal.as_text(value json) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RAISE EXCEPTION 'functions and operators of text do not take the type super' USING ERRCODE = '42883', HINT = 'Cast the value to VARCHAR.';
END
$$;
CREATE OR REPLACE FUNCTION pg_internal.concatenated(a json, b text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT pg_internal.as_text(a)';
CREATE OR REPLACE FUNCTION pg_internal.concatenated(a text, b json) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT pg_internal.as_text(b)';
CREATE OR REPLACE FUNCTION pg_internal.marked(a json, b pg_internal.mark) RETURNS json LANGUAGE sql IMMUTABLE AS 'SELECT a';

-- SUPER, or any type, stands right of a SUPER: beside an operator of SUPER and SUPER, PostgreSQL would read a literal as JSON.
CREATE OR REPLACE PROCEDURE pg_internal.create_super_operator(sign text, word text, result text, body text) LANGUAGE plpgsql AS $$
DECLARE
    pair record;
BEGIN
    FOR pair IN
        SELECT 'json' AS lefts, r AS rights
        FROM unnest(ARRAY['anynonarray', 'text', 'bool', 'int2', 'int4', 'int8', 'numeric', 'float4', 'float8']) AS r
        UNION ALL SELECT l, 'json' FROM unnest(ARRAY['text', 'bool', 'int2', 'int4', 'int8', 'numeric', 'float4', 'float8']) AS l
    LOOP
        EXECUTE format('CREATE OR REPLACE FUNCTION pg_internal.%s(a %s, b %s) RETURNS %s LANGUAGE sql IMMUTABLE AS %L',
            word, pair.lefts, pair.rights, result, replace(body, 'operands', 'pg_internal.to_super(a), pg_internal.to_super(b)'));
        IF to_regoperator(format('pg_catalog.%s(%s, %s)', sign, pair.lefts, pair.rights)) IS NULL THEN
            EXECUTE format('CREATE OPERATOR pg_catalog.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = pg_internal.%s)',
                sign, pair.lefts, pair.rights, word);
        END IF;
    END LOOP;
END
$$;
DO $$
DECLARE
    each record;
BEGIN
    FOR each IN SELECT * FROM (VALUES ('=', 'eq'), ('<>', 'ne'), ('<', 'lt'), ('<=', 'le'), ('>', 'gt'), ('>=', 'ge')) AS o (sign, word)
    LOOP
        EXECUTE format('CREATE OR REPLACE FUNCTION pg_internal.%s(a json, b json) RETURNS boolean LANGUAGE sql STABLE AS %L',
            each.word, format('SELECT pg_internal.compare(a, b) %s 0', each.sign));
        IF to_regoperator(format('pg_catalog.%s(json, json)', each.sign)) IS NOT NULL THEN
            EXECUTE format('ALTER OPERATOR pg_catalog.%s (json, json) SET SCHEMA pg_internal', each.sign);  -- of an earlier release
        ELSIF to_regoperator(format('pg_internal.%s(json, json)', each.sign)) IS NULL THEN
            EXECUTE format('CREATE OPERATOR pg_internal.%s (LEFTARG = json, RIGHTARG = json, FUNCTION = pg_internal.%s)', each.sign, each.word);
        END IF;
        CALL pg_internal.create_super_operator(each.sign, 'super_' || each.word, 'boolean', CASE each.sign
            WHEN '=' THEN 'SELECT pg_internal.equals(operands)' WHEN '<>' THEN 'SELECT NOT pg_internal.equals(operands)'
            ELSE format('SELECT pg_internal.ordered(operands) %s 0', each.sign) END);
    END LOOP;
    IF NOT EXISTS (SELECT FROM pg_opclass WHERE opcintype = 'json'::regtype) THEN
        CREATE OPERATOR CLASS pg_internal.json_ops DEFAULT FOR TYPE json USING btree AS
            OPERATOR 1 pg_internal.< (json, json), OPERATOR 2 pg_internal.<= (json, json), OPERATOR 3 pg_internal.= (json, json),
            OPERATOR 4 pg_internal.>= (json, json), OPERATOR 5 pg_internal.> (json, json), FUNCTION 1 pg_internal.compare(json, json);
    END IF;
    FOR each IN SELECT * FROM (VALUES ('+', 'plus'), ('-', 'minus'), ('*', 'times'), ('/', 'divided'), ('%', 'modulo')) AS o (sign, word)
    LOOP
        CALL pg_internal.create_super_operator(each.sign, 'super_' || each.word, 'json',
            format('SELECT pg_internal.calculated(%L, operands)', each.sign));
    END LOOP;
    CALL pg_internal.create_operator_of_division('*', 'json', 'pg_internal.mark', 'marked');
    IF to_regoperator('pg_catalog.-(NONE, json)') IS NULL THEN
        CREATE OPERATOR pg_catalog.- (RIGHTARG = json, FUNCTION = pg_internal.negated);
        CREATE OPERATOR pg_catalog.+ (RIGHTARG = json, FUNCTION = pg_internal.unchanged);
        CREATE OPERATOR pg_catalog.|| (LEFTARG = json, RIGHTARG = text, FUNCTION = pg_internal.concatenated);
        CREATE OPERATOR pg_catalog.|| (LEFTARG = text, RIGHTARG = json, FUNCTION = pg_internal.concatenated);
    END IF;
END
$$;

-- Functions of numbers give a number of the same kind; decimals lose their fraction, except in ABS. A literal would fit several of
-- them: it takes that for BYTES, the only one for a text.
-- https://docs.aws.amazon.com/redshift/latest/dg/operators-functions.html#arithmetic-functions
DO $$
DECLARE
    each record;
BEGIN
    FOR each IN SELECT * FROM (VALUES ('pg_catalog', 'abs'), ('pg_catalog', 'sign'), ('pg_catalog', 'floor'), ('pg_catalog', 'ceil'),
        ('pg_catalog', 'ceiling'), ('pg_internal', 'round'), ('pg_internal', 'trunc')) AS f (space, name)
    LOOP
        EXECUTE format('CREATE OR REPLACE FUNCTION %1$s.%2$s(value json) RETURNS json LANGUAGE sql IMMUTABLE STRICT AS
            ''SELECT CASE WHEN pg_internal.is_decimal(value) THEN to_json(pg_catalog.%2$s(pg_internal.raw(value)::numeric))
                WHEN pg_internal.is_float(value)
                THEN pg_internal.to_super(pg_catalog.%2$s(pg_internal.raw(value)::numeric)::double precision) END''', each.space, each.name);
        EXECUTE format('CREATE OR REPLACE FUNCTION %1$s.%2$s(value pg_internal.bytes) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT AS
            ''SELECT pg_catalog.%2$s(value::varchar::numeric)::double precision''', each.space, each.name);
    END LOOP;
END
$$;
CREATE OR REPLACE FUNCTION pg_internal.larger(a json, b json) RETURNS json LANGUAGE sql IMMUTABLE STRICT AS
$$SELECT CASE WHEN pg_internal.compare(a, b) < 0 THEN b ELSE a END$$;
CREATE OR REPLACE FUNCTION pg_internal.smaller(a json, b json) RETURNS json LANGUAGE sql IMMUTABLE STRICT AS
$$SELECT CASE WHEN pg_internal.compare(a, b) > 0 THEN b ELSE a END$$;
CREATE OR REPLACE AGGREGATE pg_catalog.max(json) (SFUNC = pg_internal.larger, STYPE = json);
CREATE OR REPLACE AGGREGATE pg_catalog.min(json) (SFUNC = pg_internal.smaller, STYPE = json);

-- SUM and AVG are of SUPER too, as documented; what they make of values that are not numbers is not.
-- https://docs.aws.amazon.com/redshift/latest/dg/r_SUM.html
CREATE OR REPLACE FUNCTION pg_internal.totaled(total json, value json) RETURNS json LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF value IS NULL OR pg_catalog.json_typeof(value) = 'null' THEN
        RETURN total;
    ELSIF pg_catalog.json_typeof(value) <> 'number' THEN
        RAISE EXCEPTION 'SUM and AVG of SUPER values that are not numbers: not supported by the emulator'
            USING ERRCODE = '0A000', HINT = 'Cast the values.';
    END IF;
    RETURN CASE WHEN total IS NULL THEN value ELSE pg_internal.calculated('+', total, value) END;
END
$$;
CREATE OR REPLACE FUNCTION pg_internal.averaging(state json[], value json) RETURNS json[] LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN value IS NULL OR pg_catalog.json_typeof(value) = 'null' THEN state
        ELSE ARRAY[pg_internal.totaled(state[1], value), to_json(coalesce(pg_internal.raw(state[2])::integer, 0) + 1)] END
$$;
CREATE OR REPLACE FUNCTION pg_internal.averaged(state json[]) RETURNS json LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE WHEN pg_internal.is_decimal(state[1])
        THEN to_json(pg_catalog.trunc(pg_internal.raw(state[1])::numeric / pg_internal.raw(state[2])::numeric,
            pg_internal.decimal_scale(state[1])))
        ELSE pg_internal.to_super(pg_internal.raw(state[1])::float8 / pg_internal.raw(state[2])::float8) END
$$;
CREATE OR REPLACE AGGREGATE pg_catalog.sum(json) (SFUNC = pg_internal.totaled, STYPE = json);
CREATE OR REPLACE AGGREGATE pg_internal.avg(json) (SFUNC = pg_internal.averaging, STYPE = json[], FINALFUNC = pg_internal.averaged);
CREATE OR REPLACE FUNCTION pg_internal.avg(average json, total json) RETURNS json LANGUAGE sql IMMUTABLE AS 'SELECT average';

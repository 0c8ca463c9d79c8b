-- Functions of SUPER, and what navigation and unnesting become.
-- https://docs.aws.amazon.com/redshift/latest/dg/c_Type_Info_Functions.html
-- https://docs.aws.amazon.com/redshift/latest/dg/c_Array_Functions.html

-- Types -------------------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION pg_internal.json_typeof(value json) RETURNS varchar LANGUAGE sql IMMUTABLE AS
$$SELECT coalesce(pg_catalog.json_typeof(value), 'null')::varchar$$;
CREATE OR REPLACE FUNCTION pg_internal.is_array(value json) RETURNS boolean LANGUAGE sql IMMUTABLE AS
$$SELECT pg_internal.json_typeof(value) = 'array'$$;
CREATE OR REPLACE FUNCTION pg_internal.is_object(value json) RETURNS boolean LANGUAGE sql IMMUTABLE AS
$$SELECT pg_internal.json_typeof(value) = 'object'$$;
CREATE OR REPLACE FUNCTION pg_internal.is_scalar(value json) RETURNS boolean LANGUAGE sql IMMUTABLE AS
$$SELECT pg_internal.json_typeof(value) IN ('boolean', 'number', 'string')$$;
CREATE OR REPLACE FUNCTION pg_internal.is_boolean(value json) RETURNS boolean LANGUAGE sql IMMUTABLE AS
$$SELECT pg_internal.json_typeof(value) = 'boolean'$$;
CREATE OR REPLACE FUNCTION pg_internal.is_varchar(value json) RETURNS boolean LANGUAGE sql IMMUTABLE AS
$$SELECT pg_internal.json_typeof(value) = 'string'$$;
CREATE OR REPLACE FUNCTION pg_internal.is_char(value json) RETURNS boolean LANGUAGE sql IMMUTABLE AS
$$SELECT pg_internal.json_typeof(value) = 'string' AND octet_length(value #>> '{}') = char_length(value #>> '{}')$$;
CREATE OR REPLACE FUNCTION pg_internal.is_float(value json) RETURNS boolean LANGUAGE sql IMMUTABLE AS
$$SELECT pg_internal.json_typeof(value) = 'number' AND pg_internal.raw(value) ~* 'e'$$;
CREATE OR REPLACE FUNCTION pg_internal.is_decimal(value json) RETURNS boolean LANGUAGE sql IMMUTABLE AS
$$SELECT pg_internal.json_typeof(value) = 'number' AND pg_internal.raw(value) !~* 'e'$$;
CREATE OR REPLACE FUNCTION pg_internal.decimal_precision(value json) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE WHEN pg_internal.is_decimal(value)
        THEN greatest(length(ltrim(regexp_replace(pg_internal.raw(value), '[-.\s]', '', 'g'), '0')), 1) END
$$;
CREATE OR REPLACE FUNCTION pg_internal.decimal_scale(value json) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS
$$SELECT CASE WHEN pg_internal.is_decimal(value) THEN scale(pg_internal.raw(value)::numeric) END$$;
CREATE OR REPLACE FUNCTION pg_internal.is_whole(value json, bits integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(CASE WHEN pg_internal.decimal_scale(value) = 0
        THEN pg_internal.raw(value)::numeric BETWEEN -(2::numeric ^ (bits - 1)) AND 2::numeric ^ (bits - 1) - 1 END, false)
$$;
CREATE OR REPLACE FUNCTION pg_internal.is_smallint(value json) RETURNS boolean LANGUAGE sql IMMUTABLE AS
$$SELECT pg_internal.is_whole(value, 16)$$;
CREATE OR REPLACE FUNCTION pg_internal.is_integer(value json) RETURNS boolean LANGUAGE sql IMMUTABLE AS
$$SELECT pg_internal.is_whole(value, 32)$$;
CREATE OR REPLACE FUNCTION pg_internal.is_bigint(value json) RETURNS boolean LANGUAGE sql IMMUTABLE AS
$$SELECT pg_internal.is_whole(value, 64)$$;

-- Text --------------------------------------------------------------------------------------------------------------

-- Attributes must be unique within an object. JSONB keeps only the last of equal ones: it has fewer colons outside of strings.
CREATE OR REPLACE FUNCTION pg_internal.count_attributes(value text) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS
$$SELECT length(regexp_replace(value, '"(?:[^"\\]|\\.)*"|[^:]', '', 'g'))$$;
CREATE OR REPLACE FUNCTION pg_internal.json_parse(value text) RETURNS json LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    parsed CONSTANT json := pg_internal.checked_json(value, false);
BEGIN
    IF pg_internal.count_attributes(value) <> pg_internal.count_attributes(parsed::jsonb::text) THEN
        RAISE EXCEPTION 'JSON parsing error' USING DETAIL = 'duplicate attribute in an object', ERRCODE = 'invalid_json_text';
    END IF;
    RETURN pg_internal.super_value(parsed);
END
$$;
CREATE OR REPLACE FUNCTION pg_internal.json_parse(value bytea) RETURNS json LANGUAGE sql IMMUTABLE STRICT AS
$$SELECT pg_internal.json_parse(convert_from(value, 'UTF8'))$$;
CREATE OR REPLACE FUNCTION pg_internal.can_json_parse(value text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    PERFORM pg_internal.json_parse(value);
    RETURN true;
EXCEPTION WHEN OTHERS THEN
    RETURN false;
END
$$;
CREATE OR REPLACE FUNCTION pg_internal.is_valid_json_array(value text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    RETURN jsonb_typeof(value::jsonb) = 'array';
EXCEPTION WHEN data_exception THEN
    RETURN false;
END
$$;
-- NULL is the text null, too.
CREATE OR REPLACE FUNCTION pg_internal.json_serialize(value json) RETURNS text LANGUAGE sql IMMUTABLE AS
$$SELECT coalesce(pg_internal.compact(pg_internal.raw(value)), 'null')$$;
CREATE OR REPLACE FUNCTION pg_internal.json_serialize_to_varbyte(value json) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT AS
$$SELECT convert_to(pg_internal.json_serialize(value), 'UTF8')$$;
CREATE OR REPLACE FUNCTION pg_internal.json_size(value json) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS
$$SELECT octet_length(pg_internal.json_serialize(value))$$;

-- Arrays and objects ------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION pg_internal."array"() RETURNS json LANGUAGE sql IMMUTABLE AS $$SELECT json_in('[]')$$;
CREATE OR REPLACE FUNCTION pg_internal."array"(VARIADIC items json[]) RETURNS json LANGUAGE sql IMMUTABLE AS $$
    SELECT json_in(textout('[' || string_agg(coalesce(pg_internal.raw(item), 'null'), ',' ORDER BY place) || ']'))
    FROM unnest(items) WITH ORDINALITY AS i (item, place)
$$;
-- The array of aggregated elements, which are NULL if there are none.
CREATE OR REPLACE FUNCTION pg_internal.collected(items json[]) RETURNS json LANGUAGE sql IMMUTABLE AS
$$SELECT CASE WHEN items IS NULL THEN pg_internal."array"() ELSE pg_internal."array"(VARIADIC items) END$$;
CREATE OR REPLACE FUNCTION pg_internal.attribute(name text, value json) RETURNS text LANGUAGE sql IMMUTABLE AS
$$SELECT pg_internal.raw(to_json(name)) || ':' || coalesce(pg_internal.raw(value), 'null')$$;
CREATE OR REPLACE FUNCTION pg_internal.object() RETURNS json LANGUAGE sql IMMUTABLE AS $$SELECT json_in('{}')$$;
CREATE OR REPLACE FUNCTION pg_internal.object(VARIADIC attributes text[]) RETURNS json LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF array_position(attributes, NULL) IS NOT NULL THEN
        RAISE EXCEPTION 'OBJECT: a key is NULL' USING ERRCODE = '22004';
    END IF;
    RETURN pg_internal.json_parse('{' || array_to_string(attributes, ',') || '}');
END
$$;
CREATE OR REPLACE FUNCTION pg_internal.array_concat(a json, b json) RETURNS json LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE WHEN pg_internal.is_array(a) AND pg_internal.is_array(b) THEN (
        SELECT pg_internal.collected(array_agg(item ORDER BY part, place))
        FROM (SELECT 1, e, n FROM json_array_elements(a) WITH ORDINALITY AS t (e, n)
            UNION ALL SELECT 2, e, n FROM json_array_elements(b) WITH ORDINALITY AS t (e, n)) AS parts (part, item, place)) END
$$;
CREATE OR REPLACE FUNCTION pg_internal.leaves(value json) RETURNS SETOF json LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    item json;
BEGIN
    FOR item IN SELECT e FROM json_array_elements(value) AS e LOOP
        IF pg_catalog.json_typeof(item) = 'array' THEN
            RETURN QUERY SELECT pg_internal.leaves(item);
        ELSE
            RETURN NEXT item;
        END IF;
    END LOOP;
END
$$;
CREATE OR REPLACE FUNCTION pg_internal.array_flatten(value json) RETURNS json LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE WHEN pg_internal.is_array(value) THEN (
        SELECT pg_internal.collected(array_agg(leaf ORDER BY place))
        FROM pg_internal.leaves(value) WITH ORDINALITY AS l (leaf, place)) END
$$;
CREATE OR REPLACE FUNCTION pg_internal.get_array_length(value json) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT AS
$$SELECT CASE WHEN pg_internal.is_array(value) THEN pg_catalog.json_array_length(value)::bigint END$$;
CREATE OR REPLACE FUNCTION pg_internal.split_to_array(value text, delimiter text DEFAULT ',') RETURNS json LANGUAGE sql IMMUTABLE STRICT AS
$$SELECT to_json(string_to_array(value, delimiter))$$;
CREATE OR REPLACE FUNCTION pg_internal.subarray(value json, start integer, length integer) RETURNS json LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE WHEN pg_internal.is_array(value) THEN (
        SELECT pg_internal.collected(array_agg(e ORDER BY n))
        FROM json_array_elements(value) WITH ORDINALITY AS t (e, n),
            (SELECT CASE WHEN start < 0 THEN pg_catalog.json_array_length(value) + start ELSE start END AS first) AS f
        WHERE n > first AND n <= first::bigint + length) END
$$;

-- Navigation and unnesting ------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION pg_internal.member(value json, name text) RETURNS json LANGUAGE sql IMMUTABLE STRICT AS 'SELECT value -> name';
CREATE OR REPLACE FUNCTION pg_internal.element(value json, place bigint) RETURNS json LANGUAGE sql IMMUTABLE STRICT AS
$$SELECT CASE WHEN place BETWEEN 0 AND 2147483647 THEN value -> place::integer END$$;
-- A value whose elements or attributes a query reads: NULL has none; what values of other types have is not documented.
CREATE OR REPLACE FUNCTION pg_internal.iterated(value json, kind text) RETURNS json LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    IF pg_catalog.json_typeof(value) NOT IN (kind, 'null') THEN
        RAISE EXCEPTION '% of a SUPER value that is no %: not supported by the emulator',
            CASE kind WHEN 'array' THEN 'unnesting' ELSE 'UNPIVOT' END, kind USING ERRCODE = '0A000';
    END IF;
    RETURN pg_internal.super_value(value);
END
$$;
CREATE OR REPLACE FUNCTION pg_internal.elements(value json) RETURNS SETOF json LANGUAGE sql IMMUTABLE STRICT AS
$$SELECT pg_internal.super_value(e) FROM json_array_elements(pg_internal.iterated(value, 'array')) AS e$$;
CREATE OR REPLACE FUNCTION pg_internal.elements_at(value json) RETURNS TABLE (element json, place bigint) LANGUAGE sql IMMUTABLE STRICT AS
$$SELECT pg_internal.super_value(e), n - 1 FROM json_array_elements(pg_internal.iterated(value, 'array')) WITH ORDINALITY AS t (e, n)$$;
CREATE OR REPLACE FUNCTION pg_internal.attribute_values(value json) RETURNS SETOF json LANGUAGE sql IMMUTABLE STRICT AS
$$SELECT pg_internal.super_value(v) FROM json_each(pg_internal.iterated(value, 'object')) AS t (k, v)$$;
CREATE OR REPLACE FUNCTION pg_internal.attributes(value json) RETURNS TABLE (content json, name varchar) LANGUAGE sql IMMUTABLE STRICT AS
$$SELECT pg_internal.super_value(v), k::varchar FROM json_each(pg_internal.iterated(value, 'object')) AS t (k, v)$$;

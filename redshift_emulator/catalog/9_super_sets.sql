-- Functions of SUPER that compare the elements of arrays, and those of objects. A null is a value like others; elements keep their order.
-- https://docs.aws.amazon.com/redshift/latest/dg/c_Array_Functions.html
-- https://docs.aws.amazon.com/redshift/latest/dg/Object_Functions.html

-- Arrays as sets ----------------------------------------------------------------------------------------------------

-- The elements of an array, with how many equal ones are up to their place, and how many the other array has.
CREATE OR REPLACE FUNCTION pg_internal.matched(a json, b json) RETURNS TABLE (item json, place bigint, occurrence bigint, others bigint)
LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT m.item, m.place, m.occurrence, m.others
    FROM (
        SELECT e, n, own, row_number() OVER (PARTITION BY e, own ORDER BY n), count(*) FILTER (WHERE NOT own) OVER (PARTITION BY e)
        FROM (SELECT true, e, n FROM json_array_elements(a) WITH ORDINALITY AS t (e, n)
            UNION ALL SELECT false, e, 0 FROM json_array_elements(b) AS t (e)) AS parts (own, e, n)
    ) AS m (item, place, own, occurrence, others)
    WHERE own
$$;
CREATE OR REPLACE FUNCTION pg_internal.array_distinct(value json) RETURNS json LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE WHEN pg_internal.is_array(value) THEN (
        SELECT pg_internal.collected(array_agg(item ORDER BY place)) FROM pg_internal.matched(value, pg_internal."array"())
        WHERE occurrence = 1) END
$$;
CREATE OR REPLACE FUNCTION pg_internal.array_union(a json, b json) RETURNS json LANGUAGE sql IMMUTABLE STRICT AS
$$SELECT pg_internal.array_distinct(pg_internal.array_concat(a, b))$$;
CREATE OR REPLACE FUNCTION pg_internal.array_except(a json, b json, only_distinct boolean DEFAULT false) RETURNS json
LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE WHEN pg_internal.is_array(a) AND pg_internal.is_array(b) THEN (
        SELECT pg_internal.collected(array_agg(item ORDER BY place)) FROM pg_internal.matched(a, b)
        WHERE CASE WHEN only_distinct THEN occurrence = 1 AND others = 0 ELSE occurrence > others END) END
$$;
CREATE OR REPLACE FUNCTION pg_internal.array_intersection(a json, b json, only_distinct boolean DEFAULT false) RETURNS json
LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE WHEN pg_internal.is_array(a) AND pg_internal.is_array(b) THEN (
        SELECT pg_internal.collected(array_agg(item ORDER BY place)) FROM pg_internal.matched(a, b)
        WHERE occurrence <= others AND (occurrence = 1 OR NOT only_distinct)) END
$$;
CREATE OR REPLACE FUNCTION pg_internal.arrays_overlap(a json, b json) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE WHEN pg_internal.is_array(a) AND pg_internal.is_array(b)
        THEN EXISTS (SELECT FROM pg_internal.matched(a, b) WHERE others > 0) END
$$;

-- Order and search --------------------------------------------------------------------------------------------------

-- Nulls are the largest values, unless their place is given.
CREATE OR REPLACE FUNCTION pg_internal.array_sort(value json, ascending boolean, nulls_first boolean) RETURNS json
LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE WHEN pg_internal.is_array(value) THEN (
        SELECT pg_internal.collected(array_agg(
            item ORDER BY (pg_internal.json_typeof(item) = 'null') <> nulls_first, CASE WHEN ascending THEN place ELSE -place END))
        FROM (SELECT e, rank() OVER (ORDER BY e) FROM json_array_elements(value) AS t (e)) AS t (item, place)) END
$$;
CREATE OR REPLACE FUNCTION pg_internal.array_sort(value json, ascending boolean DEFAULT true) RETURNS json
LANGUAGE sql IMMUTABLE STRICT AS $$SELECT pg_internal.array_sort(value, ascending, NOT ascending)$$;

-- NULL, where null is not searched for, or an array with one has no match.
CREATE OR REPLACE FUNCTION pg_internal.array_positions(value json, item json, null_match boolean) RETURNS json LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN pg_internal.is_array(value) AND null_match IS NOT NULL AND (null_match OR pg_internal.super_value(item) IS NOT NULL) THEN (
        SELECT CASE WHEN null_match OR NOT coalesce(bool_or(pg_internal.json_typeof(e) = 'null') AND NOT bool_or(alike), false)
            THEN pg_internal.collected(array_agg(to_json(n - 1) ORDER BY n) FILTER (WHERE alike)) END
        FROM json_array_elements(value) WITH ORDINALITY AS t (e, n),
            LATERAL (SELECT pg_internal.compare(e, coalesce(item, json_in('null'))) = 0) AS c (alike)) END
$$;
CREATE OR REPLACE FUNCTION pg_internal.array_position(value json, item json, null_match boolean) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN pg_catalog.json_array_length(places) = 0 THEN -1 ELSE pg_internal.raw(places -> 0)::integer END
    FROM pg_internal.array_positions(value, item, null_match) AS places
$$;
CREATE OR REPLACE FUNCTION pg_internal.array_contains(value json, item json, null_match boolean) RETURNS boolean LANGUAGE sql IMMUTABLE AS
$$SELECT pg_internal.array_position(value, item, null_match) >= 0$$;
DO $$
DECLARE
    each record;
BEGIN
    FOR each IN VALUES ('array_positions', 'json'), ('array_position', 'integer'), ('array_contains', 'boolean') LOOP
        EXECUTE format('CREATE OR REPLACE FUNCTION pg_internal.%1$s(value json, item json) RETURNS %2$s LANGUAGE sql STABLE AS %3$L',
            each.column1, each.column2, format('SELECT pg_internal.%s(value, item, pg_internal.current_setting(%L) IN (''true'', ''on''))',
                each.column1, 'default_array_search_null_handling'));
    END LOOP;
END
$$;

-- Objects -----------------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION pg_internal.get_number_attributes(value json) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS
$$SELECT CASE WHEN pg_internal.is_object(value) THEN (SELECT count(*)::integer FROM json_object_keys(value)) END$$;

-- An object of attributes, whose names differ.
CREATE OR REPLACE FUNCTION pg_internal.made_object(attributes text[]) RETURNS json LANGUAGE sql IMMUTABLE AS
$$SELECT json_in(textout('{' || array_to_string(coalesce(attributes, '{}'), ',') || '}'))$$;
CREATE OR REPLACE FUNCTION pg_internal.renamed(value json, upwards boolean) RETURNS json LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    IF pg_internal.is_array(value) THEN
        RETURN (SELECT pg_internal.collected(array_agg(pg_internal.renamed(e, upwards) ORDER BY n))
            FROM json_array_elements(value) WITH ORDINALITY AS t (e, n));
    ELSIF NOT pg_internal.is_object(value) THEN
        RETURN value;
    ELSIF (SELECT count(DISTINCT CASE WHEN upwards THEN upper(k) ELSE lower(k) END) < count(*) FROM json_object_keys(value) AS k) THEN
        RAISE EXCEPTION 'Invalid input' USING
            DETAIL = 'SUPER value has duplicate attributes after case conversion.', ERRCODE = 'invalid_json_text';
    END IF;
    RETURN (
        SELECT pg_internal.made_object(array_agg(
            pg_internal.attribute(CASE WHEN upwards THEN upper(k) ELSE lower(k) END, pg_internal.renamed(v, upwards)) ORDER BY n))
        FROM json_each(value) WITH ORDINALITY AS t (k, v, n));
END
$$;
CREATE OR REPLACE FUNCTION pg_internal.lower_attribute_names(value json) RETURNS json LANGUAGE sql IMMUTABLE STRICT AS
$$SELECT pg_internal.renamed(value, false)$$;
CREATE OR REPLACE FUNCTION pg_internal.upper_attribute_names(value json) RETURNS json LANGUAGE sql IMMUTABLE STRICT AS
$$SELECT pg_internal.renamed(value, true)$$;

-- The attributes at paths, each of which is an array of names. Of an object on the way, only what is there.
CREATE OR REPLACE FUNCTION pg_internal.kept(value json, paths jsonb) RETURNS json LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    IF NOT pg_internal.is_object(value) THEN
        RETURN NULL;
    END IF;
    RETURN (
        SELECT pg_internal.made_object(array_agg(pg_internal.attribute(k, CASE WHEN complete THEN v ELSE part END) ORDER BY n))
        FROM json_each(value) WITH ORDINALITY AS t (k, v, n)
        CROSS JOIN LATERAL (
            SELECT bool_or(jsonb_array_length(p) = 1), pg_internal.kept(v, jsonb_agg(p - 0))
            FROM jsonb_array_elements(paths) AS p WHERE p ->> 0 = k
        ) AS found (complete, part)
        WHERE complete OR pg_internal.raw(part) <> '{}');
END
$$;
-- An object with a value at a path: that of the attribute there, or a new one at the end.
CREATE OR REPLACE FUNCTION pg_internal.placed(value json, path jsonb, content json) RETURNS json LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    name CONSTANT text := path ->> 0;
BEGIN
    IF path = '[]' THEN
        RETURN content;
    ELSIF NOT pg_internal.is_object(value) THEN
        RAISE EXCEPTION 'OBJECT_TRANSFORM: a path through a value that is no object: not supported by the emulator' USING ERRCODE = '0A000';
    END IF;
    RETURN (
        SELECT pg_internal.made_object(array_agg(pg_internal.attribute(k, CASE k WHEN name THEN pg_internal.placed(v, path - 0, content) ELSE v END) ORDER BY n))
        FROM (SELECT k, v, n FROM json_each(value) WITH ORDINALITY AS t (k, v, n)
            UNION ALL SELECT name, json_in('{}'), NULL WHERE value -> name IS NULL) AS t (k, v, n));
END
$$;
CREATE OR REPLACE FUNCTION pg_internal.object_transform(value json) RETURNS json LANGUAGE sql IMMUTABLE STRICT AS 'SELECT value';
CREATE OR REPLACE FUNCTION pg_internal.object_transform(value json, kept text, places text, VARIADIC contents json[] DEFAULT '{}') RETURNS json
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    result json := pg_internal.kept(value, kept::jsonb);
    path jsonb;
    number integer := 0;
BEGIN
    IF NOT pg_internal.is_object(value) THEN
        RETURN value;
    END IF;
    FOR path IN SELECT p FROM jsonb_array_elements(places::jsonb) AS p LOOP
        number := number + 1;
        result := pg_internal.placed(result, path, contents[number]);
    END LOOP;
    RETURN result;
END
$$;

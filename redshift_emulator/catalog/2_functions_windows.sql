-- Window functions with IGNORE NULLS: an element of the array of the values that are not NULL.

CREATE OR REPLACE FUNCTION pg_internal.add_not_null(found anyarray, value anyelement) RETURNS anyarray
LANGUAGE sql IMMUTABLE AS $$SELECT CASE WHEN value IS NULL THEN found ELSE array_append(found, value) END$$;

CREATE OR REPLACE AGGREGATE pg_internal.not_nulls(anyelement) (
    SFUNC = pg_internal.add_not_null, STYPE = anyarray, INITCOND = '{}'
);

-- A position below 0 counts from the end.
CREATE OR REPLACE FUNCTION pg_internal.picked(found anyarray, place integer) RETURNS anyelement
LANGUAGE sql IMMUTABLE AS $$SELECT found[CASE WHEN place < 0 THEN cardinality(found) + 1 + place ELSE place END]$$;

-- Functions of texts that PostgreSQL does not have.
-- https://docs.aws.amazon.com/redshift/latest/dg/String_functions_header.html

-- American Soundex: the first letter, and the digits of the next letters. Equal digits count once, if only H and W, which have
-- none, stand between them; so does a digit that is that of the first letter. What is no English letter is ignored.
CREATE OR REPLACE FUNCTION pg_internal.soundex(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE letters WHEN '' THEN ''
        ELSE rpad(left(letters, 1) || left(translate(substr(digits, 2), '0', ''), 3), 4, '0') END
    FROM (
        SELECT letters, regexp_replace(
            translate(left(letters, 1), 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', '01230120022455012623010202')
                || translate(substr(letters, 2), 'ABCDEFGIJKLMNOPQRSTUVXYZHW', '012301202245501262301202'),
            '(\d)\1+', '\1', 'g') AS digits
        FROM regexp_replace(upper(value COLLATE "C"), '[^A-Z]', '', 'g') AS letters
    ) AS coded
$$;
-- Counts the places at which the codes are equal.
CREATE OR REPLACE FUNCTION pg_internal.difference(a text, b text) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE WHEN one = '' AND other = '' THEN 1 ELSE
        (SELECT count(*)::integer FROM generate_series(1, 4) AS n WHERE substr(one, n, 1) <> '' AND substr(one, n, 1) = substr(other, n, 1)) END
    FROM (SELECT pg_internal.soundex(a) AS one, pg_internal.soundex(b) AS other) AS codes
$$;
CREATE OR REPLACE FUNCTION pg_internal.octetindex(part text, value text) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS
$$SELECT position(convert_to(part, 'UTF8') IN convert_to(value, 'UTF8'))$$;

-- Compares bytes. The pages do not state whether blanks at the end count.
CREATE OR REPLACE FUNCTION pg_internal.bttext_pattern_cmp(a text, b text) RETURNS integer LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    found CONSTANT integer := sign(bttext_pattern_cmp(a, b));
BEGIN
    IF found <> sign(bttext_pattern_cmp(rtrim(a, ' '), rtrim(b, ' '))) THEN
        RAISE EXCEPTION 'BTTEXT_PATTERN_CMP of texts that differ in the blanks at their ends: not supported by the emulator'
            USING ERRCODE = '0A000';
    END IF;
    RETURN found;
END
$$;

-- Numbers in Teradata's style: 123-, -123E-2.
-- https://docs.aws.amazon.com/redshift/latest/dg/r_TEXT_TO_INT_ALT.html
CREATE OR REPLACE FUNCTION pg_internal.teradata_number(value text, name text) RETURNS numeric LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    number CONSTANT text := btrim(value, ' ');
BEGIN
    IF number = '' THEN
        RETURN 0;
    ELSIF number ~ '^\d+(\.\d*)?[+-]$' THEN
        RETURN (right(number, 1) || left(number, -1))::numeric;
    ELSIF number ~ '^[+-]?\d+(\.\d*)?(E[+-]?\d{1,3})?$' THEN
        RETURN number::numeric;
    END IF;
    RAISE EXCEPTION '% of "%": not supported by the emulator', upper(name), value USING ERRCODE = '0A000';
END
$$;
CREATE OR REPLACE FUNCTION pg_internal.text_to_int_alt(value text) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS
$$SELECT trunc(pg_internal.teradata_number(value, 'text_to_int_alt'))::integer$$;
CREATE OR REPLACE FUNCTION pg_internal.text_to_int_alt(value text, format text) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RAISE EXCEPTION 'TEXT_TO_INT_ALT with a format: not supported by the emulator' USING ERRCODE = '0A000';
END
$$;
-- Rounds a half to the even neighbor.
CREATE OR REPLACE FUNCTION pg_internal.text_to_numeric_alt(value text, scale integer) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE WHEN abs(n - trunc(n)) = 0.5 THEN 2 * round(n / 2) ELSE round(n) END * ('1e' || -scale)::numeric
    FROM (SELECT pg_internal.teradata_number(value, 'text_to_numeric_alt') * ('1e' || scale)::numeric AS n) AS shifted
$$;

-- Those of PostgreSQL, a row as a text: (Europe/Paris,CET,01:00:00,f).
CREATE OR REPLACE FUNCTION pg_internal.pg_timezone_names() RETURNS SETOF text LANGUAGE sql STABLE AS
'SELECT zone::text FROM pg_catalog.pg_timezone_names AS zone';
CREATE OR REPLACE FUNCTION pg_internal.pg_timezone_abbrevs() RETURNS SETOF text LANGUAGE sql STABLE AS
'SELECT zone::text FROM pg_catalog.pg_timezone_abbrevs AS zone';

-- The only collation of the emulator.
CREATE OR REPLACE FUNCTION pg_internal.db_collation() RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT 'case_sensitive'$$;

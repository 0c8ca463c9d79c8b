-- Regular expressions: REGEXP_COUNT, REGEXP_INSTR, REGEXP_REPLACE, REGEXP_SUBSTR.
-- https://docs.aws.amazon.com/redshift/latest/dg/REGEXP_COUNT.html

-- PostgreSQL's flags for Redshift's parameters c and i; e is the first subexpression. For a literal with p
-- (PCRE), a call gets another argument, true: see the functions at the end.
CREATE OR REPLACE FUNCTION pg_internal.regexp_flags(parameters text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    IF parameters ~ 'p' THEN
        RAISE EXCEPTION 'regular expressions of Perl (parameter p): not supported by the emulator' USING ERRCODE = '0A000';
    ELSIF parameters !~ '^[cie]*$' THEN
        RAISE EXCEPTION 'invalid regular expression parameters: "%"', parameters USING ERRCODE = '22023';
    END IF;
    RETURN replace(parameters, 'e', '');
END
$$;
-- Replaces all matches; PostgreSQL's function replaces the first.
CREATE OR REPLACE FUNCTION pg_internal.regexp_replace(
    value text, pattern text, replacement text DEFAULT '', place integer DEFAULT 1, parameters text DEFAULT 'c'
) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT pg_catalog.regexp_replace(value, pattern, pg_catalog.regexp_replace(replacement, '\$(\d)', '\\\1', 'g'),
        place, 0, pg_internal.regexp_flags(parameters))
$$;
CREATE OR REPLACE FUNCTION pg_internal.regexp_substr(
    value text, pattern text, place integer DEFAULT 1, occurrence integer DEFAULT 1, parameters text DEFAULT 'c'
) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT coalesce(pg_catalog.regexp_substr(
        value, pattern, place, occurrence, pg_internal.regexp_flags(parameters), (parameters ~ 'e')::integer), '')
$$;
CREATE OR REPLACE FUNCTION pg_internal.regexp_count(
    value text, pattern text, place integer DEFAULT 1, parameters text DEFAULT 'c'
) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS
$$SELECT pg_catalog.regexp_count(value, pattern, place, pg_internal.regexp_flags(parameters))$$;
CREATE OR REPLACE FUNCTION pg_internal.regexp_instr(
    value text, pattern text, place integer DEFAULT 1, occurrence integer DEFAULT 1, option integer DEFAULT 0,
    parameters text DEFAULT 'c'
) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT pg_catalog.regexp_instr(
        value, pattern, place, occurrence, option, pg_internal.regexp_flags(parameters), (parameters ~ 'e')::integer)
$$;

-- Perl's expressions (PCRE) take the first alternative that matches, PostgreSQL's the longest text. Both match the same where
-- an expression is a sequence of single characters with greedy quantifiers, which look-ahead and look-behind, about which only
-- the yes or no matters, may precede and follow. Others are refused, and so is what depends on Perl's options in Redshift, which
-- are not documented: lines, characters beyond ASCII, a text that begins in the middle.
CREATE OR REPLACE FUNCTION pg_internal.of_perl(value text, pattern text, place integer) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    escape CONSTANT text := '\\(?:[dwsDWSntr]|[^[:alnum:][:space:]])';
    class CONSTANT text := '\[\^?-?(?:[^][\\-]-[^][\\-]|[^][\\-]|\\[dws]|\\[^[:alnum:][:space:]])+-?\]';
    atom CONSTANT text := '(?:[^][\\^$.|?*+(){}]|\.|' || escape || '|' || class || ')';
    item CONSTANT text := atom || '(?:[*+?]|\{\d+(?:,\d*)?\})?';
    look CONSTANT text := '(?:\(\?[=!](?:' || item || '|\|)+\)|\(\?<[=!]' || atom || '+\))';
    consuming CONSTANT text := regexp_replace(pattern, '\(\?<?[=!](?:[^\\)[]|\\.|' || class || ')*\)', '', 'g');
BEGIN
    IF pattern !~ ('^\^?' || look || '*(?:' || item || ')+' || look || '*\$?$')
        OR value || pattern ~ '[^\x01-\x09\x0b-\x7f]' OR (place > 1 AND pattern ~ '^\^|\(\?<')
        OR '' ~ ('^(?:' || trim(TRAILING '$' FROM ltrim(consuming, '^')) || ')$')
    THEN
        RAISE EXCEPTION 'this regular expression of Perl (parameter p): not supported by the emulator' USING ERRCODE = '0A000';
    END IF;
    RETURN value;
END
$$;
CREATE OR REPLACE FUNCTION pg_internal.regexp_replace(value text, pattern text, replacement text, place integer, parameters text, perl boolean)
RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    IF replacement ~ '[\\$]' THEN
        RAISE EXCEPTION 'references in the replacement for a regular expression of Perl: not supported by the emulator'
            USING ERRCODE = '0A000';
    END IF;
    RETURN pg_internal.regexp_replace(pg_internal.of_perl(value, pattern, place), pattern, replacement, place, replace(parameters, 'p', ''));
END
$$;
CREATE OR REPLACE FUNCTION pg_internal.regexp_substr(value text, pattern text, place integer, occurrence integer, parameters text, perl boolean)
RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT pg_internal.regexp_substr(pg_internal.of_perl(value, pattern, place), pattern, place, occurrence, replace(parameters, 'p', ''))
$$;
CREATE OR REPLACE FUNCTION pg_internal.regexp_count(value text, pattern text, place integer, parameters text, perl boolean) RETURNS integer
LANGUAGE sql IMMUTABLE STRICT AS
$$SELECT pg_internal.regexp_count(pg_internal.of_perl(value, pattern, place), pattern, place, replace(parameters, 'p', ''))$$;
CREATE OR REPLACE FUNCTION pg_internal.regexp_instr(
    value text, pattern text, place integer, occurrence integer, option integer, parameters text, perl boolean
) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT pg_internal.regexp_instr(
        pg_internal.of_perl(value, pattern, place), pattern, place, occurrence, option, replace(parameters, 'p', ''))
$$;

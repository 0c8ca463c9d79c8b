-- Comparisons with text. Redshift's rules differ from PostgreSQL's in the operators themselves, so the operators of this
-- database are changed, in place. All statements can be run again.
-- https://docs.aws.amazon.com/redshift/latest/dg/r_Character_types.html
-- https://docs.aws.amazon.com/redshift/latest/dg/c_Supported_data_types.html#r_Type_conversion

-- Blanks at the end are not significant when VARCHAR values are compared, sorted or grouped: TEXT, which PostgreSQL compares
-- VARCHAR as, gets the functions of CHAR. Lengths, concatenation and LIKE still count them.
UPDATE pg_catalog.pg_operator AS o SET oprcode = new.function::regproc
FROM (VALUES ('=', 'bpchareq'), ('<>', 'bpcharne'), ('<', 'bpcharlt'), ('<=', 'bpcharle'), ('>', 'bpchargt'), ('>=', 'bpcharge'))
    AS new (name, function)
WHERE o.oprname = new.name AND o.oprleft = 'text'::regtype AND o.oprright = 'text'::regtype
    AND o.oprnamespace = 'pg_catalog'::regnamespace AND o.oprcode <> new.function::regproc;

UPDATE pg_catalog.pg_amproc AS p SET amproc = new.function::regproc
FROM (VALUES ('btree', 1, 'bpcharcmp'), ('btree', 2, 'bpchar_sortsupport'), ('hash', 1, 'hashbpchar'), ('hash', 2, 'hashbpcharextended'))
    AS new (method, number, function)
JOIN pg_catalog.pg_am AS m ON m.amname = new.method
JOIN pg_catalog.pg_opfamily AS f ON f.opfmethod = m.oid AND f.opfname = 'text_ops'
WHERE p.amprocfamily = f.oid AND p.amprocnum = new.number AND p.amproclefttype = 'text'::regtype
    AND p.amprocrighttype = 'text'::regtype AND p.amproc <> new.function::regproc;

-- A decimal is compared with text as a decimal, every other number as text. LIKE takes numbers, dates and times as text.
CREATE OR REPLACE PROCEDURE pg_internal.create_operator(sign text, word text, lefts text, rights text, body text)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE OR REPLACE FUNCTION pg_internal.%s(a %s, b %s) RETURNS boolean LANGUAGE sql STABLE AS %L', word, lefts, rights, body);
    IF to_regoperator(format('pg_catalog.%s(%s, %s)', sign, lefts, rights)) IS NULL THEN
        EXECUTE format('CREATE OPERATOR pg_catalog.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = pg_internal.%s)', sign, lefts, rights, word);
    END IF;
END
$$;
DO $$
DECLARE
    each record;
    number text;
    body text;
BEGIN
    FOR each IN
        SELECT n AS number, CASE n WHEN 'numeric' THEN n ELSE 'text' END AS common, o.sign, o.word
        FROM unnest(ARRAY['int2', 'int4', 'int8', 'float4', 'float8', 'numeric']) AS n,
            (VALUES ('=', 'eq'), ('<>', 'ne'), ('<', 'lt'), ('<=', 'le'), ('>', 'gt'), ('>=', 'ge')) AS o (sign, word)
    LOOP
        body := format('SELECT a::%s %s b::%1$s', each.common, each.sign);
        CALL pg_internal.create_operator(each.sign, each.word, each.number, 'text', body);
        CALL pg_internal.create_operator(each.sign, each.word, 'text', each.number, body);
    END LOOP;
    -- numbers of objects, in the catalog's tables
    CALL pg_internal.create_operator('=', 'eq', 'text', 'oid', 'SELECT a = b::text');
    CALL pg_internal.create_operator('=', 'eq', 'oid', 'text', 'SELECT a::text = b');
    FOR number IN SELECT unnest(ARRAY['int2', 'int4', 'int8', 'float4', 'float8', 'numeric', 'date', 'timestamp', 'timestamptz', 'time'])
    LOOP
        CALL pg_internal.create_operator('~~', 'is_like', number, 'text', 'SELECT a::text ~~ b');
        CALL pg_internal.create_operator('!~~', 'is_not_like', number, 'text', 'SELECT a::text !~~ b');
    END LOOP;
END
$$;

-- + joins texts, too, if the type of one of them is known. Of two literals it stays ambiguous: PostgreSQL finds an operator
-- without a function, which the negator of another one leaves behind.
DO $$
BEGIN
    IF to_regoperator('pg_catalog.+(text, text)') IS NULL THEN
        CREATE OPERATOR pg_catalog.+ (LEFTARG = text, RIGHTARG = text, FUNCTION = textcat);
    END IF;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_operator WHERE oprname = '+' AND oprleft = 'unknown'::regtype AND oprright = 'unknown'::regtype) THEN
        CREATE FUNCTION pg_internal.ambiguous(unknown, unknown) RETURNS boolean LANGUAGE internal IMMUTABLE AS 'booleq';
        CREATE OPERATOR pg_internal.<+> (LEFTARG = unknown, RIGHTARG = unknown, FUNCTION = pg_internal.ambiguous, NEGATOR = OPERATOR(pg_catalog.+));
    END IF;
END
$$;

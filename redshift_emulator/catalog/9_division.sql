-- The quotient of decimals has a scale that depends on the types of both. The emulator derives it from PostgreSQL's analysis
-- of the statement, in which a * ROW(1)::pg_internal.mark / b, the same as a / b, says which division is which; then
-- a * ROW(9)::pg_internal.scale / b is the quotient with nine digits after the point.
-- https://docs.aws.amazon.com/redshift/latest/dg/r_numeric_computations201.html

CREATE OR REPLACE PROCEDURE pg_internal.create_operator_of_division(sign text, lefts text, rights text, word text) LANGUAGE plpgsql AS $$
BEGIN
    IF to_regoperator(format('pg_catalog.%s(%s, %s)', sign, lefts, rights)) IS NULL THEN
        EXECUTE format('CREATE OPERATOR pg_catalog.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = pg_internal.%s)', sign, lefts, rights, word);
    END IF;
END
$$;
DO $$
DECLARE
    number text;
BEGIN
    IF to_regtype('pg_internal.mark') IS NULL THEN
        CREATE TYPE pg_internal.mark AS (number integer);
        CREATE TYPE pg_internal.scale AS (scale integer);
        CREATE TYPE pg_internal.dividend AS (value numeric, scale integer);
    END IF;
    FOREACH number IN ARRAY ARRAY['int2', 'int4', 'int8', 'numeric', 'float4', 'float8', 'interval'] LOOP
        EXECUTE format('CREATE OR REPLACE FUNCTION pg_internal.marked(a %1$s, b pg_internal.mark) RETURNS %1$s
            LANGUAGE sql IMMUTABLE AS ''SELECT a''', number);
        CALL pg_internal.create_operator_of_division('*', number, 'pg_internal.mark', 'marked');
    END LOOP;
    FOREACH number IN ARRAY ARRAY['int2', 'int4', 'int8', 'numeric'] LOOP
        EXECUTE format('CREATE OR REPLACE FUNCTION pg_internal.scaled(a %1$s, b pg_internal.scale) RETURNS pg_internal.dividend
            LANGUAGE sql IMMUTABLE AS ''SELECT ROW(a, b.scale)::pg_internal.dividend''', number);
        -- PostgreSQL rounds its quotients; the last digit is cut by a division of whole numbers
        EXECUTE format('CREATE OR REPLACE FUNCTION pg_internal.divide(a pg_internal.dividend, b %1$s) RETURNS numeric
            LANGUAGE sql IMMUTABLE AS
            ''SELECT pg_catalog.div(a.value * (10::numeric ^ a.scale), b) * pg_catalog.trunc(0.1 ^ a.scale, a.scale)''', number);
        CALL pg_internal.create_operator_of_division('*', number, 'pg_internal.scale', 'scaled');
        CALL pg_internal.create_operator_of_division('/', 'pg_internal.dividend', number, 'divide');
    END LOOP;
END
$$;

-- The average of decimals has the scale of their sum; those of integers and floating-point numbers have none.
CREATE OR REPLACE FUNCTION pg_internal.avg(average numeric, total numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS
$$SELECT pg_catalog.trunc(average, pg_catalog.scale(total))$$;
CREATE OR REPLACE FUNCTION pg_internal.avg(average bigint, total numeric) RETURNS bigint LANGUAGE sql IMMUTABLE AS
$$SELECT average$$;
CREATE OR REPLACE FUNCTION pg_internal.avg(average bigint, total bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS
$$SELECT average$$;
CREATE OR REPLACE FUNCTION pg_internal.avg(average double precision, total double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE AS $$SELECT average$$;
CREATE OR REPLACE FUNCTION pg_internal.avg(average double precision, total real) RETURNS double precision
LANGUAGE sql IMMUTABLE AS $$SELECT average$$;

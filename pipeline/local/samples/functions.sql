-- What both sample databases are made with. Everything here lives in pg_temp and is gone when the session ends.

-- A pseudo-random number from 0 to choices - 1, the same for the same row and salt, on every machine.
CREATE FUNCTION pg_temp.pick(row_number bigint, salt integer, choices bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (hashint8extended(row_number, salt) & 9223372036854775807) % choices;

-- The number of rows wanted of a table that has at_scale_one rows at scale 1, never fewer than minimum.
CREATE FUNCTION pg_temp.rows_at_scale(at_scale_one bigint, minimum bigint) RETURNS bigint
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN greatest(minimum, round(at_scale_one * current_setting('sample.scale')::numeric)::bigint);

CREATE FUNCTION pg_temp.user_count() RETURNS bigint
    LANGUAGE sql STABLE RETURN pg_temp.rows_at_scale(50000, 100);

CREATE FUNCTION pg_temp.product_count() RETURNS bigint
    LANGUAGE sql STABLE RETURN pg_temp.rows_at_scale(5000, 200);

CREATE FUNCTION pg_temp.order_count() RETURNS bigint
    LANGUAGE sql STABLE RETURN pg_temp.rows_at_scale(333335, 500);

-- The shop has been open from 2024-01-01 to 2026-10-31 (1,035 days); row i of n, somewhere in that time, in order.
CREATE FUNCTION pg_temp.moment(i bigint, n bigint, salt integer) RETURNS timestamptz
    LANGUAGE sql IMMUTABLE
    RETURN timestamptz '2024-01-01 00:00:00+00'
        + interval '1 microsecond' * ((i - 1) * (89424000000000 / n) + pg_temp.pick(i, salt, 89424000000000 / n));

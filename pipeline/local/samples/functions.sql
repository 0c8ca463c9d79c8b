-- Functions that generate both samples; in pg_temp, so they end with the session.

-- A pseudo-random number from 0 to choices - 1: the same for the same row and salt.
CREATE FUNCTION pg_temp.pick(row_number bigint, salt integer, choices bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (hashint8extended(row_number, salt) & 9223372036854775807) % choices;

-- The size of a table that has at_scale_one rows at scale 1, and never fewer than minimum.
CREATE FUNCTION pg_temp.rows_at_scale(at_scale_one bigint, minimum bigint) RETURNS bigint
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN greatest(minimum, round(at_scale_one * current_setting('sample.scale')::numeric)::bigint);

CREATE FUNCTION pg_temp.user_count() RETURNS bigint
    LANGUAGE sql STABLE RETURN pg_temp.rows_at_scale(50000, 100);

CREATE FUNCTION pg_temp.address_count() RETURNS bigint
    LANGUAGE sql STABLE RETURN pg_temp.rows_at_scale(60000, 120);

CREATE FUNCTION pg_temp.product_count() RETURNS bigint
    LANGUAGE sql STABLE RETURN pg_temp.rows_at_scale(5000, 200);

CREATE FUNCTION pg_temp.order_count() RETURNS bigint
    LANGUAGE sql STABLE RETURN pg_temp.rows_at_scale(333335, 500);

-- When row i of n was made, rows in order; the shop opened on 2024-01-01 and we stop at 2026-10-31 (1,035 days).
CREATE FUNCTION pg_temp.moment(i bigint, n bigint, salt integer) RETURNS timestamptz
    LANGUAGE sql IMMUTABLE
    RETURN timestamptz '2024-01-01 00:00:00+00' + interval '1 microsecond' * (
        (i - 1) * (89424000000000 / n) + pg_temp.pick(i, salt, 89424000000000 / n)
    );

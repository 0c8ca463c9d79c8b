-- FARMFINGERPRINT64: Fingerprint64 of FarmHash. Numbers have 64 bits without a sign, kept in BIGINT.
-- https://docs.aws.amazon.com/redshift/latest/dg/r_FARMFINGERPRINT64.html

CREATE OR REPLACE FUNCTION pg_internal.shifted_64(value bigint, bits integer) RETURNS bigint LANGUAGE sql IMMUTABLE AS
$$SELECT (value >> bits) & ((1::bigint << (64 - bits)) - 1)$$;
CREATE OR REPLACE FUNCTION pg_internal.rotated_64(value bigint, bits integer) RETURNS bigint LANGUAGE sql IMMUTABLE AS
$$SELECT pg_internal.shifted_64(value, bits) | (value << (64 - bits))$$;
CREATE OR REPLACE FUNCTION pg_internal.signed_64(value numeric) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT (CASE WHEN r >= 9223372036854775808 THEN r - 18446744073709551616 ELSE r END)::bigint
    FROM (SELECT mod(mod(value, 18446744073709551616) + 18446744073709551616, 18446744073709551616)) AS m (r)
$$;
CREATE OR REPLACE FUNCTION pg_internal.plus_64(VARIADIC parts bigint[]) RETURNS bigint LANGUAGE sql IMMUTABLE AS
$$SELECT pg_internal.signed_64(sum(part)) FROM unnest(parts) AS part$$;
CREATE OR REPLACE FUNCTION pg_internal.times_64(a bigint, b bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS
$$SELECT pg_internal.signed_64(a::numeric * b)$$;
-- The number in the bytes from a place on, the lowest first.
CREATE OR REPLACE FUNCTION pg_internal.fetched(data bytea, place integer, width integer DEFAULT 8) RETURNS bigint LANGUAGE sql IMMUTABLE AS
$$SELECT bit_or(get_byte(data, place + n)::bigint << (8 * n)) FROM generate_series(0, width - 1) AS n$$;

CREATE OR REPLACE FUNCTION pg_internal.farm_mixed(value bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS
$$SELECT value # pg_internal.shifted_64(value, 47)$$;
CREATE OR REPLACE FUNCTION pg_internal.farm_pair(u bigint, v bigint, factor bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT pg_internal.times_64(pg_internal.farm_mixed(pg_internal.times_64(v # a, factor)), factor)
    FROM (SELECT pg_internal.farm_mixed(pg_internal.times_64(u # v, factor))) AS m (a)
$$;
CREATE OR REPLACE FUNCTION pg_internal.farm_weak(data bytea, place integer, a bigint, b bigint) RETURNS bigint[] LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    z CONSTANT bigint := pg_internal.fetched(data, place + 24);
    first CONSTANT bigint := pg_internal.plus_64(a, pg_internal.fetched(data, place));
    last CONSTANT bigint := pg_internal.plus_64(first, pg_internal.fetched(data, place + 8), pg_internal.fetched(data, place + 16));
BEGIN
    RETURN ARRAY[pg_internal.plus_64(last, z), pg_internal.plus_64(
        pg_internal.rotated_64(pg_internal.plus_64(b, first, z), 21), pg_internal.rotated_64(last, 44), first)];
END
$$;
CREATE OR REPLACE FUNCTION pg_internal.farm_short(data bytea) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    k0 CONSTANT bigint := -4348849565147123417;
    k2 CONSTANT bigint := -7286425919675154353;
    size CONSTANT integer := length(data);
    factor CONSTANT bigint := pg_internal.plus_64(k2, size * 2);
    a bigint;
    b bigint;
BEGIN
    IF size >= 8 THEN
        a := pg_internal.plus_64(pg_internal.fetched(data, 0), k2);
        b := pg_internal.fetched(data, size - 8);
        RETURN pg_internal.farm_pair(
            pg_internal.plus_64(pg_internal.times_64(pg_internal.rotated_64(b, 37), factor), a),
            pg_internal.times_64(pg_internal.plus_64(pg_internal.rotated_64(a, 25), b), factor), factor);
    ELSIF size >= 4 THEN
        RETURN pg_internal.farm_pair(
            size + (pg_internal.fetched(data, 0, 4) << 3), pg_internal.fetched(data, size - 4, 4), factor);
    ELSIF size = 0 THEN
        RETURN k2;
    END IF;
    a := get_byte(data, 0) + (get_byte(data, size / 2) << 8);
    b := size + (get_byte(data, size - 1) << 2);
    RETURN pg_internal.times_64(pg_internal.farm_mixed(pg_internal.times_64(a, k2) # pg_internal.times_64(b, k0)), k2);
END
$$;
CREATE OR REPLACE FUNCTION pg_internal.farm_middle(data bytea) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    k1 CONSTANT bigint := -5435081209227447693;
    k2 CONSTANT bigint := -7286425919675154353;
    size CONSTANT integer := length(data);
    factor CONSTANT bigint := pg_internal.plus_64(k2, size * 2);
    a CONSTANT bigint := pg_internal.times_64(pg_internal.fetched(data, 0), CASE WHEN size <= 32 THEN k1 ELSE k2 END);
    b CONSTANT bigint := pg_internal.fetched(data, 8);
    c CONSTANT bigint := pg_internal.times_64(pg_internal.fetched(data, size - 8), factor);
    d CONSTANT bigint := pg_internal.times_64(pg_internal.fetched(data, size - 16), k2);
    y CONSTANT bigint := pg_internal.plus_64(
        pg_internal.rotated_64(pg_internal.plus_64(a, b), 43), pg_internal.rotated_64(c, 30), d);
    z CONSTANT bigint := pg_internal.farm_pair(
        y, pg_internal.plus_64(a, pg_internal.rotated_64(pg_internal.plus_64(b, k2), 18), c), factor);
    e bigint;
    f bigint;
    g bigint;
    h bigint;
BEGIN
    IF size <= 32 THEN
        RETURN z;
    END IF;
    e := pg_internal.times_64(pg_internal.fetched(data, 16), factor);
    f := pg_internal.fetched(data, 24);
    g := pg_internal.times_64(pg_internal.plus_64(y, pg_internal.fetched(data, size - 32)), factor);
    h := pg_internal.times_64(pg_internal.plus_64(z, pg_internal.fetched(data, size - 24)), factor);
    RETURN pg_internal.farm_pair(
        pg_internal.plus_64(pg_internal.rotated_64(pg_internal.plus_64(e, f), 43), pg_internal.rotated_64(g, 30), h),
        pg_internal.plus_64(e, pg_internal.rotated_64(pg_internal.plus_64(f, a), 18), g), factor);
END
$$;
CREATE OR REPLACE FUNCTION pg_internal.farm_long(data bytea) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    k0 CONSTANT bigint := -4348849565147123417;
    k1 CONSTANT bigint := -5435081209227447693;
    k2 CONSTANT bigint := -7286425919675154353;
    size CONSTANT integer := length(data);
    x bigint := pg_internal.plus_64(pg_internal.times_64(81, k2), pg_internal.fetched(data, 0));
    y bigint := pg_internal.plus_64(pg_internal.times_64(81, k1), 113);
    z bigint := pg_internal.times_64(
        pg_internal.farm_mixed(pg_internal.plus_64(pg_internal.times_64(pg_internal.plus_64(pg_internal.times_64(81, k1), 113), k2), 113)), k2);
    v bigint[] := ARRAY[0, 0];
    w bigint[] := ARRAY[0, 0];
    factor bigint := k1;
    nine bigint := 1;
    place integer := 0;
BEGIN
    FOR block IN 0 .. (size - 1) / 64 LOOP
        IF block = (size - 1) / 64 THEN  -- the last 64 bytes, which overlap those before
            factor := pg_internal.plus_64(k1, (z & 255) << 1);
            nine := 9;
            place := size - 64;
            w[1] := pg_internal.plus_64(w[1], (size - 1) & 63);
            v[1] := pg_internal.plus_64(v[1], w[1]);
            w[1] := pg_internal.plus_64(w[1], v[1]);
        END IF;
        x := pg_internal.times_64(
            pg_internal.rotated_64(pg_internal.plus_64(x, y, v[1], pg_internal.fetched(data, place + 8)), 37), factor);
        y := pg_internal.times_64(
            pg_internal.rotated_64(pg_internal.plus_64(y, v[2], pg_internal.fetched(data, place + 48)), 42), factor);
        x := x # pg_internal.times_64(w[2], nine);
        y := pg_internal.plus_64(y, pg_internal.times_64(v[1], nine), pg_internal.fetched(data, place + 40));
        z := pg_internal.times_64(pg_internal.rotated_64(pg_internal.plus_64(z, w[1]), 33), factor);
        v := pg_internal.farm_weak(data, place, pg_internal.times_64(v[2], factor), pg_internal.plus_64(x, w[1]));
        w := pg_internal.farm_weak(data, place + 32, pg_internal.plus_64(z, w[2]),
            pg_internal.plus_64(y, pg_internal.fetched(data, place + 16)));
        SELECT z, x INTO x, z;
        place := place + 64;
    END LOOP;
    RETURN pg_internal.farm_pair(
        pg_internal.plus_64(
            pg_internal.farm_pair(v[1], w[1], factor), pg_internal.times_64(pg_internal.farm_mixed(y), k0), z),
        pg_internal.plus_64(pg_internal.farm_pair(v[2], w[2], factor), x), factor);
END
$$;
CREATE OR REPLACE FUNCTION pg_internal.farmfingerprint64(value bytea) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE WHEN length(value) <= 16 THEN pg_internal.farm_short(value)
        WHEN length(value) <= 64 THEN pg_internal.farm_middle(value) ELSE pg_internal.farm_long(value) END
$$;
CREATE OR REPLACE FUNCTION pg_internal.farmfingerprint64(value text) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT AS
$$SELECT pg_internal.farmfingerprint64(convert_to(value, 'UTF8'))$$;
CREATE OR REPLACE FUNCTION pg_internal.farmfingerprint64(value bpchar) RETURNS bigint LANGUAGE sql IMMUTABLE AS
$$SELECT pg_internal.refuse_hash('farmfingerprint64', pg_typeof(value)::text); SELECT 0::bigint$$;

-- Hashes, of the types of values whose results Amazon's pages print: their encodings are known, those of others are not.
-- https://docs.aws.amazon.com/redshift/latest/dg/hash-functions.html

CREATE OR REPLACE FUNCTION pg_internal.refuse_hash(name text, kind text) RETURNS void LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RAISE EXCEPTION '% of %: not supported by the emulator', upper(name), kind USING ERRCODE = '0A000';
END
$$;
-- The bytes of an integer, the lowest first.
CREATE OR REPLACE FUNCTION pg_internal.little_endian(value bigint, width integer) RETURNS bytea LANGUAGE sql IMMUTABLE AS
$$SELECT string_agg(substr(int8send(value), 8 - n, 1), '' ORDER BY n) FROM generate_series(0, width - 1) AS n$$;

-- FNV-1a: https://docs.aws.amazon.com/redshift/latest/dg/r_FNV_HASH.html
-- The hash is kept in two halves of 32 bits. The prime is 2^40 + 435.
CREATE OR REPLACE FUNCTION pg_internal.fnv(data bytea, seed bigint) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    half CONSTANT bigint := 4294967295;
    high bigint := (seed >> 32) & half;
    low bigint := seed & half;
    next bigint;
BEGIN
    IF data IS NULL OR seed IS NULL THEN
        PERFORM pg_internal.refuse_hash('fnv_hash', 'NULL');
    END IF;
    FOR place IN 0 .. length(data) - 1 LOOP
        low := low # get_byte(data, place);
        next := low * 435;
        high := (high * 435 + (low << 8) + (next >> 32)) & half;
        low := next & half;
    END LOOP;
    RETURN (high << 32) | low;
END
$$;

-- Murmur3A, of integers as 8 bytes: https://docs.aws.amazon.com/redshift/latest/dg/MURMUR3_32_HASH.html
CREATE OR REPLACE FUNCTION pg_internal.times_32(a bigint, b bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS
$$SELECT ((a & 65535) * b + ((((a >> 16) * b) & 65535) << 16)) & 4294967295$$;
CREATE OR REPLACE FUNCTION pg_internal.rotated_32(a bigint, bits integer) RETURNS bigint LANGUAGE sql IMMUTABLE AS
$$SELECT ((a << bits) | (a >> (32 - bits))) & 4294967295$$;
CREATE OR REPLACE FUNCTION pg_internal.murmur_block(data bytea) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT pg_internal.times_32(pg_internal.rotated_32(pg_internal.times_32(
        (SELECT sum(get_byte(data, n)::bigint << (8 * n))::bigint FROM generate_series(0, length(data) - 1) AS n),
        3432918353), 15), 461845907)
$$;
CREATE OR REPLACE FUNCTION pg_internal.murmur(data bytea) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    blocks CONSTANT integer := length(data) / 4;
    hash bigint := 0;
BEGIN
    IF data IS NULL THEN
        PERFORM pg_internal.refuse_hash('murmur3_32_hash', 'NULL');
    END IF;
    FOR n IN 0 .. blocks - 1 LOOP
        hash := pg_internal.rotated_32(hash # pg_internal.murmur_block(substr(data, 4 * n + 1, 4)), 13);
        hash := (hash * 5 + 3864292196) & 4294967295;
    END LOOP;
    IF length(data) > 4 * blocks THEN
        hash := hash # pg_internal.murmur_block(substr(data, 4 * blocks + 1));
    END IF;
    hash := hash # length(data);
    hash := pg_internal.times_32(hash # (hash >> 16), 2246822507);
    hash := pg_internal.times_32(hash # (hash >> 13), 3266489909);
    hash := hash # (hash >> 16);
    RETURN CASE WHEN hash > 2147483647 THEN hash - 4294967296 ELSE hash END;
END
$$;
-- Amazon's page prints two results of a seed, of which one is not that of Murmur3A.
CREATE OR REPLACE FUNCTION pg_internal.murmur3_32_hash(value anyelement, seed bigint) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RAISE EXCEPTION 'MURMUR3_32_HASH with a seed: not supported by the emulator' USING ERRCODE = '0A000';
END
$$;
CREATE OR REPLACE FUNCTION pg_internal.murmur3_32_hash(value text, seed bigint) RETURNS integer LANGUAGE sql IMMUTABLE AS
$$SELECT pg_internal.murmur3_32_hash(0, seed)$$;

DO $$
DECLARE
    type text;
    bytes text;
BEGIN
    FOR type, bytes IN VALUES
        ('smallint', 'pg_internal.little_endian(value, %s)'), ('integer', 'pg_internal.little_endian(value, %s)'),
        ('bigint', 'pg_internal.little_endian(value, %s)'), ('text', 'convert_to(value, ''UTF8'')')
    LOOP
        EXECUTE format('CREATE OR REPLACE FUNCTION pg_internal.fnv_hash(value %s, seed bigint DEFAULT -3750763034362895579)
            RETURNS bigint LANGUAGE sql IMMUTABLE AS %L', type,
            format('SELECT pg_internal.fnv(%s, seed)', format(bytes, CASE type WHEN 'smallint' THEN 2 WHEN 'integer' THEN 4 ELSE 8 END)));
        EXECUTE format('CREATE OR REPLACE FUNCTION pg_internal.murmur3_32_hash(value %s) RETURNS integer LANGUAGE sql IMMUTABLE AS %L',
            type, format('SELECT pg_internal.murmur(%s)', format(bytes, 8)));
    END LOOP;
    -- CHAR has the blanks at its end no more when it becomes a text
    FOREACH type IN ARRAY ARRAY['anyelement', 'bpchar'] LOOP
        EXECUTE format('CREATE OR REPLACE FUNCTION pg_internal.fnv_hash(value %s, seed bigint DEFAULT 0) RETURNS bigint LANGUAGE sql IMMUTABLE AS %L',
            type, 'SELECT pg_internal.refuse_hash(''fnv_hash'', pg_typeof(value)::text); SELECT 0::bigint');
        EXECUTE format('CREATE OR REPLACE FUNCTION pg_internal.murmur3_32_hash(value %s) RETURNS integer LANGUAGE sql IMMUTABLE AS %L',
            type, 'SELECT pg_internal.refuse_hash(''murmur3_32_hash'', pg_typeof(value)::text); SELECT 0');
    END LOOP;
END
$$;

-- CRC-32C: https://docs.aws.amazon.com/redshift/latest/dg/crc32-function.html
CREATE OR REPLACE FUNCTION pg_internal.crc32(value text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    data CONSTANT bytea := convert_to(value, 'UTF8');
    remainder bigint := 4294967295;
BEGIN
    FOR place IN 0 .. length(data) - 1 LOOP
        remainder := remainder # get_byte(data, place);
        FOR step IN 1 .. 8 LOOP
            remainder := (remainder >> 1) # CASE remainder & 1 WHEN 1 THEN 2197175160 ELSE 0 END;
        END LOOP;
    END LOOP;
    RETURN lpad(to_hex(remainder # 4294967295), 8, '0');
END
$$;

-- SHA-1, which PostgreSQL has in an extension only: https://docs.aws.amazon.com/redshift/latest/dg/SHA1.html
CREATE OR REPLACE FUNCTION pg_internal.sha1(value text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    word CONSTANT bigint := 4294967295;
    encoded CONSTANT bytea := convert_to(value, 'UTF8');
    data CONSTANT bytea := encoded || '\x80'::bytea || decode(repeat('00', (119 - length(encoded) % 64) % 64), 'hex')
        || int8send(8::bigint * length(encoded));
    h bigint[] := ARRAY[1732584193, 4023233417, 2562383102, 271733878, 3285377520];
    w bigint[];
    a bigint; b bigint; c bigint; d bigint; e bigint; f bigint; k bigint; next bigint;
BEGIN
    FOR block IN 0 .. length(data) / 64 - 1 LOOP
        FOR n IN 0 .. 15 LOOP
            w[n] := ('x' || encode(substr(data, 64 * block + 4 * n + 1, 4), 'hex'))::bit(32)::bigint;
        END LOOP;
        FOR n IN 16 .. 79 LOOP
            w[n] := pg_internal.rotated_32(w[n - 3] # w[n - 8] # w[n - 14] # w[n - 16], 1);
        END LOOP;
        a := h[1]; b := h[2]; c := h[3]; d := h[4]; e := h[5];
        FOR n IN 0 .. 79 LOOP
            CASE n / 20
                WHEN 0 THEN f := (b & c) | (~b & word & d); k := 1518500249;
                WHEN 1 THEN f := b # c # d; k := 1859775393;
                WHEN 2 THEN f := (b & c) | (b & d) | (c & d); k := 2400959708;
                ELSE f := b # c # d; k := 3395469782;
            END CASE;
            next := (pg_internal.rotated_32(a, 5) + f + e + k + w[n]) & word;
            e := d; d := c; c := pg_internal.rotated_32(b, 30); b := a; a := next;
        END LOOP;
        h := ARRAY[(h[1] + a) & word, (h[2] + b) & word, (h[3] + c) & word, (h[4] + d) & word, (h[5] + e) & word];
    END LOOP;
    RETURN (SELECT string_agg(lpad(to_hex(each), 8, '0'), '' ORDER BY n) FROM unnest(h) WITH ORDINALITY AS u (each, n));
END
$$;

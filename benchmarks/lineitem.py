"""A table like lineitem of TPC-H: about 180 bytes of CSV per row, always the same rows."""

CREATE = """
CREATE UNLOGGED TABLE lineitem AS
SELECT
    (g / 4 + 1)::bigint AS l_orderkey,
    (h % 200000 + 1)::integer AS l_partkey,
    (h % 10007 + 1)::integer AS l_suppkey,
    (g % 4 + 1)::integer AS l_linenumber,
    (h % 50 + 1)::numeric(15, 2) AS l_quantity,
    ((h % 9000000 + 90000) / 100.0)::numeric(15, 2) AS l_extendedprice,
    (h % 11 / 100.0)::numeric(15, 2) AS l_discount,
    (h % 9 / 100.0)::numeric(15, 2) AS l_tax,
    (ARRAY['N', 'A', 'R'])[h % 3 + 1]::character(1) AS l_returnflag,
    (ARRAY['O', 'F'])[h % 2 + 1]::character(1) AS l_linestatus,
    DATE '1992-01-02' + (h % 2526)::integer AS l_shipdate,
    DATE '1992-01-31' + (h % 2466)::integer AS l_commitdate,
    DATE '1992-01-04' + (h % 2554)::integer AS l_receiptdate,
    (ARRAY['DELIVER IN PERSON', 'COLLECT COD', 'NONE', 'TAKE BACK RETURN'])[h % 4 + 1]::text
        AS l_shipinstruct,
    (ARRAY['TRUCK', 'MAIL', 'REG AIR', 'SHIP', 'RAIL', 'FOB', 'AIR'])[h % 7 + 1]::text
        AS l_shipmode,
    w[h % 16 + 1] || ' ' || w[h / 16 % 16 + 1] || ' ' || w[h / 256 % 16 + 1] || ' '
        || w[h / 4096 % 16 + 1] || ' ' || w[h / 65536 % 16 + 1] || ' ' || w[h / 1048576 % 16 + 1]
        || ' ' || w[h / 16777216 % 16 + 1] || ' ' || w[h / 7 % 16 + 1]
        || ' ' || w[h / 11 % 16 + 1] || ' ' || w[h / 13 % 16 + 1]
        AS l_comment
FROM (
    SELECT
        g,
        pg_catalog.hashint8extended(g, 42) & 1073741823 AS h,
        ARRAY['carefully', 'quickly', 'final', 'deposits', 'furiously', 'regular', 'requests',
            'sleep', 'ironic', 'accounts', 'bold', 'above', 'the', 'packages', 'express',
            'pending']
            AS w
    FROM pg_catalog.generate_series(1, {rows}) AS g
) AS generated
"""

COLUMNS = (
    "l_orderkey",
    "l_partkey",
    "l_suppkey",
    "l_linenumber",
    "l_quantity",
    "l_extendedprice",
    "l_discount",
    "l_tax",
    "l_returnflag",
    "l_linestatus",
    "l_shipdate",
    "l_commitdate",
    "l_receiptdate",
    "l_shipinstruct",
    "l_shipmode",
    "l_comment",
)

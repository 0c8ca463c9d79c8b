"""Columns of a query are checked against the relations it reads; only certain faults count."""

import pytest

from pipeline.designs.model.design import Design
from pipeline.designs.queries.columns import check_columns
from pipeline.errors import DesignError
from pipeline.names import TableName
from tests.support.values.designs import parse_design
from tests.support.values.faulty_queries import FAULTY, SKIPPED, TABLES, VIEWS


def table(name, columns, *, skipped=()):
    lines = [f"  - {{name: '{column}', sql_type: bigint}}" for column in columns]
    lines += [f"  - {{name: '{column}', skipped: true}}" for column in skipped]
    schema, _, rest = name.partition(".")
    text = "\n".join([f"name: {name}", "columns:", *lines])
    return parse_design(f"{schema}/public-{rest}.yaml", text)


def view(name, query, columns):
    listed = ", ".join(f"{{name: {column}}}" for column in columns)
    text = f"name: {name}\nsource_name: VIEW\ncolumns: [{listed}]"
    return parse_design(f"{name.replace('.', '/')}.yaml", text, query)


DESIGNS = [
    *(table(name, columns, skipped=SKIPPED.get(name, ())) for name, columns in TABLES.items()),
    view("dw.exact", *VIEWS["dw.exact"]),
    view("dw.open", "SELECT * FROM www.orders", ["id"]),
]
KNOWN = {design.name: design for design in DESIGNS} | {TableName("www", "faulty"): None}


def faults(sql):
    design = Design(TableName("dw", "t"), "CTAS", "dw/t", (), query=sql)
    report = str(DesignError(check_columns(design, KNOWN)))
    return [line.removeprefix("dw/t.sql:") for line in report.splitlines()]


SOUND = {
    "columns": "SELECT id, o.total, lines.quantity FROM www.orders o, www.lines",
    "a table by its full name": "SELECT www.orders.id FROM www.orders",
    "names in other case": 'SELECT ID, O."Total", "WÄHRUNG" FROM "WWW"."Orders" AS "o"',
    "a star": "SELECT * FROM www.orders",
    "stars of relations": "SELECT o.*, u.* FROM www.orders o JOIN www.users u ON u.id = o.user_id",
    "star without some": "SELECT * EXCLUDE (id, nothing) FROM www.orders",
    "a subquery": "SELECT s.n FROM (SELECT COUNT(*) AS n FROM www.orders) AS s",
    "a subquery's star": "SELECT s.email FROM (SELECT * FROM www.users) AS s",
    "a subquery's names": "SELECT s.a, total FROM (SELECT id, total FROM www.orders) AS s (a)",
    "a table's names": "SELECT o.a, user_id FROM www.orders AS o (a)",
    "a column without AS": "SELECT s.count FROM (SELECT COUNT(*) FROM www.orders) AS s",
    "a cast without AS": "SELECT s.id FROM (SELECT id::text FROM www.orders) AS s",
    "WITH": "WITH a AS (SELECT id AS k FROM www.orders), b AS (SELECT k FROM a) SELECT b.k FROM b",
    "WITH and names": "WITH a (k, t) AS (SELECT id, total FROM www.orders) SELECT k, t FROM a",
    "names for what has none": (
        "WITH a (k, n) AS (SELECT id, COUNT(*) FROM www.orders GROUP BY id) SELECT k, a.n FROM a"
    ),
    "a name for one of two": (
        "WITH a (k) AS (SELECT id, COUNT(*) FROM www.orders GROUP BY id) SELECT k, count FROM a"
    ),
    "WITH in a subquery": "SELECT k FROM (WITH a AS (SELECT id AS k FROM www.orders) TABLE a) s",
    "WITH that hides": "WITH users AS (SELECT 1 AS one) SELECT one FROM users",
    "WITH in other case": 'WITH "A" AS (SELECT 1 AS "One") SELECT a.one FROM a',
    "recursion": (
        "WITH RECURSIVE c (id, depth) AS (SELECT id, 1 FROM www.users WHERE manager_id IS NULL"
        " UNION ALL SELECT u.id, c.depth + 1 FROM www.users u JOIN c ON c.id = u.manager_id)"
        " SELECT id, MAX(depth) AS depth FROM c GROUP BY id"
    ),
    "recursion without names": (
        "WITH RECURSIVE c AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM c WHERE c.n < 9)"
        " SELECT n FROM c"
    ),
    "CONNECT BY": (
        "SELECT id, level FROM www.users START WITH manager_id IS NULL"
        " CONNECT BY PRIOR id = manager_id"
    ),
    "a lateral alias": "SELECT total + 1 AS b, b * 2 AS c, c + b AS d FROM www.orders",
    "an alias in WHERE": "SELECT total + 1 AS b FROM www.orders WHERE b > 1",
    "a lateral alias in a subquery": (
        "SELECT id + 1 AS b, (SELECT MAX(l.quantity + b) FROM www.lines l) AS c FROM www.orders"
    ),
    "ORDER BY an alias": "SELECT total AS t FROM www.orders ORDER BY t, 1 LIMIT 5",
    "ORDER BY a name of Redshift's": "SELECT COUNT(*) FROM www.orders GROUP BY id ORDER BY count",
    "ORDER BY what returns": (
        "SELECT o.id FROM www.orders o JOIN www.users u ON u.id = o.user_id ORDER BY id"
    ),
    "ORDER BY what a star returns": (
        "SELECT o.* FROM www.orders o JOIN www.users u ON u.id = o.user_id ORDER BY id"
    ),
    "GROUP BY what returns": (
        "SELECT o.id FROM www.orders o JOIN www.users u ON u.id = o.user_id GROUP BY id"
    ),
    "ORDER BY a way into a SUPER": "SELECT payload.name.first FROM www.orders ORDER BY first",
    "GROUP BY an alias": (
        "SELECT status AS s, COUNT(*) AS n FROM www.orders GROUP BY s HAVING n > 1 ORDER BY n"
    ),
    "sets to group by": "SELECT COUNT(*) AS n FROM www.orders GROUP BY CUBE (id, status)",
    "windows": (
        "SELECT SUM(total) OVER (PARTITION BY user_id ORDER BY placed_at"
        " ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS s,"
        " LAG(total) IGNORE NULLS OVER (ORDER BY id) AS before FROM www.orders"
    ),
    "QUALIFY": (
        "SELECT id, RANK() OVER (ORDER BY total) AS place FROM www.orders QUALIFY place = 1"
    ),
    "within a group": (
        "SELECT LISTAGG(DISTINCT status, ',') WITHIN GROUP (ORDER BY status) AS l,"
        " PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY total) AS p FROM www.orders"
    ),
    "a correlated subquery": (
        "SELECT id FROM www.orders o WHERE EXISTS"
        " (SELECT 1 FROM www.users u WHERE u.id = o.user_id AND total > 5)"
    ),
    "a subquery within a correlated one": (
        "SELECT (SELECT MAX(q) FROM (SELECT quantity AS q FROM www.lines l"
        " WHERE l.order_id = o.id AND status = 'x') AS s) AS m FROM www.orders o"
    ),
    "a lateral subquery": (
        "SELECT l.q FROM www.orders o CROSS JOIN LATERAL"
        " (SELECT quantity AS q FROM www.lines WHERE order_id = o.id AND total > 1) AS l"
    ),
    "UNION": (
        "SELECT id AS k FROM www.orders UNION ALL SELECT order_id FROM www.lines"
        " EXCEPT SELECT id FROM www.users ORDER BY k"
    ),
    "a subquery with UNION": (
        "SELECT s.k FROM ((SELECT id AS k FROM www.orders) UNION (SELECT id FROM www.users)) s"
    ),
    "USING": "SELECT id, order_id FROM www.orders JOIN www.users USING (id), www.lines",
    "a natural join": "SELECT id, email FROM www.orders NATURAL JOIN www.users",
    "a nested join": (
        "SELECT o.id, nobody.knows FROM (www.orders o JOIN www.users u ON u.id = o.user_id)"
        " JOIN www.lines l ON l.order_id = o.id"
    ),
    "a nested join of a subquery": (
        "SELECT s.id, u.email, any.thing FROM ((SELECT id FROM www.orders) AS s"
        " JOIN www.users u ON u.id = s.id)"
    ),
    "stars beside ways into a SUPER": "SELECT payload.*, o.*, o.payload.* FROM www.orders o",
    "values without parentheses": (
        "SELECT SYSDATE, CURRENT_USER, CURRENT_DATE, user, current_user_id, session_user,"
        " CURRENT_TIMESTAMP, localtime, LOCALTIMESTAMP, current_time, current_schema,"
        " current_aws_account, TRUE, NULL FROM www.orders"
    ),
    "parts of dates": (
        "SELECT DATEADD(month, 1, placed_at), DATEDIFF(qtr, placed_at, SYSDATE),"
        " DATE_PART(w, placed_at), PGDATE_PART(mons, placed_at), EXTRACT(epoch FROM placed_at),"
        " DATE_TRUNC('month', placed_at), DATEDIFF(milliseconds, placed_at, placed_at),"
        " INTERVAL '1' day, placed_at + INTERVAL '1 day',"
        " INTERVAL '1-2' YEAR TO MONTH FROM www.orders"
    ),
    "types": (
        "SELECT CONVERT(integer, id), CAST(id AS varchar(20)), total::numeric(12, 2),"
        " DATE '2020-01-01', payload::super, status::bpchar FROM www.orders"
    ),
    "words of functions": (
        "SELECT TRIM(BOTH 'x' FROM status), SUBSTRING(status FROM 1 FOR 2),"
        " POSITION('a' IN status), f_udf(id), dw.f_udf(id), placed_at AT TIME ZONE 'utc',"
        " OBJECT('a', id), OVERLAY(status PLACING 'x' FROM 1), status COLLATE case_insensitive,"
        " APPROXIMATE COUNT(DISTINCT id), id IS UNKNOWN FROM www.orders"
    ),
    "ways into a SUPER": (
        "SELECT payload.a.b, o.payload.a.b, o.payload[0].c, payload[0], payload.a[1].b,"
        ' payload."A", o.payload.a.b.c.d FROM www.orders o'
    ),
    "a way into an alias": "SELECT JSON_PARSE(status) AS p, p.a, p.b.c FROM www.orders",
    "rows of a SUPER": (
        "SELECT i.name, name, idx FROM www.orders o, o.payload AS i AT idx, i.parts AS p"
    ),
    "rows of a joined SUPER": "SELECT i.a FROM www.orders o LEFT JOIN o.payload i ON TRUE",
    "keys of a SUPER": "SELECT k, v FROM www.orders o, UNPIVOT o.payload AS v AT k",
    "PIVOT": "SELECT p.a, b FROM www.orders PIVOT (SUM(total) FOR status IN ('a', 'b')) AS p",
    "UNPIVOT": "SELECT n, v FROM www.orders UNPIVOT (v FOR n IN (id, total))",
    "system relations": (
        'SELECT relname, c.oid, t."table" FROM pg_class c, svv_table_info t, pg_catalog.pg_user'
    ),
    "system columns": "SELECT oid, o.ctid, xmin FROM www.orders o",
    "functions as relations": "SELECT n, g.n FROM generate_series(1, 10) AS g (n)",
    "a relation with faults": "SELECT anything, f.any FROM www.faulty f",
    "an unknown relation": "SELECT anything, u.any FROM other.unknown u",
    "known beside unknown": "SELECT anything FROM www.orders, other.unknown",
    "a view": "SELECT order_id, v.total FROM dw.exact v",
    "a view with a star": "SELECT status, v.total FROM dw.open v",
    "a whole row": "SELECT o, COUNT(o) AS n FROM www.orders o GROUP BY o",
    "no relation": "SELECT 1 AS a, a + 1 AS b",
    "an own name in ON": (
        "SELECT o.id FROM www.orders o JOIN www.users u ON u.id = user_id AND email IS NOT NULL"
    ),
    "ON before another relation is joined": (
        "SELECT o.id FROM www.lines l JOIN www.orders o ON order_id = id JOIN www.users u"
        " ON u.id = o.user_id"
    ),
    "ON behind a comma": (
        "SELECT o.id FROM www.users u, www.orders o JOIN www.lines l ON order_id = id"
    ),
    "IN with a subquery": (
        "SELECT id FROM www.orders WHERE (id, user_id) IN (SELECT order_id, quantity"
        " FROM www.lines) AND user_id = ANY (SELECT id FROM www.users)"
    ),
    "strings and comments": "SELECT 'no.such' AS s -- no_such\n FROM www.orders /* no_such */",
}


@pytest.mark.parametrize("sql", SOUND.values(), ids=SOUND)
def test_a_valid_query_has_no_faults(sql):
    assert faults(sql) == []


@pytest.mark.parametrize(("sql", "expected"), FAULTY.values(), ids=FAULTY)
def test_a_column_that_the_warehouse_would_reject_is_a_fault(sql, expected):
    assert faults(sql) == expected


def test_a_query_that_cannot_be_parsed_has_no_faults_of_columns():
    assert faults("SELECT (") == []

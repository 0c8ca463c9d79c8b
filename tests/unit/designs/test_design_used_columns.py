"""Columns that a query uses are looked up in what it reads; what is not certain is no fault."""

import pytest

from pipeline.designs.model import Design
from pipeline.designs.parse import parse_design
from pipeline.designs.used_columns import check_columns
from pipeline.errors import DesignError
from pipeline.names import TableName


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


ORDERS = ("id", "user_id", "total", "status", "placed_at", "payload", "Währung", "day")
DESIGNS = [
    table("www.orders", ORDERS, skipped=["session"]),
    table("www.users", ("id", "email", "created_at", "manager_id")),
    table("www.lines", ("order_id", "product_id", "quantity")),
    view("dw.exact", "SELECT id AS order_id, total FROM www.orders", ["order_id", "total"]),
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
    "IN with a subquery": (
        "SELECT id FROM www.orders WHERE (id, user_id) IN (SELECT order_id, quantity"
        " FROM www.lines) AND user_id = ANY (SELECT id FROM www.users)"
    ),
    "strings and comments": "SELECT 'no.such' AS s -- no_such\n FROM www.orders /* no_such */",
}


@pytest.mark.parametrize("sql", SOUND.values(), ids=SOUND)
def test_nothing_is_said_of(sql):
    assert faults(sql) == []


FAULTY = {
    "a column": (
        "SELECT totl FROM www.orders",
        ["1: column 8: 'totl' is no column of 'www.orders'; did you mean 'total'?"],
    ),
    "a relation's column": (
        "SELECT o.id,\n  o.mail\nFROM www.users o",
        ["2: column 3: 'www.users' has no column 'mail'; did you mean 'email'?"],
    ),
    "a column in a condition": (
        "SELECT 1 AS x\nFROM www.orders o\nJOIN www.users u ON u.id = orders.user_id",
        [
            ("3: column 28: 'orders.user_id': the FROM holds neither a relation nor a column"
            " 'orders'; there is o, u")
        ],
    ),
    "a full name": (
        "SELECT www.orders.no FROM www.orders",
        ["1: column 8: 'www.orders' has no column 'no'"],
    ),
    "several places": (
        "SELECT zzz\nFROM www.orders\nWHERE zzz = 1\nGROUP BY zzz\nHAVING MAX(yyy) > 1",
        [
            "1: column 8: 'zzz' is no column of 'www.orders'",
            "3: column 7: 'zzz' is no column of 'www.orders'",
            "4: column 10: 'zzz' is no column of 'www.orders'",
            "5: column 12: 'yyy' is no column of 'www.orders'",
        ],
    ),
    "ORDER BY": (
        "SELECT id\nFROM www.orders\nORDER BY totel",
        ["3: column 10: 'totel' is no column of 'www.orders'; did you mean 'total'?"],
    ),
    "a window": (
        "SELECT SUM(id) OVER (PARTITION BY\n  usr_id) AS s FROM www.orders",
        ["2: column 3: 'usr_id' is no column of 'www.orders'; did you mean 'user_id'?"],
    ),
    "a skipped column": (
        "SELECT session FROM www.orders",
        [
            ("1: column 8: 'session' is no column of 'www.orders' in the warehouse: the design"
            " of 'www.orders' says skipped")
        ],
    ),
    "a relation's skipped column": (
        "SELECT o.session FROM www.orders o",
        [
            ("1: column 8: 'www.orders' has no column 'session' in the warehouse: the design"
            " of 'www.orders' says skipped")
        ],
    ),
    "a column of several": (
        "SELECT emil FROM www.orders o JOIN www.users u ON u.id = o.user_id",
        [
            ("1: column 8: 'emil' is no column of 'www.orders' or 'www.users';"
            " did you mean 'email'?")
        ],
    ),
    "what a WITH does not return": (
        "WITH big AS (SELECT id AS k FROM www.orders)\nSELECT big.id, kk FROM big",
        [
            "2: column 16: 'kk' is no column of 'big'; did you mean 'k'?",
            "2: column 8: 'big' has no column 'id'",
        ],
    ),
    "what a WITH's star does not return": (
        "WITH big AS (SELECT * FROM www.orders)\nSELECT big.totals FROM big",
        ["2: column 8: 'big' has no column 'totals'; did you mean 'total'?"],
    ),
    "within a WITH": (
        "WITH big AS (\n  SELECT nothing FROM www.orders\n)\nSELECT 1 AS x FROM big",
        ["2: column 10: 'nothing' is no column of 'www.orders'"],
    ),
    "within a recursion": (
        ("WITH RECURSIVE c (id) AS (SELECT id FROM www.users\n"
        "UNION ALL SELECT u.nothing FROM www.users u JOIN c ON c.id = u.manager_id)\n"
        "SELECT n FROM c"),
        [
            "2: column 18: 'www.users' has no column 'nothing'",
            "3: column 8: 'n' is no column of 'c'",
        ],
    ),
    "what a subquery does not return": (
        "SELECT s.total FROM (SELECT id FROM www.orders) AS s",
        ["1: column 8: 's' has no column 'total'"],
    ),
    "a column that got another name": (
        "SELECT o.id FROM www.orders AS o (key)",
        ["1: column 8: 'www.orders' has no column 'id'"],
    ),
    "a relation beside a subquery": (
        "SELECT 1 AS x FROM www.orders o\nJOIN (SELECT o.id AS k FROM www.users) AS s ON TRUE",
        [
            ("2: column 14: 'o.id': the FROM holds neither a relation nor a column 'o';"
            " there is users")
        ],
    ),
    "a correlated subquery": (
        "SELECT 1 AS x FROM www.orders o\nWHERE EXISTS (SELECT 1 FROM www.users WHERE emal = o.i)",
        [
            ("2: column 45: 'emal' is no column of 'www.users' or 'www.orders';"
            " did you mean 'email'?"),
            "2: column 52: 'www.orders' has no column 'i'; did you mean 'id'?",
        ],
    ),
    "a branch of UNION": (
        "SELECT id FROM www.orders\nUNION ALL SELECT order_id FROM www.users",
        ["2: column 18: 'order_id' is no column of 'www.users'"],
    ),
    "USING": (
        ("SELECT 1 AS x FROM www.orders JOIN www.users USING (user_id)\n"
        "JOIN www.lines USING (order_id)"),
        [
            "1: column 53: 'www.users' has no column 'user_id'",
            ("2: column 23: 'order_id' is no column of 'www.orders' or 'www.users';"
            " did you mean 'user_id'?"),
        ],
    ),
    "a view's column": (
        "SELECT id FROM dw.exact",
        ["1: column 8: 'id' is no column of 'dw.exact'"],
    ),
    "a keyword in quotes": (
        'SELECT "sysdate" FROM www.orders',
        ["1: column 8: 'sysdate' is no column of 'www.orders'"],
    ),
    "a star": (
        "SELECT orders.* FROM www.orders o",
        [
            ("1: column 8: 'orders.*': the FROM holds neither a relation nor a column 'orders';"
            " there is o")
        ],
    ),
    "ORDER BY what a star does not return": (
        "SELECT o.*, 1 AS one FROM www.orders o JOIN www.lines l ON TRUE\nORDER BY one, emil, two",
        [
            (
                "2: column 15: 'emil' is no column of 'www.orders' or 'www.lines'"
            ),
            "2: column 21: 'two' is no column of 'www.orders' or 'www.lines'",
        ],
    ),
    "two relations": (
        "SELECT email,\n  id FROM www.orders o JOIN www.users u ON u.id = user_id",
        ["2: column 3: 'id' is ambiguous; write o.id or u.id"],
    ),
    "one relation twice": (
        "SELECT a.id FROM www.users a JOIN www.users b ON a.id = b.manager_id\nWHERE email = 'x'",
        ["2: column 7: 'email' is ambiguous; write a.email or b.email"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("sql", "expected"), FAULTY.values(), ids=FAULTY)
def test_what_the_warehouse_would_refuse_is_found_in(sql, expected):
    assert faults(sql) == expected


def test_a_query_that_is_no_sql_has_other_faults():
    assert faults("SELECT (") == []

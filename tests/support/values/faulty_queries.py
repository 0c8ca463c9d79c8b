"""Queries that use missing columns, and the messages about them."""

TABLES = {
    "www.orders": (("id", "user_id", "total", "status", "placed_at", "payload", "Währung", "day")),
    "www.users": ("id", "email", "created_at", "manager_id"),
    "www.lines": ("order_id", "product_id", "quantity"),
}
SKIPPED = {"www.orders": ("session",)}
VIEWS = {"dw.exact": ("SELECT id AS order_id, total FROM www.orders", ("order_id", "total"))}

FAULTY = {
    "a column": (
        "SELECT totl FROM www.orders",
        ["1: column 8: 'totl' is not a column of 'www.orders'; did you mean 'total'?"],
    ),
    "a relation's column": (
        "SELECT o.id,\n  o.mail\nFROM www.users o",
        ["2: column 3: 'www.users' has no column 'mail'; did you mean 'email'?"],
    ),
    "a column in a condition": (
        "SELECT 1 AS x\nFROM www.orders o\nJOIN www.users u ON u.id = orders.user_id",
        [
            ("3: column 28: 'orders.user_id': FROM has no relation or column"
            " 'orders'; it has o, u")
        ],
    ),
    "a full name": (
        "SELECT www.orders.no FROM www.orders",
        ["1: column 8: 'www.orders' has no column 'no'"],
    ),
    "several places": (
        "SELECT zzz\nFROM www.orders\nWHERE zzz = 1\nGROUP BY zzz\nHAVING MAX(yyy) > 1",
        [
            "1: column 8: 'zzz' is not a column of 'www.orders'",
            "3: column 7: 'zzz' is not a column of 'www.orders'",
            "4: column 10: 'zzz' is not a column of 'www.orders'",
            "5: column 12: 'yyy' is not a column of 'www.orders'",
        ],
    ),
    "ORDER BY": (
        "SELECT id\nFROM www.orders\nORDER BY totel",
        ["3: column 10: 'totel' is not a column of 'www.orders'; did you mean 'total'?"],
    ),
    "a window": (
        "SELECT SUM(id) OVER (PARTITION BY\n  usr_id) AS s FROM www.orders",
        ["2: column 3: 'usr_id' is not a column of 'www.orders'; did you mean 'user_id'?"],
    ),
    "a skipped column": (
        "SELECT session FROM www.orders",
        [
            ("1: column 8: 'session' is not a column of 'www.orders' in the warehouse: the design"
            " of 'www.orders' skips it")
        ],
    ),
    "a relation's skipped column": (
        "SELECT o.session FROM www.orders o",
        [
            ("1: column 8: 'www.orders' has no column 'session' in the warehouse: the design"
            " of 'www.orders' skips it")
        ],
    ),
    "a column of several": (
        "SELECT emil FROM www.orders o JOIN www.users u ON u.id = o.user_id",
        [
            ("1: column 8: 'emil' is not a column of 'www.orders' or 'www.users';"
            " did you mean 'email'?")
        ],
    ),
    "what a WITH does not return": (
        "WITH big AS (SELECT id AS k FROM www.orders)\nSELECT big.id, kk FROM big",
        [
            "2: column 16: 'kk' is not a column of 'big'; did you mean 'k'?",
            "2: column 8: 'big' has no column 'id'",
        ],
    ),
    "what a WITH's star does not return": (
        "WITH big AS (SELECT * FROM www.orders)\nSELECT big.totals FROM big",
        ["2: column 8: 'big' has no column 'totals'; did you mean 'total'?"],
    ),
    "names for what has none": (
        "WITH a (k, n) AS (SELECT id, COUNT(*) FROM www.orders GROUP BY id)\nSELECT count FROM a",
        ["2: column 8: 'count' is not a column of 'a'"],
    ),
    "within a WITH": (
        "WITH big AS (\n  SELECT nothing FROM www.orders\n)\nSELECT 1 AS x FROM big",
        ["2: column 10: 'nothing' is not a column of 'www.orders'"],
    ),
    "within a recursion": (
        ("WITH RECURSIVE c (id) AS (SELECT id FROM www.users\n"
        "UNION ALL SELECT u.nothing FROM www.users u JOIN c ON c.id = u.manager_id)\n"
        "SELECT n FROM c"),
        [
            "2: column 18: 'www.users' has no column 'nothing'",
            "3: column 8: 'n' is not a column of 'c'",
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
            ("2: column 14: 'o.id': FROM has no relation or column 'o';"
            " it has users")
        ],
    ),
    "a correlated subquery": (
        "SELECT 1 AS x FROM www.orders o\nWHERE EXISTS (SELECT 1 FROM www.users WHERE emal = o.i)",
        [
            ("2: column 45: 'emal' is not a column of 'www.users' or 'www.orders';"
            " did you mean 'email'?"),
            "2: column 52: 'www.orders' has no column 'i'; did you mean 'id'?",
        ],
    ),
    "a branch of UNION": (
        "SELECT id FROM www.orders\nUNION ALL SELECT order_id FROM www.users",
        ["2: column 18: 'order_id' is not a column of 'www.users'"],
    ),
    "USING": (
        ("SELECT 1 AS x FROM www.orders JOIN www.users USING (user_id)\n"
        "JOIN www.lines USING (order_id)"),
        [
            "1: column 53: 'www.users' has no column 'user_id'",
            ("2: column 23: 'order_id' is not a column of 'www.orders' or 'www.users';"
            " did you mean 'user_id'?"),
        ],
    ),
    "a view's column": (
        "SELECT id FROM dw.exact",
        ["1: column 8: 'id' is not a column of 'dw.exact'"],
    ),
    "a keyword in quotes": (
        'SELECT "sysdate" FROM www.orders',
        ["1: column 8: 'sysdate' is not a column of 'www.orders'"],
    ),
    "a star": (
        "SELECT orders.* FROM www.orders o",
        [
            ("1: column 8: 'orders.*': FROM has no relation or column 'orders';"
            " it has o")
        ],
    ),
    "ORDER BY what a star does not return": (
        "SELECT o.*, 1 AS one FROM www.orders o JOIN www.lines l ON TRUE\nORDER BY one, emil, two",
        [
            (
                "2: column 15: 'emil' is not a column of 'www.orders' or 'www.lines'"
            ),
            "2: column 21: 'two' is not a column of 'www.orders' or 'www.lines'",
        ],
    ),
    "two relations": (
        "SELECT email,\n  id FROM www.orders o JOIN www.users u ON u.id = user_id",
        ["2: column 3: 'id' is ambiguous; write o.id or u.id"],
    ),
    "ON": (
        "SELECT o.total FROM www.lines l, www.orders o JOIN www.users u ON id = user_id",
        ["1: column 67: 'id' is ambiguous; write o.id or u.id"],
    ),
    "one relation twice": (
        "SELECT a.id FROM www.users a JOIN www.users b ON a.id = b.manager_id\nWHERE email = 'x'",
        ["2: column 7: 'email' is ambiguous; write a.email or b.email"],
    ),
}  # fmt: skip

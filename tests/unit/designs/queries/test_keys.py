"""What the text of a query proves: keys of its rows, and columns without NULL."""

import pytest

from pipeline.designs.catalog import Catalog
from pipeline.designs.model.design import Constraints
from pipeline.designs.queries.keys import Proof, prove

DESIGNS = Catalog.parse(
    {
        "www/public-orders.yaml": """
name: www.orders
columns:
  - {name: id, sql_type: int, not_null: true}
  - {name: line, sql_type: int, not_null: true}
  - {name: status, sql_type: varchar(9)}
constraints: {primary_key: [id, line]}
""",
    }
).designs


def unique(*columns, not_null=()):
    return Proof(Constraints(unique=(columns,)), frozenset(not_null))


def primary(*columns):
    return Proof(Constraints(primary_key=columns), frozenset(columns))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            "SELECT status, COUNT(*) AS n FROM www.orders GROUP BY status",
            unique("status", not_null=["n"]),
        ),
        ("SELECT LOWER(status) AS s, MAX(id) AS m FROM www.orders GROUP BY 1", unique("s")),
        ("SELECT LOWER(status) AS s FROM www.orders GROUP BY s", unique("s")),
        ("SELECT LOWER(status) AS s FROM www.orders GROUP BY LOWER(status)", unique("s")),
        ("SELECT o.status AS s, id FROM www.orders o GROUP BY id, o.status", unique("id", "s")),
        ("SELECT status FROM www.orders AS o GROUP BY o.status", unique("status")),
        (
            "SELECT o.status FROM www.orders o JOIN www.users u ON o.id = u.id GROUP BY u.status",
            Proof(),
        ),
        ("SELECT COUNT(*) AS n FROM www.orders GROUP BY status", Proof(not_null=frozenset("n"))),
        ("SELECT status FROM www.orders GROUP BY status, id", Proof()),
        ("SELECT status FROM www.orders GROUP BY ROLLUP (status)", Proof()),
        ("SELECT status, id FROM www.orders GROUP BY CUBE (status, id)", Proof()),
        ("SELECT id FROM www.orders GROUP BY GROUPING SETS ((id), ())", Proof()),
        ("SELECT status FROM www.orders GROUP BY 3", Proof()),
        ("SELECT line AS l, id, status FROM www.orders WHERE id > 3", primary("id", "l")),
        ("SELECT id, status FROM www.orders", Proof()),
        ("SELECT id, line + 1 AS line FROM www.orders", Proof()),
        ("SELECT o.id, o.line FROM www.orders o JOIN www.users u ON u.id = o.id", Proof()),
        ("SELECT o.id, o.line FROM www.orders o, www.users u", Proof()),
        ("SELECT id, line FROM www.orders UNION ALL SELECT id, line FROM www.orders", Proof()),
        ("WITH o AS (SELECT 1 AS id, 2 AS line) SELECT id, line FROM o", Proof()),
        ("SELECT id, line FROM www.unknown", Proof()),
        ("SELECT 1 AS id", Proof()),
        ("SELECT LOWER(status) AS status FROM www.orders GROUP BY status", Proof()),
        ("SELECT LOWER(status) AS line FROM www.orders GROUP BY line", Proof()),
        ("SELECT LOWER(x) AS s FROM www.unknown GROUP BY s", Proof()),
        ("SELECT status.id, status.line FROM www.orders", Proof()),
        ("SELECT id, line FROM other.www.orders", Proof()),
        ("SELECT * FROM www.orders", Proof()),
        ("SELECT COUNT(*) OVER () AS n, id FROM www.orders", Proof()),
    ],
)
def test_a_key_is_proved_or_not_claimed(query, expected):
    assert prove(query, "dw/t.sql", DESIGNS) == expected

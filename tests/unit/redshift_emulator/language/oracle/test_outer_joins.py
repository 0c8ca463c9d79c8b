"""The outer join operator (+), as joins of FROM."""

import pytest

from redshift_emulator.language.oracle.outer_joins import OuterJoins
from redshift_emulator.language.tokens import split

CASES = {
    "SELECT 1 FROM a, b WHERE a.x = b.x(+) AND a.y > 1":
        "SELECT 1 FROM a LEFT JOIN b ON (a.x = b.x) WHERE (a.y > 1)",
    "SELECT * FROM a, b WHERE a.x(+) = b.x": "SELECT * FROM a RIGHT JOIN b ON (a.x = b.x) ",
    "SELECT 1 FROM a, b, c WHERE a.x = b.x(+) AND b.y = c.y(+) AND z(+) BETWEEN 1 AND 2":
        "SELECT 1 FROM a LEFT JOIN b ON (a.x = b.x) LEFT JOIN c ON (b.y = c.y)"
        " AND (z BETWEEN 1 AND 2) ",
    "SELECT 1 FROM a, b WHERE a.x = b.x(+) AND a.y = b.y ORDER BY 1":
        "SELECT 1 FROM a, b WHERE (a.x = b.x) AND (a.y = b.y) ORDER BY 1",
    # the tables and operators of a subquery are its own
    "SELECT 1 FROM a, b WHERE b.x(+) = (SELECT max(x) FROM c WHERE x IN (1, 2))":
        "SELECT 1 FROM a, b WHERE (b.x = (SELECT max(x) FROM c WHERE x IN (1, 2)))",
    "SELECT 1 FROM a, b WHERE a.x IN (SELECT c.y FROM c, d WHERE c.y = d.x(+)) AND a.x = b.x(+)":
        "SELECT 1 FROM a LEFT JOIN b ON (a.x = b.x) WHERE (a.x IN (SELECT c.y FROM c, d WHERE"
        " c.y = d.x(+)))",
}  # fmt: skip


@pytest.mark.parametrize("statement", CASES)
def test_the_operator_becomes_a_join(statement):
    columns = {"SELECT * FROM c": ["y", "z"]}
    joins = OuterJoins(split(statement)[0], 0, lambda query: columns.get(query.strip(), ["x"]))
    assert joins.run().text == CASES[statement]

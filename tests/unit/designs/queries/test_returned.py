"""What a query returns by ``*``, or without a name, is compared with its design by position."""

import pytest

from pipeline.designs.model.design import Column, Design, Kind
from pipeline.designs.queries.columns import check_columns
from pipeline.names import TableName


def relation(name: str, columns: str, kind: Kind = "TABLE", **more) -> Design:
    """Return a design; ``-`` precedes a skipped column, and ``key`` is the surrogate key."""
    listed = (
        Column(each.lstrip("-"), "bigint", identity=each == "key", skipped=each.startswith("-"))
        for each in columns.split()
    )
    table = TableName.parse(name)
    return Design(table, kind, str(table).replace(".", "/"), tuple(listed), **more)


KNOWN = {
    design.name: design
    for design in (
        relation("www.people", "id -secret name email"),
        relation("www.totals", "id total"),
        relation("dw.exact", "order_id total", "VIEW"),
        relation("dw.open", "id", "VIEW", is_exact=False),
    )
}

NOT_RETURNED = "the query does not return"
NOT_IN_DESIGN = "the design does not have"


def differences(columns, sql):
    found = check_columns(relation("dw.t", columns, "CTAS", query=sql), KNOWN)
    assert all((each.file, each.line) == ("dw/t.sql", None) for each in found)
    return [each.message.removeprefix("query and design differ: ") for each in found]


EQUAL = {
    "a star": ("id name email", "SELECT * FROM www.people"),
    "a star beside the surrogate key": ("key id name email", "SELECT * FROM www.people"),
    "a column without a name": ("id name size", "SELECT id, name, LEN(email) FROM www.people"),
    "only columns without names": ("a b", "SELECT COUNT(*), MAX(id) FROM www.people"),
    "a relation's star": (
        "id name email total",
        "SELECT p.*, t.total FROM www.people p JOIN www.totals t ON t.id = p.id",
    ),
    "stars of two relations": ("id total id total", "SELECT * FROM www.totals a, www.totals b"),
    "columns merged by USING": (
        "id total name email",
        "SELECT * FROM www.totals JOIN www.people USING (id)",
    ),
    "columns merged by NATURAL": (
        "id total name email",
        "SELECT * FROM www.totals NATURAL JOIN www.people",
    ),
    "USING behind a comma": (
        "id total id total name email",
        "SELECT * FROM www.totals t, www.totals u JOIN www.people p USING (id)",
    ),
    "USING twice": (
        "total id name email id",
        (
            "SELECT t.total, q.*, t.id FROM www.totals t JOIN (SELECT * FROM www.people p"
            " JOIN (SELECT id FROM www.totals) AS t USING (id)) AS q USING (id)"
        ),
    ),
    "WITH": ("id name email", "WITH a AS (SELECT * FROM www.people) SELECT * FROM a"),
    "names for a table": ("nr name email", "SELECT * FROM www.people AS p (nr)"),
    "UNION": ("id total", "SELECT * FROM www.totals UNION ALL SELECT id, id FROM www.people"),
    "an exact view": ("order_id total", "SELECT * FROM dw.exact"),
    "an unknown relation": ("anything", "SELECT * FROM other.unknown"),
    "known beside unknown": ("a b", "SELECT u.*, p.id FROM other.unknown u, www.people p"),
    "a view with a star": ("anything", "SELECT * FROM dw.open"),
    "EXCLUDE of a star": ("id", "SELECT * EXCLUDE (name, email) FROM www.people"),
    "EXCLUDE of the whole list": (
        "id email size",
        "SELECT *, LEN(name) AS size EXCLUDE (name) FROM www.people",
    ),
    "EXCLUDE in a subquery": (
        "id email size",
        "SELECT * FROM (SELECT *, LEN(name) AS size EXCLUDE (name) FROM www.people) AS s",
    ),
    "a SUPER": ("a b", "SELECT p.email.*, id FROM www.people p"),
}


@pytest.mark.parametrize(("columns", "sql"), EQUAL.values(), ids=EQUAL)
def test_what_fits_or_is_not_known_is_no_fault(columns, sql):
    assert differences(columns, sql) == []


DIFFERENT = {
    "a star in another order": (
        "id email name",
        "SELECT * FROM www.people",
        "found the columns id, name, email, expected id, email, name",
    ),
    "a column without a name": (
        "id email name",
        "SELECT id, name, email || '' FROM www.people",
        "found the columns id, name, (without a name), expected id, email, name",
    ),
    "a column replaced by another": (
        "id name mail total",
        "SELECT p.*, t.total FROM www.people p JOIN www.totals t ON t.id = p.id",
        f"{NOT_RETURNED} mail; {NOT_IN_DESIGN} email",
    ),
    "one more column": ("id name", "SELECT * FROM www.people", f"{NOT_IN_DESIGN} email"),
    "one column less": (
        "id name email phone",
        "WITH a AS (SELECT * FROM www.people) SELECT * FROM a",
        f"{NOT_RETURNED} phone",
    ),
    "one column less without names": (
        "id size number",
        "SELECT id, LEN(email) FROM www.people",
        "found the columns id, (without a name), expected id, size, number",
    ),
    "merged columns counted twice": (
        "id total id name email",
        "SELECT * FROM www.totals JOIN www.people USING (id)",
        "found the columns id, total, name, email, expected id, total, id, name, email",
    ),
    "a subquery of a subquery": (
        "name id",
        "SELECT * FROM (SELECT s.* FROM (SELECT id, name FROM www.people) AS s) AS t",
        "found the columns id, name, expected name, id",
    ),
}


@pytest.mark.parametrize(("columns", "sql", "expected"), DIFFERENT.values(), ids=DIFFERENT)
def test_a_difference_is_a_fault_of_the_query(columns, sql, expected):
    assert differences(columns, sql) == [expected]


def test_a_query_that_names_its_columns_is_compared_when_its_files_are_read():
    assert differences("id email", "SELECT id, name FROM www.people") == []

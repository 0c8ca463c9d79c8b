"""Catalogs of designs for pages: a small one, and a generated one of thousands of relations."""

from pipeline.designs.catalog import Catalog
from pipeline.designs.model.design import Column, Constraints, Design
from pipeline.names import TableName


def table(name: str, *columns: str, **given) -> Design:
    """Return a table ``www.orders`` of ``public.orders`` with columns of type bigint."""
    schema, _, rest = name.partition(".")
    found = tuple(Column(column, "bigint", source_sql_type="bigint") for column in columns)
    stem = f"{schema}/public-{rest}"
    given = {"columns": found, "source": TableName("public", rest)} | given
    return Design(TableName(schema, rest), "TABLE", stem, **given)


def derived(name: str, query: str, *columns: str, reads: str = "", kind="CTAS", **given) -> Design:
    """Return a derived relation; ``reads`` are the relations in its query, with spaces between."""
    schema, _, rest = name.partition(".")
    found = given.pop("columns", tuple(Column(column, "bigint") for column in columns))
    names = tuple(TableName.parse(each) for each in reads.split())
    stem = f"{schema}/{rest}"
    return Design(TableName(schema, rest), kind, stem, found, query=query, reads=names, **given)


def sales() -> Catalog:
    """Return two tables, a derived table that joins them, and two views in a chain."""
    total = Column("total", "bigint", description="With tax.", expression='"net" + "tax"')
    orders = table(
        "www.orders",
        columns=(Column("id", "bigint", not_null=True), Column("user_id", "bigint"), total),
        constraints=Constraints(primary_key=("id",)),
        description="One row per order.",
    )
    query = (
        "WITH bought AS (SELECT user_id, SUM(total) AS spent FROM www.orders GROUP BY user_id)\n"
        "SELECT u.id, b.spent, COUNT(*) AS number\n"
        "FROM www.users AS u JOIN bought AS b ON b.user_id = u.id GROUP BY u.id, b.spent"
    )
    reads = "www.orders www.users"
    columns = ("id", "spent", "number")
    chain = {"reads": "dw.buyers", "kind": "VIEW"}
    return Catalog.of(
        [
            orders,
            table("www.users", "id", "email"),
            table("www.log", "id"),
            derived("dw.buyers", query, *columns, reads=reads, tags=("finance",)),
            derived("dw.rich", "SELECT id, spent FROM dw.buyers", "id", "spent", **chain),
            derived(
                *("dw.richest", "SELECT MAX(spent) AS spent FROM dw.rich", "spent"),
                reads="dw.rich",
                kind="VIEW",
            ),
        ]
    )


LAYERS = (("crm", 0.3), ("erp", 0.3), ("staging", 0.25), ("core", 0.1), ("marts", 0.05))
"""Schemas, and their shares of the relations; the first two hold tables."""


def many(number: int) -> Catalog:
    """Return a catalog of tables and of three layers of derived relations, each of two before."""
    designs: list[Design] = []
    before: list[str] = []
    for schema, share in LAYERS:
        names = [f"{schema}.thing_{n:04}" for n in range(round(number * share))]
        for n, name in enumerate(names):
            if schema in {"crm", "erp"}:
                designs.append(table(name, "id", "amount", description=f"Thing {n}."))
                continue
            first, second = (before[(n * 7 + shift) % len(before)] for shift in (0, 3))
            query = f"SELECT a.id, a.amount + b.amount AS amount FROM {first} a, {second} b"
            reads = f"{first} {second}"
            designs.append(derived(name, query, "id", "amount", reads=reads, tags=(schema,)))
        before = [*(before if schema == "erp" else ()), *names]
    return Catalog.of(designs)


EVIL = "<script>alert(1)</script>\"'&\u202e--*/ </svg> {{ 7 * 7 }} </title>"
LINES = f"{EVIL}\n{EVIL}"
"""Names and texts that must not become markup."""


def hostile() -> Catalog:
    """Return a catalog in which every text of a design is hostile."""
    column = Column(EVIL, "bigint", description=LINES, expression=f'"{EVIL}"', encoding="raw")
    keys = Constraints(primary_key=(EVIL,))
    first = table(*("w.a",), columns=(column,), constraints=keys, description=LINES, tags=(EVIL,))
    quoted = EVIL.replace('"', '""')
    return Catalog.of(
        [
            first,
            derived(f"{EVIL}.{EVIL}", f'SELECT 1 AS "{quoted}" /* {EVIL} ', EVIL, reads="w.a"),
        ]
    )

"""What is bound to a table keeps it in place; it then has the keys of its design."""

import dataclasses
import logging

import pytest

from pipeline.access import acl
from pipeline.designs.model.design import Column, Constraints, ForeignKey
from pipeline.errors import WarehouseError
from pipeline.names import TableName
from pipeline.procedures.inventory import states_of
from pipeline.procedures.load.refresh import refresh
from pipeline.settings import Groups
from pipeline.sql.access.privileges import Grantee
from pipeline.sql.catalog import tables as catalog
from pipeline.sql.statement import Statement
from tests.support.projects.dimension import Dimension

PRIMARY = Constraints(primary_key=("id",))
ID = ("id",)


class Table:
    """The table ``dim`` of the rows of ``people``; nothing is bound to it yet."""

    def __init__(self, dimension: Dimension) -> None:
        self.dimension = dimension
        self.name = dimension.design.name
        self.remarks: list[str] = []
        dimension.place = dataclasses.replace(dimension.place, remark=self.remarks.append)

    def load(self, constraints: Constraints, not_null: tuple[str, ...] = ()) -> None:
        """Publish the rows by a design with these keys."""
        columns = tuple(
            Column(name, sql_type, not_null=name in not_null)
            for name, sql_type in (("id", "integer"), ("name", "varchar(20)"))
        )
        self.dimension.design = dataclasses.replace(
            self.dimension.design, columns=columns, constraints=constraints
        )
        refresh(self.dimension.publication())

    def query(self, statement: Statement) -> list[tuple[object, ...]]:
        return [tuple(row.values()) for row in self.dimension.place.warehouse.query(statement)]

    def keys(self) -> set[tuple[tuple[str, ...], bool]]:
        """The primary and unique keys: their columns, and whether they are primary."""
        rows = self.dimension.place.warehouse.query(catalog.named_keys(self.name))
        return {(key.columns, key.is_primary) for key in catalog.keys_of(rows)}

    def foreign_keys(self, table: str | None = None) -> list[ForeignKey]:
        name = TableName(self.name.schema, table or self.name.table)
        rows = self.dimension.place.warehouse.query(catalog.own_foreign_keys(name))
        return [each.key for each in catalog.references(rows)]

    def seen(self) -> list[tuple[object, ...]]:
        """What the bound view shows."""
        return self.query(Statement(f"SELECT id FROM {self.name.schema}.mine ORDER BY id"))

    def leftovers(self) -> list[tuple[object, ...]]:
        return self.query(catalog.staging_tables((self.name.schema,)))


@pytest.fixture
def table(dimension: Dimension) -> Table:
    dimension.upstream((1, "Ann"), (2, "Bob"))
    return Table(dimension)


def bind(table: Table) -> None:
    table.dimension.run("CREATE VIEW {s}.mine AS SELECT id FROM {s}.dim")


def test_a_key_that_the_design_no_longer_declares_is_dropped(table: Table) -> None:
    """The planner relies on it, and rows that violate it are loaded now."""
    table.load(Constraints(primary_key=("id",), unique=(("name",), ("name", "id"))), ID)
    bind(table)
    table.dimension.upstream((1, "Ann"), (1, "Ann"))

    table.load(Constraints(), ID)

    assert table.keys() == set()
    assert table.seen() == [(1,), (1,)]


def test_keys_that_the_design_declares_are_added(table: Table) -> None:
    table.load(Constraints(unique=(("id",),)), ID)
    bind(table)

    table.load(Constraints(primary_key=("id",), unique=(("name", "id"),)), ID)

    assert table.keys() == {(("id",), True), (("name", "id"), False)}
    assert table.seen() == [(1,), (2,)]


def test_keys_that_stay_are_left_alone(table: Table) -> None:
    table.load(PRIMARY, ID)
    bind(table)
    [before] = table.query(catalog.named_keys(table.name))

    table.load(PRIMARY, ID)

    assert table.query(catalog.named_keys(table.name)) == [before]


def test_a_foreign_key_that_the_design_no_longer_declares_is_dropped(table: Table) -> None:
    table.dimension.run("CREATE TABLE {s}.parent (id integer UNIQUE, other integer UNIQUE)")
    parent = TableName(table.name.schema, "parent")
    first, second = (ForeignKey(("id",), parent, (name,)) for name in ("id", "other"))
    table.load(Constraints(foreign_keys=(first,)))
    bind(table)

    table.load(Constraints(foreign_keys=(second,)))
    assert table.foreign_keys() == [second]
    table.load(Constraints())
    assert table.foreign_keys() == []


def test_a_key_to_which_foreign_keys_refer_is_dropped_and_these_are_told(table: Table) -> None:
    itself = ForeignKey(("id",), table.name, ("id",))
    table.load(Constraints(primary_key=("id",), foreign_keys=(itself,)), ID)
    bind(table)
    table.dimension.run("CREATE TABLE {s}.note (id integer CONSTRAINT of REFERENCES {s}.dim (id))")

    table.load(Constraints(unique=(("id",),), foreign_keys=(itself,)), ID)
    assert table.keys() == {(("id",), False)}
    assert table.foreign_keys() == table.foreign_keys("note") == [itself]
    assert table.remarks == []

    table.load(Constraints(), ID)
    assert table.keys() == set()
    assert table.foreign_keys() == table.foreign_keys("note") == []
    [remark] = table.remarks
    schema = table.name.schema
    assert remark == (
        f"dropped the foreign key of of {schema}.note: (id) is no longer a key of {table.name}"
    )


def test_null_in_a_column_that_was_not_null_is_refused(table: Table) -> None:
    """ALTER TABLE cannot change it; without such rows nothing is to be refused."""
    table.load(PRIMARY, ID)
    bind(table)
    table.load(Constraints())
    table.dimension.upstream((3, "Cid"), (None, "Bob"))

    with pytest.raises(WarehouseError) as raised:
        table.load(Constraints())

    assert str(raised.value) == (
        f"{table.name} cannot get NULL in id, because {table.name.schema}.mine is bound to it;"
        " drop the view, or create it again WITH NO SCHEMA BINDING, and run the task again"
    )
    assert table.seen() == [(1,), (2,)]
    assert table.leftovers() == []


def test_a_primary_key_of_columns_that_allow_null_is_refused(table: Table) -> None:
    table.load(Constraints())
    bind(table)

    with pytest.raises(WarehouseError, match="its primary key, since id allows NULL in it, becau"):
        table.load(PRIMARY, ID)

    assert table.leftovers() == []


def test_a_swap_declares_foreign_keys_of_tables_without_a_design_again(table: Table) -> None:
    table.load(PRIMARY, ID)
    table.dimension.run("CREATE TABLE {s}.note (id integer CONSTRAINT of REFERENCES {s}.dim (id))")
    query = catalog.own_foreign_keys(TableName(table.name.schema, "note"))
    before = table.query(query)

    table.load(PRIMARY, ID)
    assert table.query(query) == before
    table.load(Constraints(), ID)
    assert table.query(query) == []
    assert len(table.remarks) == 1


def test_groups_and_descriptions_that_are_new_reach_a_table_that_keeps_its_place(
    table: Table, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is granted or described that is there, and no message is sent for it."""
    dimension = table.dimension
    table.load(PRIMARY, ID)
    bind(table)
    caplog.set_level(logging.DEBUG, "pipeline.stores.warehouse.connection")

    def load() -> list[str]:
        """Load, and return the statements of each message on the table itself."""
        caplog.clear()
        table.load(PRIMARY, ID)
        return [text for text in caplog.messages if "etl_stage_" not in text or "LOCK" in text]

    before = load()
    etl, users = dimension.place.groups.etl, dimension.place.groups.users
    dimension.place = dataclasses.replace(dimension.place, groups=Groups(users, etl))
    dimension.design = dataclasses.replace(dimension.design, description="all 'people'")
    changed = load()
    after = load()

    query = dimension.place.warehouse.query
    state = states_of(query, table.name, comments=[("", "all 'people'"), ("id", "none")])
    writes = (Grantee("group", users), "UPDATE")
    assert writes in acl.read(state[table.name].acl)
    assert state[table.name].comment_count == 1
    assert len(before) == len(changed) == len(after)
    for each, number in (("GRANT ", 1), ("COMMENT ON TABLE", 1)):
        assert each not in "".join([*before, *after])
        assert "".join(changed).count(each) == number

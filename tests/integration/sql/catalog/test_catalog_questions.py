"""Queries of the catalog, run on PostgreSQL, whose catalog has the same tables."""

import psycopg2
import psycopg2.extras
import pytest

from pipeline.access.current import read_holdings
from pipeline.designs.model.design import ForeignKey
from pipeline.names import TableName
from pipeline.sql.access.catalog import select_holdings
from pipeline.sql.catalog import relations
from pipeline.sql.catalog import tables as catalog
from pipeline.sql.catalog.tables import Reference
from pipeline.sql.statement import Statement, identifier, table
from pipeline.sql.tables import checks, ddl
from pipeline.sql.tables.checks import Key
from tests.support.values.statements import row_count

ORDERS = TableName("sales", "orders")
ODD = TableName('s"; --%s', "t'%(a)s é\\")
SETUP = f"""
CREATE SCHEMA sales;
CREATE SCHEMA other;
CREATE SCHEMA {identifier(ODD.schema)};
CREATE TABLE sales.orders (
    id bigint NOT NULL, gone int, code varchar(20), total numeric(12, 2), PRIMARY KEY (id, code)
);
ALTER TABLE sales.orders DROP COLUMN gone;
CREATE TABLE other.orders (id int);
CREATE TABLE {table(ODD)} (id int);
CREATE TABLE sales.items (
    a int, code varchar(20), order_id bigint,
    parent int PRIMARY KEY REFERENCES sales.items (parent),
    CONSTRAINT items_order FOREIGN KEY (code, order_id) REFERENCES sales.orders (code, id)
);
CREATE TABLE "sales"."orders$next$1a2b3c4d" ();
CREATE TABLE "sales"."etl_stage_1a2b3c4d_orders" ();
CREATE TABLE "sales"."orders_next_3" ();
CREATE VIEW sales.big AS SELECT * FROM sales.orders WHERE total > 100;
CREATE VIEW other.codes AS
    SELECT o.code, i.a FROM sales.orders AS o JOIN sales.items AS i ON i.code = o.code;
CREATE VIEW other.biggest AS SELECT * FROM sales.big;
CREATE MATERIALIZED VIEW other.kept AS SELECT count(*) FROM sales.orders;
CREATE VIEW other.apart AS SELECT * FROM other.orders;
"""


@pytest.fixture
def ask(new_database):
    """Ask a database that is set up as above; rows come back as dictionaries."""
    connection = psycopg2.connect(new_database(), cursor_factory=psycopg2.extras.RealDictCursor)
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute(Statement(SETUP).template, {})

    def question(statement):
        cursor.execute(statement.template, statement.parameters)
        return [dict(row) for row in cursor.fetchall()] if cursor.description else cursor.rowcount

    yield question
    connection.close()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (ORDERS, [{"kind": "table"}]),
        (ODD, [{"kind": "table"}]),
        (TableName("sales", "big"), [{"kind": "view"}]),
        (TableName("other", "kept"), [{"kind": "view"}]),
        (TableName("sales", "orders_pkey"), [{"kind": "other"}]),
        (TableName("sales", "nothing"), []),
        (TableName("nowhere", "orders"), []),
    ],
)
def test_the_kind_of_a_relation(ask, name, kind):
    assert [{"kind": row["kind"]} for row in ask(relations.relation_kind(name))] == kind


def test_columns_are_in_order_without_dropped_ones(ask):
    assert [tuple(row.values()) for row in ask(catalog.table_columns(ORDERS))] == [
        ("id", "bigint", True),
        ("code", "character varying(20)", True),
        ("total", "numeric(12,2)", False),
    ]


def test_exactly_the_views_bound_to_a_table_are_found(ask):
    def bound(name):
        return [tuple(row.values()) for row in ask(catalog.bound_views(name))]

    assert bound(ORDERS) == [("other", "codes"), ("other", "kept"), ("sales", "big")]
    assert bound(TableName("sales", "big")) == [("other", "biggest")]
    assert bound(TableName("other", "orders")) == [("other", "apart")]
    assert bound(ODD) == []


def test_foreign_keys_of_other_tables_are_found_with_their_columns_paired(ask):
    key = ForeignKey(("code", "order_id"), ORDERS, ("code", "id"))
    items = TableName("sales", "items")

    assert catalog.references(ask(catalog.referencing_foreign_keys(ORDERS))) == (
        Reference(items, "items_order", key),
    )
    assert catalog.references(ask(catalog.referencing_foreign_keys(items))) == ()
    assert [
        each.constraint for each in catalog.references(ask(catalog.own_foreign_keys(items)))
    ] == ["items_order", "items_parent_fkey"]


def test_a_foreign_key_can_be_dropped_and_declared_again_as_it_was(ask):
    question = catalog.referencing_foreign_keys(ORDERS)
    (found,) = catalog.references(ask(question))

    ask(ddl.drop_constraint(found.table, found.constraint))
    assert catalog.references(ask(question)) == ()
    ask(ddl.add_foreign_key(found.table, found.key))
    (again,) = catalog.references(ask(question))
    assert (again.table, again.key) == (found.table, found.key)


def test_staging_tables_of_this_and_of_the_earlier_release_are_listed(ask):
    assert ask(catalog.staging_tables(("other", "sales"))) == [
        {"table_schema": "sales", "table_name": "etl_stage_1a2b3c4d_orders"},
        {"table_schema": "sales", "table_name": "orders$next$1a2b3c4d"},
    ]
    assert ask(catalog.staging_tables(("other",))) == []


def test_nulls_in_required_columns_and_duplicate_keys_are_found(ask):
    ask(Statement("CREATE TABLE sales.dirty (a int, b text)"))
    ask(
        Statement(
            "INSERT INTO sales.dirty VALUES (1, 'x'), (1, 'x'), (1, 'x'), (2, 'y'), (2, 'y'),"
            " (3, NULL), (3, NULL), (NULL, NULL), (NULL, NULL), (4, 'z')"
        )
    )
    name = TableName("sales", "dirty")

    unique = ask(checks.duplicates(name, Key(("a", "b"), primary=False)))
    primary = ask(checks.duplicates(name, Key(("a", "b"), primary=True)))

    assert [tuple(row.values()) for row in unique] == [(1, "x", 3), (2, "y", 2)]
    assert [tuple(row.values()) for row in primary] == [
        (1, "x", 3),
        (2, "y", 2),
        (3, None, 2),
        (None, None, 2),
    ]
    ask(Statement("INSERT INTO sales.dirty VALUES (5, 'x'), (5, 'x'), (6, 'x'), (6, 'x')"))
    assert len(ask(checks.duplicates(name, Key(("a", "b"), primary=True)))) == 5


REDSHIFT_ONLY = {"granted_columns", "granted_routines"}
"""Queries of views that PostgreSQL does not have."""


def test_owned_and_granted_relations_of_a_user_are_found(ask):
    who = f"tom{id(ask)}"
    ask(Statement(f"CREATE USER {who}"))
    try:
        for statement in (
            ddl.alter_owner(TableName("other", "orders"), who),
            ddl.alter_owner(TableName("other", "apart"), who),
            Statement(f"CREATE USER {who}my"),
            Statement(f"GRANT SELECT ON sales.items TO {who}my"),
            Statement(f"GRANT SELECT ON sales.big TO {who}"),
        ):
            ask(statement)
        rows = {
            name: [] if name in REDSHIFT_ONLY else ask(query)
            for name, query in select_holdings(who).items()
        }
        holdings = read_holdings(who, rows)
    finally:
        ask(Statement(f"DROP OWNED BY {who}, {who}my CASCADE"))
        ask(Statement(f"DROP ROLE IF EXISTS {who}my, {who}"))

    assert holdings.relations == (TableName("other", "apart"), TableName("other", "orders"))
    assert holdings.routines == holdings.databases == ()
    assert holdings.granted == (TableName("sales", "big"),)


def test_a_swap_by_renaming_leaves_bound_views_on_the_old_rows(ask):
    """Why such a table is replaced in place."""
    for statement in (
        ddl.rename_table(TableName("other", "orders"), "orders$old"),
        Statement("CREATE TABLE other.orders (id int)"),
        Statement("INSERT INTO other.orders VALUES (1)"),
    ):
        ask(statement)

    assert ask(row_count(TableName("other", "orders"))) == [{"row_count": 1}]
    assert ask(row_count(TableName("other", "apart"))) == [{"row_count": 0}]
    assert ask(catalog.bound_views(TableName("other", "orders$old"))) != []

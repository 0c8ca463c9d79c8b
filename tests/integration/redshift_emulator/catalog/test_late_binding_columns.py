"""The columns of late-binding views in system views, which are found out once for each state."""

import pytest

COLUMNS = (
    "SELECT column_name, data_type FROM svv_columns WHERE table_schema = %s AND table_name = %s"
)


@pytest.fixture
def view(client):
    client.run("CREATE TABLE t (a int, b varchar(5))")
    client.run(f"CREATE VIEW v AS SELECT * FROM {client.schema}.t WITH NO SCHEMA BINDING")
    return client


def _columns(client, view="v"):
    rows = client.run(f"{COLUMNS} ORDER BY ordinal_position", (client.schema, view))
    return " ".join(f"{name}:{kind}" for name, kind in rows)


CHANGES = [
    ("ALTER TABLE t ADD COLUMN c date", "a:integer b:character varying c:date"),
    ("ALTER TABLE t RENAME COLUMN c TO d", "a:integer b:character varying d:date"),
    ("ALTER TABLE t DROP COLUMN d", "a:integer b:character varying"),
    ("ALTER TABLE t RENAME TO other", ""),
    ("CREATE TABLE t AS SELECT 1.5::real AS r", "r:real"),
    ("DROP TABLE t", ""),
    (
        "CREATE VIEW t AS SELECT b FROM {schema}.other WITH NO SCHEMA BINDING",
        "b:character varying",
    ),
    (
        "CREATE OR REPLACE VIEW v AS SELECT a FROM {schema}.other WITH NO SCHEMA BINDING",
        "a:integer",
    ),
    ("CREATE FUNCTION f(int) RETURNS bigint STABLE AS $$ SELECT 1::bigint $$ LANGUAGE sql", None),
    ("CREATE OR REPLACE VIEW v AS SELECT {schema}.f(1) x WITH NO SCHEMA BINDING", "x:bigint"),
    ("DROP FUNCTION f(int)", ""),
    ("DROP VIEW v", ""),
]


def test_rule_36_svv_columns_shows_each_change_at_once_also_to_others(view, second):
    assert _columns(view) == _columns(second) == "a:integer b:character varying"
    before = ""
    for statement, expected in CHANGES:
        view.run(statement.format(schema=view.schema))
        found = _columns(view)
        assert found == _columns(second) == (before if expected is None else expected), statement
        before = found


def test_rule_36_svv_columns_shows_changes_of_a_transaction_until_its_rollback(view, second):
    before = _columns(view)
    view.connection.autocommit = False
    for name in ("c", "d"):
        view.run(f"ALTER TABLE t ADD COLUMN {name} int")
        assert _columns(view).endswith(f"{name}:integer")
    view.connection.rollback()
    view.connection.autocommit = True
    assert _columns(view) == _columns(second) == before


def test_rule_36_svv_columns_shows_what_a_user_may_read_now(view, new_user):
    name, user = new_user()
    view.run(f"GRANT USAGE ON SCHEMA {view.schema} TO {name}")
    for change, expected in (("GRANT", _columns(view)), ("REVOKE", "")):
        view.run(f"{change} SELECT ON v {'TO' if expected else 'FROM'} {name}")
        assert _columns(user) == expected
    view.run(f"REVOKE USAGE ON SCHEMA {view.schema} FROM {name}")


def test_rule_36_what_is_known_of_a_view_is_not_found_out_again(view, second):
    before = _columns(view)
    second.connection.autocommit = False
    second.run("LOCK TABLE t")
    view.run("SET statement_timeout TO 3000")
    assert _columns(view) == before
    second.connection.rollback()


@pytest.mark.parametrize("catalog", ["svv_all_columns", "svv_redshift_columns"])
def test_rule_76_the_views_of_all_columns_have_those_of_late_binding_views(view, catalog):
    columns = f"SELECT column_name, data_type FROM pg_catalog.{catalog}"
    columns += f" WHERE schema_name = '{view.schema}'"
    query = f"{columns} AND table_name = 'v' ORDER BY ordinal_position"
    assert view.run(query) == [("a", "integer"), ("b", "character varying")]
    view.run(f"CREATE VIEW all_columns AS {columns} WITH NO SCHEMA BINDING")
    assert ("column_name", "character varying") in view.run("SELECT * FROM all_columns")
    view.run("DROP TABLE t")
    assert view.run(query) == []


def test_rule_70_show_columns_of_a_late_binding_view(view):
    statement = f"SHOW COLUMNS FROM TABLE {view.schema}.v"
    columns = [(row[3], row[4], row[7], row[8]) for row in view.run(statement)]
    assert columns == [("a", 1, "integer", None), ("b", 2, "character varying", 5)]
    view.run("DROP TABLE t")
    assert view.run(statement) == []

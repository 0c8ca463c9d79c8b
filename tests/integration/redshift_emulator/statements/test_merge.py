"""MERGE.

https://docs.aws.amazon.com/redshift/latest/dg/r_MERGE.html
"""

import pytest

UPDATE = "WHEN MATCHED THEN UPDATE SET id = {0}.id, name = {0}.name"
DELETE = "WHEN MATCHED THEN DELETE"
INSERT = "WHEN NOT MATCHED THEN INSERT VALUES ({0}.id, {0}.name)"
HEAD = "MERGE INTO target USING source ON target.id = source.id"


@pytest.fixture
def tables(client):
    """Return a function that fills the tables ``target`` and ``source``."""
    client.run("CREATE TABLE target (id int, name char(10))")
    client.run("CREATE TABLE source (id int, name char(10))")

    def fill(target, source):
        client.run("DELETE FROM target")
        client.run("DELETE FROM source")
        client.run(f"INSERT INTO target VALUES {target}")
        client.run(f"INSERT INTO source VALUES {source}")

    return fill


def rows(client):
    return client.run("SELECT id, TRIM(name) FROM target ORDER BY id, name")


def test_rule_61_merge_updates_deletes_and_inserts(client, tables):
    tables("(101, 'Bob'), (102, 'John'), (103, 'Susan')", "(102, 'Tony'), (103, 'Alice')")
    client.run("INSERT INTO source VALUES (104, 'Bill')")
    merge = f"{HEAD} {UPDATE} {INSERT}".format("source")
    assert client.run(merge) == "MERGE"
    assert rows(client) == [(101, "Bob"), (102, "Tony"), (103, "Alice"), (104, "Bill")]
    client.run("INSERT INTO source VALUES (105, 'David')")
    client.run(f"{HEAD} {DELETE} {INSERT}".format("source"))
    assert rows(client) == [(101, "Bob"), (105, "David")]


def test_rule_61_functions_column_lists_and_parameters(client, tables):
    tables("(1, 'a'), (2, NULL)", "(2, 'b'), (3, 'c')")
    client.run(
        "MERGE INTO target USING source AS s ON target.id = s.id AND s.id > %s"
        " WHEN MATCHED THEN UPDATE SET name = CASE WHEN s.id = 2 THEN NVL(target.name, 'x') END"
        " WHEN NOT MATCHED THEN INSERT (name, id) VALUES (LEN(s.name) || '!', s.id)",
        (0,),
    )
    assert rows(client) == [(1, "a"), (2, "x"), (3, "1!")]


def test_rule_61_a_row_must_not_match_twice(client, tables):
    tables("(1, 'Bob'), (2, 'John')", "(1, 'Tony'), (1, 'Alice'), (3, 'Bill')")
    clauses = (f"{UPDATE} {INSERT}", f"{DELETE} {INSERT}", "REMOVE DUPLICATES")
    for clause in clauses:
        error = client.error(f"{HEAD} {clause}".format("source"))
        assert error.diag.message_primary == "Found multiple matches to update the same tuple."
    assert rows(client) == [(1, "Bob"), (2, "John")]


def test_rule_61_remove_duplicates_replaces_the_rows_that_match(client, tables):
    tables(
        "(30, 'Tony'), (30, 'Daisy'), (11, 'Alice'), (23, 'Bill'), (23, 'Nikki')",
        "(23, 'David'), (22, 'Clarence')",
    )
    client.run(f"{HEAD} REMOVE DUPLICATES")
    expected = [(11, "Alice"), (22, "Clarence"), (23, "David"), (30, "Daisy"), (30, "Tony")]
    assert rows(client) == expected
    client.run("ALTER TABLE target ADD COLUMN more int")
    assert "same number of columns" in str(client.error(f"{HEAD} REMOVE DUPLICATES"))


def test_rule_61_the_source_may_be_a_query_or_a_view_without_the_target(client, tables):
    s = client.schema
    tables("(1, 'a')", "(1, 'b'), (1, 'b'), (2, 'c')")
    merge = f" AS q ON target.id = q.id {UPDATE} {INSERT}".format("q")
    client.run(f"MERGE INTO target USING (SELECT id, name FROM source GROUP BY 1, 2) {merge}")
    assert rows(client) == [(1, "b"), (2, "c")]
    client.run("CREATE VIEW late AS SELECT 2 AS id, 'd' AS name WITH NO SCHEMA BINDING")
    client.run("CREATE VIEW bound AS SELECT 3 AS id, 'e'::char(10) AS name FROM source LIMIT 1")
    for view in ("late", "bound"):
        client.run(f"MERGE INTO target USING {view} {merge}")
    assert rows(client) == [(1, "b"), (2, "d"), (3, "e")]
    client.run("CREATE VIEW over_target AS SELECT id, name FROM target")
    client.run(f"CREATE VIEW late_target AS SELECT * FROM {s}.target WITH NO SCHEMA BINDING")
    for source in ("over_target", "late_target", "(SELECT id, name FROM target)"):
        error = client.error(f"MERGE INTO target USING {source} {merge}")
        assert "cannot reference target table" in str(error)


def test_rule_61_what_is_not_a_merge_of_redshift_is_refused(client, tables):
    tables("(1, 'a')", "(1, 'b')")
    client.run("CREATE VIEW v AS SELECT id, name FROM target")
    update, insert = UPDATE.format("source"), INSERT.format("source")
    cases = {
        f"MERGE INTO target USING target ON target.id = target.id {DELETE} {insert}": "0A000",
        f"MERGE INTO target AS t USING source ON t.id = source.id {DELETE} {insert}": "42601",
        f"MERGE INTO v USING source ON v.id = source.id {DELETE} {insert}": "0A000",
        f"MERGE INTO pg_class USING source ON true {DELETE} {insert}": "0A000",
        f"MERGE INTO pg_class USING source ON relname = name {DELETE} {insert}": "42501",
        f"{HEAD} {DELETE}": "42601",
        f"{HEAD} {insert}": "42601",
        f"{HEAD} {insert} {update}": "42601",
        f"{HEAD} WHEN MATCHED AND source.id = 1 THEN DELETE {insert}": "42601",
        f"{HEAD} WHEN MATCHED THEN DO NOTHING {insert}": "42601",
        f"{HEAD} {DELETE} WHEN NOT MATCHED THEN INSERT DEFAULT VALUES": "42601",
        f"{HEAD} {DELETE} WHEN NOT MATCHED THEN DO NOTHING": "42601",
        f"{HEAD} {update} REMOVE DUPLICATES": "42601",
        f"MERGE INTO target USING source ON target.id > source.id {DELETE} {insert}": "0A000",
        f"MERGE INTO target USING (SELECT 1 AS id) ON target.id = id {DELETE} {insert}": "42601",
        f"{HEAD} WHEN MATCHED THEN UPDATE SET name = source.name[0] {insert}": "0A000",
        f"WITH q AS (SELECT 1) {HEAD} {DELETE} {insert}": "0A000",
        f"MERGE INTO none USING source ON none.id = source.id {DELETE} {insert}": "42P01",
        f"{HEAD} WHEN MATCHED THEN UPDATE SET none = 1 {insert}": "42703",
    }
    found = {statement: client.error(statement).pgcode for statement in cases}
    assert found == cases
    assert rows(client) == [(1, "a")]


def test_rule_61_merge_needs_privileges_and_waits_for_other_writers(client, tables, new_user):
    tables("(1, 'a')", "(1, 'b')")
    name, user = new_user()
    s = client.schema
    client.run_all(
        f"GRANT USAGE ON SCHEMA {s} TO {name}; GRANT SELECT ON source, target TO {name}"
    )
    user.run(f"SET search_path TO {s}")
    merge = f"{HEAD} {UPDATE} {INSERT}".format("source")
    assert user.error(merge).pgcode == "42501"
    client.run(f"GRANT INSERT, UPDATE ON target TO {name}")
    user.run(merge)
    assert user.error(f"{HEAD} REMOVE DUPLICATES").pgcode == "42501"
    user.run("SET statement_timeout TO 200")
    client.run_all("BEGIN; INSERT INTO target VALUES (5, 'x')")
    assert user.error(merge).pgcode == "57014"
    client.run("ROLLBACK")
    user.run("BEGIN READ ONLY")
    assert user.error(merge).pgcode == "25006"


def test_rule_61_the_values_of_clauses_are_computed_as_in_queries(client):
    """Quotients have Redshift's scale, casts cut, and blanks at the end do not count."""
    client.run_all(
        "CREATE TABLE prices (k varchar(5), q decimal(20, 12), n int);"
        " CREATE TABLE paid (k varchar(5), a decimal(8, 2), b decimal(8, 2));"
        " INSERT INTO prices VALUES ('x  ', 0, 0);"
        " INSERT INTO paid VALUES ('x', 2.75, 3), ('y', 7.5, 7)"
    )
    client.run(
        "MERGE INTO prices USING paid AS p ON prices.k = p.k AND p.a / p.b < 0.9166666662"
        " WHEN MATCHED THEN UPDATE SET q = p.a / p.b, n = p.a::int"
        " WHEN NOT MATCHED THEN INSERT VALUES (p.k, p.b / p.a, CAST(p.a AS int))"
    )
    assert client.run("SELECT k, q::varchar(20), n FROM prices ORDER BY q") == [
        ("x  ", "0.916666666000", 2),
        ("y", "0.933333333000", 7),
    ]

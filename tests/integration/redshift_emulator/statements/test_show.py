"""SHOW SCHEMAS, TABLES and COLUMNS.

https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW_TABLES.html
"""


def test_rule_70_show_schemas_tables_and_columns(client, emulator):
    s, d = client.schema, emulator.database
    client.run_all(
        "CREATE TABLE t (a int NOT NULL, b varchar(5)) DISTKEY (a) SORTKEY (b);"
        " CREATE VIEW v AS SELECT a FROM t; CREATE MATERIALIZED VIEW m AS SELECT a FROM t"
    )
    client.run(f"CREATE VIEW l AS SELECT a FROM {s}.t WITH NO SCHEMA BINDING")
    ((database, schema, _, kind, *_),) = client.run(f"SHOW SCHEMAS FROM DATABASE {d} LIKE '{s}'")
    assert (database, schema, kind) == (d, s, "local")
    tables = client.run(f"SHOW TABLES FROM SCHEMA {d}.{s}")
    assert [(row[2], row[3], row[9], row[10]) for row in tables] == [
        ("l", "VIEW", None, "LATE BINDING VIEW"),
        ("m", "VIEW", None, "MATERIALIZED VIEW"),
        ("t", "TABLE", "KEY (a)", "REGULAR TABLE"),
        ("v", "VIEW", None, "REGULAR VIEW"),
    ]
    assert [row[2] for row in client.run(f"SHOW TABLES FROM SCHEMA {s} LIKE 't%' LIMIT 1")] == [
        "t"
    ]
    assert client.run(f"SHOW COLUMNS FROM TABLE {d}.{s}.t LIMIT 2") == [
        (d, s, "t", "a", 1, None, "NO", "integer", None, 32, 0, None, None, 0, 1, "az64", None),
        (d, s, "t", "b", 2, None, "YES", "character varying", 5, None, None, None, "COMPOUND", 1,
         None, "raw", "default"),
    ]  # fmt: skip
    assert [row[3] for row in client.run("SHOW COLUMNS FROM TABLE m LIKE 'a'")] == ["a"]


def test_rule_70_there_are_no_datashares(client):
    for statement in ("SHOW DATASHARES", "SHOW DATASHARES LIKE 'sales%'"):
        with client.connection.cursor() as cursor:
            cursor.execute(statement)
            assert (cursor.fetchall(), cursor.description[0].name) == ([], "share_name")
    assert client.error("SHOW DATASHARES x").pgcode == "42601"


def test_rule_70_what_show_refuses(client, new_user):
    client.run("CREATE TABLE t (a int)")
    cases = {
        "SHOW SCHEMAS FROM DATABASE nosuch": "0A000",
        "SHOW TABLES FROM SCHEMA nosuch": "3F000",
        "SHOW TABLES FROM SCHEMA nosuch.public": "0A000",
        "SHOW COLUMNS FROM TABLE nosuch": "42P01",
        "SHOW COLUMNS FROM TABLE t LIMIT 10001": "22023",
        "SHOW COLUMNS FROM TABLE t t": "42601",
        "SHOW DATABASES": "0A000",
    }
    found = {statement: client.error(statement).pgcode for statement in cases}
    assert found == cases
    _, user = new_user()
    assert user.run(f"SHOW TABLES FROM SCHEMA {client.schema}") == []

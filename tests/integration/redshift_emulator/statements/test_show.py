"""SHOW SCHEMAS, TABLES, COLUMNS, CONSTRAINTS, PROCEDURES and FUNCTIONS.

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


def test_rule_70_show_constraints(client, emulator, new_user):
    s, d = client.schema, emulator.database
    client.run_all(
        "CREATE TABLE p (i int, j int, PRIMARY KEY (j, i));"
        " CREATE TABLE f (a int, b int, c int, FOREIGN KEY (a, b) REFERENCES p (j, i));"
        " CREATE TABLE g (a int, b int, FOREIGN KEY (a, b) REFERENCES p (j, i))"
    )
    primary = f"SHOW CONSTRAINTS PRIMARY KEYS FROM TABLE {d}.{s}.p"
    assert client.run(primary) == [
        (d, s, "p", "p_pkey", "j", 1),
        (d, s, "p", "p_pkey", "i", 2),
    ]
    assert client.run(f"{primary} LIMIT 1") == [(d, s, "p", "p_pkey", "j", 1)]
    name = client.run("SELECT conname FROM pg_constraint WHERE conrelid = 'f'::regclass")[0][0]
    assert client.run(f"SHOW CONSTRAINTS FOREIGN KEYS FROM TABLE {s}.f") == [
        (d, s, "p", "j", d, s, "f", "a", 1, name, "p_pkey", None, None, None),
        (d, s, "p", "i", d, s, "f", "b", 2, name, "p_pkey", None, None, None),
    ]
    exported = client.run(f"SHOW CONSTRAINTS FOREIGN KEYS EXPORTED FROM TABLE {s}.p")
    assert [row[6:9] for row in exported] == [
        *[("f", "a", 1), ("f", "b", 2)],
        *[("g", "a", 1), ("g", "b", 2)],
    ]
    assert client.run(f"SHOW CONSTRAINTS FOREIGN KEYS FROM TABLE {s}.p") == []
    assert client.error("SHOW CONSTRAINTS UNIQUE KEYS FROM TABLE p").pgcode == "42601"
    other, user = new_user()
    client.run(f"GRANT USAGE ON SCHEMA {s} TO {other}")
    assert user.error(primary).pgcode == "42501"
    client.run(f"GRANT SELECT ON p TO {other}")
    assert len(user.run(primary)) == 2


def test_rule_70_show_procedures_and_functions(client, emulator, new_user):
    s, d = client.schema, emulator.database
    client.run(
        "CREATE PROCEDURE p1(a varchar(9), INOUT b decimal(5, 2), OUT c date) AS $$"
        " BEGIN c := current_date; END $$ LANGUAGE plpgsql"
    )
    client.run("CREATE PROCEDURE p2() AS $$ BEGIN NULL; END $$ LANGUAGE plpgsql")
    client.run(
        "CREATE FUNCTION f1(int, varchar) RETURNS bigint IMMUTABLE AS $$ SELECT 1::bigint $$"
        " LANGUAGE sql"
    )
    assert client.run(f"SHOW PROCEDURES FROM SCHEMA {d}.{s}") == [
        (d, s, "p1", 2, "character varying, numeric", "numeric, date", None),
        (d, s, "p2", 0, None, None, None),
    ]
    assert [row[2] for row in client.run(f"SHOW PROCEDURES FROM SCHEMA {s} LIKE '%2'")] == ["p2"]
    assert client.run(f"SHOW FUNCTIONS FROM SCHEMA {s} LIMIT 5") == [
        (d, s, "f1", 2, "integer, character varying", "bigint", None)
    ]
    other, user = new_user()
    client.run(f"GRANT USAGE ON SCHEMA {s} TO {other}")
    assert user.run(f"SHOW PROCEDURES FROM SCHEMA {s}") == []


def test_rule_70_schemas_of_the_catalog_belong_to_rdsdb(client, emulator):
    (row,) = client.run(f"SHOW SCHEMAS FROM DATABASE {emulator.database} LIKE 'pg_catalog'")
    assert (row[2], row[4].partition("=")[0]) == (1, "rdsdb")


def test_rule_70_there_are_no_datashares(client):
    for statement in ("SHOW DATASHARES", "SHOW DATASHARES LIKE 'sales%'"):
        with client.connection.cursor() as cursor:
            cursor.execute(statement)
            assert (cursor.fetchall(), cursor.description[0].name) == ([], "share_name")
    assert client.error("SHOW DATASHARES x").pgcode == "42601"


def test_rule_70_show_databases(client, emulator):
    d = emulator.database
    ((name, owner, kind, _, parameters, isolation),) = client.run("SHOW DATABASES")
    assert (name, kind, parameters) == (d, "local", None)
    assert (type(owner), isolation) == (int, "Snapshot Isolation")
    assert client.run(f"SHOW DATABASES LIKE '{d[:3]}%' LIMIT 1") == client.run("SHOW DATABASES")
    assert client.run("SHOW DATABASES LIKE 'other'") == []


def test_rule_70_show_parameters(client, emulator, new_user):
    """The example of r_SHOW_PARAMETERS, whose function in Python cannot be created."""
    s, d = client.schema, emulator.database
    client.run(
        "CREATE PROCEDURE f1(operation varchar(10), value1 decimal, value2 decimal,"
        " INOUT result decimal, OUT operation_status varchar(50), OUT calculation_time timestamp,"
        " OUT is_successful boolean) AS $$ BEGIN result := 1; END $$ LANGUAGE plpgsql"
    )
    client.run(
        "CREATE FUNCTION f2(int, x varchar(9), decimal(8, 2), d date) RETURNS varchar IMMUTABLE"
        " AS $$ SELECT 'x'::varchar $$ LANGUAGE sql"
    )
    values = [
        (d, s, "f1", "value1", 2, "IN", "numeric", None, 18, 0),
        (d, s, "f1", "value2", 3, "IN", "numeric", None, 18, 0),
    ]
    all_of_f1 = f"SHOW PARAMETERS OF PROCEDURE {d}.{s}.f1(VARCHAR, DECIMAL, DECIMAL, DECIMAL)"
    assert client.run(all_of_f1) == [
        (d, s, "f1", "operation", 1, "IN", "character varying", 10, None, None),
        *values,
        (d, s, "f1", "result", 4, "INOUT", "numeric", None, 18, 0),
        (d, s, "f1", "operation_status", 5, "OUT", "character varying", 50, None, None),
        (
            d,
            s,
            "f1",
            "calculation_time",
            6,
            "OUT",
            "timestamp without time zone",
            None,
            None,
            None,
        ),
        (d, s, "f1", "is_successful", 7, "OUT", "boolean", None, None, None),
    ]
    assert client.run(f"{all_of_f1} LIKE 'val%'") == values
    assert client.error("SHOW PROCEDURE f2(INT, VARCHAR, DECIMAL, DATE)").pgcode == "42883"
    assert client.run("SHOW PARAMETERS OF FUNCTION f2(INT, VARCHAR, DECIMAL, DATE)") == [
        (d, s, "f2", "", 0, "RETURN", "character varying", -1, None, None),
        (d, s, "f2", "", 1, "IN", "integer", None, 32, 0),
        (d, s, "f2", "x", 2, "IN", "character varying", -1, None, None),
        (d, s, "f2", "", 3, "IN", "numeric", None, None, None),
        (d, s, "f2", "d", 4, "IN", "date", None, None, None),
    ]
    other, user = new_user()
    client.run(f"GRANT USAGE ON SCHEMA {s} TO {other}")
    assert user.error(all_of_f1).pgcode == "42501"
    client.run(f"GRANT EXECUTE ON PROCEDURE f1(varchar, decimal, decimal, decimal) TO {other}")
    assert len(user.run(all_of_f1)) == 7


def test_rule_70_show_column_grants(client, emulator, new_user):
    s, d = client.schema, emulator.database
    alice, user = new_user()
    bob, _ = new_user()
    client.run_all(
        "CREATE TABLE t (a int, b int, c int);"
        f" GRANT SELECT (a), UPDATE (a) ON t TO {alice}; GRANT UPDATE (b) ON t TO {bob};"
        f" GRANT SELECT ON t TO {bob}; GRANT USAGE ON SCHEMA {s} TO {alice}"
    )

    def row(column, privilege, name):
        ((number,),) = client.run(f"SELECT usesysid FROM pg_user WHERE usename = '{name}'")
        granted = (d, s, "t", column, "COLUMN", privilege, number, name, "user", False, "COLUMN")
        return (*granted, emulator.user)

    of_alice = [row("a", "SELECT", alice), row("a", "UPDATE", alice)]
    every = f"SHOW COLUMN GRANTS ON TABLE {d}.{s}.t"
    assert client.run(every) == [*of_alice, row("b", "UPDATE", bob)]
    assert client.run(f"{every} FOR {bob}") == [row("b", "UPDATE", bob)]
    assert client.run(f"{every} LIMIT 1") == of_alice[:1]
    assert user.run(every) == of_alice


def test_rule_70_objects_that_do_not_exist_have_no_rows(client):
    """As Amazon's driver for Python expects in its tests, with the columns of the others."""
    for statement in (
        "SHOW TABLES FROM SCHEMA nosuch",
        "SHOW PROCEDURES FROM SCHEMA nosuch",
        "SHOW COLUMNS FROM TABLE nosuch",
        "SHOW COLUMNS FROM TABLE nosuch.nosuch",
        "SHOW CONSTRAINTS PRIMARY KEYS FROM TABLE nosuch",
        "SHOW CONSTRAINTS FOREIGN KEYS FROM TABLE nosuch.nosuch",
        "SHOW COLUMN GRANTS ON TABLE nosuch",
        "SHOW GRANTS ON TABLE nosuch.nosuch",
        "SHOW GRANTS ON SCHEMA nosuch",
        "SHOW PARAMETERS OF FUNCTION nosuch(int)",
        "SHOW PARAMETERS OF PROCEDURE nosuch.nosuch()",
    ):
        with client.connection.cursor() as cursor:
            cursor.execute(statement)
            assert (cursor.fetchall(), len(cursor.description) > 5) == ([], True)


def test_rule_70_what_show_refuses(client, new_user):
    client.run("CREATE TABLE t (a int)")
    cases = {
        "SHOW SCHEMAS FROM DATABASE nosuch": "0A000",
        "SHOW TABLES FROM SCHEMA nosuch.public": "0A000",
        "SHOW COLUMNS FROM TABLE t LIMIT 10001": "22023",
        "SHOW COLUMNS FROM TABLE t t": "42601",
        "SHOW DATABASES FROM DATA CATALOG": "0A000",
        "SHOW COLUMN GRANTS ON TABLE t LIKE 'a'": "42601",
        "SHOW PARAMETERS OF TABLE t": "42601",
        "SHOW TABLES FROM SCHEMA $1": "42P02",
        "SHOW MODEL ALL": "0A000",
    }
    found = {statement: client.error(statement).pgcode for statement in cases}
    assert found == cases
    _, user = new_user()
    assert user.run(f"SHOW TABLES FROM SCHEMA {client.schema}") == []

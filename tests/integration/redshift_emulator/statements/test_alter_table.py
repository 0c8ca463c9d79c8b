"""ALTER TABLE: APPEND, distribution, sort key and encodings.

https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_TABLE.html
"""

import pytest

COLUMNS = (
    'SELECT "column", encoding, distkey, sortkey FROM pg_table_def'
    " WHERE schemaname = %s AND tablename = 't'"
)


def columns(client):
    return sorted(client.run(COLUMNS, (client.schema,)))


def style(client):
    query = (
        'SELECT diststyle, sortkey1 FROM svv_table_info WHERE "schema" = %s AND "table" = \'t\''
    )
    return client.run(query, (client.schema,))[0]


def test_rule_67_append_moves_the_rows(client, second):
    client.run_all(
        "CREATE TABLE t (a int, b varchar(5) DEFAULT 'x') DISTKEY (a) SORTKEY (a);"
        " CREATE TABLE s (a int) DISTKEY (a) SORTKEY (a); INSERT INTO s VALUES (1), (2)"
    )
    client.run("ALTER TABLE t APPEND FROM s FILLTARGET")
    assert second.run("SELECT a, b FROM t ORDER BY a") == [(1, "x"), (2, "x")]
    assert second.value("SELECT count(*) FROM s") == 0
    client.run("INSERT INTO t VALUES (3, 'y')")
    client.run("ALTER TABLE s APPEND FROM t IGNOREEXTRA")
    assert second.run("SELECT a FROM s ORDER BY a") == [(1,), (2,), (3,)]
    client.run_all("CREATE TABLE i (n int IDENTITY(1, 1), a int) DISTKEY (a) SORTKEY (a)")
    client.run("ALTER TABLE i APPEND FROM s FILLTARGET")
    assert client.value("SELECT count(DISTINCT n) FROM i") == 3


def test_rule_67_append_that_is_refused(client, new_user):
    name, user = new_user()
    client.run_all(
        "CREATE TABLE t (a int, b varchar(5)) DISTSTYLE EVEN;"
        " CREATE TABLE narrow (a int) DISTSTYLE EVEN;"
        " CREATE TABLE other (a int, c int) DISTSTYLE EVEN;"
        " CREATE TABLE wide (a int, b varchar(9)) DISTSTYLE EVEN;"
        " CREATE TABLE filled (a int NOT NULL, b varchar(5)) DISTSTYLE EVEN;"
        " CREATE TABLE encoded (a int ENCODE raw, b varchar(5)) DISTSTYLE EVEN;"
        " CREATE TABLE everywhere (a int, b varchar(5)) DISTSTYLE ALL;"
        " CREATE TABLE sorted (a int, b varchar(5)) DISTSTYLE EVEN SORTKEY (a);"
        " CREATE TABLE n1 (n int IDENTITY(1, 1), a int) DISTSTYLE EVEN;"
        " CREATE TABLE n2 (n int IDENTITY(1, 1), a int) DISTSTYLE EVEN;"
        " CREATE VIEW v AS SELECT a, b FROM t; CREATE TEMP TABLE tmp (a int, b varchar(5))"
    )
    cases = {
        "t APPEND FROM narrow": "0A000",
        "narrow APPEND FROM t": "0A000",
        "t APPEND FROM other FILLTARGET": "0A000",
        "t APPEND FROM other IGNOREEXTRA": "0A000",
        "t APPEND FROM narrow FILLTARGET IGNOREEXTRA": "42601",
        "n1 APPEND FROM n2": "0A000",
        "t APPEND FROM wide": "0A000",
        "t APPEND FROM filled": "0A000",
        "t APPEND FROM encoded": "0A000",
        "t APPEND FROM everywhere": "0A000",
        "t APPEND FROM sorted": "0A000",
        "t APPEND FROM t": "0A000",
        "t APPEND FROM v": "0A000",
        "t APPEND FROM tmp": "0A000",
        "t APPEND FROM none": "42P01",
        "t APPEND narrow": "42601",
    }
    found = {case: client.error(f"ALTER TABLE {case}").pgcode for case in cases}
    assert found == cases
    client.run(f"GRANT USAGE ON SCHEMA {client.schema} TO {name}")
    s = client.schema
    assert user.error(f"ALTER TABLE {s}.t APPEND FROM {s}.narrow FILLTARGET").pgcode == "42501"


def test_rule_68_distribution_and_sort_key_can_be_changed(client):
    client.run_all(
        "CREATE TABLE t (a int, b varchar(5), c float); INSERT INTO t VALUES (1, 'x', 1)"
    )
    client.run("ALTER TABLE t ALTER DISTKEY a")
    client.run("ALTER TABLE t ALTER COMPOUND SORTKEY (b, a)")
    assert columns(client) == [
        ("a", "none", True, 2),
        ("b", "none", False, 1),
        ("c", "none", False, 0),
    ]
    assert style(client) == ("KEY(a)", "b")
    client.run("ALTER TABLE t ALTER SORTKEY (a), ALTER DISTSTYLE ALL")
    assert columns(client) == [
        ("a", "none", False, 1),
        ("b", "lzo", False, 0),
        ("c", "none", False, 0),
    ]
    assert style(client) == ("ALL", "a")
    client.run("ALTER TABLE t ALTER DISTSTYLE KEY DISTKEY b, ALTER SORTKEY (a)")
    assert style(client) == ("KEY(b)", "a")
    client.run("ALTER TABLE t ALTER SORTKEY AUTO")
    assert style(client) == ("KEY(b)", "AUTO(SORTKEY)")
    client.run_all("ALTER TABLE t ALTER SORTKEY NONE; ALTER TABLE t ALTER DISTSTYLE AUTO")
    assert style(client) == ("AUTO(ALL)", None)
    assert [row[1:] for row in columns(client)] == [
        ("az64", False, 0),
        ("lzo", False, 0),
        ("none", False, 0),
    ]


def test_rule_68_encodings_can_be_changed(client):
    client.run("CREATE TABLE t (a int, b varchar(5))")
    client.run("ALTER TABLE t ALTER COLUMN a ENCODE zstd, ALTER COLUMN b ENCODE raw")
    assert [row[1] for row in columns(client)] == ["zstd", "none"]
    client.run("ALTER TABLE t ALTER SORTKEY (b)")
    assert [row[1] for row in columns(client)] == ["zstd", "none"]
    client.run("ALTER TABLE t ALTER ENCODE AUTO")
    client.run("ALTER TABLE t ALTER SORTKEY (a)")
    assert [row[1] for row in columns(client)] == ["none", "lzo"]


@pytest.mark.parametrize("words", ["IF EXISTS", "ONLY"])
def test_rule_21_alter_table_takes_no_words_before_the_name(client, words):
    client.run("CREATE TABLE t (a int)")
    error = client.error(f"ALTER TABLE {words} t ADD COLUMN b int")
    assert error.pgcode == "0A000"
    assert f"ALTER TABLE {words} is not supported" in str(error)


def test_rule_68_changes_that_are_refused(client):
    client.run("CREATE TABLE t (a int, b varchar(5), s super)")
    client.run("CREATE TABLE i (a int, b int) INTERLEAVED SORTKEY (a, b)")
    client.run("CREATE TEMP TABLE tmp (a int)")
    cases = {
        "t ALTER DISTKEY none": "42703",
        "t ALTER DISTKEY s": "0A000",
        "t ALTER DISTSTYLE": "42601",
        "t ALTER SORTKEY (a, a)": "42701",
        "t ALTER SORTKEY (none)": "42703",
        "t ALTER INTERLEAVED SORTKEY (a)": "0A000",
        "t ALTER SORTKEY (a), ALTER SORTKEY (b)": "0A000",
        "t ALTER DISTKEY a, ALTER ENCODE AUTO": "0A000",
        "t ALTER COLUMN a ENCODE az64": "0A000",
        "t ALTER COLUMN a ENCODE raw, ALTER COLUMN a ENCODE zstd": "0A000",
        "t ALTER COLUMN a ENCODE none": "42601",
        "t ALTER COLUMN a ENCODE text255": "42611",
        "t ALTER COLUMN b ENCODE az64": "42611",
        "i ALTER DISTSTYLE ALL": "0A000",
        "i ALTER DISTKEY a": "0A000",
        "i ALTER COLUMN a ENCODE zstd": "0A000",
        "tmp ALTER DISTSTYLE EVEN": "0A000",
    }
    found = {case: client.error(f"ALTER TABLE {case}").pgcode for case in cases}
    assert found == cases
    client.run("ALTER TABLE i ALTER SORTKEY NONE")


def test_several_columns_can_be_changed_to_the_same_length(client):
    client.run("CREATE TABLE t (a varchar(3), b varchar(3))")
    for column in "abba":
        client.run(f"ALTER TABLE t ALTER COLUMN {column} TYPE varchar(5)")
    client.run("ALTER TABLE t ADD COLUMN c varchar(5)")
    client.run("INSERT INTO t VALUES ('12345', '12345', '12345')")
    for column in "abc":
        error = client.error(f"INSERT INTO t ({column}) VALUES ('ééé')")
        assert "value too long for type character varying(5)" in str(error).lower()

"""Tables: types, keys, distribution, identity, temporary tables, CREATE TABLE AS."""

import datetime as dt

import pytest


def columns(client, table="t"):
    return client.run(
        'SELECT "column", type, encoding, distkey, sortkey, "notnull" FROM pg_table_def'
        " WHERE schemaname = %s AND tablename = %s",
        (client.schema, table),
    )


def types(client, table="t"):
    return [row[1] for row in columns(client, table)]


def test_rule_6_keys_are_not_enforced(client, plain):
    ddl = "CREATE TABLE {} (a int PRIMARY KEY, b int UNIQUE)"
    client.run(ddl.format("t"))
    client.run("INSERT INTO t VALUES (1, 1), (1, 1)")
    assert client.value("SELECT count(*) FROM t WHERE a = 1") == 2
    plain.run(ddl.format("pg_temp.t"))
    assert plain.error("INSERT INTO pg_temp.t VALUES (1, 1), (1, 1)").pgcode == "23505"


def test_rule_6_foreign_keys_are_not_enforced_but_prevent_drop_table(client):
    client.run("CREATE TABLE p (a int PRIMARY KEY)")
    client.run("CREATE TABLE c (a int REFERENCES p (a), b int, FOREIGN KEY (b) REFERENCES p)")
    client.run("INSERT INTO c VALUES (7, 8)")
    error = client.error("DROP TABLE p")
    assert error.pgcode == "2BP01"
    assert "constraint c_a_fkey" in error.diag.message_detail
    client.run("ALTER TABLE c DROP CONSTRAINT c_a_fkey")
    assert client.error("DROP TABLE p").pgcode == "2BP01"
    client.run("DROP TABLE p CASCADE")
    assert client.value("SELECT count(*) FROM c") == 1


def test_rule_6_a_foreign_key_must_reference_a_key(client):
    client.run("CREATE TABLE p (a int)")
    assert client.error("CREATE TABLE c (a int REFERENCES p (a))").pgcode == "42830"
    assert client.error("CREATE TABLE c (a int REFERENCES nosuch (a))").pgcode == "42P01"
    assert client.error("CREATE TABLE c (a int, UNIQUE (b))").pgcode == "42703"
    error = client.error("CREATE TABLE c (a int PRIMARY KEY, b int, PRIMARY KEY (b))")
    assert error.pgcode == "42P16"


def test_rule_6_keys_can_be_read_back(client):
    client.run("CREATE TABLE p (a int, b int, CONSTRAINT mine PRIMARY KEY (b, a))")
    client.run("CREATE TABLE c (x int UNIQUE, y int, FOREIGN KEY (x, y) REFERENCES p (a, b))")
    found = client.run(
        "SELECT c.relname, k.conname, k.contype, pg_get_constraintdef(k.oid)"
        " FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid"
        " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = %s ORDER BY 1, 2",
        (client.schema,),
    )
    assert found == [
        ("c", "c_x_fkey", "f", "FOREIGN KEY (x, y) REFERENCES p(a, b)"),
        ("c", "c_x_key", "u", "UNIQUE (x)"),
        ("p", "mine", "p", "PRIMARY KEY (b, a)"),
    ]
    shown = client.run(
        "SELECT constraint_name, column_name, ordinal_position FROM"
        " information_schema.key_column_usage WHERE table_schema = %s AND table_name = 'p'"
        " ORDER BY 3",
        (client.schema,),
    )
    assert shown == [("mine", "b", 1), ("mine", "a", 2)]
    kinds = client.run(
        "SELECT table_name, constraint_type FROM information_schema.table_constraints"
        " WHERE table_schema = %s ORDER BY 1, 2",
        (client.schema,),
    )
    assert kinds == [("c", "FOREIGN KEY"), ("c", "UNIQUE"), ("p", "PRIMARY KEY")]


def test_rule_6_keys_follow_their_table_through_a_rename(client):
    client.run_all("CREATE TABLE p (a int PRIMARY KEY); CREATE TABLE c (a int REFERENCES p)")
    client.run_all("ALTER TABLE p RENAME TO q; ALTER TABLE q RENAME COLUMN a TO z")
    definition = client.value(
        "SELECT pg_get_constraintdef(k.oid) FROM pg_constraint k JOIN pg_class c"
        " ON c.oid = k.conrelid WHERE c.relname = 'c' AND k.contype = 'f'"
        " AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = %s)",
        (client.schema,),
    )
    assert definition == "FOREIGN KEY (a) REFERENCES q(z)"
    assert client.error("DROP TABLE q").pgcode == "2BP01"


def test_rule_6_keys_can_be_added_and_dropped(client):
    client.run_all("CREATE TABLE t (a int NOT NULL, b int); ALTER TABLE t ADD PRIMARY KEY (a)")
    client.run_all("ALTER TABLE t ADD CONSTRAINT u UNIQUE (b); CREATE TABLE c (a int)")
    client.run("ALTER TABLE c ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES t (a)")
    assert client.error("ALTER TABLE c ADD CONSTRAINT f UNIQUE (a)").pgcode == "42710"
    assert client.error("ALTER TABLE t DROP CONSTRAINT t_pkey").pgcode == "2BP01"
    assert client.error("ALTER TABLE t DROP CONSTRAINT nosuch").pgcode == "42704"
    client.run("ALTER TABLE t DROP CONSTRAINT t_pkey CASCADE")
    client.run("DROP TABLE t")


def test_a_rolled_back_table_leaves_no_properties(client, emulator):
    client.run_all("BEGIN; CREATE TABLE t (a int PRIMARY KEY); ROLLBACK")
    client.run_all("CREATE TABLE kept (a int PRIMARY KEY); DROP TABLE kept")
    with emulator.plain() as plain, plain.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_internal.key_constraint"
            " WHERE conrelid NOT IN (SELECT oid FROM pg_class)"
        )
        assert cursor.fetchone() == (0,)
    plain.close()


def test_rule_6_the_columns_of_a_primary_key_are_not_null(client):
    client.run("CREATE TABLE t (a int PRIMARY KEY)")
    error = client.error("INSERT INTO t VALUES (NULL)")
    assert (error.pgcode, error.diag.message_primary) == (
        "XX000",
        "Cannot insert a NULL value into column a",
    )


@pytest.mark.parametrize(
    ("fits", "too_long"),
    [
        ("abcde", "abcdef"),
        ("éé", "ééé"),
        ("éé1", "🐎éé"),
        ("🐎", "🐎🐎"),
        ("abcde   ", "abcde  x"),
    ],
)
def test_rules_9_and_34_varchar_counts_bytes(client, plain, fits, too_long):
    client.run("CREATE TABLE t (a varchar(5))")
    client.run("INSERT INTO t VALUES (%s)", (fits,))
    assert client.value("SELECT a FROM t") == fits[:5]
    error = client.error("INSERT INTO t VALUES (%s)", (too_long,))
    assert error.pgcode == "XX000"
    assert error.diag.message_primary == "value too long for type character varying(5)"
    assert "code:      8001" in error.diag.message_detail
    if len(too_long) <= 5:
        plain.run("CREATE TEMP TABLE t (a varchar(5))")
        plain.run("INSERT INTO t VALUES (%s)", (too_long,))


def test_rule_9_an_update_counts_bytes_too(client):
    client.run_all("CREATE TABLE t (a varchar(5)); INSERT INTO t VALUES ('a')")
    assert client.error("UPDATE t SET a = 'ééé'").pgcode == "XX000"


def test_rule_10_default_lengths_of_character_types(client):
    client.run(
        "CREATE TABLE t (a text, b varchar, c char, d bpchar, e varchar(max), f char(max),"
        " g nvarchar(3), h nchar(4), i character varying(7), j character(8))"
    )
    assert types(client) == [
        "character varying(256)",
        "character varying(256)",
        "character(1)",
        "character(256)",
        "character varying(65535)",
        "character(4096)",
        "character varying(3)",
        "character(4)",
        "character varying(7)",
        "character(8)",
    ]
    assert client.error("INSERT INTO t (a) VALUES (%s)", ("x" * 257,)).pgcode == "XX000"


def test_rule_11_char_accepts_ascii_only(client):
    client.run_all("CREATE TABLE t (a char(5)); INSERT INTO t VALUES ('abc')")
    assert client.error("INSERT INTO t VALUES ('é')").pgcode == "XX000"
    assert client.value("SELECT a FROM t") == "abc  "


def test_rule_13_default_precision_and_limits_of_numeric(client, plain):
    client.run("CREATE TABLE t (a numeric, b decimal(19, 2), c numeric(38, 37))")
    assert types(client) == ["numeric(18,0)", "numeric(19,2)", "numeric(38,37)"]
    client.run("INSERT INTO t (a, b) VALUES (1.5, 92233720368547758.07)")
    assert str(client.value("SELECT a FROM t")) == "2"
    assert client.error("INSERT INTO t (b) VALUES (92233720368547758.08)").pgcode == "XX000"
    assert client.error("INSERT INTO t (b) VALUES (-92233720368547758.08)").pgcode == "XX000"
    assert client.error("INSERT INTO t (a) VALUES ('NaN')").pgcode == "XX000"
    assert client.error("INSERT INTO t (a) VALUES (1234567890123456789)").pgcode == "XX000"
    plain.run("CREATE TEMP TABLE t (b numeric(19, 2))")
    plain.run("INSERT INTO t VALUES (92233720368547758.08), ('NaN')")


def test_rule_13_a_cast_without_precision_has_scale_0(client):
    assert str(client.value("SELECT 1.7::numeric")) == "2"
    assert str(client.value("SELECT CAST(1.256 AS decimal(5, 2))")) == "1.26"


def test_infinite_dates_are_refused_since_redshift_does_not_document_them(client):
    client.run("CREATE TABLE t (a date, b timestamp, c timestamptz)")
    for column in "abc":
        assert client.error(f"INSERT INTO t ({column}) VALUES ('infinity')").pgcode == "XX000"


FAULTS = [
    ("(a int) DISTKEY (b)", "42703"),
    ("(a int) SORTKEY (a, b)", "42703"),
    ("(a int) DISTSTYLE EVEN DISTKEY (a)", "42601"),
    ("(a int) DISTSTYLE KEY", "42601"),
    ("(a int DISTKEY, b int DISTKEY)", "42601"),
    ("(a int DISTKEY, b int) DISTKEY (b)", "42601"),
    ("(a int SORTKEY, b int SORTKEY)", "42601"),
    ("(a int SORTKEY) SORTKEY (a)", "42601"),
    ("(a int) SORTKEY (a, a)", "42701"),
    ("(a int) DISTSTYLE SOME", "42601"),
    ("(a int) DISTSTYLE EVEN DISTSTYLE ALL", "42601"),
    ("(a int) INTERLEAVED SORTKEY (a) DISTSTYLE AUTO", "42601"),
    ("(a varchar(3) ENCODE az64)", "42611"),
    ("(a int ENCODE text255)", "42611"),
    ("(a boolean ENCODE mostly8)", "42611"),
    ("(a int ENCODE nosuch)", "42601"),
    ("(a super) SORTKEY (a)", "0A000"),
    ("(a varchar(3) IDENTITY (1, 1))", "42611"),
    ("(a int IDENTITY (1, 0))", "22023"),
    ("(a int DEFAULT 1 IDENTITY (1, 1))", "42611"),
    ("(a int NULL DEFAULT 1 NOT NULL)", "42601"),
    ("(a int NOT NULL NULL)", "42601"),
    ("(a int) BACKUP MAYBE", "42601"),
]


@pytest.mark.parametrize(("definition", "sqlstate"), FAULTS, ids=[row[0] for row in FAULTS])
def test_rule_14_attributes_are_checked(client, definition, sqlstate):
    assert client.error(f"CREATE TABLE t {definition}").pgcode == sqlstate


@pytest.mark.parametrize("kind", ["json", "uuid", "int[]"])
def test_rule_8_an_unsupported_type_is_named_with_table_and_column(client, kind):
    shown = kind.replace("int", "integer")
    message = f'Column "t.a" has unsupported type "{shown}".'
    assert client.error(f"CREATE TABLE t (a {kind})").diag.message_primary == message
    client.run("CREATE TABLE t (b int)")
    error = client.error(f"ALTER TABLE t ADD COLUMN a {kind}")
    assert error.diag.message_primary == message


def test_rule_14_the_number_of_sort_key_columns_is_limited(client):
    names = [f"c{number}" for number in range(401)]
    ddl = f"CREATE TABLE t ({', '.join(f'{name} int' for name in names)})"
    assert client.error(f"{ddl} SORTKEY ({', '.join(names)})").pgcode == "54011"
    nine = f"{ddl} DISTSTYLE EVEN INTERLEAVED SORTKEY ({', '.join(names[:9])})"
    assert client.error(nine).pgcode == "54011"
    client.run(f"{ddl} SORTKEY ({', '.join(names[:400])})")


def test_rule_14_attributes_can_be_read_back(client):
    client.run(
        "CREATE TABLE t (a int NOT NULL, b varchar(10) ENCODE zstd, c date, d boolean, e bigint"
        " ENCODE mostly16) BACKUP NO DISTSTYLE KEY DISTKEY (b) COMPOUND SORTKEY (c, a)"
    )
    assert columns(client) == [
        ("a", "integer", "none", False, 2, True),
        ("b", "character varying(10)", "zstd", True, 0, False),
        ("c", "date", "none", False, 1, False),
        ("d", "boolean", "none", False, 0, False),
        ("e", "bigint", "mostly16", False, 0, False),
    ]
    client.run("INSERT INTO t (a) VALUES (1)")
    info = client.run(
        "SELECT diststyle, sortkey1, sortkey_num, encoded, tbl_rows FROM svv_table_info"
        ' WHERE "schema" = %s',
        (client.schema,),
    )
    assert info == [("KEY(b)", "c", 2, "Y", 1)]


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ("", ("AUTO(ALL)", None)),
        ("DISTSTYLE EVEN SORTKEY AUTO", ("EVEN", "AUTO(SORTKEY)")),
        ("DISTSTYLE ALL", ("ALL", None)),
        ("DISTSTYLE EVEN INTERLEAVED SORTKEY (a, b)", ("EVEN", "INTERLEAVED")),
        ("DISTKEY (a) SORTKEY (b)", ("KEY(a)", "b")),
    ],
)
def test_rule_14_distribution_and_sort_key_of_a_table(client, attributes, expected):
    client.run_all(f"CREATE TABLE t (a int, b int) {attributes}; INSERT INTO t VALUES (1, 2)")
    query = 'SELECT diststyle, sortkey1 FROM svv_table_info WHERE "schema" = %s'
    assert client.run(query, (client.schema,)) == [expected]


def test_rule_14_attributes_follow_the_table_through_a_rename(client):
    client.run("CREATE TABLE t (a int, b int) DISTKEY (a) SORTKEY (b)")
    client.run_all("ALTER TABLE t RENAME TO u; CREATE TABLE t (a int, b int) SORTKEY (a)")
    assert [row[3:5] for row in columns(client, "u")] == [(True, 0), (False, 1)]
    assert [row[3:5] for row in columns(client, "t")] == [(False, 1), (False, 0)]


def test_rule_15_identity_values_are_unique_and_have_gaps(client, plain):
    client.run("CREATE TABLE t (id bigint IDENTITY (10, 5), a int)")
    for value in range(4):
        client.run("INSERT INTO t (a) VALUES (%s)", (value,))
    numbers = [row[0] for row in client.run("SELECT id FROM t ORDER BY id")]
    assert len(set(numbers)) == 4
    assert numbers[0] == 10
    assert all((number - 10) % 5 == 0 for number in numbers)
    assert numbers != list(range(10, 30, 5))
    error = client.error("INSERT INTO t (id, a) VALUES (1, 1)")
    assert "cannot set an identity column to a value" in str(error)
    assert client.error("INSERT INTO t VALUES (1, 1)").pgcode == error.pgcode


def test_rule_15_generated_by_default_as_identity_accepts_values(client):
    client.run("CREATE TABLE t (id int GENERATED BY DEFAULT AS IDENTITY (1, 1), a int)")
    client.run_all("INSERT INTO t (id, a) VALUES (0, 0); INSERT INTO t (a) VALUES (1), (2)")
    numbers = [row[0] for row in client.run("SELECT id FROM t ORDER BY a")]
    assert numbers[0] == 0
    assert 0 < numbers[1] < numbers[2]
    assert client.error("INSERT INTO t (id) VALUES (NULL)").pgcode == "XX000"


def test_rule_15_identity_with_seed_0_and_a_negative_step(client):
    client.run("CREATE TABLE t (id int IDENTITY (0, -1), a int)")
    client.run("INSERT INTO t (a) VALUES (1), (2)")
    assert all(row[0] <= 0 for row in client.run("SELECT id FROM t"))


def test_rule_16_a_table_has_at_most_1600_columns(client):
    definition = ", ".join(f"c{number} int" for number in range(1601))
    assert client.error(f"CREATE TABLE t ({definition})").pgcode == "54011"


def test_rule_17_a_name_that_begins_with_a_hash_makes_the_table_temporary(client, second):
    client.run_all("CREATE TABLE #t (a int); INSERT INTO #t VALUES (1)")
    assert client.value("SELECT a FROM #t") == 1
    assert second.error("SELECT a FROM #t").pgcode == "42P01"
    client.run("CREATE TEMPORARY TABLE u (LIKE #t)")
    client.run("INSERT INTO u SELECT a + 1 FROM #t")
    assert client.value("SELECT a FROM u") == 2
    client.run("DROP TABLE #t")


def test_rule_18_create_table_as_keeps_types_and_takes_attributes(client):
    error = client.error("CREATE TABLE u (a, b) AS SELECT 1 AS x")
    assert "CREATE TABLE AS specifies too many column names" in str(error)
    client.run("CREATE TABLE s (a int NOT NULL, b varchar(10), c numeric(10, 2))")
    client.run("INSERT INTO s VALUES (1, 'x', 1.25), (2, 'y', 2.5)")
    tag = client.run("CREATE TABLE t DISTKEY (a) SORTKEY (b) AS SELECT a, b, c FROM s WHERE a > 1")
    assert tag == "SELECT 1"
    assert columns(client) == [
        ("a", "integer", "az64", True, 0, False),
        ("b", "character varying(10)", "none", False, 1, False),
        ("c", "numeric(10,2)", "az64", False, 0, False),
    ]
    client.run("CREATE TABLE u (x, y) AS SELECT a, b FROM s")
    assert client.run("SELECT x, y FROM u ORDER BY 1") == [(1, "x"), (2, "y")]
    assert client.error("CREATE TABLE v (x ENCODE raw) AS SELECT 1").pgcode is not None
    assert client.error("INSERT INTO t (b) VALUES ('ééééé1')").pgcode == "XX000"


def test_rule_97_like_copies_columns_and_attributes_but_no_keys(client):
    client.run(
        "CREATE TABLE s (a int NOT NULL PRIMARY KEY, b varchar(5) DEFAULT 'x' ENCODE zstd, c date)"
        " DISTKEY (a) SORTKEY (c)"
    )
    client.run("CREATE TABLE t (LIKE s)")
    client.run("CREATE TABLE u (LIKE s INCLUDING DEFAULTS)")
    assert columns(client, "t") == columns(client, "s")
    client.run("INSERT INTO t (a) VALUES (1)")
    client.run("INSERT INTO u (a) VALUES (1)")
    assert client.value("SELECT b FROM t") is None
    assert client.value("SELECT b FROM u") == "x"
    assert client.error("INSERT INTO t (a, b) VALUES (1, 'ééé')").pgcode == "XX000"
    count = "SELECT count(*) FROM information_schema.table_constraints WHERE table_schema = %s"
    assert client.value(count, (client.schema,)) == 1


def test_rule_97_like_stands_beside_columns_keys_and_other_likes(client):
    client.run("CREATE TABLE s (a int, b varchar(5) DEFAULT 'x' ENCODE zstd) DISTKEY (a)")
    client.run("CREATE TABLE p (c varchar(2), v varbyte(3)) DISTSTYLE ALL")
    client.run(
        "CREATE TABLE t (z varchar(1), LIKE s INCLUDING DEFAULTS, y int IDENTITY, UNIQUE (a))"
    )
    assert [(row[0], row[2], row[3]) for row in columns(client)] == [
        ("z", "lzo", False),
        ("a", "az64", True),
        ("b", "zstd", False),
        ("y", "az64", False),
    ]
    client.run("INSERT INTO t (z, a) VALUES ('q', 1)")
    assert client.run("SELECT z, a, b FROM t") == [("q", 1, "x")]
    for value in ("('qq', 'x')", "('q', 'ééé')"):
        assert client.error(f"INSERT INTO t (z, b) VALUES {value}").pgcode == "XX000"
    client.run("CREATE TABLE q (w varchar(2)) DISTSTYLE ALL")
    client.run("CREATE TABLE r (LIKE p, LIKE q EXCLUDING DEFAULTS)")
    assert types(client, "r") == [
        "character varying(2)",
        "binary varying(3)",
        "character varying(2)",
    ]
    for column in "cvw":
        assert client.error(f"INSERT INTO r ({column}) VALUES ('abcd')").pgcode == "XX000"
    assert client.error("CREATE TABLE n (LIKE s, LIKE p)").pgcode == "0A000"
    assert client.error("CREATE TABLE n (LIKE s, d int DISTKEY)").pgcode == "42601"
    assert client.error("CREATE TABLE n (LIKE s, LIKE s)").pgcode == "42701"


def test_rule_97_a_primary_key_makes_columns_of_like_not_null(client):
    client.run("CREATE TABLE s (id int, a varchar(5))")
    client.run("CREATE TABLE t (z int, LIKE s, PRIMARY KEY (z, id))")
    assert [(row[0], row[5]) for row in columns(client)] == [
        ("z", True),
        ("id", True),
        ("a", False),
    ]
    assert client.error("INSERT INTO t VALUES (1, NULL, 'a')").pgcode == "XX000"
    assert client.error("CREATE TABLE u (LIKE s, PRIMARY KEY (nosuch))").pgcode == "42703"


@pytest.mark.parametrize(
    ("parent", "sqlstate"),
    [
        ("pg_class", "0A000"),
        ("pg_catalog.pg_class", "0A000"),
        ("stv_slices", "0A000"),
        ("information_schema.columns", "0A000"),
        ("stl_nothing", "0A000"),
        ("pg_roles", "42P01"),
        ("pg_internal.user_password", "42501"),
        ("late", "0A000"),
        ("nosuch", "42P01"),
    ],
)
def test_rule_97_like_takes_no_system_tables_and_late_binding_views(client, parent, sqlstate):
    client.run("CREATE VIEW late AS SELECT 1 AS a WITH NO SCHEMA BINDING")
    assert client.error(f"CREATE TABLE t (LIKE {parent})").pgcode == sqlstate


def test_rule_97_like_of_tables_that_differ_in_encode_auto(client):
    client.run("CREATE TABLE s (a int) ENCODE AUTO")
    client.run("CREATE TABLE t (b int ENCODE raw)")
    assert client.error("CREATE TABLE u (LIKE s, LIKE t)").pgcode == "0A000"


def test_defaults_may_use_redshifts_functions(client):
    client.run(
        "CREATE TABLE t (a int, b timestamp DEFAULT sysdate, c varchar(9) DEFAULT"
        " nvl(NULL, 'it\\'s'),"
        " d date DEFAULT '2020-01-01', e int DEFAULT 1 + 2 NOT NULL)"
    )
    client.run("INSERT INTO t (a) VALUES (1)")
    row = client.run("SELECT b, c, d, e FROM t")[0]
    assert isinstance(row[0], dt.datetime)
    assert row[1:] == ("it's", dt.date(2020, 1, 1), 3)


def test_alter_table_changes_columns_and_keeps_to_the_limits_of_redshift(client):
    client.run("CREATE TABLE t (a int, b varchar(5)) DISTKEY (a)")
    client.run("ALTER TABLE t ADD COLUMN c varchar(3) DEFAULT 'x' ENCODE zstd")
    client.run("INSERT INTO t VALUES (1, 'b')")
    assert client.error("UPDATE t SET c = 'éé'").pgcode == "XX000"
    client.run("ALTER TABLE t ALTER COLUMN b TYPE varchar(8)")
    client.run("UPDATE t SET b = 'éééé'")
    assert client.error("UPDATE t SET b = 'ééééé'").pgcode == "XX000"
    assert client.error("ALTER TABLE t DROP COLUMN a").pgcode == "0A000"
    assert client.error("ALTER TABLE t ADD COLUMN d int NOT NULL").pgcode == "0A000"
    client.run("ALTER TABLE t DROP COLUMN b")
    client.run("ALTER TABLE t RENAME COLUMN c TO d")
    assert client.run("SELECT * FROM t") == [(1, "x")]
    assert client.error("ALTER TABLE nosuch ADD COLUMN a int").pgcode == "42P01"


def test_if_exists_and_if_not_exists(client):
    client.run("CREATE TABLE IF NOT EXISTS t (a int)")
    client.notices()
    client.run("CREATE TABLE IF NOT EXISTS t (b int)")
    assert "already exists and will be skipped" in client.notices()
    assert client.error("CREATE TABLE t (a int)").pgcode == "42P07"
    client.run("DROP TABLE IF EXISTS t, nosuch")
    assert "does not exist and will be skipped" in client.notices()
    assert client.error("DROP TABLE t").pgcode == "42P01"


def test_the_remaining_types_are_accepted(client):
    client.run(
        "CREATE TABLE t (a super, b varbyte(3), c timetz, d time, e double precision, f"
        " float4, g float(20),"
        " h timestamp with time zone, i timestamp without time zone, j int2, k int8, l bool)"
    )
    assert types(client) == [
        *("super", "binary varying(3)", "time with time zone", "time without time zone"),
        *("double precision", "real", "real", "timestamp with time zone"),
        *("timestamp without time zone", "smallint", "bigint", "boolean"),
    ]
    client.run("INSERT INTO t (a) SELECT json_parse('{\"a\": [1, 2]}')")
    assert client.value("SELECT json_serialize(a) FROM t") == '{"a":[1,2]}'


def test_a_timetz_is_stored_in_utc(client):
    client.run_all(
        "CREATE TABLE t (a int, z timetz);"
        " INSERT INTO t VALUES (1, '20:00:00 PST'), (2, '00:58:00 EST');"
        " INSERT INTO t SELECT 3, timetz '12:00:00.5+05:30';"
        " CREATE TABLE u AS SELECT a, timetz '10:00+02' AS z FROM t WHERE a = 1;"
        " ALTER TABLE u ADD COLUMN y timetz DEFAULT '10:00+03';"
        " UPDATE u SET z = '09:00+01'"
    )
    shown = client.run("SELECT z::varchar FROM t ORDER BY a")
    assert shown == [("04:00:00+00",), ("05:58:00+00",), ("06:30:00.5+00",)]
    assert client.run("SELECT z::varchar, y::varchar FROM u") == [("08:00:00+00", "07:00:00+00")]
    assert client.value("SELECT (timetz '10:00+02')::varchar") == "10:00:00+02"
    described = (
        "SELECT format_type(atttypid, atttypmod), atttypmod FROM pg_attribute"
        " WHERE attrelid = 't'::regclass AND attname = 'z'"
    )
    assert client.run(described) == [("time with time zone", -1)]
    assert "z time with time zone" in client.value("SHOW TABLE t")

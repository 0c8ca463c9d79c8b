"""``pipeline validate``, the real command, with and without real upstream databases."""

import json

import pytest
from psycopg2.extensions import parse_dsn

ORDERS = """
CREATE TABLE orders (
    id bigint PRIMARY KEY, code varchar(20) NOT NULL UNIQUE, note text,
    total numeric(12,2) NOT NULL
);
"""
FILE = "www/public-orders.yaml"
DESIGN = """\
name: www.orders
source_name: www.public.orders
columns:
  - {name: id, sql_type: bigint, source_sql_type: bigint, not_null: true}
  - {name: code, sql_type: varchar(80), source_sql_type: character varying(20), not_null: true}
  - {name: note, sql_type: varchar(400), source_sql_type: text, expression: 'left(note, 100)'}
  - {name: total, sql_type: 'numeric(12,2)', source_sql_type: 'numeric(12,2)', not_null: true}
  - {name: twice, sql_type: 'numeric(14,2)', expression: total * 2}
constraints:
  - primary_key: [id]
  - unique: [code]
"""
FIX = "fix or remove the design"
NOT_ENFORCED = (
    "is not enforced upstream: public.orders has no such key; a duplicate would stop the load"
)
NO_FAULTS = "1 relation checked, 1 table against upstream: no faults.\n"


@pytest.fixture
def shop(upstream_project):
    upstream_project.execute("www", ORDERS)
    upstream_project.write(FILE, DESIGN)
    return upstream_project


def test_a_matching_design_has_no_faults(shop):
    result = shop.run("validate")
    assert (result.stdout, result.stderr) == (NO_FAULTS, "")


CHANGES = [
    (
        'RENAME TO "order"',
        f"2: source_name: there is no public.orders upstream; did you mean 'public.order'?; {FIX}",
    ),
    ("RENAME code TO codes", "5: columns[code]: is missing upstream; did you mean 'codes'?"),
    (
        "ALTER code TYPE text",
        "5: columns[code]: is text upstream, but character varying(20) in the design",
    ),
    (
        "ALTER code DROP NOT NULL",
        "5: columns[code]: is nullable upstream, but not_null in the design",
    ),
    ("ADD text jsonb", "3: columns: text: is new upstream (jsonb); add it, or set skipped: true"),
    (
        "DROP CONSTRAINT orders_pkey, ALTER id SET NOT NULL",
        f"9: constraints: primary_key (id) {NOT_ENFORCED}",
    ),
    (
        "DROP CONSTRAINT orders_code_key, ADD UNIQUE (code, note)",
        f"9: constraints: unique (code) {NOT_ENFORCED}",
    ),
]


@pytest.mark.parametrize(("change", "fault"), CHANGES)
def test_a_difference_is_a_fault_with_file_line_and_key(shop, change, fault):
    shop.execute("www", f"ALTER TABLE orders {change}")
    result = shop.run("validate", code=3)
    assert result.stdout == ""
    assert f"{FILE}:{fault}" in result.stderr.replace("Error: ", "").splitlines()
    shop.run("validate", "--offline")


NARROWER = """\
name: www.narrow
source_name: www.public.narrow
columns:
  - {name: amount, sql_type: 'numeric(12,2)'}
  - {name: day, sql_type: date}
  - {name: price, sql_type: real, expression: amount * 1.0}
  - {name: ratio, sql_type: real}
  - {name: at, sql_type: time, expression: day::timetz}
  - {name: cut, sql_type: 'numeric(12,2)', expression: '"amount"::numeric(12,2)'}
  - {name: free, sql_type: 'numeric(12,2)'}
  - {name: text, sql_type: date}
"""


def test_a_column_that_is_narrower_than_upstreams_is_a_warning_with_the_cast_to_write(shop):
    shop.execute(
        "www",
        "CREATE TABLE narrow (amount numeric(14,4), day timestamptz, ratio float8, free numeric,"
        " text text)",
    )
    shop.write("www/public-narrow.yaml", NARROWER)
    result = shop.run("validate", "www.narrow")
    lines = [
        line.partition("upstream's type has values that ") for line in result.stderr.splitlines()
    ]
    places = [before.removeprefix("warning: www/public-narrow.yaml:") for before, _, _ in lines]
    assert places == [
        "4: columns[amount]: ",
        "5: columns[day]: ",
        "7: columns[ratio]: ",
        "8: columns[at]: ",
    ]
    assert lines[0][2] == (
        "numeric(12,2) does not hold exactly, and the first one stops the dump; choose another"
        ' sql_type, or write an expression, such as "amount"::numeric(12,2)'
    )
    assert lines[3][2].endswith("such as (...)::time")


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE orders ALTER total DROP NOT NULL, ALTER total SET NOT NULL",
        "ALTER TABLE orders DROP CONSTRAINT orders_code_key; CREATE UNIQUE INDEX ON orders (code)",
        "COMMENT ON TABLE orders IS 'New words.'",
        "CREATE TABLE more (id int)",
    ],
)
def test_an_allowed_difference_is_not_a_fault(shop, change):
    shop.execute("www", change)
    assert shop.run("validate").stdout == NO_FAULTS


def test_a_key_that_contains_an_upstream_key_is_enforced(shop):
    shop.edit(FILE, "unique: [code]", "unique: [total, code]")
    assert shop.run("validate").stdout == NO_FAULTS


@pytest.mark.parametrize("kind", ["VIEW", "MATERIALIZED VIEW"])
def test_keys_and_not_null_of_an_upstream_view_are_not_compared(shop, kind):
    shop.execute(
        "www", f"ALTER TABLE orders RENAME TO stored; CREATE {kind} orders AS SELECT * FROM stored"
    )
    assert shop.run("validate").stdout == NO_FAULTS


def test_keys_are_not_compared_if_a_condition_selects_rows(shop):
    shop.execute("www", "ALTER TABLE orders DROP CONSTRAINT orders_code_key")
    shop.run("validate", code=3)
    shop.write(FILE, f"{DESIGN}extract_settings:\n  condition: total > 0\n")
    assert shop.run("validate").stdout == NO_FAULTS


@pytest.mark.parametrize(
    ("policy", "code", "message"),
    [
        ("fail", 3, f"Error: {FILE}:3: columns: fresh: is new upstream (integer); "),
        ("warn", 0, f"warning: {FILE}:3: columns: fresh: is new upstream (integer); "),
        ("ignore", 0, ""),
    ],
)
def test_new_columns_follow_the_policy_of_the_source(shop, policy, code, message):
    shop.sources[0]["new_columns"] = policy
    shop.execute("www", "ALTER TABLE orders ADD fresh int")
    result = shop.run("validate", code=code)
    assert result.stderr.startswith(message)
    assert bool(result.stderr) == bool(message)


def test_a_skipped_column_is_not_new(shop):
    shop.execute("www", "ALTER TABLE orders ADD fresh int")
    shop.edit(FILE, "constraints:", "  - {name: fresh, skipped: true}\nconstraints:")
    assert shop.run("validate").stdout == NO_FAULTS


def test_missing_privileges_are_faults_with_the_grant_to_run(shop, reader):
    owner = shop.dsns["UPSTREAM_WWW"]
    shop.dsns["UPSTREAM_WWW"] = reader(owner)
    user = parse_dsn(shop.dsns["UPSTREAM_WWW"])["user"]
    grant = "the user of the connection string needs GRANT SELECT ON public.orders"

    result = shop.run("validate", code=3)
    assert (
        f"{FILE}:2: source_name: no permission to read public.orders; {grant}\n" in result.stderr
    )

    shop.dsns["UPSTREAM_WWW"], as_reader = owner, shop.dsns["UPSTREAM_WWW"]
    shop.execute("www", f"GRANT SELECT (id, code, total) ON orders TO {user}")
    shop.dsns["UPSTREAM_WWW"] = as_reader
    result = shop.run("validate", code=3)
    assert f"{FILE}:3: columns: no permission to read note; {grant}\n" in result.stderr

    shop.edit(FILE, "expression: 'left(note, 100)'", "skipped: true")
    assert shop.run("validate").stdout == NO_FAULTS


def test_faults_of_files_and_of_upstream_are_in_one_report(shop):
    shop.execute("www", "ALTER TABLE orders ADD fresh int, DROP note")
    shop.write(
        "www/public-other.yaml", DESIGN.replace("orders", "other").replace("bigint", "uuid")
    )
    shop.write("dw/total.sql", "SELECT id, code FROM www.orders")
    shop.write(
        "dw/total.yaml",
        "name: dw.total\nsource_name: CTAS\n"
        "columns:\n  - {name: code, sql_type: varchar(80)}\n  - {name: id, sql_type: bigint}\n",
    )
    result = shop.run("validate", "--json", code=3)
    found = json.loads(result.stdout)
    assert [found["relations"], found["compared"], found["not_compared"]] == [3, 1, []]
    assert {
        "file": "www/public-orders.yaml",
        "line": 6,
        "key": "columns[note]",
        "message": "is missing upstream",
    } in found["faults"]
    assert len(result.stderr.splitlines()) == len(found["faults"])
    for message in (
        "www/public-orders.yaml:3: columns: fresh: is new upstream",
        "www/public-orders.yaml:6: columns[note]: is missing upstream",
        "www/public-other.yaml:4: columns[id].sql_type: Redshift has no type 'uuid'",
        "dw/total.sql: query and design differ: found the columns id, code, expected code, id",
    ):
        assert message in result.stderr


def test_the_columns_of_a_star_are_compared_with_the_design(shop):
    listed = "".join(
        f"  - {{name: {name}, sql_type: varchar(400)}}\n"
        for name in ("id", "code", "total", "note", "twice")
    )
    shop.write("dw/star.yaml", f"name: dw.star\nsource_name: CTAS\ncolumns:\n{listed}")
    shop.write("dw/star.sql", "SELECT o.* FROM www.orders AS o")
    [fault] = json.loads(shop.run("validate", "--offline", "--json", code=3).stdout)["faults"]
    assert (fault["file"], fault["message"]) == (
        "dw/star.sql",
        (
            "query and design differ: found the columns id, code, note, total, twice, expected id,"
            " code, total, note, twice"
        ),
    )
    shop.write("dw/star.sql", "SELECT id, code, total, LEFT(note, 1), twice FROM www.orders")
    shop.run("validate", "--offline")


def test_a_pattern_selects_the_designs_to_compare(shop):
    shop.execute("www", "ALTER TABLE orders ADD fresh int; CREATE TABLE others (id int)")
    shop.write(
        "www/public-others.yaml",
        "name: www.others\nsource_name: www.public.others\n"
        "columns:\n  - {name: id, sql_type: integer}\n",
    )
    assert shop.run("validate", "www.others").stdout == NO_FAULTS
    shop.run("validate", "www.orders", code=3)
    assert shop.run("validate", "!www.orders").stdout == NO_FAULTS
    nothing = shop.run("validate", "www.ordres", code=2)
    assert nothing.stdout == ""
    assert "did you mean 'www.orders'" in nothing.stderr


def test_every_expression_and_condition_is_tried_upstream(shop):
    shop.edit(FILE, "'left(note, 100)'", "'lft(note, 100)'")
    shop.edit(FILE, "total * 2}", "'(SELECT 1'}")
    more = "  - {name: far, sql_type: int, expression: 'nosuch + 1'}\n"
    more += "  - {name: cast, sql_type: int, expression: 'id::nosuchtype'}\nconstraints:"
    shop.edit(FILE, "constraints:", more)
    shop.write(FILE, shop.texts()[FILE] + "extract_settings:\n  condition: id + 1\n")
    twin = DESIGN.replace("orders", "twin")
    shop.write("www/public-twin.yaml", twin)
    shop.execute("www", "CREATE TABLE twin (LIKE orders INCLUDING ALL)")

    lines = shop.run("validate", code=3).stderr.replace("Error: ", "").splitlines()

    refused = [line.partition(": upstream refuses it: ")[::2] for line in lines]
    assert refused == [
        (f"{FILE}:6: columns[note].expression", refused[0][1]),
        (f"{FILE}:8: columns[twice].expression", 'syntax error at or near "AS" [42601]'),
        (f"{FILE}:9: columns[far].expression", 'column "nosuch" does not exist [42703]'),
        (f"{FILE}:10: columns[cast].expression", 'type "nosuchtype" does not exist [42704]'),
        (
            f"{FILE}:15: extract_settings.condition",
            "argument of WHERE must be type boolean, not type bigint [42804]",
        ),
    ]
    assert refused[0][1].startswith("function lft(text, integer) does not exist; No function ")


@pytest.mark.parametrize(("broken", "code"), [("dsn", 4), ("variable", 3)])
def test_an_unreachable_source_does_not_hide_faults_of_files_or_other_sources(shop, broken, code):
    shop.execute("www", "ALTER TABLE orders ADD fresh int")
    shop.add("away", "postgresql://nobody:secret-word@127.0.0.1:1/nowhere")
    if broken == "variable":
        del shop.dsns["UPSTREAM_AWAY"]
    shop.write("away/public-t.yaml", DESIGN.replace("www", "away").replace("orders", "t"))
    shop.write("dw/total.sql", "SELECT 1")
    result = shop.run("validate", code=code)
    assert f"{FILE}:3: columns: fresh: is new upstream" in result.stderr
    assert "dw/total.sql: is a query without a design" in result.stderr
    assert "not compared with upstream: " in result.stderr
    assert "secret-word" not in result.stderr


def test_offline_opens_no_connection(shop):
    shop.dsns["UPSTREAM_WWW"] = "postgresql://nobody:secret-word@127.0.0.1:1/nowhere"
    found = json.loads(shop.run("validate", "--offline", "--json").stdout)
    nothing = {"faults": [], "warnings": [], "not_compared": []}
    assert found == {"relations": 1, "compared": None, **nothing}
    assert shop.run("validate", "--offline").stdout == "1 relation checked: no faults.\n"


def test_faults_of_the_configuration_are_in_the_json_too(shop):
    shop.sources[0]["new_columns"] = "warm"
    result = shop.run("validate", "--json", code=3)
    [fault] = json.loads(result.stdout)["faults"]
    assert (fault["file"], fault["key"]) == ("sources.json", "sources[www].new_columns")
    assert result.stderr.startswith("Error: sources.json:1: sources[www].new_columns: found 'wa")


def test_a_derived_relation_in_a_source_with_upstream_is_a_fault(shop):
    shop.write("www/x.sql", "SELECT 1 AS id")
    shop.write(
        "www/x.yaml",
        "name: www.x\nsource_name: CTAS\ncolumns:\n  - {name: id, sql_type: integer}\n",
    )
    result = shop.run("validate", "--offline", code=3)
    assert "www/x.yaml:2: source_name: the source 'www' has an upstream" in result.stderr


TOTAL = "name: dw.total\nsource_name: CTAS\ncolumns:\n  - {name: id, sql_type: bigint}\n"


def test_a_name_that_may_hide_a_dependency_is_a_fault_with_its_line(shop):
    shop.write("dw/total.yaml", TOTAL)
    sql = "WITH www AS (SELECT 1 AS x)\nSELECT o.id FROM www\nCROSS JOIN www.orders o"
    shop.write("dw/total.sql", sql)
    result = shop.run("validate", "--offline", code=3)
    assert "dw/total.sql:3: 'www.orders' is ambiguous: 'www' is a schema" in result.stderr
    shop.write("dw/total.sql", sql.replace("WITH www", "WITH one").replace("FROM www", "FROM one"))
    shop.run("validate", "--offline")


def test_a_table_called_like_a_system_table_is_read_with_its_schema(shop):
    shop.write("www/public-sys_orders.yaml", DESIGN.replace("orders", "sys_orders"))
    shop.write("dw/total.yaml", TOTAL)
    shop.write("dw/total.sql", "SELECT id FROM sys_orders")
    result = shop.run("validate", "--offline", code=3)
    assert "dw/total.sql:1: 'sys_orders' has no schema; write www.sys_orders" in result.stderr
    shop.write("dw/total.sql", "SELECT query_id AS id FROM sys_query_history")
    shop.run("validate", "--offline")


INCREMENTAL = """\
extract_settings:
  incremental:
    cursor: updatedAt
"""


def test_a_table_whose_changes_are_loaded_meets_the_conditions_upstream(shop):
    shop.write(FILE, DESIGN + INCREMENTAL)
    named = "extract_settings.incremental names it"
    assert (
        f"{FILE}:13: extract_settings.incremental: updatedAt: is missing upstream; {named}\n"
        in (shop.run("validate", code=3).stderr)
    )

    shop.execute("www", 'ALTER TABLE orders ADD "updatedAt" timestamp')
    place = f"warning: {FILE}:14: extract_settings.incremental.cursor"
    null = f"{place}: 'updatedAt' can be NULL: rows with NULL are read by every run\n"
    slow = (
        f"{place}: no index of public.orders begins with 'updatedAt', so each run reads the whole"
        " table; create one upstream\n"
    )
    assert shop.run("validate").stderr == null + slow

    shop.execute("www", 'CREATE INDEX ON orders (note, "updatedAt")')
    shop.execute("www", 'CREATE INDEX ON orders ("updatedAt") WHERE note IS NULL')
    assert shop.run("validate").stderr == null + slow

    shop.execute("www", 'CREATE INDEX ON orders ("updatedAt", note)')
    shop.execute("www", 'ALTER TABLE orders ALTER "updatedAt" SET NOT NULL')
    result = shop.run("validate")
    assert (result.stdout, result.stderr) == (NO_FAULTS, "")

    shop.execute("www", "ALTER TABLE orders RENAME TO stored")
    shop.execute("www", "CREATE VIEW orders AS SELECT * FROM stored")
    assert "public.orders is a view, whose changes cannot be detected; remove incremental" in (
        shop.run("validate", code=3).stderr
    )


WINDOW = """\
name: www.days
source_name: www.public.days
columns:
  - {name: id, sql_type: bigint}
  - {name: day, sql_type: date, not_null: true}
extract_settings:
  incremental:
    window: {column: day, size: 3 days}
"""


@pytest.mark.parametrize(("upstream", "code"), [("timestamp", 3), ("timestamptz", 3), ("date", 0)])
def test_a_window_has_one_type_upstream_and_in_the_warehouse(shop, upstream, code):
    shop.execute("www", f"CREATE TABLE days (id bigint, day {upstream} NOT NULL)")
    shop.execute("www", "CREATE INDEX ON days (day)")
    shop.write("www/public-days.yaml", WINDOW)
    place = "public-days.yaml:8: extract_settings.incremental.window.column: 'day' is timestamp"
    result = shop.run("validate", "www.days", code=code)
    assert (place in result.stderr) == bool(code)
    assert ("but date in the design; expected one type for both" in result.stderr) == bool(code)


OPTIONS = [
    (
        "conections = 3",
        "warehouse.conections: there is no such option; did you mean 'connections'?",
    ),
    (
        "docs = pages",
        "warehouse.docs: 'pages' is no folder of a bucket; write s3://bucket/folder/",
    ),
    (
        "notify = https://h/secret",
        "warehouse.notify: holds a URL, which is a secret; write the na",
    ),
    ("[openlineage]\nplace = x", "openlineage.place: there is no such option"),
]


@pytest.mark.parametrize(("line", "fault"), OPTIONS)
def test_options_that_no_command_reads_are_faults(shop, line, fault):
    section = "" if line.startswith("[") else "[warehouse]\n"
    (shop.folder / "luigi.cfg").write_text(f"{section}{line}\n")
    words = ("pipeline", "validate", "--offline")
    result = shop.python(*words, code=3, LUIGI_CONFIG_PATH="luigi.cfg")
    assert f"luigi.cfg: {fault}" in result.stderr
    assert "secret\n" not in result.stderr


SETS = """\
name: www.orders
source_name: www.public.orders
columns:
  - {name: id, sql_type: bigint, source_sql_type: integer, not_null: true}
  - {name: at, sql_type: timestamp, not_null: true}
  - {name: tag, sql_type: varchar(80), expression: unnest(tags)}
  - {name: tags, sql_type: varchar(80), expression: 'ARRAY(SELECT unnest(tags))::text'}
constraints: {primary_key: [id]}
extract_settings:
  condition: id > 0
"""


def test_an_incremental_load_follows_no_sets(shop):
    shop.execute("www", "DROP TABLE orders")
    shop.execute(
        "www",
        "CREATE TABLE orders (id int PRIMARY KEY, at timestamp NOT NULL, tags text[]);"
        " CREATE INDEX ON orders (at)",
    )
    shop.write(FILE, SETS)
    assert shop.run("validate").stderr == ""
    for how in ("cursor: at", "window: {column: at, size: 3 days}"):
        shop.write(FILE, f"{SETS}  incremental:\n    {how}\n")
        assert f"{FILE}:6: columns[tag].expression: it returns sets, so that a row upstream" in (
            shop.run("validate", code=3).stderr
        )
    shop.write(
        FILE, f"{SETS}  incremental:\n    cursor: at\n".replace("unnest(tags)}", "'tags[1]'}")
    )
    assert shop.run("validate").stderr == ""


def test_a_path_that_selects_files_of_two_tables_is_a_fault(shop):
    for name in ("rates", "rates_old", "prices"):
        shop.write(
            f"partner/in-{name}.yaml",
            DESIGN.replace("orders", name)
            .replace("www.public", "partner.in")
            .replace("www", "partner"),
        )
    shop.sources.append({"name": "partner", "s3_path": "s3://b/in/${table}*"})
    path = "sources[partner].s3_path: s3://b/in/${table}* selects files of"
    found = shop.run("validate", "--offline", code=3).stderr
    assert f"{path} partner.rates_old for partner.rates, too\n" in found
    assert found.count("selects files of") == 1

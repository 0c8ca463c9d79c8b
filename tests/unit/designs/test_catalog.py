"""A catalog reports all faults at once, and finds and selects relations."""

import pickle

import pytest

from pipeline.designs.catalog import Catalog
from pipeline.errors import DesignError, UsageError
from pipeline.names import TableName


def table(name, *, extra=""):
    return f"name: {name}\ncolumns: [{{name: id, sql_type: bigint, not_null: true}}]\n{extra}"


def derived(name, *, kind="CTAS", extra=""):
    sql_type = ", sql_type: bigint" if kind == "CTAS" else ""
    return f"name: {name}\nsource_name: {kind}\ncolumns: [{{name: id{sql_type}}}]\n{extra}"


def referring(key):
    """Change a table so that it has a foreign key."""
    extra = f"constraints: {{foreign_key: {key}}}"
    return {"www/public-orders.yaml": table("www.orders", extra=extra)}


KEY = "constraints: {primary_key: [id]}\n"
UNDESIGNED = (
    "is a query without a design; add analytics/{0}.yaml, or have it drafted:"
    " pipeline design 'analytics.{0}'"
)
FILES = {
    "www/public-orders.yaml": table("www.orders", extra=KEY),
    "www/public-users.json": '{"name": "www.users","columns": [{"name":"id","sql_type": "int"}]}',
    "analytics/x-dim_order.yml": derived("analytics.dim_order"),
    "analytics/x-dim_order.sql": "SELECT id FROM www.orders",
    "analytics/v.yaml": derived("analytics.v", kind="VIEW"),
    "analytics/v.sql": "SELECT id FROM analytics.dim_order",
    "analytics/top.yaml": derived("analytics.top", extra="depends_on: [www.users]\n"),
    "analytics/top.sql": "WITH o AS (SELECT id FROM analytics.v) SELECT id FROM o",
    "README.md": "no design",
    ".git/config.yaml": "[",
}


def names(text):
    return tuple(map(TableName.parse, text.split()))


def faults(files):
    with pytest.raises(DesignError) as caught:
        Catalog.parse(files)
    return str(caught.value)


def test_designs_are_found_by_name_in_any_of_their_files():
    catalog = Catalog.parse(FILES)
    assert list(catalog.designs) == sorted(catalog.designs)
    assert len(catalog) == 5
    assert TableName("www", "users") in catalog
    assert catalog[TableName("analytics", "v")].kind == "VIEW"
    assert [design.name for design in catalog] == list(catalog.designs)


def test_unknown_relation_is_an_error_with_the_nearest_names():
    with pytest.raises(
        UsageError, match=r"no design for 'www\.ordrs'; did you mean 'www\.orders'"
    ):
        Catalog.parse(FILES)[TableName("www", "ordrs")]


def test_relations_that_read_a_view_come_after_it():
    graph = Catalog.parse(FILES).graph
    assert graph.order == names(
        "www.orders www.users analytics.dim_order analytics.v analytics.top"
    )


AMBIGUOUS = (
    "'www.users' is ambiguous: 'www' is a schema, and also the name of a relation to the left in"
    " FROM; choose another alias or name"
)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT www.id FROM analytics.v AS www\nCROSS JOIN www.users AS u",
        "SELECT u.id FROM analytics.v AS www\nJOIN www.users AS u ON u.id = www.id",
        "WITH www AS (SELECT id FROM analytics.v) SELECT www.id FROM www\n, www.users AS u",
    ],
)
def test_a_name_that_can_be_a_relation_or_a_path_into_a_super_is_a_fault(sql):
    found = faults(FILES | {"analytics/top.sql": sql})
    assert f"analytics/top.sql:2: {AMBIGUOUS}" in found


def test_such_a_name_is_a_fault_if_the_relation_is_external_or_has_a_faulty_design():
    sql = {"analytics/top.sql": "SELECT lake.id FROM analytics.v AS lake, lake.users AS u"}
    Catalog.parse(FILES | sql)
    with pytest.raises(DesignError, match=r"'lake\.users' is ambiguous"):
        Catalog.parse(FILES | sql, external=["Lake.*"])
    assert "'lake.users' is ambiguous" in faults(FILES | sql | {"lake/users.yaml": "name: 1"})


def test_such_a_name_in_a_check_is_a_fault_of_the_check():
    check = "SELECT www.id FROM {relation} AS www, www.orders"
    extra = f"checks:\n  - query: {check}\n"
    files = FILES | {"analytics/top.yaml": derived("analytics.top", extra=extra)}
    assert "analytics/top.yaml:5: checks[0].query: 'www.orders' is ambiguous" in faults(files)


def test_a_path_into_a_super_is_no_fault():
    sql = "SELECT o.id FROM www.orders AS o, o.items AS i, i.parts AS p"
    catalog = Catalog.parse(FILES | {"analytics/top.sql": sql})
    assert catalog[TableName("analytics", "top")].reads == names("www.orders")


def test_a_relation_called_like_a_system_table_needs_its_schema():
    files = FILES | {"www/public-sys_events.yaml": table("www.sys_events")}
    fault = (
        "'sys_events' has no schema; write www.sys_events, or pg_catalog.sys_events for the"
        " system table"
    )
    sql = {"analytics/top.sql": "SELECT id\nFROM {}"}
    for name in ("sys_events", 'SYS_Events AS "e"'):
        found = {"analytics/top.sql": sql["analytics/top.sql"].format(name)}
        assert f"analytics/top.sql:2: {fault}" in faults(files | found)
    check = "checks:\n  - query: SELECT id FROM {relation} JOIN sys_events USING (id)\n"
    checked = {"analytics/top.yaml": derived("analytics.top", extra=check)}
    assert f"analytics/top.yaml:5: checks[0].query: {fault}" in faults(files | checked)
    read = {"analytics/top.sql": sql["analytics/top.sql"].format("www.sys_events")}
    top = Catalog.parse(files | read)[TableName("analytics", "top")]
    assert TableName("www", "sys_events") in top.reads


@pytest.mark.parametrize(
    "name",
    [
        *("pg_class", "stl_query", "stv_recents", "svl_qlog", "svv_tables", "svcs_s3list"),
        *("sys_query_history", "pg_catalog.pg_class", "information_schema.tables"),
    ],
)
def test_system_tables_are_read_without_a_dependency(name):
    files = FILES | {"www/public-sys_events.yaml": table("www.sys_events")}
    catalog = Catalog.parse(files | {"analytics/top.sql": f"SELECT x AS id FROM {name}"})
    assert catalog[TableName("analytics", "top")].reads == ()


def test_an_alias_to_the_right_hides_no_relation():
    sql = "SELECT u.id FROM www.users AS u JOIN analytics.v AS www ON www.id = u.id"
    catalog = Catalog.parse(FILES | {"analytics/top.sql": sql})
    assert catalog[TableName("analytics", "top")].reads == names("analytics.v www.users")


def test_dependencies_are_added_to_a_selection():
    catalog = Catalog.parse(FILES)
    assert catalog.select("analytics.v") == names("analytics.v")
    assert catalog.with_dependencies(names("analytics.v")) == names(
        "analytics.dim_order analytics.v www.orders"
    )


def test_foreign_keys_are_not_dependencies():
    key = "constraints: {primary_key: [id], foreign_key: [[id], %s, [id]]}\n"
    files = {
        "www/public-a.yaml": table("www.a", extra=key % "www.b"),
        "www/public-b.yaml": table("www.b", extra=key % "www.a"),
    }
    assert Catalog.parse(files).graph.needs == dict.fromkeys(names("www.a www.b"), ())


def test_a_catalog_can_be_pickled():
    catalog = Catalog.parse(FILES)
    assert pickle.loads(pickle.dumps(catalog)) == catalog


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"www/billing-orders.yaml": table("www.orders")},
            (
                "www/public-orders.yaml:1: name: duplicate design of 'www.orders',"
                " see www/billing-orders.yaml"
            ),
        ),
        (
            {"www/public-Orders.yaml": table("www.Orders")},
            (
                "duplicate design of 'www.orders', see www/public-Orders.yaml"
                " (names fold to lower case)"
            ),
        ),
        (
            {"www/public-orders.json": FILES["www/public-users.json"].replace("users", "orders")},
            "duplicate design of 'www.orders', see www/public-orders.json",
        ),
        (
            {"analytics/new.sql": "SELECT 1"},
            f"analytics/new.sql: {UNDESIGNED.format('new')}",
        ),
        (
            {"analytics/v.sql": "SELECT id\nFROM www.ordrs"},
            "analytics/v.sql:2: there is no design for 'www.ordrs'; did you mean 'www.orders'",
        ),
        (
            {"analytics/top.yaml": derived("analytics.top", extra="depends_on:\n- www.user\n")},
            "analytics/top.yaml:5: depends_on[0]: there is no design for 'www.user'; did you mean",
        ),
        (
            referring("[[id], www.user, [id]]"),
            "www/public-orders.yaml:3: constraints: foreign key: there is no design for 'www.user",
        ),
        (referring("[[id], www.users, [nr]]"), "'www.users' has no column 'nr'"),
        (
            referring("[[id], www.users, [id]]"),
            "(id) is not a primary or unique key of 'www.users'",
        ),
        (referring("[[id], analytics.v, [id]]"), "'analytics.v' is a view"),
        (
            {"analytics/x-dim_order.sql": "SELECT id FROM analytics.top"},
            "analytics.dim_order → analytics.top → analytics.v → analytics.dim_order",
        ),
    ],
)
def test_fault_between_designs_is_reported(changes, expected):
    assert expected in faults(FILES | changes)


@pytest.mark.parametrize("extra", ["", "skipped: maybe\n"])
def test_columns_of_a_relation_are_checked_unless_its_design_is_faulty(extra):
    files = {**FILES, "analytics/v.sql": "SELECT d.id\nFROM analytics.dim_order d WHERE d.ID2 = 1"}
    files["analytics/x-dim_order.yml"] += extra
    expected = "analytics/v.sql:2: column 34: 'analytics.dim_order' has no column 'id2'"
    assert (expected in faults(files)) == (extra == "")


DECLARE = "if others maintain it, declare it in data_warehouse.external"
EXTERNAL = ["spectrum.*", "Sales.public.*", "www.lookup"]
READING = {
    "analytics/top.sql": """\
SELECT v.id FROM analytics.v JOIN Spectrum.Clicks c ON c.id = v.id AND c.at > v.id
JOIN sales.public.orders s ON s.id = v.id JOIN www.lookup l ON l.id = v.id
JOIN www.orders o ON o.id = v.id"""
}


def test_external_relations_are_read_without_a_design():
    external = ("sales", "public.orders"), ("spectrum", "clicks"), ("www", "lookup")
    top = Catalog.parse({**FILES, **READING}, external=EXTERNAL)[TableName("analytics", "top")]
    assert top.external == tuple(TableName(*parts) for parts in external)
    assert top.reads == (TableName("analytics", "v"), TableName("www", "orders"))


def test_an_external_relation_must_be_declared():
    report = faults({**FILES, **READING}).splitlines()
    assert report[0] == (
        f"analytics/top.sql:1: there is no design for 'spectrum.clicks'; {DECLARE}"
    )
    assert report[1] == (
        "analytics/top.sql:2: 'sales.public.orders' has three parts; write schema.table, without"
        f" the database, or {DECLARE}"
    )


def test_a_pattern_of_external_relations_does_not_cover_a_design():
    catalog = Catalog.parse(FILES, external=["*.*"])
    assert not any(design.external for design in catalog)


def test_all_faults_of_all_files_are_reported_at_once():
    report = faults(
        FILES
        | {
            "www/public-users.json": "{",
            "www/public-orders.yaml": table("www.orders", extra="colour: red\n"),
            "analytics/x-dim_order.sql": "SELECT id FROM www.orders, www.users",
            "analytics/top.sql": "SELECT id FROM missing.one JOIN www.orders ON TRUE",
            "analytics/lost.sql": "SELECT 1",
            "analytics/a.yaml": derived("analytics.a"),
            "analytics/a.sql": "SELECT id FROM analytics.a",
        }
    )
    assert [line.removesuffix(" (column 1)") for line in report.splitlines()] == [
        "relations depend on each other: analytics.a → analytics.a",
        f"analytics/lost.sql: {UNDESIGNED.format('lost')}",
        f"analytics/top.sql:1: there is no design for 'missing.one'; {DECLARE}",
        "www/public-orders.yaml:3: colour: this key is unknown; did you mean 'columns'?",
        "www/public-users.json:2: is neither YAML nor JSON: did not find expected node content",
    ]


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        ({"analytics": False, "web": True}, "'www' is not a configured source"),
        ({"analytics": False, "www": False}, "the source 'www' has no upstream"),
        (
            {"analytics": True, "www": True},
            "the source 'analytics' has an upstream; derived relations need one without",
        ),
    ],
)
def test_folders_must_be_sources_of_the_right_kind(sources, expected):
    with pytest.raises(DesignError) as caught:
        Catalog.parse(FILES, sources)
    assert expected in str(caught.value)


def test_folders_of_configured_sources_have_no_faults():
    assert len(Catalog.parse(FILES, {"analytics": False, "www": True, "dw": False})) == 5

"""``pipeline design``, the real command, against real upstream databases."""

import re

import pytest

from pipeline.designs.catalog import Catalog
from pipeline.local.samples import loading as samples
from pipeline.names import TableName
from pipeline.sql.upstream.extract import Extract, select
from pipeline.stores.upstream.database import Upstream
from tests.support.projects.upstream import UpstreamProject

ORDERS = """
CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE orders (
    id bigint PRIMARY KEY, customer_id int NOT NULL REFERENCES customers (id),
    note text, total numeric(12,2)
);
INSERT INTO customers SELECT i, 'Ännchen ' || i FROM generate_series(1, 200) AS i;
INSERT INTO orders SELECT i, i, repeat('ü', i % 100), i FROM generate_series(1, 200) AS i;
COMMENT ON TABLE orders IS 'What was bought.';
"""
FILE = "www/public-orders.yaml"
FINITE = (
    "CASE WHEN \"fresh\" BETWEEN '0001-01-01' AND '9999-12-31 23:59:59.999999' THEN \"fresh\" END"
)


@pytest.fixture
def shop(upstream_project):
    upstream_project.execute("www", ORDERS)
    return upstream_project


def columns(project, relation):
    design = project.catalog()[TableName.parse(relation)]
    return {column.name: column for column in design.columns}


@pytest.fixture(scope="module", params=samples.SAMPLE_NAMES)
def designed(request, sample_databases, tmp_path_factory):
    """A sample, all of which was designed by one command."""
    project = UpstreamProject(tmp_path_factory.mktemp("designed"))
    name = request.param
    project.add(name, sample_databases[name], include=("*.*",))
    result = project.run("design", name)
    assert result.stderr == ""
    return project, name, result


def test_every_sample_table_gets_a_design_without_faults(designed, sample_databases):
    project, name, result = designed
    with Upstream(name, sample_databases[name]).snapshot() as session:
        rows = session.connection.cursor()
        rows.execute(
            "SELECT nspname || '.' || relname AS name FROM pg_class AS c JOIN pg_namespace AS n"
            " ON n.oid = relnamespace WHERE nspname !~ '^(pg_|information_schema)'"
            " AND relkind IN ('r', 'p', 'v', 'm') AND NOT relispartition"
        )
        tables = {row["name"] for row in rows.fetchall()}
    assert {str(design.source) for design in project.catalog()} == tables
    assert f"{len(tables)} tables: {len(tables)} written." in result.stdout


def test_every_check_that_is_proposed_for_a_sample_fits_its_design(designed):
    project, name, _ = designed
    proposed = {
        path: re.sub("^# (checks:|  )", r"\1", text, flags=re.MULTILINE)
        for path, text in project.texts().items()
    }
    found = {check.rule.kind for design in Catalog.parse(proposed) for check in design.checks}
    assert found == PROPOSED[name]


PROPOSED = {
    "hyppo": {"accepted_values", "relationship"},
    "www": {"accepted_values", "relationship", "range", "pattern"},
}


def test_every_expression_of_a_designed_sample_runs_and_no_value_is_too_wide(
    designed, sample_databases
):
    project, name, _ = designed
    for design in project.catalog():
        extract = Extract(design.source, design.data_columns)
        query = select(extract).text
        with Upstream(name, sample_databases[name]).snapshot() as session:
            cursor = session.connection.cursor()
            for column in design.columns:
                if column.sql_type.startswith("varchar("):
                    size = int(column.sql_type[8:-1])
                    quoted = '"' + column.name.replace('"', '""') + '"'
                    cursor.execute(
                        f"SELECT max(octet_length({quoted})) AS widest FROM ({query}) AS q"
                    )
                    assert (cursor.fetchone()["widest"] or 0) <= size, (design.name, column.name)
            cursor.execute(query)
            for row in cursor.fetchall():
                empty = {key for key, value in row.items() if value is None}
                assert not empty & {column.name for column in design.columns if column.not_null}


def test_a_designed_sample_fits_upstream_and_a_second_time_nothing_changes(designed):
    project, name, _ = designed
    before = project.texts()
    project.run("validate")
    again, update = project.run("design", name), project.run("design", name, "--update")
    assert " written" not in again.stdout
    assert f"{len(before)} tables: {len(before)} unchanged." in update.stdout
    assert project.texts() == before


def test_a_file_has_keys_comments_widths_and_reasons(shop):
    result = shop.run("design", "www.*")
    assert result.stderr == ""
    assert (shop.designs / FILE).read_text() == ORDERS_DESIGN


ORDERS_DESIGN = """\
name: www.orders
source_name: www.public.orders
description: What was bought.
columns:
  - name: id
    sql_type: bigint
    source_sql_type: bigint
    not_null: true
  - name: customer_id
    sql_type: integer
    source_sql_type: integer
    not_null: true
  - name: note
    sql_type: varchar(396)
    source_sql_type: text
    expression: '"note"::text'
  - name: total
    sql_type: numeric(12,2)
    source_sql_type: numeric(12,2)
    expression: NULLIF("total", 'NaN')  # NaN becomes NULL
constraints:
  - primary_key: [id]
  - foreign_key: [[customer_id], www.customers, [id]]
attributes:
  # About 200 rows: few enough to copy to every node.
  distribution: all
  # The primary key speeds up look-ups and joins.
  compound_sort: [id]
# Checks that upstream guarantees. To run them before rows are published, remove the '#'.
# checks:
#   - relationship: {column: customer_id, to: www.customers.id}
"""


def test_without_measuring_widths_are_safe(shop):
    shop.run("design", "--no-measure")
    assert columns(shop, "www.orders")["note"].sql_type == "varchar(65535)"


def test_few_rows_do_not_determine_widths(shop):
    shop.execute("www", "TRUNCATE orders; INSERT INTO orders VALUES (1, 1, 'x', 1)")
    shop.run("design")
    assert columns(shop, "www.orders")["note"].sql_type == "varchar(65535)"


def test_an_existing_file_is_never_overwritten(shop):
    shop.write(FILE, "columns: [this is no design\n")
    result = shop.run("design", "www.orders")
    assert result.stdout == f"designs/{FILE}: kept\n1 table: 1 kept.\n"
    assert shop.texts()[FILE] == "columns: [this is no design\n"


@pytest.mark.parametrize("suffix", ["yml", "json"])
def test_a_design_of_another_suffix_is_an_existing_file_too(shop, suffix):
    shop.write(
        f"www/public-orders.{suffix}",
        '{"name": "www.orders", "columns": [{"name": "id", "sql_type": "bigint"}]}',
    )
    shop.run("design")
    assert sorted(shop.texts()) == ["www/public-customers.yaml", f"www/public-orders.{suffix}"]


def test_a_design_in_braces_that_is_not_json_is_updated(shop):
    shop.write(FILE, "{name: www.orders, columns: [{name: id, sql_type: bigint}]}  # short\n")
    assert "total: added as" in shop.run("design", "www.orders", "--update").stdout
    text = shop.texts()[FILE]
    assert text.startswith("{name: www.orders, columns: [{name: id, sql_type: ")
    assert "# short" in text
    shop.run("validate", "www.orders")


def test_a_dry_run_shows_everything_and_writes_nothing(shop):
    result = shop.run("design", "www.orders", "--dry-run")
    assert "designs/www/public-orders.yaml: would be written" in result.stdout
    assert "  - name: note\n    sql_type: varchar(396)\n" in result.stdout
    assert not shop.designs.exists()


def test_update_merges_shows_the_diff_and_keeps_changes_by_hand(shop):
    shop.run("design")
    shop.edit(FILE, "distribution: all", "distribution: even  # by Ann")
    shop.edit(FILE, "sql_type: varchar(396)", "sql_type: varchar(1000)")
    edited = shop.texts()
    shop.execute(
        "www", "ALTER TABLE orders ADD fresh timestamp NOT NULL DEFAULT 'infinity', DROP total"
    )

    seen = shop.run("design", "www", "--update", "--dry-run")
    assert shop.texts() == edited
    result = shop.run("design", "www", "--update")

    assert result.stderr == ""
    assert re.sub(r"\bchanged", "would be changed", result.stdout) == seen.stdout
    assert [line for line in result.stdout.splitlines() if line[:1] in "+-"] == [
        "--- www/public-orders.yaml",
        "+++ www/public-orders.yaml",
        "+    skipped: missing",
        "+  - name: fresh",
        "+    sql_type: timestamp",
        "+    source_sql_type: timestamp without time zone",
        f"+    expression: {FINITE}",
    ]
    assert "total: is missing upstream; now skipped" in result.stdout
    assert "fresh: added as timestamp (200 of 200 rows become NULL here" in result.stdout
    assert "2 tables: 1 unchanged, 1 changed." in result.stdout
    text = shop.texts()[FILE]
    assert "distribution: even  # by Ann" in text
    assert "sql_type: varchar(1000)" in text
    shop.run("validate")


def test_a_lost_not_null_is_a_fault_until_the_design_follows(shop):
    added = {
        "a_text": "text DEFAULT ''",
        "a_day": "date DEFAULT CURRENT_DATE",
        "a_price": "numeric(5,2) DEFAULT 1",
        "a_number": "integer DEFAULT 1",
    }
    for name, kind in added.items():
        shop.execute("www", f"ALTER TABLE orders ADD {name} {kind} NOT NULL")
    shop.run("design")
    shop.run("validate")
    for name in added:
        shop.execute("www", f"ALTER TABLE orders ALTER {name} DROP NOT NULL")

    faults = shop.run("validate", code=3).stderr.splitlines()
    lost = "is nullable upstream, but not_null in the design"
    assert [line.partition("columns")[2] for line in faults] == [
        f"[{name}]: {lost}" for name in added
    ]
    result = shop.run("design", "www.orders", "--update")
    for name in added:
        assert f"{name}: is nullable upstream; removed not_null" in result.stdout
        assert not columns(shop, "www.orders")[name].not_null
    shop.run("validate")


def test_a_measured_width_follows_when_the_type_changes_upstream(shop):
    shop.run("design")
    shop.execute("www", "ALTER TABLE orders ALTER note TYPE varchar(400)")
    shop.run("design", "www.orders", "--update")
    note = columns(shop, "www.orders")["note"]
    assert (note.sql_type, note.source_sql_type) == ("varchar(1600)", "character varying(400)")


def test_an_update_that_would_make_a_file_faulty_is_rejected(shop):
    shop.run("design")
    before = shop.texts()
    shop.execute("www", "ALTER TABLE orders DROP customer_id")
    result = shop.run("design", "--update", code=3)
    assert "designs/www/public-orders.yaml: refused" in result.stdout
    assert "the column 'customer_id' is skipped" in result.stderr
    assert shop.texts() == before


def test_an_update_without_the_column_that_an_incremental_load_needs_is_rejected(shop):
    shop.execute("www", "ALTER TABLE orders ADD updated_at timestamptz NOT NULL DEFAULT now()")
    shop.run("design")
    cursor = "extract_settings:\n  incremental: {cursor: updated_at}\n"
    shop.write(FILE, shop.texts()[FILE] + cursor)
    before = shop.texts()
    shop.execute(
        "www", "ALTER TABLE orders RENAME updated_at TO updated_on; ALTER TABLE orders ADD v int"
    )

    result = shop.run("design", "--update", code=3)

    assert "designs/www/public-orders.yaml: refused" in result.stdout
    line = before[FILE].count("\n")
    place = f"{FILE}:{line}: extract_settings.incremental"
    assert f"{place}: updated_at is missing upstream: name the column" in result.stderr
    assert "run the command again; did you mean 'updated_on'?" in result.stderr
    assert shop.texts() == before
    shop.edit(FILE, "cursor: updated_at", "cursor: updated_on")
    updated = shop.run("design", "--update").stdout
    assert "v: added as integer" in updated
    assert "updated_at: is missing upstream; now skipped" in updated


def test_faults_that_a_new_file_causes_in_others_are_reported(upstream_project):
    upstream_project.sources[0]["include_tables"] = ["audit.*"]
    upstream_project.execute("www", "CREATE SCHEMA audit; CREATE TABLE audit.orders (id int)")
    upstream_project.write("www/orders.sql", "SELECT 1 AS id")
    derived = "name: www.orders\nsource_name: CTAS\ncolumns:\n  - {name: id, sql_type: integer}\n"
    upstream_project.write("www/orders.yaml", derived)
    result = upstream_project.run("design", code=3)
    assert (
        "www/orders.yaml:1: name: duplicate design of 'www.orders', see www/audit-orders"
        in result.stderr
    )


def test_a_table_that_is_missing_upstream_is_reported(shop):
    shop.run("design")
    shop.execute("www", "DROP TABLE orders")
    result = shop.run("design", "--update")
    assert "designs/www/public-orders.yaml: not upstream\n" in result.stdout


def test_lost_values_remove_not_null_and_the_primary_key(upstream_project):
    upstream_project.execute(
        "www",
        "CREATE TABLE prices (item int, valid_until date, price numeric(8,2));"
        "ALTER TABLE prices ADD PRIMARY KEY (item, valid_until);"
        "INSERT INTO prices VALUES (1, '2026-01-01', 1), (1, 'infinity', 2)",
    )
    result = upstream_project.run("design")
    assert "valid_until: 1 of 2 rows become NULL here: infinity" in result.stdout
    assert "primary key omitted: values in it become NULL" in result.stdout
    assert "price" not in result.stdout.replace("public-prices", "")
    (design,) = upstream_project.catalog()
    assert [column.not_null for column in design.columns] == [True, False, False]
    assert design.constraints.primary_key == ()


def test_a_foreign_key_to_a_table_without_a_design_is_omitted(shop):
    result = shop.run("design", "www.orders")
    assert (
        "foreign key (customer_id) omitted: there is no design for 'www.customers'"
        in result.stdout
    )
    assert shop.catalog()[TableName("www", "orders")].constraints.foreign_keys == ()


def test_tables_whose_names_clash_get_unique_names(upstream_project):
    upstream_project.sources[0]["include_tables"] = ["*.*"]
    upstream_project.execute(
        "www",
        'CREATE SCHEMA billing; CREATE SCHEMA "Odd.Schema";'
        'CREATE TABLE orders (id int, "ID" int);'
        'CREATE TABLE billing.orders (id int); CREATE TABLE "Orders" (id int);'
        'CREATE TABLE "Odd.Schema"."a-b.c ü%" (id int)',
    )
    result = upstream_project.run("design")
    assert result.stderr == ""
    assert {str(d.source): (str(d.name), d.stem) for d in upstream_project.catalog()} == {
        "public.orders": ("www.orders", "www/public-orders"),
        "public.Orders": ("www.orders_2", "www/public-Orders"),
        "billing.orders": ("www.billing_orders", "www/billing-orders"),
        "Odd.Schema.a-b.c ü%": ("www.a-b.c ü%", "www/Odd%2ESchema-a%2Db%2Ec%20%C3%BC%25"),
    }
    assert "is named www.billing_orders, since another table has its own name" in result.stdout
    assert list(columns(upstream_project, "www.orders")) == ["id", "id_2"]
    upstream_project.run("validate")


def test_the_name_of_an_existing_design_is_kept(upstream_project):
    upstream_project.sources[0]["include_tables"] = ["*.*"]
    upstream_project.execute("www", "CREATE TABLE orders (id int)")
    upstream_project.run("design")
    upstream_project.execute("www", "CREATE SCHEMA billing; CREATE TABLE billing.orders (id int)")
    upstream_project.run("design")
    assert {str(d.source): str(d.name) for d in upstream_project.catalog()} == {
        "public.orders": "www.orders",
        "billing.orders": "www.billing_orders",
    }


def test_patterns_of_include_tables_that_match_nothing_are_reported(shop):
    shop.sources[0]["include_tables"] = ["public.orders", "public.odrers", "sales.*"]
    result = shop.run("design")
    assert result.stderr.splitlines() == [
        "www: include_tables: nothing upstream matches 'public.odrers'",
        "www: include_tables: nothing upstream matches 'sales.*'",
    ]
    assert list(shop.texts()) == [FILE]


def test_excluded_tables_get_no_design(shop):
    shop.sources[0]["exclude_tables"] = ["public.cust*"]
    shop.run("design")
    assert list(shop.texts()) == [FILE]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["www.oders"], "no relation matches 'www.oders'; did you mean 'www.orders'"),
        (["wwww"], "'wwww' selects no source with an upstream; did you mean 'www'?"),
        (["dw"], "'dw' selects no query without a design"),
    ],
)
def test_a_pattern_that_matches_nothing_is_an_error_with_the_nearest_names(shop, words, message):
    result = shop.run("design", *words, code=2)
    assert message in result.stderr
    assert not shop.designs.exists()


def test_only_sources_that_a_pattern_matches_are_queried(shop):
    shop.add("broken", "postgresql://nobody:secret-word@127.0.0.1:1/nowhere")
    shop.run("design", "www.*", "!www.customers")
    assert list(shop.texts()) == [FILE]
    result = shop.run("design", code=4)
    assert "broken (127.0.0.1:1/nowhere): cannot connect" in result.stderr
    assert "secret-word" not in result.stdout + result.stderr


def test_unreadable_tables_get_safe_widths(shop, reader):
    shop.dsns["UPSTREAM_WWW"] = reader(shop.dsns["UPSTREAM_WWW"])
    result = shop.run("design", "www.orders")
    assert "not readable, so not measured: customer_id, id, note, total" in result.stdout
    assert columns(shop, "www.orders")["note"].sql_type == "varchar(65535)"


def test_a_table_without_columns_is_rejected(upstream_project):
    upstream_project.execute("www", "CREATE TABLE nothing (); CREATE TABLE something (id int)")
    result = upstream_project.run("design", code=3)
    assert "designs/www/public-nothing.yaml: refused" in result.stdout
    assert "public-nothing.yaml: public.nothing has no columns, which Redshift" in result.stderr
    assert "add it to exclude_tables" in result.stderr
    assert list(upstream_project.texts()) == ["www/public-something.yaml"]


def test_configured_type_maps_come_first(shop):
    shop.type_maps = {"numeric\\(.*": ["numeric(20,3)", "%s + 0"]}
    shop.run("design")
    total = columns(shop, "www.orders")["total"]
    assert (total.sql_type, total.expression) == ("numeric(20,3)", '"total" + 0')


def test_a_type_map_to_an_invalid_type_is_a_fault_of_the_configuration(shop):
    shop.type_maps = {"numeric.*": ["bogustype", "%s"], "text": ["varchar(99999999)", "%s"]}
    result = shop.run("design", code=3)
    assert "type_maps[numeric.*]: 'bogustype' is not a Redshift type" in result.stderr
    assert "type_maps[text]: 'varchar(99999999)'" in result.stderr
    assert not shop.designs.exists()


def test_a_table_whose_scan_fails_gets_safe_widths_and_the_reason(upstream_project):
    upstream_project.execute("www", "CREATE VIEW broken AS SELECT (1 / 0)::text AS note")
    result = upstream_project.run("design")
    assert "not measured: www (127.0.0.1:" in result.stdout
    assert "public.broken: division by zero [22012]" in result.stdout
    assert columns(upstream_project, "www.broken")["note"].sql_type == "varchar(65535)"


BYTES = r"""
SET client_encoding = 'SQL_ASCII';
CREATE TABLE good (id int PRIMARY KEY, v text);
CREATE TABLE other (id int PRIMARY KEY);
COMMENT ON TABLE other IS E'caf\xe9';
DO $$ BEGIN
EXECUTE E'CREATE TABLE named (id int, "caf\xe9" int)';
EXECUTE E'CREATE TABLE "caf\xe9" (id int)';
END $$;
"""


def test_a_text_that_is_not_valid_stops_only_its_own_table(new_database, tmp_path):
    project = UpstreamProject(tmp_path)
    project.add("www", new_database("SQL_ASCII"))
    project.execute("www", BYTES)
    result = project.run("design", code=3)
    assert result.stdout.splitlines()[-1] == "3 tables: 2 written, 1 refused."
    assert r"the comment of the table is not valid text (caf\xe9): omitted" in result.stdout
    assert r"www: public.caf\xe9: its name is not valid text; to load it, rename" in result.stderr
    reason = r"the name caf\xe9 of a column of public.named is not valid text; rename it upstream"
    assert f"www/public-named.yaml: {reason}" in result.stderr
    assert sorted(project.texts()) == ["www/public-good.yaml", "www/public-other.yaml"]
    project.run("validate")

    design = (
        "name: www.named\nsource_name: www.public.named\ncolumns: [{name: id, sql_type: int}]\n"
    )
    project.write("www/public-named.yaml", design)
    result = project.run("validate", code=3)
    assert result.stderr.startswith(f"Error: www/public-named.yaml:2: source_name: {reason}")


def test_keys_that_do_not_hold_are_faults_of_existing_designs(upstream_project):
    upstream_project.execute(
        "www",
        "CREATE TABLE note (id int PRIMARY KEY, v int NOT NULL);"
        "CREATE TABLE late (id int PRIMARY KEY, v int);"
        "ALTER TABLE late ADD CONSTRAINT late_v NOT NULL v",
    )
    upstream_project.run("design")
    upstream_project.execute(
        "www",
        "CREATE TABLE invoice_note () INHERITS (note);"
        "ALTER TABLE late DROP CONSTRAINT late_v, ADD CONSTRAINT late_v NOT NULL v NOT VALID",
    )
    result = upstream_project.run("validate", code=3)
    assert (
        "primary_key (id) is not enforced upstream: the key of public.note does not hold for the"
        " rows of tables that inherit from it" in result.stderr
    )
    assert (
        "columns[v]: NOT NULL was never validated in public.late, but not_null in" in result.stderr
    )


def test_a_column_that_was_missing_is_a_fault_when_it_is_back_until_it_is_updated(shop):
    shop.run("design")
    shop.execute("www", "ALTER TABLE orders DROP note")
    shop.run("design", "--update")
    shop.run("validate")
    shop.execute("www", "ALTER TABLE orders ADD note varchar(10)")
    again = "columns[note]: is upstream again (character varying(10)), but skipped: missing"
    assert again in shop.run("validate", code=3).stderr
    updated = shop.run("design", "--update")
    assert "note: is upstream again; no longer skipped" in updated.stdout
    assert columns(shop, "www.orders")["note"].sql_type == "varchar(40)"
    shop.run("validate")


def test_tables_that_were_never_analyzed_are_counted(upstream_project):
    upstream_project.execute("www", "CREATE TABLE codes (id int PRIMARY KEY)")
    upstream_project.run("design")
    (design,) = upstream_project.catalog()
    assert design.attributes.distribution == "all"
    (text,) = upstream_project.texts().values()
    assert "# About 0 rows: few enough to copy to every node." in text

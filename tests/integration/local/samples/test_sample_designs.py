"""The designs that come with the sample fit it: every table, column and key, and every value."""

import json
import re
from fnmatch import fnmatchcase
from itertools import pairwise

import pytest

from pipeline.designs.catalog import Catalog
from pipeline.designs.queries.parse import analyze
from pipeline.names import encode, fold
from pipeline.stores.designs.folder import read_folder
from tests.support.paths import ROOT

CATALOG = Catalog.parse(read_folder(ROOT / "designs"))
SOURCES = {
    source["name"]: source
    for source in json.loads((ROOT / "config/sources.json").read_text(encoding="utf-8"))["sources"]
}
UPSTREAM = [pytest.param(design, id=str(design.name)) for design in CATALOG if design.source]
DERIVED = [pytest.param(design, id=str(design.name)) for design in CATALOG if not design.source]

COMPARABLE = {"money": "::numeric", "oid": "::bigint"}
RELATIONS = """
SELECT nspname, relname
FROM pg_class
JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE nspname IN ('public', 'billing') AND relkind IN ('r', 'p', 'm', 'v') AND NOT relispartition
"""
COLUMNS = """
SELECT attname, format_type(atttypid, atttypmod), attnotnull
FROM pg_attribute
WHERE attrelid = '{table}'::regclass AND attnum > 0 AND NOT attisdropped
ORDER BY attnum
"""
KEYS = """
SELECT contype::text,
    ARRAY(SELECT attname::text FROM unnest(conkey) WITH ORDINALITY AS k (number, place)
          JOIN pg_attribute ON attrelid = conrelid AND attnum = number ORDER BY place),
    (SELECT relname FROM pg_class WHERE oid = confrelid),
    ARRAY(SELECT attname::text FROM unnest(confkey) WITH ORDINALITY AS k (number, place)
          JOIN pg_attribute ON attrelid = confrelid AND attnum = number ORDER BY place)
FROM pg_constraint
WHERE conrelid = '{table}'::regclass AND contype IN ('p', 'u', 'f')
"""


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def upstream_name(column):
    return column.source_name or column.name


def table_of(design):
    return f"{quoted(design.source.schema)}.{quoted(design.source.table)}"


def value_of(column):
    return f"({column.expression or quoted(upstream_name(column))})"


def folded(names):
    return tuple(fold(name) for name in names)


@pytest.mark.parametrize("source", ["www", "hyppo"])
def test_every_table_that_the_configuration_includes_has_a_design_and_no_other(source, query):
    include = SOURCES[source]["include_tables"]
    exclude = SOURCES[source].get("exclude_tables", [])
    expected = {
        f"{source}/{encode(schema)}-{encode(table)}"
        for schema, table in query(source, RELATIONS)
        if any(fnmatchcase(f"{schema}.{table}", pattern) for pattern in include)
        and not any(fnmatchcase(f"{schema}.{table}", pattern) for pattern in exclude)
    }
    assert {design.stem for design in CATALOG if design.name.schema == source} == expected


@pytest.mark.parametrize("pattern", SOURCES["www"]["exclude_tables"])
def test_every_excluded_pattern_matches_something(pattern, query):
    tables = [f"{schema}.{table}" for schema, table in query("www", RELATIONS)]
    assert [table for table in tables if fnmatchcase(table, pattern)]


def test_every_design_is_in_a_configured_schema():
    assert {design.name.schema for design in CATALOG} == set(SOURCES)


@pytest.mark.parametrize("design", UPSTREAM)
def test_every_column_upstream_is_loaded_or_skipped_under_its_type(design, query):
    found = query(design.name.schema, COLUMNS.format(table=table_of(design)))
    assert [(name, kind) for name, kind, _ in found] == [
        (upstream_name(column), column.source_sql_type)
        for column in design.columns
        if column.source_sql_type
    ]


@pytest.mark.parametrize("design", UPSTREAM)
def test_a_column_that_does_not_exist_upstream_is_computed(design):
    assert all(column.expression for column in design.columns if not column.source_sql_type)


@pytest.mark.parametrize("design", UPSTREAM)
def test_a_column_is_not_null_if_it_is_upstream_and_no_expression_makes_nulls(design, query):
    found = query(design.name.schema, COLUMNS.format(table=table_of(design)))
    assert {column.name for column in design.columns if column.not_null} == {
        fold(name) for name, _, not_null in found if not_null
    } - made_null(design) | {
        column.name for column in design.columns if column.not_null and not column.source_sql_type
    }


def made_null(design):
    """Columns in which infinity becomes NULL."""
    return {
        column.name
        for column in design.columns
        if column.expression and column.expression.startswith("NULLIF(")
    }


@pytest.mark.parametrize("design", UPSTREAM)
def test_keys_are_those_of_upstream(design, query):
    found = query(design.name.schema, KEYS.format(table=table_of(design)))
    constraints = design.constraints
    assert constraints.primary_key == next(
        (folded(columns) for kind, columns, *_ in found if kind == "p"), ()
    )
    unique = {folded(columns) for kind, columns, *_ in found if kind == "u"}
    if design.source.table != "daily_signups":  # its unique index cannot be a constraint
        assert set(constraints.unique) == unique
    assert {
        (key.columns, key.table.table, key.references) for key in constraints.foreign_keys
    } == {
        (folded(columns), fold(table), folded(references))
        for kind, columns, table, references in found
        if kind == "f"
    }


@pytest.mark.parametrize("design", UPSTREAM)
def test_every_value_fits_its_column(design, query):
    checks = [check for column in design.loaded_columns for check in misfits(column)]
    statement = f"SELECT {', '.join(checks) or '0'} FROM {table_of(design)}"
    [counts] = query(design.name.schema, statement)
    assert {check: count for check, count in zip(checks, counts, strict=False) if count} == {}


def misfits(column):
    """Counts of values that the warehouse's column would not hold."""
    value = value_of(column)
    if column.not_null:
        yield f"count(*) FILTER (WHERE {value} IS NULL)"
    if match := re.fullmatch(r"varchar\((\d+)\)", column.sql_type):
        yield f"count(*) FILTER (WHERE octet_length({value}::text) > {match[1]})"
    elif match := re.fullmatch(r"numeric\((\d+),(\d+)\)", column.sql_type):
        yield f"count(*) FILTER (WHERE {value} IS DISTINCT FROM {value}::{column.sql_type})"
    elif column.sql_type in {"real", "double precision"}:
        yield f"count(*) FILTER (WHERE {value} IN ('NaN', 'Infinity', '-Infinity'))"
    elif column.sql_type in {"date", "timestamp", "timestamptz"}:
        yield (
            f"count(*) FILTER (WHERE NOT isfinite({value})"
            f" OR extract(year FROM {value}) NOT BETWEEN 1 AND 9999)"
        )
    elif column.sql_type in {"smallint", "integer", "bigint", "boolean", "time"}:
        yield f"count(*) FILTER (WHERE {value} IS DISTINCT FROM {value}::{column.sql_type})"
    else:
        raise AssertionError(f"no rule for {column.sql_type}")


@pytest.mark.parametrize("design", UPSTREAM)
def test_every_value_can_be_written(design, query):
    values = ", ".join(value_of(column) for column in design.loaded_columns)
    [(count,)] = query(design.name.schema, f"SELECT count(*) FROM {table_of(design)}")
    assert len(query(design.name.schema, f"SELECT {values} FROM {table_of(design)}")) == count


def converted(design):
    """Columns of upstream that are loaded by an expression, each with the column after it."""
    columns = [*design.loaded_columns, None]
    return [
        (column, after)
        for column, after in pairwise(columns)
        if column and column.expression and column.source_sql_type
    ]


@pytest.mark.parametrize("design", UPSTREAM)
def test_no_two_values_become_the_same_text(design, query):
    for column, _ in converted(design):
        if not column.sql_type.startswith("varchar"):
            continue
        before, after = quoted(upstream_name(column)), value_of(column)
        [counts] = query(
            design.name.schema,
            f"""SELECT count({before}::text), count({after}),
                    count(DISTINCT {before}::text), count(DISTINCT {after})
                FROM {table_of(design)}""",
        )
        assert (column.name, counts[0], counts[2]) == (column.name, counts[1], counts[3])


@pytest.mark.parametrize("design", UPSTREAM)
def test_no_value_changes_and_one_that_becomes_null_is_kept_in_the_next_column(design, query):
    for column, after in converted(design):
        if column.sql_type.startswith("varchar"):
            continue
        before = quoted(upstream_name(column)) + COMPARABLE.get(column.source_sql_type, "")
        [(changed, lost)] = query(
            design.name.schema,
            f"""SELECT count(*) FILTER (WHERE {value_of(column)} <> {before}),
                    count(*) FILTER (WHERE {value_of(column)} IS NULL AND {before} IS NOT NULL)
                FROM {table_of(design)}""",
        )
        assert (column.name, changed) == (column.name, 0)
        assert not lost or quoted(upstream_name(column)) in (after.expression or "")


@pytest.mark.parametrize("design", DERIVED)
def test_the_query_returns_the_columns_of_its_design_in_order(design):
    assert analyze(design.query).columns == tuple(column.name for column in design.data_columns)


def test_the_graph_has_the_shapes_that_the_sample_demonstrates():
    reads = {str(design.name): {str(name) for name in design.needs} for design in CATALOG}
    schemas = {name: {read.split(".")[0] for read in needs} for name, needs in reads.items()}
    assert {"www", "hyppo"} <= schemas["analytics.email_conversion"]
    assert reads["analytics.v_monthly_revenue"] == {"analytics.v_daily_revenue"}
    assert reads["analytics.v_daily_revenue"] == {"analytics.fct_daily_sales"}
    assert {"dw.fact_order_items", "www.categories"} == reads["analytics.fct_daily_sales"]
    assert "analytics.dim_order" in reads["dw.fact_order_items"]
    assert reads["analytics.gift_card_liability"] == {"www.gift cards"}

"""Cases run in a transaction that leaves nothing, with the true types of the designs."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import cache

import pytest

from pipeline.designs.cases.model import Case
from pipeline.designs.cases.parse import parse_cases
from pipeline.designs.catalog import Catalog
from pipeline.designs.model.design import Design
from pipeline.errors import DesignError
from pipeline.local.stack import Stack
from pipeline.names import TableName
from pipeline.procedures.operations.designs.test import Bench, open_bench, open_emulator_bench
from pipeline.settings import Connection
from pipeline.stores.designs.folder import read_folder
from pipeline.stores.warehouse import Warehouse
from tests.support.database import execute, query
from tests.support.paths import ROOT

SCHEMAS = "SELECT nspname, oid FROM pg_catalog.pg_namespace ORDER BY 1"

DESIGNS = {
    "qt_src/public-orders.yaml": """
name: qt_src.orders
columns:
  - {name: id, sql_type: bigint, not_null: true}
  - {name: status, sql_type: varchar(4)}
  - {name: total, sql_type: "numeric(6,2)"}
  - {name: placed_at, sql_type: timestamp}
  - {name: payload, sql_type: super}
""",
    "qt_dw/dim.yaml": """
name: qt_dw.dim
source_name: CTAS
columns:
  - {name: order_key, sql_type: bigint, identity: true, not_null: true}
  - {name: id, sql_type: bigint, not_null: true}
  - {name: status, sql_type: varchar(4)}
  - {name: is_old, sql_type: boolean}
constraints: {natural_key: [id]}
""",
    "qt_dw/dim.sql": """
SELECT id, status || '%' AS status, placed_at < GETDATE() AS is_old
FROM qt_src.orders""",
    "qt_dw/fact.yaml": """
name: qt_dw.fact
source_name: CTAS
columns: [{name: order_key, sql_type: bigint}, {name: n, sql_type: bigint}]
""",
    "qt_dw/fact.sql": "SELECT order_key, COUNT(*) AS n FROM qt_dw.dim GROUP BY order_key",
    "qt_dw/top.yaml": "{name: qt_dw.top, source_name: VIEW, columns: [{name: n}, {name: s}]}",
    "qt_dw/top.sql": """
SELECT id AS n, CAST(total / 3 AS double precision) AS s
FROM qt_src.orders
ORDER BY id DESC""",
}


@contextmanager
def bench(stack: Stack) -> Iterator[Bench]:
    url = stack.environment()["DATA_WAREHOUSE_ADMIN"]
    with open_emulator_bench(nullcontext(url)) as found:
        yield found


def run(stack: Stack, relation: str, tests: str, files: dict[str, str] = DESIGNS) -> list[str]:
    """Run the cases of a relation; return an empty text for each that passed."""
    catalog = Catalog.parse(files)
    cases = parse_cases({**files, f"qt_dw/{relation}.tests.yaml": tests}, catalog.designs)
    with bench(stack) as found:
        results = [found.run(case) for case in cases]
    return ["" if each.passed else f"{each.headline}\n{each.details()}" for each in results]


def interrupt(stack: Stack, case: Case) -> None:
    with bench(stack) as found:
        assert found.run(case).passed
        raise KeyboardInterrupt


@cache
def sample() -> tuple[dict[TableName, Design], tuple[Case, ...]]:
    files = read_folder(ROOT / "designs")
    designs = Catalog.parse(files).designs
    return designs, parse_cases(files, designs)


@pytest.mark.parametrize("own_names", [False, True])
def test_the_queries_of_the_sample_pass_their_tests_in_schemas_of_any_name(
    stack: Stack, own_names: bool
) -> None:
    designs, cases = sample()
    url = stack.environment()["DATA_WAREHOUSE_ADMIN"]
    with open_bench(Warehouse(Connection.parse("X", url)), own_names=own_names) as found:
        results = [found.run(case) for case in cases]
    assert [f"{each.headline}\n{each.details()}" for each in results if not each.passed] == []
    derived = {name for name, design in designs.items() if design.query is not None}
    assert {case.relation for case in cases} == derived


def test_existing_relations_stay_and_other_sessions_see_nothing_of_a_case(stack: Stack) -> None:
    admin = stack.environment()["DATA_WAREHOUSE_ADMIN"]
    execute(
        admin,
        "CREATE SCHEMA qt_src",
        "CREATE TABLE qt_src.orders (x int)",
        "INSERT INTO qt_src.orders VALUES (7)",
    )
    try:
        before = query(admin, SCHEMAS)
        catalog = Catalog.parse(DESIGNS)
        tests = "tests: [{name: a, given: {qt_src.orders: [{id: 1}]}, expect: [{id: 1}]}]"
        [case] = parse_cases({**DESIGNS, "qt_dw/dim.tests.yaml": tests}, catalog.designs)
        with bench(stack) as found:
            assert found.run(case).passed
            assert query(admin, SCHEMAS) == before
            assert query(admin, "SELECT x FROM qt_src.orders") == [(7,)]
        with pytest.raises(KeyboardInterrupt):
            interrupt(stack, case)
        assert query(admin, SCHEMAS) == before
        assert query(admin, "SELECT x FROM qt_src.orders") == [(7,)]
    finally:
        execute(admin, "DROP SCHEMA qt_src CASCADE")


def test_a_dimension_is_filled_at_a_fixed_time_without_its_keys_and_row_0(stack: Stack) -> None:
    tests = """
tests:
  - name: now
    now: 2026-11-28 03:00:00
    given:
      qt_src.orders:
        - {id: 1, status: a, placed_at: {sql: "GETDATE() - INTERVAL '1 second'"}, payload: {a: 1}}
        - {id: 2, placed_at: 2026-11-28 03:00:00}
    exact: true
    expect: "id,status,is_old\\n1,a%,true\\n2,,false\\n"
  - {name: nothing of the case before is there, expect: []}
"""
    assert run(stack, "dim", tests) == ["", ""]


def test_a_dimension_that_is_read_has_row_0_and_numbered_keys(stack: Stack) -> None:
    tests = """
tests:
  - name: numbered
    given: {qt_dw.dim: [{id: 8}, {id: 9, order_key: 2}, {id: 9}]}
    expect: [{order_key: 0}, {order_key: 1}, {order_key: 2}, {order_key: 3}]
  - {name: own row 0, given: {qt_dw.dim: [{order_key: 0, id: 5}]}, expect: "order_key,n\\n0,1"}
  - {name: none, expect: [{order_key: 0, n: 1}]}
"""
    assert run(stack, "fact", tests) == ["", "", ""]


def test_the_order_and_the_numbers_of_a_view_are_compared(stack: Stack) -> None:
    tests = """
tests:
  - name: ordered
    ordered: true
    given: &given {qt_src.orders: [{id: 1, total: 1.00}, {id: 2, total: 2.00}]}
    expect: [{n: 2, s: 0.6666666666666}, {n: 1, s: 0.3333333333333}]
  - {name: not, ordered: true, given: *given, expect: [{n: 1}, {n: 2}]}
"""
    passed, failed = run(stack, "top", tests)
    assert passed == ""
    rows = [" ".join(line.split()) for line in failed.splitlines()[3:]]
    assert rows == ["different expected 1, found 2", "different expected 2, found 1"]


TIMES = {
    **DESIGNS,
    "qt_dw/times.yaml": """
name: qt_dw.times
source_name: VIEW
columns: [{name: t}, {name: z}, {name: d}, {name: m}, {name: s}]
""",
    "qt_dw/times.sql": """
SELECT
  placed_at AS t,
  placed_at AT TIME ZONE 'UTC' AS z,
  TRUNC(placed_at) AS d,
  total AS m,
  status AS s
FROM qt_src.orders""",
}
"""A view whose columns have types that no file states."""


@pytest.mark.parametrize(
    ("expected", "problem"),
    [
        ("t: '2026-11-28 03:00:00', z: '2026-11-28 08:00:00+05', d: '2026-11-28'", ""),
        ("m: 1.5, s: abcd", ""),
        ("t: '2026-11-28 03:00:00+05'", "t: '2026-11-28 03:00:00+05' has a time zone, a timest"),
        ("d: '2026-11-28 03:00:00'", "d: '2026-11-28 03:00:00' is not of type date; write 2026"),
        (
            "z: '2026-11-28 03:00:00+05'",
            "missing      2026-11-27 22:00:00+00:00",
        ),
        ("m: 1.501", "m: '1.501' has more decimals than the 2 of numeric(6,2)"),
        ("s: abcde", "s: 'abcde' has 5 bytes, varchar(4) holds 4"),
    ],
)
def test_expected_values_of_a_view_are_checked_by_the_types_that_it_returns(
    stack: Stack, expected: str, problem: str
) -> None:
    tests = f"""
tests:
  - name: types
    given:
      qt_src.orders: [{{id: 1, total: 1.50, status: abcd, placed_at: 2026-11-28 03:00:00}}]
    expect: [{{{expected}}}]
"""
    [result] = run(stack, "times", tests, TIMES)
    assert problem in result
    assert bool(problem) == bool(result)


FIXED = "[{{name: c{char}}}, {{name: s{super}}}, {{name: b{varbyte}}}]"
NO_TYPES = FIXED.format(char="", super="", varbyte="")
TYPED = FIXED.format(
    char=", sql_type: char(5)", super=", sql_type: super", varbyte=", sql_type: varbyte(5)"
)
VALUES = {
    **DESIGNS,
    "qt_src/public-values.yaml": f"{{name: qt_src.values, columns: {TYPED}}}",
    "qt_dw/shown.yaml": f"{{name: qt_dw.shown, source_name: VIEW, columns: {NO_TYPES}}}",
    "qt_dw/shown.sql": "SELECT c, s, b FROM qt_src.values",
    "qt_dw/kept.yaml": f"{{name: qt_dw.kept, source_name: CTAS, columns: {TYPED}}}",
    "qt_dw/kept.sql": "SELECT c, s, b FROM qt_src.values",
}
"""A view and a table of columns whose values the driver returns as texts."""


@pytest.mark.parametrize("relation", ["shown", "kept"])
@pytest.mark.parametrize(
    ("expected", "problem"),
    [
        ("c: ab", ""),
        ("c: 'ab   '", ""),
        ("c: b", "missing      b"),
        ("s: {a: 2.5, b: [1]}", ""),
        ("""s: '{"b": [1.0], "a": 2.50}'""", ""),
        ("s: {a: 2.5}", 'missing      {"a":2.5}'),
        ("b: '616Eff'", ""),
        ("b: {sql: FROM_HEX('616eff')}", ""),
        ("b: '616e'", "missing      616e"),
        ("b: {}", "expected a value"),
    ],
)
def test_values_are_equal_if_the_warehouse_has_them_equal(
    stack: Stack, relation: str, expected: str, problem: str
) -> None:
    tests = f"""
tests:
  - name: values
    given:
      qt_src.values: [{{c: ab, s: '{{"b": [1], "a": 2.50}}', b: 616eff}}]
    expect: [{{{expected}}}]
"""
    try:
        [result] = run(stack, relation, tests, VALUES)
    except DesignError as error:  # A table has types that are known before it is filled.
        result = str(error)
    assert problem in result
    assert bool(problem) == bool(result)


def test_what_fails_a_refresh_fails_a_case_and_the_next_case_runs(stack: Stack) -> None:
    tests = """
tests:
  - name: duplicate natural key
    given: {qt_src.orders: [{id: 1}, {id: 1}]}
    expect: []
  - name: too long
    given: {qt_src.orders: [{id: 1, status: abcd}]}
    expect: []
  - name: no value
    given: {qt_src.orders: [{id: {sql: 1 / 0}}]}
    expect: []
  - {name: fine, expect: []}
"""
    duplicate, too_long, no_value, fine = run(stack, "dim", tests)
    assert "qt_dw.dim: the new rows violate the design" in duplicate
    assert "key (id) is not unique: (1) 2 times" in duplicate
    assert "(qt_dw/dim.tests.yaml:6): error\nqt_dw/dim.sql: " in too_long
    assert "(qt_dw/dim.tests.yaml:9): error" in no_value
    assert "qt_dw/dim.tests.yaml:9: given qt_src.orders: " in no_value
    assert fine == ""

    wrong = {**DESIGNS, "qt_dw/fact.sql": "SELECT order_key,\n  id + TRUE AS n FROM qt_dw.dim"}
    [failed] = run(stack, "fact", "tests: [{name: a, expect: []}]", wrong)
    assert "qt_dw/fact.sql:2: column 6: operator does not exist" in failed


def test_a_changed_type_of_a_view_that_is_read_creates_the_tables_again(stack: Stack) -> None:
    catalog = Catalog.parse(
        {
            **DESIGNS,
            "qt_dw/sum.yaml": "{name: qt_dw.sum, source_name: VIEW, columns: [{name: s}]}",
            "qt_dw/sum.sql": "SELECT SUM(n) AS s FROM qt_dw.top",
        }
    )
    tests = "columns: {qt_dw.top: {n: bigint}}\ntests: [{name: a, given: {qt_dw.top: [{n: 2}]}, "
    files = {
        "qt_dw/sum.tests.yaml": f"{tests}expect: [{{s: 2}}]}}]",
        "qt_dw/top.tests.yaml": "tests: [{name: b, expect: []}]",
    }
    [first, second] = parse_cases(files, catalog.designs)
    with bench(stack) as found:
        assert found.run(first).passed
        assert found.run(second).passed, "the view itself, of the same name as the table before"
        assert found.run(replace(first, name="again")).passed

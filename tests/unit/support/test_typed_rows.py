"""The comparison of sample tables sees every kind of difference, and names it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import psycopg2.sql
import pytest

from tests.support.results.typed_rows import Column, Table, differences

NOTHING = psycopg2.sql.SQL("NULL")
NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)


def table(kind: str, *, keyed: bool = True) -> Table:
    columns = (Column("id", "integer", NOTHING), Column("value", kind, NOTHING))
    return Table("www.things", ("public", "things"), columns, (0,) if keyed else ())


@pytest.mark.parametrize(
    ("kind", "there", "here"),
    [
        ("varchar", None, ""),
        ("varchar", "", None),
        ("varchar", None, "NULL"),
        ("varchar", "~NULL~", None),
        ("varchar", "\\N", None),
        ("varchar", "a ", "a"),
        ("varchar", "é", "e\u0301"),
        ("varchar", "a\r\nb", "a\nb"),
        ("varchar", "a\\nb", "a\nb"),
        ("real", 0.0, -0.0),
        ("double precision", 0.1, 0.10000000000000002),
        ("double precision", float("nan"), None),
        ("numeric", Decimal("9999999999999999999999999999.9999999999"), Decimal(10) ** 28),
        ("numeric", Decimal("1E-10"), Decimal(0)),
        ("integer", 1, 2),
        ("boolean", True, False),
        ("timestamptz", NOON, NOON + timedelta(microseconds=1)),
        ("time", "24:00:00", "00:00:00"),
    ],
)
@pytest.mark.parametrize("keyed", [True, False])
def test_a_value_that_differs_is_found(
    kind: str, there: object, here: object, keyed: bool
) -> None:
    faults = differences(table(kind, keyed=keyed), [(1, there)], [(1, here)])
    assert len(faults) == (1 if keyed else 2), faults
    assert all(fault.startswith("www.things ") for fault in faults)


@pytest.mark.parametrize(
    ("kind", "there", "here"),
    [
        ("numeric", Decimal("1.5"), Decimal("1.5000")),
        ("double precision", float("nan"), float("nan")),
        ("varchar", None, None),
        ("timestamptz", NOON, NOON),
    ],
)
@pytest.mark.parametrize("keyed", [True, False])
def test_the_same_value_is_no_difference(
    kind: str, there: object, here: object, keyed: bool
) -> None:
    assert differences(table(kind, keyed=keyed), [(1, there)], [(1, here)]) == []


@pytest.mark.parametrize(
    ("kind", "there", "here"),
    [("integer", 1, True), ("numeric", Decimal(1), 1), ("timestamptz", NOON, "2026-03-29")],
)
def test_a_value_of_another_type_is_found(kind: str, there: object, here: object) -> None:
    faults = differences(table(kind), [(1, there)], [(1, here)])
    assert any("warehouse has values of type" in fault for fault in faults)


def test_a_moment_without_a_zone_is_found() -> None:
    naive = NOON.replace(tzinfo=None)
    assert differences(table("timestamptz"), [(1, NOON)], [(1, naive)]) != []
    assert differences(table("timestamp"), [(1, naive)], [(1, naive)]) == []


def test_a_fault_names_table_key_column_and_both_values() -> None:
    faults = differences(table("varchar"), [(7, "a" * 90 + "b")], [(7, "a" * 90)])
    kept = "a" * 30
    said = "www.things id=7 column value varchar: differs at character 90:"
    assert faults == [f"{said} upstream 91 characters '{kept}b', warehouse 90 characters '{kept}'"]
    assert differences(table("integer"), [(7, 1)], [(7, None)]) == [
        "www.things id=7 column value integer: upstream 1 (int), warehouse NULL"
    ]


@pytest.mark.parametrize("keyed", [True, False])
@pytest.mark.parametrize(("there", "here"), [(1, 0), (0, 1), (2, 1), (1, 2)])
def test_rows_are_counted_on_both_sides(there: int, here: int, keyed: bool) -> None:
    row = (1, "a")
    [fault] = differences(table("varchar", keyed=keyed), [row] * there, [row] * here)
    assert f"{there} " in fault
    assert f"{here} " in fault


def test_many_faults_are_cut_with_their_number() -> None:
    faults = differences(table("integer"), [(i, 0) for i in range(50)], [])
    assert len(faults) == 21
    assert faults[-1] == "... and 30 more"

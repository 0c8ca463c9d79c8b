"""What is measured, and how it changes a draft."""

import pytest

from pipeline.designs.drafting.draft import draft_designs
from pipeline.designs.drafting.measure import probes, with_losses, with_measured
from pipeline.designs.model.upstream import (
    Digits,
    Measured,
    Probe,
    UpstreamColumn,
    UpstreamTable,
    UpstreamType,
)
from pipeline.names import TableName

HSTORE = UpstreamType("hstore", "hstore", schema="public")


def table(*columns, **facts):
    return UpstreamTable(TableName("public", "t"), columns, **facts)


def column(kind, name="c", *, not_null=False):
    parsed = UpstreamType.parse(kind) if isinstance(kind, str) else kind
    return UpstreamColumn(name, parsed, not_null)


def draft(upstream):
    return draft_designs("www", [upstream])[0]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("integer", None),
        ("uuid", None),
        ("character varying(20)", None),
        ("character varying(20000)", Probe("c", width='"c"')),
        ("text", Probe("c", width='"c"::text')),
        ("character varying", Probe("c", width='"c"')),
        ("jsonb", Probe("c", width='"c"::text')),
        ("integer[]", Probe("c", width='to_json("c")::text')),
        (HSTORE, Probe("c", width='"public".hstore_to_json("c")::text')),
        ("bytea", Probe("c", width='"c"', lost="NULLIF(\"c\", '')", binary=True)),
        ("numeric", Probe("c", '"c"::text', lost="NULLIF(\"c\", 'NaN')", digits='"c"')),
        ("numeric(5,2)", Probe("c", lost="NULLIF(\"c\", 'NaN')")),
    ],
)
def test_only_what_a_type_depends_on_is_measured(kind, expected):
    assert probes(table(column(kind))) == ((expected,) if expected else ())


def test_names_are_quoted_in_probes():
    assert probes(table(column("text", 'a "b"')))[0].width == '"a ""b"""::text'


def test_skipped_columns_are_not_measured():
    assert probes(table(column("text"), column("text", "d")), skip={"c"}) == (
        Probe("d", width='"d"::text'),
    )


def test_with_a_configured_type_only_losses_are_measured():
    maps = [("text", ("varchar(9)", "NULLIF(%s, '')"))]
    assert probes(table(column("text")), maps) == (Probe("c", lost="NULLIF(\"c\", '')"),)


@pytest.mark.parametrize(
    ("rows", "width", "expected"),
    [
        (100, 10, "varchar(64)"),
        (100, 50, "varchar(100)"),
        (100, 60_000, "varchar(65535)"),
        (99, 10, "varchar(65535)"),
        (0, 0, "varchar(65535)"),
        (1, 70_000, "super"),
    ],
)
def test_a_size_is_twice_the_widest_value_if_there_are_enough_rows(rows, width, expected):
    upstream = with_measured(table(column("jsonb")), Measured(rows, {"c": width}))
    assert draft(upstream).design.columns[0].sql_type == expected


@pytest.mark.parametrize(
    ("rows", "width", "expected"),
    [
        (1, 32_767, "varchar(65535)"),
        (1, 32_768, "varbyte(1024000)"),
        (200, 32_767, "varchar(65535)"),
        (200, 40_000, "varbyte(1024000)"),
    ],
)
def test_bytes_have_two_digits_each_in_a_varchar(rows, width, expected):
    upstream = with_measured(table(column("bytea")), Measured(rows, {"c": width}))
    assert draft(upstream).design.columns[0].sql_type == expected


@pytest.mark.parametrize(
    ("rows", "digits", "expected", "note"),
    [
        (100, Digits(7, 2), "numeric(18,4)", "up to 7 digits and 2 decimals found; NaN becomes"),
        (100, Digits(1, 0), "numeric(14,4)", "no precision upstream, up to 1 digit and 0 dec"),
        # 19 digits fit 8 bytes, which end before the 19 digits do.
        (100, Digits(7, 5), "numeric(24,10)", "up to 7 digits"),
        (100, Digits(8, 1), "numeric(20,4)", "up to 8 digits"),
        (100, Digits(30, 2), "numeric(38,3)", "up to 30 digits and 2 decimals"),
        (100, Digits(1, 37), "numeric(38,37)", "up to 1 digit and 37 decimals"),
        (100, Digits(38, 0), "numeric(38,0)", "up to 38 digits"),
        (99, Digits(7, 2), "numeric(38,18)", "up to 7 digits"),
        (99, Digits(25, 2), "numeric(38,7)", "up to 25 digits"),
        (
            100,
            Digits(39, 0),
            "varchar(100)",
            "up to 39 digits and 0 decimals: exceeds numeric(38,",
        ),
        (100, Digits(20, 19), "varchar(100)", "exceeds numeric(38,37), kept as text"),
        (100, Digits(1, 38), "varchar(100)", "exceeds numeric(38,37), kept as text"),
        (100, Digits(7, 2, infinite=3), "varchar(100)", "infinity in 3 rows: kept as text"),
        (100, None, "varchar(100)", "no values measured: kept as text"),
    ],
)
def test_a_numeric_without_precision_gets_room_for_twice_its_digits(rows, digits, expected, note):
    found = Measured(rows, {"c": 50}, {}, {"c": digits} if digits else {})
    drafted = draft(with_measured(table(column("numeric")), found))
    assert drafted.design.columns[0].sql_type == expected
    assert note in drafted.notes["c"]
    assert len(drafted.notes["c"]) < 94


def test_values_that_are_kept_as_text_are_not_lost():
    found = Measured(100, {"c": 3}, {"c": 7}, {"c": Digits(1, 0, infinite=1)})
    drafted = draft(with_measured(table(column("numeric", not_null=True)), found))
    assert with_losses(drafted, found) is drafted


def test_counted_rows_replace_the_estimate():
    assert with_measured(table(column("integer"), rows=7), Measured(5_000_000)).rows == 5_000_000


def test_a_column_with_lost_values_is_neither_not_null_nor_in_the_primary_key():
    upstream = table(
        column("integer", "ID", not_null=True),
        column("date", "Day", not_null=True),
        column("date", "other", not_null=True),
        primary_key=("ID", "Day"),
        unique=(("Day",),),
    )
    found = with_losses(draft(upstream), Measured(9000, {}, {"Day": 1234, "other": 0}))
    assert [each.not_null for each in found.design.columns] == [True, False, True]
    assert found.design.constraints.primary_key == ()
    assert found.design.constraints.unique == (("day",),)
    assert found.notes["day"].startswith("1,234 of 9,000 rows become NULL here: infinity")
    assert not found.notes["other"].startswith("0")


def test_a_draft_without_losses_is_unchanged():
    drafted = draft(table(column("date", not_null=True), primary_key=("c",)))
    assert with_losses(drafted, Measured(5, {}, {"c": 0})) is drafted

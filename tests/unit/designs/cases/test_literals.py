"""Values of cases: what fits a type, and how it is written."""

import re
from dataclasses import replace

import pytest

from pipeline.designs.cases.literals import read_again, read_csv, read_value
from pipeline.designs.cases.model import Sql
from pipeline.designs.model.design import Column, Design
from pipeline.designs.model.types import parse_type
from pipeline.names import TableName


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("smallint", 32767, "32767"),
        ("integer", "7.0", "7"),
        ("numeric(4,2)", 12.5, "12.5"),
        ("numeric(38,2)", "123456789012345678901234567890123456.78", None),
        ("numeric(18,0)", "-1e3", "-1000"),
        ("double precision", 0.1, "0.1"),
        ("boolean", True, "true"),
        ("boolean", "F", "false"),
        ("varchar(4)", "007", "007"),
        ("timestamp", "2026-11-28 03:00", "2026-11-28 03:00:00"),
        ("timestamptz", "2026-11-28", "2026-11-28 00:00:00+00:00"),
        ("timestamptz", "2026-11-28 03:00:00+01:00", "2026-11-28 03:00:00+01:00"),
        ("time", "03:00", "03:00:00"),
        ("super", {"a": [1]}, '{"a": [1]}'),
        ("super", "1", "1"),
        ("varbyte(3)", "61626F", "61626f"),
        ("varbyte(3)", "", ""),
        ("date", {"sql": "CURRENT_DATE - 1"}, Sql("CURRENT_DATE - 1")),
    ],
)
def test_a_value_that_fits_its_type_is_written_for_the_warehouse(kind, value, expected):
    assert read_value(value, parse_type(kind)) == (value if expected is None else expected)


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        ("varchar(4)", "né€", "'né€' has 6 bytes, varchar(4) holds 4"),
        ("varchar(4)", 7, "7 is a number, the column a text; put it in quotes"),
        ("char(4)", "né", "'né' is not ASCII, as char requires"),
        ("date", "2026-02-29", "'2026-02-29' is not of type date; write 2026-11-28"),
        (
            "timestamp",
            "2026-11-28 03:00:00+01:00",
            "'2026-11-28 03:00:00+01:00' has a time zone, a timestamp has none",
        ),
        ("varbyte(3)", "abc", "'abc' is not hexadecimal; write 616263 for the bytes of abc"),
        ("varbyte(3)", "0g", "'0g' is not hexadecimal"),
        ("varbyte(3)", 616263, "616263 is a number, the column a text; put it in quotes"),
        ("varbyte(3)", "61626364", "'61626364' has 4 bytes, varbyte(3) holds 3"),
        (
            "super",
            {"a": [0.12345678901234566]},
            "0.12345678901234566 has too many digits for a number of YAML; put it in quotes",
        ),
        ("super", "x", "'x' is not JSON; a text in a SUPER has double quotes"),
        ("smallint", 32768, "'32768' is not of type smallint"),
        ("integer", "1.5", "'1.5' is not of type integer"),
        ("integer", "x", "'x' is not a number"),
        ("numeric(4,2)", 123, "'123' is too large for numeric(4,2)"),
        ("numeric(4,2)", 1.234, "'1.234' has more decimals than the 2 of numeric(4,2)"),
        ("numeric(38,30)", f"0.{'1' * 31}", "has more decimals than the 30 of numeric(38,30)"),
        ("real", "inf", "'inf' is not a finite number"),
        ("boolean", "yes", "'yes' is not true or false"),
        ("date", {"a": 1}, "found a mapping of 1, expected a value"),
        (
            "numeric(38,17)",
            0.12345678901234566,
            "0.12345678901234566 has too many digits for a number of YAML; put it in quotes",
        ),
        ("date", {"sql": "o.x"}, "is not one expression without columns and tables"),
        ("date", {"sql": "1), (2"}, "sql: column "),
        ("date", {"sql": "(SELECT 1 FROM a.b)"}, "is not one expression"),
    ],
)
def test_a_value_that_does_not_fit_its_type_is_a_fault(kind, value, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        read_value(value, parse_type(kind))


def test_a_mapping_waits_until_its_type_is_known_which_must_be_super():
    row = {"v": read_value({"a": [1]}, None), "n": read_value([], None)}
    design = Design(TableName("dw", "v"), "VIEW", "dw/v", (Column("v", "super"), Column("n")))
    assert read_again(({"v": row["v"]},), design) == ({"v": '{"a": [1]}'},)
    with pytest.raises(ValueError, match=r"row 1: n: found \[\], expected a value$"):
        read_again((row,), design)
    numbers = replace(design, columns=(Column("v", "integer"),))
    with pytest.raises(
        ValueError, match=r"v: found \{\"a\": \[1\]\}, expected a value of type int"
    ):
        read_again(({"v": row["v"]},), numbers)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('id,note\n1,\n2,""\n', [{"id": "1", "note": None}, {"id": "2", "note": ""}]),
        ('a\r\n"x ""y"",\nz"\r\n', [{"a": 'x "y",\nz'}]),
        ("a,b", []),
        ("a,b\n1", "CSV row 1: found 1 values, expected 2"),
        ("a,a\n1,2", "CSV header: a column is named twice"),
        ('a\n"x', "CSV row 1: a quote is not closed, or not doubled"),
        ('a\nx"y', "CSV row 1: a quote is not closed, or not doubled"),
    ],
)
def test_csv_tells_null_from_the_empty_text(text, expected):
    if isinstance(expected, str):
        with pytest.raises(ValueError, match=expected):
            [*read_csv(text)]
    else:
        assert [*read_csv(text)] == expected

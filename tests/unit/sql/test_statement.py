import datetime as dt

import pytest

from pipeline.errors import DesignError
from pipeline.names import TableName
from pipeline.sql.statement import (
    Statement,
    columns,
    doubled,
    identifier,
    listing,
    single,
    table,
    together,
    utc,
)


def test_parameters_never_show():
    statement = Statement("SELECT %(x)s", {"x": "SECRET"})

    assert "SECRET" not in repr(statement)
    assert "SECRET" not in str(statement)


@pytest.mark.parametrize(
    ("name", "quoted"),
    [
        ("orders", '"orders"'),
        ("Orders", '"Orders"'),
        ("order by", '"order by"'),
        ('a"b""c', '"a""b""""c"'),
        ("x; DROP TABLE y; --", '"x; DROP TABLE y; --"'),
        ("it's \\ 100% é😀 %(x)s", '"it\'s \\ 100%% é😀 %%(x)s"'),
        ("é" * 63, '"' + "é" * 63 + '"'),
        ("x" * 127, '"' + "x" * 127 + '"'),
    ],
)
def test_any_name_is_quoted(name, quoted):
    assert identifier(name) == quoted


@pytest.mark.parametrize("name", ["", "a\nb", "a\rb", "a\x00b", "x" * 128, "é" * 64])
def test_a_name_that_redshift_would_change_is_refused(name):
    with pytest.raises(DesignError):
        identifier(name)


def test_lists_of_names():
    assert table(TableName("a.b", "c.d")) == '"a.b"."c.d"'
    assert columns(("a", 'b"')) == '"a", "b"""'
    assert listing(["a", "b"]) == "    a,\n    b"


def test_a_percent_sign_of_a_name_is_no_parameter():
    name = identifier("100%s %(x)s")
    statement = Statement(f"{name} = %(x)s", {"x": 1})

    assert statement.template % statement.parameters == '"100%s %(x)s" = 1'
    assert statement.text == '"100%s %(x)s" = %(x)s'


def test_doubling_is_reversible():
    assert single(doubled("50% %% %(x)s")) == "50% %% %(x)s"


@pytest.mark.parametrize("text", ["LIKE 'a%'", '"100%s"', "= %(y)s", "%%%", "% %"])
def test_a_percent_sign_that_is_neither_doubled_nor_bound_is_refused(text):
    with pytest.raises(ValueError, match="neither doubled nor bound"):
        Statement(text, {"x": 1})


def test_timestamps_with_a_time_zone_become_utc_and_other_values_are_unchanged():
    zone = dt.timezone(dt.timedelta(hours=2))
    naive = dt.datetime(2026, 11, 22, 1, 2, 3, tzinfo=dt.UTC).replace(tzinfo=None)

    assert utc(dt.datetime(2026, 11, 22, 3, 2, 3, tzinfo=zone)) == naive
    assert [utc(value) for value in (naive, None, 1, dt.date(2026, 11, 22))] == [
        naive,
        None,
        1,
        dt.date(2026, 11, 22),
    ]


def test_statements_are_joined_to_one_message_with_all_their_values():
    joined = together(
        Statement("DELETE FROM t WHERE a = %(a)s AND b = %(b)s", {"a": 1, "b": 2}),
        Statement('INSERT INTO "100%%" VALUES (%(a)s, %(b)s)', {"a": 1, "b": 3}),
        Statement("SELECT %(b_2)s", {"b_2": 4}),
    )
    assert joined.template == (
        "DELETE FROM t WHERE a = %(a)s AND b = %(b)s;\n"
        'INSERT INTO "100%%" VALUES (%(a)s, %(b_2)s);\n'
        "SELECT %(b_2_2)s"
    )
    assert joined.parameters == {"a": 1, "b": 2, "b_2": 3, "b_2_2": 4}

"""PostgreSQL's errors as Redshift reports them."""

import pytest

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.protocol.backend import BackendError
from redshift_emulator.session.error_messages import error_message_fields, placed, to_redshift

INVALID_TEXT = (
    "String contains invalid or unsupported UTF8 codepoints."
    " Bad UTF8 hex sequence: e0 a1 (error 2)"
)
CASES = [
    ({"C": "40001", "M": "could not serialize access"}, ("XX000", "1023")),
    ({"C": "40P01", "M": "deadlock detected"}, ("XX000", "1023")),
    (
        {"C": "22001", "M": "value too long for type character varying(3)"},
        ("XX000", "value too long for type character varying(3)"),
    ),
    (
        {"C": "23514", "M": "violates", "n": "rs_2_varchar_10"},
        ("XX000", "value too long for type character varying(10)"),
    ),
    (
        {"C": "23514", "M": "violates", "n": "rs_2_decimal"},
        ("XX000", "Numeric data overflow (result precision)"),
    ),
    (
        {"C": "23502", "M": "null value", "c": "a"},
        ("XX000", "Cannot insert a NULL value into column a"),
    ),
    (
        {"C": "42704", "M": 'role "group:etl" does not exist'},
        ("42704", 'group "etl" does not exist'),
    ),
    ({"C": "42704", "M": 'role "ann" does not exist'}, ("42704", 'user "ann" does not exist')),
    ({"C": "42P01", "M": 'relation "t" does not exist'}, ("42P01", 'relation "t" does not exist')),
    (
        {"C": "22P02", "M": 'invalid input syntax for type bigint: "a"'},
        ("22P02", 'invalid input syntax for integer: "a"'),
    ),
    (
        {"C": "0A000", "M": "set-returning functions are not allowed in CASE"},
        ("0A000", "GENERATE_SERIES in CASE: not supported by the emulator"),
    ),
    ({"C": "23514", "M": "violates", "n": "other"}, ("23514", "violates")),
    ({"C": "XX000", "M": "something else"}, ("XX000", "something else")),
    # PostgreSQL's types that store Redshift's, but no columns of their names
    (
        {"C": "42883", "M": "function f(bytea, json, jsonb) does not exist"},
        ("42883", "function f(binary varying, super, super) does not exist"),
    ),
    (
        {"C": "42703", "M": "column t.json does not exist"},
        ("42703", "column t.json does not exist"),
    ),
    (
        {"C": "42703", "M": 'column "bytea" does not exist'},
        ("42703", 'column "bytea" does not exist'),
    ),
    (
        {"C": "22021", "M": 'invalid byte sequence for encoding "UTF8": 0xe0 0xa1'},
        ("XX000", INVALID_TEXT),
    ),
    (
        {"C": "22021", "M": 'invalid byte sequence for encoding "UTF8": 0x00'},
        ("22021", "a string cannot hold the character NUL"),
    ),
]


@pytest.mark.parametrize(("fields", "expected"), CASES)
def test_codes_and_texts(fields, expected):
    error = to_redshift(BackendError(fields))
    assert (error.sqlstate, error.message) == expected


def test_an_error_with_a_code_has_a_detail_block():
    error = RedshiftError("it failed", code=8001, context="here")
    fields = error_message_fields(error, query=7, process=9)
    assert (fields["C"], fields["M"]) == ("XX000", "it failed")
    for line in (
        "error:  it failed",
        "code:      8001",
        "context:   here",
        "query:     7",
        "[pid=9]",
    ):
        assert line in fields["D"]


def test_an_error_without_a_code_has_no_detail_block():
    fields = error_message_fields(NotSupportedError("no", hint="try"), query=1, process=1)
    assert fields == {"S": "ERROR", "C": "0A000", "M": "no", "H": "try"}


def test_positions_count_from_one():
    error = RedshiftError("here", sqlstate="42601")
    error.position = 5
    assert error_message_fields(error, query=1, process=1)["P"] == "5"


CASTS = "No function matches the given name and argument types. You {} add explicit type casts."
OLDER = [
    (
        {
            "C": "42883",
            "M": "function pg_internal.member(integer, unknown) does not exist",
            "H": CASTS.format("might need to"),
        },
        ("navigation needs a super, not the type integer", ""),
    ),
    (
        {
            "C": "42883",
            "M": "function log(double precision, unknown) does not exist",
            "H": CASTS.format("might need to"),
        },
        ('function log(double precision, "unknown") does not exist', CASTS.format("may need to")),
    ),
    (
        {
            "C": "42883",
            "M": "operator does not exist: !=- integer",
            "H": "You might need to add an explicit type cast.",
        },
        ("operator does not exist: !=- integer", "You may need to add explicit type casts."),
    ),
    (
        {
            "C": "42703",
            "M": 'column "unknown" does not exist',
            "H": 'Perhaps you meant to reference the column "t.b".',
        },
        ('column "unknown" does not exist', ""),
    ),
    (
        {
            "C": "42703",
            "M": 'column "a" does not exist',
            "H": "To reference that column, you must mark this subquery with LATERAL.",
            "D": 'There is a column named "a" in table "t", but it cannot be referenced.',
        },
        ('column "a" does not exist', ""),
    ),
]


@pytest.mark.parametrize(("fields", "expected"), OLDER)
def test_messages_hints_and_details_are_those_of_postgresql_8(fields, expected):
    error = to_redshift(BackendError(fields))
    assert (error.message, error.hint, error.detail) == (*expected, "")


@pytest.mark.parametrize(
    ("text", "table"),
    [
        ("SELECT b FROM s.t", " in t"),
        ("SELECT b FROM s.t AS u WHERE true", " in u"),
        ("SELECT 1; SELECT b FROM t x", " in x"),
        ("SELECT b", ""),
        ("SELECT b.a FROM t", ""),
        ("SELECT b FROM t, u", ""),
        ("SELECT b FROM (SELECT 1 AS a FROM t) u", ""),
        ("UPDATE t SET a = b", ""),
    ],
)
def test_a_missing_column_is_one_of_the_querys_only_table(text, table):
    error = RedshiftError('column "b" does not exist', sqlstate="42703")
    assert placed(error, text, text.index("b")).message == f'column "b" does not exist{table}'

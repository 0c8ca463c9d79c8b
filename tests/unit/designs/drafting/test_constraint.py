"""A CHECK constraint becomes a rule if the rule means the same, and nothing otherwise."""

from decimal import Decimal

import pytest

from pipeline.designs.drafting.constraint import translate
from pipeline.designs.model.checks import AcceptedValues, Pattern, Range
from pipeline.designs.model.upstream import UpstreamType

TYPES = {
    "x": "bigint",
    "Group": "integer",
    "total": "numeric(12,2)",
    "n": "numeric",
    "rough": "numeric(6,-3)",
    "r": "double precision",
    "status": "text",
    "email": "character varying(20)",
    "code": "character(2)",
    "d": "date",
    "t": "timestamp with time zone",
    "b": "boolean",
    "ci": "citext",
}
COLUMNS = {name: UpstreamType.parse(text) for name, text in TYPES.items()}

TRANSLATED = {
    "(x >= '-5'::integer)": [Range("x", -5)],
    "(x > 0)": [Range("x", 1)],
    "(x < (-5))": [Range("x", None, -6)],
    '("Group" <= 5)': [Range("Group", None, 5)],
    "(total >= (0)::numeric)": [Range("total", 0)],
    "(total > '0'::numeric)": [Range("total", Decimal("0.01"))],
    "(total >= ('-1'::integer)::numeric)": [Range("total", -1)],
    "(n >= '-1.5'::numeric)": [Range("n", Decimal("-1.5"))],
    "((total)::numeric >= 0.5)": [Range("total", Decimal("0.5"))],
    "((x)::numeric >= 0.5)": [Range("x", Decimal("0.5"))],
    "((total >= (0)::numeric) AND (total <= (100)::numeric))": [Range("total", 0, 100)],
    "((x > 0) AND (status <> ''::text))": [Range("x", 1)],
    "(d >= '2020-01-01'::date)": [Range("d", "2020-01-01")],
    "(t >= '2020-01-01 00:00:00+00'::timestamp with time zone)": [
        Range("t", "2020-01-01 00:00:00+00")
    ],
    "(x = ANY (ARRAY[1, 2, 3]))": [AcceptedValues("x", (1, 2, 3))],
    "(total = 1)": [AcceptedValues("total", (1,))],
    "(status = ANY (ARRAY['new'::text, 'it''s'::text]))": [
        AcceptedValues("status", ("new", "it's"))
    ],
    "((email)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))": [
        AcceptedValues("email", ("a", "b"))
    ],
    "(code = 'de'::bpchar)": [AcceptedValues("code", ("de",))],
    "((email)::text ~~ '%@%'::text)": [Pattern("email", "%@%")],
}


@pytest.mark.parametrize(("condition", "rules"), TRANSLATED.items())
def test_a_condition_becomes_a_rule(condition, rules):
    assert list(translate(condition, COLUMNS)) == rules


@pytest.mark.parametrize(
    "condition",
    [
        "((total)::integer > 0)",  # rounds
        "(x >= (1.5)::integer)",
        "(total > 1.555)",  # lies between two values
        "(n > (0)::numeric)",  # there is no next value
        "(rough > (0)::numeric)",
        "(r >= (0)::double precision)",
        "(d > '2020-01-01'::date)",
        "(status > 'a'::text)",  # depends on the collation
        "(ci = 'a'::citext)",  # ignores case
        "(code ~~ 'a%'::text)",
        "(status = ('ab'::character varying(1))::text)",
        "(status <> ALL (ARRAY['x'::text]))",
        "(x = ANY (ARRAY[1, NULL::integer]))",
        "((x > 0) OR (total > (0)::numeric))",
        "(NOT (x > 0))",
        "((x > 0) IS TRUE)",
        "(x >= total)",
        "(length(status) > 3)",
        "((x % (2)::bigint) = 0)",
        "(x <> 3)",
        "(y > 0)",
        "b",
        "(((",
        "(" * 60 + "x > 0" + ")" * 60,
    ],
)
def test_other_conditions_have_no_counterpart(condition):
    assert translate(condition, COLUMNS) == ()

"""The exact text of the restriction to rows at or behind a position."""

import pytest

from pipeline.designs.model.design import Column
from pipeline.names import TableName
from pipeline.sql.upstream.extract import Extract, PageRange, count_too_long, select
from pipeline.sql.upstream.since import Since

NAME = TableName("s", "t")
AT = Since("at", "2026-11-21 03:04:05.000006+00", "timestamptz")


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        (AT, """"at" >= '2026-11-21 03:04:05.000006+00'::timestamptz"""),
        (Since("id", "7", "int8", nulls=True), """("id" >= '7'::int8 OR "id" IS NULL)"""),
        (Since("at", "7"), """"at" >= '7'"""),
        (Since('a"%', "' OR 100%", "numeric"), """"a""%" >= ''' OR 100%'::numeric"""),
    ],
)
def test_rows_at_or_behind_a_position_are_selected(since: Since, expected: str) -> None:
    selected = select(Extract(NAME, (Column("a"),), since=since)).text
    assert selected == f'SELECT\n  "a" AS "a"\nFROM "s"."t"\nWHERE {expected}'


def test_the_restriction_holds_beside_condition_range_and_limit() -> None:
    column = Column("a", "varchar(3)", too_long="truncate")
    extract = Extract(NAME, (Column("a"),), "x OR y -- z", 5, AT)
    assert select(extract, PageRange(NAME, 1)).text.split("\n")[2:] == [
        'FROM ONLY "s"."t"',
        "WHERE (x OR y -- z",
        "  )",
        """  AND "at" >= '2026-11-21 03:04:05.000006+00'::timestamptz""",
        "  AND ctid >= '(1,0)'::tid",
        "LIMIT 5",
    ]
    counting = count_too_long(Extract(NAME, (column,), since=AT))
    assert counting is not None
    assert counting.text.endswith(f"""WHERE "at" >= '{AT.position}'::timestamptz\n) AS computed""")

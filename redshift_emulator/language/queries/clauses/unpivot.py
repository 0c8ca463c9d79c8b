"""UNPIVOT: the query that it means, and what its clause shares with that of PIVOT.

https://docs.aws.amazon.com/redshift/latest/dg/r_FROM_clause-pivot-unpivot-examples.html
"""

from collections.abc import Sequence

from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.language.fill import fill
from redshift_emulator.language.long_names import NAMES
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.tokens import quoted
from redshift_emulator.language.words import RESERVED

QUERY = "SELECT {items:sql} FROM {table:sql} {end:sql}"
_PLACE = "unpivoted_place"


def take_unpivot(parser: Parser, table: str, columns: Sequence[str]) -> str:
    """Take UNPIVOT [nulls] (value FOR name IN (column alias, ...)); return its query."""
    parser.expect("unpivot")
    nulls = parser.accept_any("include", "exclude")
    if nulls:
        parser.expect("nulls")
    parser.expect_operator("(")
    value = parser.take_name()
    parser.expect("for")
    name = parser.take_name()
    parser.expect("in")
    parser.expect_operator("(")
    listed = parser.take_list(lambda: _take_column(parser))
    parser.expect_operator(")")
    parser.expect_operator(")")
    used = [column for column, _ in listed]
    check_known(columns, used)
    names, values, rows = [], [], []
    for number, (column, label) in enumerate(listed):
        shown = NAMES.restored(label).replace("\\", "\\\\").replace("'", "''")
        names.append(f"WHEN {number} THEN '{shown}'::varchar")
        values.append(f"WHEN {number} THEN {quoted(column)}")
        rows.append(f"SELECT {number} AS {_PLACE}")
    others = "".join(f"{quoted(each)}, " for each in columns if each not in used)
    cases = [f"CASE {_PLACE} {' '.join(each)} END" for each in (names, values)]
    items = f"{others}{cases[0]} AS {quoted(name)}, {cases[1]} AS {quoted(value)}"
    end = "" if nulls == "include" else f"WHERE {cases[1]} IS NOT NULL"
    source = f"{table} CROSS JOIN ({' UNION ALL '.join(rows)}) AS {_PLACE}s"
    return fill(QUERY, items=items, table=source, end=end)


def _take_column(parser: Parser) -> tuple[str, str]:
    """Take ``column [[AS] alias]``; return both."""
    column = parser.take_name()
    return column, take_alias(parser) or column


def take_alias(parser: Parser) -> str | None:
    """Take ``[AS] alias``, or nothing."""
    if parser.accept("as"):
        return parser.take_name()
    token = parser.peek
    is_alias = token is not None and token.is_name and token.value not in RESERVED
    return parser.take_name() if is_alias else None


def check_known(columns: Sequence[str], used: Sequence[str]) -> None:
    """Refuse names that are not among the columns of the table."""
    for name in used:
        if name not in columns:
            raise RedshiftError(f'column "{name}" does not exist', sqlstate="42703")

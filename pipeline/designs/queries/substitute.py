"""Replace words of a query's text, and leave everything else of it as it is, byte for byte."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping

from sqlglot import exp

from pipeline.designs.queries.parse import parse, relations_read
from pipeline.designs.queries.tokens import positions
from pipeline.names import fold

Clock = Callable[[dt.datetime], str]


def _timestamp(now: dt.datetime) -> str:
    return f"CAST('{now.replace(tzinfo=None)}' AS timestamp)"


def _with_zone(now: dt.datetime) -> str:
    return f"CAST('{now.replace(tzinfo=None)}+00' AS timestamptz)"


FUNCTIONS: Mapping[str, Clock] = {
    "getdate": _timestamp,
    **dict.fromkeys(
        ("now", "transaction_timestamp", "statement_timestamp", "clock_timestamp"), _with_zone
    ),
}
"""Functions that read the clock, written with ``()``."""

KEYWORDS: Mapping[str, Clock] = {
    "sysdate": _timestamp,
    "current_date": lambda now: f"CAST('{now.date()}' AS date)",
    "current_timestamp": _with_zone,
    "current_time": lambda now: f"CAST('{now.time()}+00' AS timetz)",
    "localtimestamp": _timestamp,
    "localtime": lambda now: f"CAST('{now.time()}' AS time)",
}
"""Keywords that read the clock.

https://docs.aws.amazon.com/redshift/latest/dg/Date_functions_header.html
"""


def fix_clock(sql: str, now: dt.datetime) -> str:
    """Replace the functions that read the clock by a time in UTC: ``GETDATE() - 1``.

    That becomes ``CAST('2026-11-28 03:00:00' AS timestamp) - 1``. Strings, quoted names, columns
    such as ``o.sysdate`` and comments stay.
    """
    words = [*positions(sql), ("", len(sql), len(sql)), ("", len(sql), len(sql))]
    replaced = []
    before = ""
    for number, (word, start, end) in enumerate(words[:-2]):
        (following, *_), (last, _, close) = words[number + 1 : number + 3]
        if before != "." and word in KEYWORDS:
            replaced.append((start, end, KEYWORDS[word](now)))
        elif before != "." and word in FUNCTIONS and (following, last) == ("(", ")"):
            replaced.append((start, close, FUNCTIONS[word](now)))
        before = word
    return _substituted(sql, replaced)


def move(sql: str, schemas: Mapping[str, str]) -> str:
    """Replace the schemas of the relations that a query reads: ``www.orders`` by ``"x"."orders"``.

    ``schemas`` holds the new name of each. Only the name of the schema is replaced, so the table
    is called as before in the rest of the query.
    """
    read = relations_read(tree := parse(sql, "query"))
    known = {(fold(table.db), fold(table.name)) for table in read}
    nodes: list[exp.Table | exp.Column] = [*read]
    nodes += [
        column
        for column in tree.find_all(exp.Column)
        if (fold(column.db), fold(column.table)) in known
    ]
    places = {(node.args["db"].meta["start"], fold(node.db), node.args["db"]) for node in nodes}
    return _substituted(
        sql,
        sorted(
            (start, name.meta["end"] + 1, f'"{schemas[schema]}"')
            for start, schema, name in places
            if schema in schemas
        ),
    )


def _substituted(sql: str, replaced: Iterable[tuple[int, int, str]]) -> str:
    parts, done = [], 0
    for start, end, text in replaced:
        parts += [sql[done:start], text]
        done = end
    return "".join([*parts, sql[done:]])

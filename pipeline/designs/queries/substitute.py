"""Replace words of a query's text, and leave everything else of it as it is, byte for byte."""

import datetime as dt
from collections.abc import Iterable, Mapping

from sqlglot import exp

from pipeline.designs.queries.parse import parse, relations_read
from pipeline.designs.queries.tokens import positions
from pipeline.names import fold


def fix_clock(sql: str, now: dt.datetime) -> str:
    """Replace the functions that read the clock by a time in UTC: ``GETDATE() - 1``.

    That becomes ``CAST('2026-11-28 03:00:00' AS timestamp) - 1``. These are GETDATE(), SYSDATE and
    CURRENT_DATE; all others, such as NOW(), only the leader node has, so Redshift refuses them in
    a query of tables. Strings, quoted names, columns such as ``o.sysdate`` and comments stay.
    https://docs.aws.amazon.com/redshift/latest/dg/Date_functions_header.html
    """
    timestamp = f"CAST('{now}' AS timestamp)"
    words = [*positions(sql), ("", len(sql), len(sql)), ("", len(sql), len(sql))]
    replaced = []
    before = ""
    for number, (word, start, end) in enumerate(words[:-2]):
        (opening, *_), (closing, _, last) = words[number + 1 : number + 3]
        if word == "sysdate" and before != ".":
            replaced.append((start, end, timestamp))
        elif word == "current_date" and before != ".":
            replaced.append((start, end, f"CAST('{now.date()}' AS date)"))
        elif (word, opening, closing) == ("getdate", "(", ")") and before != ".":
            replaced.append((start, last, timestamp))
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

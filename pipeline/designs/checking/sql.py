"""The relations and the SQL that checks read."""

from dataclasses import replace

from pipeline.designs.model.checks import RELATION, Check, Query, Relationship, SumEquals
from pipeline.designs.model.design import Design
from pipeline.errors import Fault
from pipeline.names import TableName

ROWS = TableName("etl", "_rows_")
"""The name for ``{relation}`` that the parser gets; equally long, so that positions stay."""


def sql_of(check: Check) -> str | None:
    """Return the SQL of a check that reads relations, with ``ROWS`` for what is checked."""
    match check.rule:
        case Query(sql) | SumEquals(query=sql):
            return sql.replace(RELATION, str(ROWS))
    return None


def reads_of(check: Check) -> frozenset[TableName]:
    """Return the relations that a check reads; DesignError if its query is not one SELECT."""
    if isinstance(check.rule, Relationship):
        return frozenset({check.rule.table})
    sql = sql_of(check)
    if sql is None:
        return frozenset()
    from pipeline.designs.queries.parse import analyze  # noqa: PLC0415  (few runs parse a query)

    return frozenset(analyze(sql).reads) - {ROWS}


def assumed_by(check: Check) -> frozenset[TableName]:
    """Return the names in a check's SQL that count as no relation; DesignError as above."""
    sql = sql_of(check)
    if sql is None:
        return frozenset()
    from pipeline.designs.queries.parse import analyze  # noqa: PLC0415  (few runs parse a query)

    return frozenset(analyze(sql).assumed)


def as_query(design: Design, check: Check) -> Design:
    """Return a derived relation whose query is that of a check, to resolve its columns.

    It has no columns of its own: what the query returns is not inserted.
    """
    return replace(design, columns=(), query=sql_of(check), reads=(*design.checks_read, ROWS))


def explain(design: Design, fault: Fault) -> str:
    """Return a fault in the SQL of a check as a message, with its line in the SQL if not 1."""
    message = fault.message.replace(str(ROWS), str(design.name)).replace(ROWS.table, RELATION)
    return message if fault.line in {None, 1} else f"line {fault.line}: {message}"

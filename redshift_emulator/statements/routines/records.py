"""The columns of the queries whose rows become the values of variables and records."""

from collections.abc import Iterable
from dataclasses import replace

from redshift_emulator.language.computed.decimals import Decimal
from redshift_emulator.language.computed.types import column
from redshift_emulator.language.types import RedshiftType
from redshift_emulator.session.relations import type_of
from redshift_emulator.session.session import Session
from redshift_emulator.statements.queries.analysis import analyze

_COMPUTED = RedshiftType("decimal")


def result_columns(
    session: Session, sql: str, described: Iterable[tuple[str, int, int]]
) -> list[tuple[str, RedshiftType]]:
    """Return the names and types of a query's columns, with the precisions of computed decimals.

    ``sql`` is the query for PostgreSQL, ``described`` its columns as PostgreSQL describes them.
    A decimal whose precision does not follow from the operands has none.
    """
    columns = [(name, type_of(session, number, modifier)) for name, number, modifier in described]
    if all(kind != _COMPUTED for _, kind in columns):
        return columns
    queries = analyze(session, sql) or []
    found = [column(queries[0], place) if queries else None for place in range(len(columns))]
    return [
        (name, _with_precision(kind, computed))
        for (name, kind), computed in zip(columns, found, strict=True)
    ]


def _with_precision(kind: RedshiftType, computed: object) -> RedshiftType:
    if kind == _COMPUTED and isinstance(computed, Decimal):
        return replace(kind, precision=computed.precision, scale=computed.scale)
    return kind

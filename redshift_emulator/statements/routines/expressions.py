"""Expressions and queries of procedures: their rewriting, their columns and their rows."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from redshift_emulator.language.computed.decimals import Decimal
from redshift_emulator.language.computed.types import column
from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.language.fill import fill
from redshift_emulator.language.tokens import Statement, split
from redshift_emulator.language.types import RedshiftType
from redshift_emulator.session.relations import type_of
from redshift_emulator.session.session import Session
from redshift_emulator.statements.queries.analysis import analyze
from redshift_emulator.statements.queries.rewrite import rewritten
from redshift_emulator.statements.routines.variables import Value, shown_type, written

Columns = list[tuple[str, RedshiftType]]
Rows = Sequence[tuple[Value, ...]]

_COMPUTED = RedshiftType("decimal")
_PROBE = "SELECT * FROM ({query:sql}) AS probed LIMIT 0"
_EXACT = "SELECT {listed:sql} FROM ({query:sql}) AS exact ({names:sql})"
_FLOATS = frozenset({700, 701})  # PostgreSQL's numbers of REAL and DOUBLE PRECISION


def is_no_literal(kind: RedshiftType) -> bool:
    """Return whether a literal would be another value than that which the text shows."""
    return kind.name in {"super", "varbyte"}


def is_float(kind: RedshiftType) -> bool:
    """Return whether a type is a floating-point type."""
    return kind.name in {"real", "double precision"}


def exact(sql: str, kind: RedshiftType | None) -> str:
    """Return the query of one value with all its digits, if it is of a floating-point type."""
    if kind is None or not is_float(kind):
        return sql
    return fill(_EXACT, listed="pg_internal.exact_digits(value)", query=sql, names="value")


def fetch_exactly(session: Session, sql: str) -> tuple[list[tuple[str, RedshiftType]], Rows]:
    """Run a query for PostgreSQL; return its columns and rows, with all digits of its floats."""
    described = session.backend.describe(fill(_PROBE, query=sql))
    text = sql
    if any(number in _FLOATS for _, number, _ in described):
        names = [f'"column {place}"' for place in range(len(described))]
        values = [
            f"pg_internal.exact_digits({name})" if number in _FLOATS else name
            for name, (_, number, _) in zip(names, described, strict=True)
        ]
        text = fill(_EXACT, listed=", ".join(values), query=sql, names=", ".join(names))
    rows = session.query(text)
    return result_columns(session, sql, described), rows


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


class Expressions:
    """Evaluates texts in which the variables have been replaced."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def evaluate(self, text: str, kind: RedshiftType | None = None) -> Value:
        """Return the value of an expression, converted to a type."""
        cast = text if kind is None else f"CAST({text} AS {shown_type(kind)})"
        query = split(f"SELECT {cast}", case_sensitive=self._session.case_sensitive)[0]
        with rewritten(query, self._session) as (select, _):
            ((value,),) = self._session.query(exact(select.sql.text, kind))
        return value

    def convert(
        self, value: Value, kind: RedshiftType, source: RedshiftType | None = None
    ) -> Value:
        """Return a value converted to a type, from the type ``source`` if it is known."""
        return None if value is None else self.evaluate(written(value, source), kind)

    def query(self, text: str) -> tuple[Columns, Rows]:
        """Run one query; return its columns and rows."""
        with rewritten(self.parse_query(text), self._session) as (query, _):
            return fetch_exactly(self._session, query.sql.text)

    def parse_query(self, text: str) -> Statement:
        """Parse the text of one query, which may be in parentheses."""
        statements = split(text, case_sensitive=self._session.case_sensitive)
        tokens = statements[0].tokens if len(statements) == 1 else ()
        words = [token for token in tokens if not token.is_operator("(")]
        if not words or not words[0].is_word("select", "with"):
            raise RedshiftError("INTO, FOR and OPEN take one query", sqlstate="42601")
        return statements[0]

"""CONNECT BY, as a recursive common table expression.

``SELECT id FROM e START WITH s CONNECT BY PRIOR id = boss`` becomes ``SELECT id FROM (WITH
RECURSIVE "connect by" (level, ...) AS (SELECT 1, * FROM e WHERE s UNION ALL SELECT level + 1, e.*
FROM "connect by" JOIN e ON ...) SELECT * FROM "connect by") AS e``. Inside of FROM, it leaves the
client's own WITH as it is, and START WITH may refer to the query around.
https://docs.aws.amazon.com/redshift/latest/dg/r_CONNECT_BY_clause.html
"""

from collections.abc import Sequence
from dataclasses import dataclass

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.fill import fill
from redshift_emulator.language.oracle.selects import Columns, Select, Selects, alias_of, outer
from redshift_emulator.language.queries.names.functions import INTERNAL
from redshift_emulator.language.queries.text.splice import Splice, Spliced
from redshift_emulator.language.tokens import Kind, Statement, quoted, syntax_error
from redshift_emulator.language.words import HIERARCHY

# The functions that this module adds, which queries of clients must not call.
ADDED: frozenset[tuple[str | None, str]] = frozenset({(INTERNAL, "way")})
# Of Oracle; not in Redshift's documentation.
_UNKNOWN = ("nocycle", "connect_by_root", "connect_by_isleaf", "connect_by_iscycle", "siblings")
_PARENT, _LEVEL = "prior", "level"
_CTE = """WITH RECURSIVE {name:name} ({columns:sql}) AS (
SELECT 1, {root:sql}, {values:sql} FROM {table:sql} {start:sql}
UNION ALL
SELECT {parent:name}.{level:name} + 1, {way:sql}, {values:sql}
FROM {name:name} AS {parent:name} ({parents:sql}) JOIN {table:sql} ON {condition:sql}
) SELECT * FROM {name:name}"""


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """A SELECT with CONNECT BY."""

    statement: Statement
    first: int
    selects: Selects
    select: Select
    alias: str

    @classmethod
    def find(cls, statement: Statement, first: int) -> "Hierarchy | None":
        """Return the first one of a statement, or None."""
        if not any(token.is_word("connect") for token in statement.tokens[first:]):
            return None
        selects = Selects(statement, first)
        for select in sorted(selects.found, key=lambda each: each.first):
            if "connect" in select.clauses and "from" in select.clauses:
                alias = _table(statement, selects, select)
                return cls(statement, first, selects, select, alias)
        return None

    def replaced(self, columns: Columns) -> Spliced:
        """Return the statement with a common table expression instead."""
        self._check()
        tokens = self.statement.tokens
        table = self._text("from")
        names = columns(self.selects.query_of(self.statement, self.select, table))
        if _LEVEL in names:
            raise NotSupportedError(
                'CONNECT BY of a table with a column "level": not supported by the emulator'
            )
        splice = Splice(self.statement.text)
        self._expand_stars(splice, names)
        first, last = self.select.part("from") or (0, 0)
        new = f"({self._cte(table, names)}) AS {quoted(self.alias)}"
        splice.replace(tokens[first].start, tokens[last - 1].end, new)
        for clause in ("start", "connect"):
            if part := self.select.part(clause):
                splice.replace(tokens[part[0] - 2].start, tokens[part[1] - 1].end, "")
        return splice.apply(tokens[self.first].start, tokens[-1].end)

    def _check(self) -> None:
        """Refuse what is not documented for Redshift, or not supported."""
        tokens = self.statement.tokens
        if not tokens[self.first].is_word("select", "with") and not tokens[self.first].is_operator(
            "("
        ):
            raise NotSupportedError(
                "CONNECT BY in UPDATE and DELETE: not supported by the emulator"
            )
        if any(token.value == HIERARCHY for token in tokens[self.first :]):
            raise NotSupportedError("more than one CONNECT BY: not supported by the emulator")
        connect = self.select.part("connect") or (0, 0)
        inside = set(range(*connect))
        for index in range(self.select.first, self.select.last):
            token = tokens[index]
            if token.is_word(*_UNKNOWN):
                raise NotSupportedError(f"{token.value.upper()} is not supported")
            if token.is_word("prior") and index not in inside:
                raise NotSupportedError(
                    "PRIOR outside of CONNECT BY: not supported by the emulator"
                )
        if not any(tokens[index].is_word("prior") for index in inside):
            raise RedshiftError("CONNECT BY needs PRIOR in a condition", sqlstate="42601")

    def _cte(self, table: str, names: Sequence[str]) -> str:
        values = [f"{quoted(self.alias)}.{quoted(name)}" for name in names]
        row = ", ".join(values)
        listed = [quoted(_LEVEL), '"connect by way"', *map(quoted, names)]
        parents = [
            quoted(_LEVEL),
            '"connect by way"',
            *(quoted(f"prior {name}") for name in names),
        ]
        start = self._text("start")
        way = f'{quoted(_PARENT)}."connect by way"'
        return fill(
            _CTE,
            name=HIERARCHY,
            parent=_PARENT,
            level=_LEVEL,
            columns=", ".join(listed),
            parents=", ".join(parents),
            values=row,
            root=f"{INTERNAL}.way(NULL, ({row}, NULL))",
            way=f"{INTERNAL}.way({way}, ({row}, NULL))",
            table=table,
            start=f"WHERE {start}" if start else "",
            condition=self._condition(names),
        )

    def _condition(self, names: Sequence[str]) -> str:
        """Return the condition between a row and its parent."""
        tokens = self.statement.tokens
        first, last = self.select.part("connect") or (0, 0)
        splice = Splice(self.statement.text)
        index = first
        while index < last:
            token = tokens[index]
            if token.is_word("prior"):
                end = self._end_of_operand(index + 1)
                splice.replace(token.start, token.end, "")
                self._of_parent(splice, index + 1, end, names)
                index = end
                continue
            if token.is_word(_LEVEL) and not tokens[index - 1].is_operator("."):
                level = f"({quoted(_PARENT)}.{quoted(_LEVEL)} + 1)"
                splice.replace(token.start, token.end, level)
            index += 1
        return splice.apply(tokens[first].start, tokens[last - 1].end).text

    def _of_parent(self, splice: Splice, first: int, last: int, names: Sequence[str]) -> None:
        """Replace the columns of an operand of PRIOR by those of the parent row."""
        tokens = self.statement.tokens
        found = False
        for index in range(first, last):
            is_column = tokens[index].is_name and tokens[index].value in names
            if not is_column or (index + 1 < last and tokens[index + 1].is_operator(".")):
                continue
            start = index - 2 * (index - 2 >= first and tokens[index - 1].is_operator("."))
            column = f"{quoted(_PARENT)}.{quoted(f'prior {tokens[index].value}')}"
            splice.replace(tokens[start].start, tokens[index].end, column)
            found = True
        if not found:
            name = self.statement.slice(first, last)
            raise RedshiftError(f'column "{name}" does not exist', sqlstate="42703")

    def _end_of_operand(self, index: int) -> int:
        """Return the token after a name, a call or an expression in parentheses."""
        tokens, pairs = self.statement.tokens, self.selects.pairs
        if index < len(tokens) and index in pairs:
            return pairs[index] + 1
        if index >= len(tokens) or not tokens[index].is_name:
            raise syntax_error("prior")
        index += 1
        while index + 1 < len(tokens) and tokens[index].is_operator("."):
            index += 2
        return pairs.get(index, index - 1) + 1

    def _expand_stars(self, splice: Splice, names: Sequence[str]) -> None:
        """Replace ``*`` of the select list, which has no LEVEL."""
        tokens = self.statement.tokens
        row = ", ".join(f"{quoted(self.alias)}.{quoted(name)}" for name in names)
        for index in outer(self.selects.pairs, *(self.select.part("select") or (0, 0))):
            before = tokens[index - 1]
            if not tokens[index].is_operator("*"):
                continue
            if before.is_operator("."):
                splice.replace(tokens[index - 2].start, tokens[index].end, row)
            elif before.is_operator(",") or before.is_word("select", "distinct", "all"):
                splice.replace(tokens[index].start, tokens[index].end, row)

    def _text(self, clause: str) -> str:
        part = self.select.part(clause)
        return self.statement.slice(*part) if part else ""


def _table(statement: Statement, selects: Selects, select: Select) -> str:
    """Return the name of the table of FROM, which must be the only one."""
    first, last = select.part("from") or (0, 0)
    for index in outer(selects.pairs, first, last):
        token = statement.tokens[index]
        if token.is_operator(",") or token.is_word("join"):
            raise NotSupportedError("CONNECT BY of a join: not supported by the emulator")
    name = alias_of(statement.tokens[first:last])
    if name is None or statement.tokens[last - 1].kind not in {Kind.WORD, Kind.QUOTED}:
        raise NotSupportedError("CONNECT BY of a table without a name: not supported")
    return name

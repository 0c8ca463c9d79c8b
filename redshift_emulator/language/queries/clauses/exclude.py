"""SELECT * EXCLUDE: where it stands, and the query without it.

https://docs.aws.amazon.com/redshift/latest/dg/r_EXCLUDE_list.html
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.queries.text.splice import Splice, Spliced
from redshift_emulator.language.tokens import Kind, Statement, Token, quoted

_SETS = ("union", "intersect", "except", "minus")
_AFTER_LIST = (*_SETS, "from", "into", "where", "group", "order", "limit", "having")
_BEFORE = ("select", "distinct", "all")
_AFTER_SELECT = (*_SETS, "order", "limit", "offset")


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A SELECT with EXCLUDE: its tokens, those of the clause, and the excluded columns.

    ``before`` is the number of columns before the asterisk.
    """

    first: int
    last: int
    clause: tuple[int, int]
    names: tuple[str, ...]
    before: int
    distinct: bool


def find_exclusion(statement: Statement, first: int) -> Exclusion | None:
    """Return the first SELECT with EXCLUDE behind an asterisk, or None."""
    tokens = statement.tokens
    selects: list[int | None] = [None]
    for index in range(first, len(tokens)):
        token = tokens[index]
        if token.is_operator("("):
            selects.append(None)
        elif token.is_operator(")") and len(selects) > 1:
            selects.pop()
        elif token.is_word("select"):
            selects[-1] = index
        elif token.is_word("exclude") and _is_clause(tokens, index):
            select = selects[-1]
            if select is not None:
                return _exclusion(statement, first, select, index)
    return None


def _is_clause(tokens: Sequence[Token], index: int) -> bool:
    """Return whether EXCLUDE ends a select list, and is not a name."""
    if index + 1 == len(tokens):
        return False
    before, after = tokens[index - 1], tokens[index + 1]
    if not (after.is_operator("(") or (after.is_name and not after.is_word(*_AFTER_LIST))):
        return False
    if before.kind is Kind.OPERATOR:
        return before.value in {"*", ")"}
    return not before.is_word("select", "distinct", "all", "as")


def _exclusion(statement: Statement, first: int, select: int, index: int) -> Exclusion:
    if statement.tokens[first].is_word("with") and not _is_outer(statement, first, select):
        message = "EXCLUDE in a subquery of a query with WITH: not supported by the emulator"
        raise NotSupportedError(message)
    parser = Parser(statement, index + 1)
    if parser.at_operator("("):
        names = parser.take_names()
    else:
        names = tuple(parser.take_list(parser.take_name))
    distinct = statement.tokens[select + 1].is_word("distinct")
    alone = distinct or _is_branch(statement, select) or _has_ordinal(statement, select)
    if alone and statement.tokens[select + 1 + distinct].is_word("top"):
        what = "EXCLUDE with TOP and DISTINCT, a set operation or an ORDER BY of numbers"
        raise NotSupportedError(f"{what}: not supported by the emulator")
    last = _end(statement, select, _AFTER_SELECT if alone else _SETS)
    before = _columns_before(statement, select + 1, index)
    return Exclusion(select, last, (index, parser.position), names, before, distinct)


def _is_branch(statement: Statement, select: int) -> bool:
    """Return whether a SELECT follows UNION or the like: what orders the rows is not its own."""
    before = select - 1 - (select > 0 and statement.tokens[select - 1].is_word("all", "distinct"))
    return before >= 0 and statement.tokens[before].is_word(*_SETS)


def _has_ordinal(statement: Statement, select: int) -> bool:
    """Return whether an ORDER BY has a number, which counts the columns that remain."""
    start, end = _end(statement, select, ("order", *_SETS)), _end(statement, select, _SETS)
    tokens = statement.tokens[start:end]
    return any(
        token.kind is Kind.NUMBER and (before.is_word("by") or before.is_operator(","))
        for before, token in pairwise(tokens)
    )


def _columns_before(statement: Statement, first: int, last: int) -> int:
    """Return the number of columns before the asterisk of a list, which must be the only one."""
    depth = count = 0
    found: int | None = None
    for before, token in pairwise(statement.tokens[first - 1 : last]):
        depth += token.is_operator("(") - token.is_operator(")")
        count += depth == 0 and token.is_operator(",")
        if token.is_operator("*") and (before.is_operator(".", ",") or before.is_word(*_BEFORE)):
            if found is not None:
                raise NotSupportedError("EXCLUDE behind another *: not supported by the emulator")
            found = count
    return found or 0


def _is_outer(statement: Statement, first: int, select: int) -> bool:
    """Return whether a SELECT is in no parentheses."""
    tokens = statement.tokens[first:select]
    return sum(t.is_operator("(") - t.is_operator(")") for t in tokens) == 0


def _end(statement: Statement, select: int, ends: Sequence[str]) -> int:
    depth = 0
    for index in range(select, len(statement.tokens)):
        token = statement.tokens[index]
        depth += token.is_operator("(") - token.is_operator(")")
        if depth < 0 or (depth == 0 and token.is_word(*ends)):
            return index
    return len(statement.tokens)


def probe(statement: Statement, first: int, found: Exclusion) -> str:
    """Return the SELECT without EXCLUDE, after the WITH of its query."""
    splice = Splice(statement.text)
    _remove(splice, statement, found)
    tokens = statement.tokens
    begin = first if tokens[first].is_word("with") else found.first
    return splice.apply(tokens[begin].start, tokens[found.last - 1].end).text


def without(statement: Statement, first: int, found: Exclusion, columns: Sequence[str]) -> Spliced:
    """Return the statement with the SELECT as a subquery, of which all other columns are read."""
    for name in found.names:
        if name not in columns[found.before :]:
            raise RedshiftError(f'column "{name}" does not exist', sqlstate="42703")
    kept = [
        f'"column {number}" AS {quoted(column)}'
        for number, column in enumerate(columns)
        if number < found.before or column not in found.names
    ]
    if not kept:
        raise RedshiftError("EXCLUDE leaves no columns", sqlstate="42601")
    listed = ", ".join(f'"column {number}"' for number in range(len(columns)))
    splice = Splice(statement.text)
    tokens = statement.tokens
    head = "SELECT DISTINCT" if found.distinct else "SELECT"
    splice.insert(tokens[found.first].start, " ".join((head, ", ".join(kept), "FROM (")))
    if found.distinct:
        distinct = tokens[found.first + 1]
        splice.replace(distinct.start, distinct.end, "")
    _remove(splice, statement, found)
    splice.insert(tokens[found.last - 1].end, f') AS "kept columns" ({listed})')
    return splice.apply(tokens[first].start, tokens[-1].end)


def _remove(splice: Splice, statement: Statement, found: Exclusion) -> None:
    start, end = found.clause
    splice.replace(statement.tokens[start].start, statement.tokens[end - 1].end, "")

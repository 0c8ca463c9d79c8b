"""The grammar of MERGE.

https://docs.aws.amazon.com/redshift/latest/dg/r_MERGE.html
"""

from dataclasses import dataclass

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.parser import Name, Parser
from redshift_emulator.language.tokens import Statement, syntax_error
from redshift_emulator.language.words import RESERVED

_SUPER_PART = "Partial reference of SUPER column is not supported in MERGE statement."
_MATCHED = ("when", "matched", "then")
_NOT_MATCHED = ("when", "not", "matched", "then")
_DUPLICATES = ("remove", "duplicates")


@dataclass(frozen=True, slots=True)
class Insert:
    """INSERT of a MERGE; no columns mean all of them, ``values`` begins with VALUES."""

    columns: tuple[str, ...]
    values: Statement


@dataclass(frozen=True, slots=True)
class Merge:
    """A MERGE; its parts are parts of the statement.

    ``source`` is the name of a table or view (then ``table`` is that, too) or a query.
    ``update`` begins with UPDATE SET or is DELETE; both clauses are None with REMOVE DUPLICATES.
    """

    target: Name
    table: Name | None
    source: Statement
    alias: str
    condition: Statement
    update: Statement | None
    insert: Insert | None


def parse_merge(parser: Parser) -> Merge:
    """Parse a MERGE statement."""
    statement = parser.statement
    parser.expect("merge", "into")
    target = parser.take_qualified()
    parser.expect("using")
    table, source = _parse_source(parser)
    alias = _parse_alias(parser, table)
    parser.expect("on")
    condition = parser.position
    end = len(statement.tokens)
    update = insert = None
    if statement.words_at_end(len(_DUPLICATES)) == _DUPLICATES:
        matched = end - len(_DUPLICATES)
    else:
        matched = _find_clause(parser, condition, _MATCHED)
        unmatched = _find_clause(parser, matched, _NOT_MATCHED)
        update = _part(statement, matched + len(_MATCHED), unmatched)
        insert = _parse_insert(parser, unmatched + len(_NOT_MATCHED))
    parts = Merge(
        target, table, source, alias, _part(statement, condition, matched), update, insert
    )
    _check_parts(parts)
    return parts


def _parse_source(parser: Parser) -> tuple[Name | None, Statement]:
    first = parser.position
    if not parser.accept_operator("("):
        table = parser.take_qualified()
        return table, _part(parser.statement, first, parser.position)
    if not (parser.at("select") or parser.at("with")):
        raise parser.fail()
    depth = 1
    while depth:
        token = parser.take()
        depth += token.is_operator("(") - token.is_operator(")")
    return None, _part(parser.statement, first + 1, parser.position - 1)


def _parse_alias(parser: Parser, table: Name | None) -> str:
    """Take ``[AS] alias``; a table's default alias is its name, a query needs one."""
    given = parser.accept("as")
    following = parser.peek
    if given or (following is not None and following.value not in RESERVED):
        return parser.take_name()
    if table is None:
        raise RedshiftError("subquery in USING must have an alias", sqlstate="42601")
    return table.name


def _parse_insert(parser: Parser, first: int) -> Insert:
    """Parse ``INSERT [(column, ...)] VALUES (value, ...)`` to the statement's end."""
    parser.position = first
    parser.expect("insert")
    columns = parser.take_names() if parser.at_operator("(") else ()
    if not parser.at("values"):
        raise parser.fail()
    statement = parser.statement
    return Insert(columns, _part(statement, parser.position, len(statement.tokens)))


def _find_clause(parser: Parser, first: int, words: tuple[str, ...]) -> int:
    """Return the position of ``WHEN [NOT] MATCHED THEN``, outside of parentheses."""
    tokens = parser.statement.tokens
    depth = 0
    for position in range(first, len(tokens) - len(words)):
        token = tokens[position]
        depth += token.is_operator("(") - token.is_operator(")")
        found = tokens[position : position + len(words)]
        if depth == 0 and all(map(lambda each, word: each.is_word(word), found, words)):
            return position
    raise RedshiftError(
        f"syntax error at end of input: MERGE needs {' '.join(words).upper()}", sqlstate="42601"
    )


def _part(statement: Statement, first: int, last: int) -> Statement:
    if first >= last:
        near = statement.tokens[min(first, len(statement.tokens) - 1)]
        raise syntax_error(statement.text[near.start : near.end])
    return Statement(statement.text, statement.tokens[first:last])


def _check_parts(command: Merge) -> None:
    values = command.insert.values if command.insert is not None else None
    for part in (command.condition, command.update, values):
        for token in part.tokens if part is not None else ():
            if token.is_operator("["):
                raise RedshiftError(_SUPER_PART, sqlstate="0A000")
            if token.is_word("select"):
                message = "a subquery in a clause of MERGE: not supported by the emulator"
                raise NotSupportedError(message)
    if not any(token.is_operator("=") for token in command.condition.tokens):
        raise NotSupportedError("the condition of MERGE needs a comparison with =")
    if command.update is not None:
        first = command.update.words(2)
        if first != ("update", "set") and command.update.source.lower() != "delete":
            raise syntax_error(first[0] if first else command.update.source)

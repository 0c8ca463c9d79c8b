"""String literals where a SUPER is expected: strings, which PostgreSQL would parse as JSON.

https://docs.aws.amazon.com/redshift/latest/dg/ingest-super.html
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from redshift_emulator.language.computed.constants import text
from redshift_emulator.language.computed.node_tree import Node, descendants
from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.language.parser import Name, Parser
from redshift_emulator.language.queries.names.functions import JSON_TYPE, OF_SUPER
from redshift_emulator.language.queries.text.rewriting import Given
from redshift_emulator.language.queries.text.splice import Splice, Spliced
from redshift_emulator.language.tokens import Kind, Statement, Token
from redshift_emulator.protocol.backend import BackendError
from redshift_emulator.session.relations import Relation
from redshift_emulator.session.session import Session
from redshift_emulator.statements.queries.analysis import analyzed
from redshift_emulator.statements.queries.plain import PlainQuery, rewriter_of

_INVALID_TEXT = "22P02"
_OF_JSON = "type json"
_BLANKS = {ord("0"): " ", ord("1"): "\t"}


def insert_target(statement: Statement, session: Session, first: int) -> list[Name]:
    """Return the table of INSERT INTO, if the query that begins at ``first`` is a part of it."""
    if first == 0 or not statement.tokens[0].is_word("insert"):
        return []
    return [Parser(statement, 2, session.database).take_qualified()]


def has_supers(statement: Statement, relations: Collection[Relation], head: str) -> bool:
    """Return whether a statement may have literals beside SUPER values."""
    if not any(token.kind is Kind.STRING for token in statement.tokens):
        return False
    return (
        head.startswith("MERGE")
        or any(relation.has_super for relation in relations)
        or any(token.is_name and token.value in OF_SUPER for token in statement.tokens)
    )


def super_literals(
    session: Session, query: PlainQuery, given: Given, views: dict[Name, str], head: str
) -> frozenset[int]:
    """Return the tokens of the literals that PostgreSQL's analysis takes for JSON."""
    query = _without_parameters(query, session)
    tokens = query.statement.tokens
    found: frozenset[int] = frozenset()

    def render(each: PlainQuery) -> Spliced:
        known = replace(given, supers=found)
        return rewriter_of(each, session, known).query(views).sql

    while True:
        sql = render(query)
        try:
            values = _json_values(analyzed(session, head + sql.text))
        except BackendError as error:
            if error.sqlstate != _INVALID_TEXT or _OF_JSON not in error.message:
                return found
            place = sql.origin(int(error.fields["P"]) - 1 - len(head))
            new = {index for index, token in enumerate(tokens) if token.start == place}
        else:
            alike = [
                index
                for index, token in enumerate(tokens)
                if token.kind is Kind.STRING and token.value in values and index not in found
            ]
            new = _of_marks(session, head, render, _marked(query, alike, session))
        if new <= found:
            return found
        found |= new


def _without_parameters(query: PlainQuery, session: Session) -> PlainQuery:
    """Replace parameters by NULL: a statement with parameters cannot be analyzed."""
    tokens = query.statement.tokens
    if not query.statement.parameters:
        return query
    splice = Splice(query.statement.text)
    for token in tokens[query.first :]:
        if token.kind is Kind.PARAMETER:
            splice.replace(token.start, token.end, "NULL")
    edit = splice.apply(tokens[0].start, tokens[-1].end)
    edited = query.edited(edit, session)
    return replace(edited, first=query.first)


def _marked(
    query: PlainQuery, places: Sequence[int], session: Session
) -> tuple[PlainQuery, dict[str, int]]:
    """Return a query whose literals at ``places`` differ, and their tokens by their texts.

    A literal ends with its number, written in blanks: JSON, numbers and dates ignore them.
    PostgreSQL's analysis does not tell where a constant stands.
    """
    tokens = query.statement.tokens
    splice = Splice(query.statement.text)
    marks: dict[str, int] = {}
    for number, index in enumerate(places, start=1):
        mark = f"{number:0{len(places).bit_length()}b}".translate(_BLANKS)
        splice.insert(_end_of_text(query.statement, tokens[index]), mark)
        marks[tokens[index].value + mark] = index
    edit = splice.apply(tokens[0].start, tokens[-1].end)
    return replace(query.edited(edit, session), first=query.first), marks


def _end_of_text(statement: Statement, token: Token) -> int:
    """Return where the text of a literal ends, before its quote or its dollars."""
    text = statement.text[token.start : token.end]
    return token.end - (text.index("$", 1) + 1 if text.startswith("$") else 1)


def _of_marks(
    session: Session,
    head: str,
    render: Callable[[PlainQuery], Spliced],
    marked: tuple[PlainQuery, dict[str, int]],
) -> set[int]:
    """Return the tokens of the marked literals that are JSON; all, if the marks do harm."""
    query, marks = marked
    if not marks:
        return set()
    try:
        values = _json_values(analyzed(session, head + render(query).text))
    except (BackendError, RedshiftError):
        return set(marks.values())
    return {index for text, index in marks.items() if text in values}


def _json_values(queries: Sequence[Node]) -> set[str]:
    """Return the texts of the JSON constants of a statement."""
    return {
        text(node) or ""
        for node in descendants(list(queries))
        if node.tag == "CONST" and node.number("consttype") == JSON_TYPE and node["constvalue"]
    }

"""What follows from PostgreSQL's analysis of a statement: scales of quotients, and refusals.

https://docs.aws.amazon.com/redshift/latest/dg/r_numeric_computations201.html
"""

from collections.abc import Callable, Iterator, Mapping

from redshift_emulator.language.computed.correlation import refuse_correlated
from redshift_emulator.language.computed.decimals import Decimal, quotient
from redshift_emulator.language.computed.node_tree import Node, own
from redshift_emulator.language.computed.sources import Scope
from redshift_emulator.language.computed.types import DIVIDE, infer, is_marked
from redshift_emulator.language.computed.unknown_columns import refuse_unknown_columns
from redshift_emulator.language.computed.whole_rows import may_have_rows, refuse_whole_rows
from redshift_emulator.language.errors import (
    UNKNOWN_SCALE,
    UNKNOWN_SCALE_HINT,
    NotSupportedError,
)
from redshift_emulator.language.parser import Name
from redshift_emulator.language.queries.expressions import Rewriter
from redshift_emulator.language.queries.text.rewriting import Query
from redshift_emulator.language.select_items import untyped_columns
from redshift_emulator.language.tokens import Kind, Statement, Token
from redshift_emulator.language.words import NO_FUNCTIONS, RESERVED
from redshift_emulator.session.session import Session
from redshift_emulator.statements.queries.analysis import analyze

_BEFORE_TABLES = ("from", "join", "as", "union", "all", "except", "minus", "intersect")
_WORDS_BESIDE = (RESERVED | NO_FUNCTIONS) - {"end", "over"}
_BESIDE = frozenset({",", "+", "-", "=", "<", ">", "<=", ">=", "<>", "!=", "||"})


def examined(
    session: Session,
    rewriter: Callable[[Mapping[int, str]], Rewriter],
    views: dict[Name, str],
    head: str = "",
    *,
    on_leader: bool = False,
) -> Query:
    """Rewrite a query after its examination; ``rewriter`` makes one with factors.

    ``views`` maps late-binding views to their replacements. ``head`` makes the query a statement
    if it is none itself, such as INSERT INTO t before VALUES. What the leader node runs alone
    (``on_leader``) may have any subqueries.
    """
    plain = rewriter({})
    span = plain.statement, plain.first, plain.last
    marked = divisions(*span)
    rows = may_have_rows(plain.statement, plain.shape, plain.first)
    untyped = untyped_columns(plain.statement, plain.first)
    on_nodes = not on_leader and (rows or has_subqueries(*span))
    if not (marked or untyped or on_nodes):
        return plain.query(views)
    factors = examine(
        session,
        marked,
        lambda factors: head + rewriter(factors).query(views).sql.text,
        untyped=untyped,
        on_leader=on_leader and not marked,
    )
    return rewriter(factors).query(views)


def examine(
    session: Session,
    divisions: Mapping[int, str],
    rewrite: Callable[[Mapping[int, str]], str],
    *,
    untyped: frozenset[str | None] = frozenset(),
    on_leader: bool = False,
) -> dict[int, str]:
    """Refuse correlated subqueries, and return the factors of the dividends of decimals.

    A factor, by the token of its ``/``, gives the quotient its scale. ``divisions`` maps the
    tokens to texts that are equal for equal quotients, ``rewrite`` renders the statement with
    factors. ``untyped`` are the literals without a type in select lists. Statements with
    parameters, which cannot be analyzed, keep PostgreSQL's scale, and their subqueries are not
    examined, as those that the leader node runs (``on_leader``).
    """
    numbers = {text: number for number, text in enumerate(dict.fromkeys(divisions.values()))}
    tree = _analyze(session, rewrite, {index: numbers[divisions[index]] for index in divisions})
    if tree is None and divisions:
        # equal expressions of GROUP BY may stand between different words
        numbers = dict.fromkeys(numbers, 0)
        tree = _analyze(session, rewrite, dict.fromkeys(divisions, 0))
    found: dict[int, int] = {}
    for query in tree or ():
        refuse_unknown_columns(query, untyped)
        if not on_leader:
            refuse_whole_rows(query)
            refuse_correlated(query)
        for number, scale in _quotients(query, ()):
            if scale is None or found.setdefault(number, scale) != scale:
                raise NotSupportedError(UNKNOWN_SCALE, hint=UNKNOWN_SCALE_HINT)
    return {
        index: f"ROW({found[numbers[text]]})::pg_internal.scale"
        for index, text in divisions.items()
        if numbers[text] in found
    }


def _analyze(
    session: Session, rewrite: Callable[[Mapping[int, str]], str], marks: Mapping[int, int]
) -> list[Node] | None:
    """Analyze the statement with its divisions marked; None if it has an error, or parameters."""
    factors = {index: f"ROW({mark})::pg_internal.mark" for index, mark in marks.items()}
    return analyze(session, rewrite(factors))


def _quotients(query: Node, outer: tuple[Node, ...]) -> Iterator[tuple[int, int | None]]:
    """Yield the number and the scale of each marked division of decimals in a query."""
    scope = Scope(query, outer)
    for node in own(query):
        if node.tag == "QUERY":
            yield from _quotients(node, (query, *outer))
        elif node.tag == "OPEXPR" and node.number("opno") == DIVIDE:
            mark = _mark(node["args"][0])
            if mark is None:
                continue
            match [infer(each, scope) for each in node["args"]]:
                case [Decimal() as dividend, Decimal() as divisor]:
                    yield mark, quotient(dividend, divisor).scale
                case _:
                    yield mark, None


def _mark(node: Node) -> int | None:
    """Return the number of the mark of a dividend, which may be converted to a decimal."""
    if node.tag == "FUNCEXPR" and node["args"]:
        return _mark(node["args"][0])
    if not is_marked(node):
        return None
    return int(node["args"][1]["args"][0]["constvalue"][2])


def divisions(statement: Statement, first: int, last: int) -> dict[int, str]:
    """Return the texts before and after each ``/``, by its token: two of ``a/b/c`` differ."""
    tokens = statement.tokens
    found: dict[int, str] = {}
    for index in range(first + 1, last - 1):
        if not tokens[index].is_operator("/"):
            continue
        if tokens[index - 1].kind is Kind.STRING:
            continue
        start = _edge(tokens, range(index - 1, first - 1, -1), "()")
        end = _edge(tokens, range(index + 1, last), ")(")
        operands = statement.slice(start, index), statement.slice(index + 1, end + 1)
        found[index] = "\0".join(operands)
    return found


def has_subqueries(statement: Statement, first: int, last: int) -> bool:
    """Return whether a statement has subqueries in expressions."""
    tokens = statement.tokens
    return any(
        tokens[index].is_operator("(")
        and tokens[index + 1].is_word("select", "with")
        and not tokens[index - 1].is_word(*_BEFORE_TABLES)
        for index in range(first + 1, last - 1)
    )


def _edge(tokens: tuple[Token, ...], way: range, parentheses: str) -> int:
    """Return the last index on a way that belongs to the operand at its beginning."""
    depth, reached = 0, way[0]
    for index in way:
        token = tokens[index]
        depth += token.is_operator(parentheses[1]) - token.is_operator(parentheses[0])
        ends = token.is_operator(*_BESIDE) or (
            token.kind is Kind.WORD and token.value in _WORDS_BESIDE
        )
        if depth < 0 or (depth == 0 and ends):
            break
        reached = index
    return reached

"""CALL.

https://docs.aws.amazon.com/redshift/latest/dg/r_CALL_procedure.html
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.fill import fill
from redshift_emulator.language.parser import Name, Parser
from redshift_emulator.language.procedures.arguments import Argument, parse_arguments
from redshift_emulator.language.procedures.body import parse_body
from redshift_emulator.language.procedures.nodes import REFCURSOR
from redshift_emulator.language.tokens import Statement, quoted, split
from redshift_emulator.protocol.backend import BackendError
from redshift_emulator.session.session import Session
from redshift_emulator.statements.queries.rewrite import rewritten
from redshift_emulator.statements.routines.definers import acting_as
from redshift_emulator.statements.routines.frame import Context, Dispatch
from redshift_emulator.statements.routines.interpreter import Interpreter
from redshift_emulator.statements.routines.recorded_calls import Call, recorded
from redshift_emulator.statements.routines.variables import Scope, Slot, Value, written

MOST_NESTED = 16
_FIND = """
SELECT p.prosrc, u.arguments, u.nonatomic,
    CASE WHEN p.prosecdef THEN pg_get_userbyid(p.proowner) END,
    (SELECT setting FROM unnest(p.proconfig) AS setting WHERE setting LIKE 'search_path=%'),
    (SELECT split_part(setting, '=', 2) FROM unnest(p.proconfig) AS setting
        WHERE setting LIKE 'rs.stored_proc_log_min_messages=%'),
    has_function_privilege(p.oid, 'EXECUTE') AND has_schema_privilege(n.oid, 'USAGE')
FROM pg_catalog.pg_proc AS p
JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
JOIN pg_internal.user_procedure AS u ON u.oid = p.oid
WHERE p.prokind = 'p' AND p.proname = {name}
    AND (n.nspname = {schema} OR {schema}::text IS NULL AND pg_function_is_visible(p.oid))"""


@dataclass(frozen=True, slots=True)
class Procedure:
    """A procedure to run; ``definer`` is the owner with whose privileges it runs, or empty."""

    source: str
    arguments: list[Argument]
    nonatomic: bool
    definer: str
    search_path: str
    """``search_path = "a", "b"`` or nothing."""
    log_level: str
    """The least level of messages that are logged, or nothing."""


def call(statement: Statement, session: Session, dispatch: Dispatch) -> str:
    """CALL name(value, ...): run a procedure; return a row of its output arguments."""
    name, values = _parse_call(Parser(statement, database=session.database))
    procedure = _find(session, name, len(values))
    if session.describes:
        _relay_outputs(session, procedure.arguments, [None] * len(procedure.arguments))
        return "CALL"
    if statement.parameters:
        raise RedshiftError("there is no parameter $1", sqlstate="42P02")
    context = Context.begin(session, dispatch, nonatomic=procedure.nonatomic)
    try:
        with recorded(session, statement, session.user) as running:
            runner = _Runner(context, running, session.user)
            results = runner.run(procedure, [value.source for value in values])
            context.transactions.finish()
    except BackendError as error:
        error.fields.pop("P", None)  # a position in another statement
        raise
    _relay_outputs(session, procedure.arguments, results)
    return "CALL"


def _relay_outputs(
    session: Session, arguments: Sequence[Argument], results: Sequence[Value]
) -> None:
    """Send the row of the output arguments."""
    texts, shown = [], []
    for number, (argument, result) in enumerate(zip(arguments, results, strict=True), 1):
        if argument.mode == "in":
            continue
        name = quoted(argument.name or f"column{number}")
        texts.append(f"{written(result, argument.type)} AS {name}")
        shown.append(f"{name}::refcursor" if argument.type == REFCURSOR else name)
    if not texts:
        return
    query = split(f"SELECT {', '.join(texts)}", case_sensitive=True)[0]
    with rewritten(query, session) as (select, _):
        text = select.sql.text
        if any(argument.type == REFCURSOR for argument in arguments):
            text = fill(
                "SELECT {shown:sql} FROM ({query:sql}) AS outputs",
                shown=", ".join(shown), query=text,
            )  # fmt: skip
        session.relay(text)


def _parse_call(parser: Parser) -> tuple[Name, list[Statement]]:
    parser.expect("call")
    name = parser.take_qualified()
    parser.expect_operator("(")
    values: list[Statement] = []
    if not parser.at_operator(")"):
        values = parser.take_list(lambda: _take_value(parser))
    parser.expect_operator(")")
    parser.expect_end()
    return name, values


def _take_value(parser: Parser) -> Statement:
    first, depth = parser.position, 0
    while depth or not (parser.at_operator(",") or parser.at_operator(")")):
        token = parser.take()
        depth += token.is_operator("(") - token.is_operator(")")
        if token.is_word("select"):
            raise NotSupportedError("queries cannot be arguments of CALL")
    if parser.position == first:
        raise parser.fail()
    statement = parser.statement
    return Statement(statement.text, statement.tokens[first : parser.position])


def _find(session: Session, name: Name, count: int) -> Procedure:
    """Find the procedure of a name with a number of input arguments, which the user may run."""
    found: list[tuple[Procedure, bool]] = []
    rows = session.query(fill(_FIND, name=name.name, schema=name.schema))
    for source, listed, nonatomic, definer, path, log_level, may in rows:
        statement = split(listed or "", case_sensitive=session.case_sensitive)[0]
        arguments = parse_arguments(Parser(statement))
        procedure = Procedure(
            source or "", arguments, nonatomic == "t", definer or "", path or "", log_level or ""
        )
        if sum(argument.mode != "out" for argument in arguments) == count:
            found.append((procedure, may == "t"))
    if not found:
        message = f"procedure {name} with {count} arguments does not exist"
        raise RedshiftError(message, sqlstate="42883")
    if len(found) > 1:
        message = f"procedure {name} is overloaded by types: not supported by the emulator"
        raise NotSupportedError(message)
    if not found[0][1]:
        message = f"permission denied for procedure {name.name}"
        raise RedshiftError(message, sqlstate="42501")
    return found[0][0]


class _Runner:
    """Runs a procedure with a user's privileges; ``depth`` counts the nested ones."""

    def __init__(self, context: Context, running: Call, user: str, depth: int = 1) -> None:
        self._context = context
        self._running = running
        self._user = user
        self._session = context.session
        self._depth = depth

    def run(self, procedure: Procedure, texts: Sequence[str]) -> list[Value]:
        """Run a procedure with expressions as its input; return all arguments' values."""
        if self._depth > MOST_NESTED:
            message = f"procedures cannot be nested more than {MOST_NESTED} levels deep"
            raise RedshiftError(message, sqlstate="54001")
        self._user = procedure.definer or self._user
        self._running.level = procedure.log_level or self._running.level
        scope = Scope()
        given = iter(texts)
        arguments = procedure.arguments
        for number, argument in enumerate(arguments, 1):
            slot = Slot(argument.type)
            if argument.mode != "out":
                value = self._context.expressions.evaluate(f"({next(given)})", argument.type)
                slot.set(argument.name, value)
            scope.slots[f"${number}"] = slot
            if argument.name:
                scope.slots[argument.name] = slot
        block = parse_body(procedure.source, case_sensitive=self._session.case_sensitive)
        with acting_as(self._session, procedure.definer), self._with_settings(procedure):
            Interpreter(self._context, scope, self._nested, self._running).run(block)
        return [scope.slots[f"${number}"].value for number in range(1, len(arguments) + 1)]

    @contextmanager
    def _with_settings(self, procedure: Procedure) -> Iterator[None]:
        """Count a procedure with SET while it runs, and set its search path."""
        transactions = self._context.transactions
        sets = bool(procedure.search_path or procedure.log_level)
        transactions.with_settings += sets
        try:
            with self._with_search_path(procedure.search_path):
                yield
        finally:
            transactions.with_settings -= sets

    @contextmanager
    def _with_search_path(self, search_path: str) -> Iterator[None]:
        """Set the search path; an error rolls it back."""
        if not search_path:
            yield
            return
        ((before,),) = self._session.query("SHOW search_path")
        self._session.run(f"SET LOCAL {search_path.replace('=', ' = ', 1)}")
        yield
        self._session.run(f"SET LOCAL search_path = {before or quoted('')}")

    def _nested(self, statement: Statement, variables: Scope) -> None:
        """Run a CALL of a procedure; its INOUT arguments are variables."""
        name, values = _parse_call(Parser(statement, database=self._session.database))
        procedure = _find(self._session, name, len(values))
        if procedure.nonatomic != self._context.transactions.nonatomic:
            message = "nested procedures must all be atomic or all NONATOMIC"
            raise NotSupportedError(message)
        if any(argument.mode == "out" for argument in procedure.arguments):
            raise NotSupportedError("a nested procedure cannot have OUT arguments, only INOUT")
        with recorded(self._session, statement, self._user, self._running) as running:
            inner = _Runner(self._context, running, self._user, self._depth + 1)
            results = inner.run(procedure, [variables.replaced(value) for value in values])
        for argument, value, result in zip(procedure.arguments, values, results, strict=True):
            if argument.mode != "inout":
                continue
            if len(value.tokens) != 1:
                message = "an INOUT argument of a nested CALL is a variable"
                raise RedshiftError(message, sqlstate="42601")
            target = value.tokens[0].value
            variables.get(target).assign(target, result)

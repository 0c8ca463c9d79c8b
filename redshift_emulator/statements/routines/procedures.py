"""CREATE PROCEDURE, DROP PROCEDURE and CALL.

PostgreSQL stores a procedure with its arguments and privileges; the emulator runs its body.
https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_PROCEDURE.html
"""

from collections.abc import Sequence
from dataclasses import dataclass

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.fill import fill
from redshift_emulator.language.parser import Name, Parser
from redshift_emulator.language.procedures.body import parse_body
from redshift_emulator.language.tokens import Kind, Statement, literal, quoted, split
from redshift_emulator.language.type_names import backend_type, parse_type
from redshift_emulator.language.types import RedshiftType
from redshift_emulator.protocol.backend import BackendError
from redshift_emulator.session.session import Session
from redshift_emulator.statements.queries.rewrite import rewritten
from redshift_emulator.statements.routines.interpreter import Dispatch, Interpreter
from redshift_emulator.statements.routines.variables import Scope, Slot, Value, written

MOST_ARGUMENTS = 32
MOST_NESTED = 16
_MODES = ("in", "out", "inout")
_FIND = """
SELECT p.prosrc, u.arguments,
    has_function_privilege(p.oid, 'EXECUTE') AND has_schema_privilege(n.oid, 'USAGE')
FROM pg_catalog.pg_proc AS p
JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
JOIN pg_internal.user_procedure AS u ON u.oid = p.oid
WHERE p.prokind = 'p' AND p.proname = {name}
    AND (n.nspname = {schema} OR {schema}::text IS NULL AND pg_function_is_visible(p.oid))"""
_SAVE = """
INSERT INTO pg_internal.user_procedure (oid, arguments)
VALUES ({signature}::regprocedure::oid, {arguments})
ON CONFLICT (oid) DO UPDATE SET arguments = excluded.arguments"""


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument; ``mode`` is in, out or inout."""

    name: str
    mode: str
    type: RedshiftType

    @property
    def sql(self) -> str:
        """The argument in PostgreSQL's SQL; its name may change when the procedure is replaced."""
        return f"{self.mode.upper()} {backend_type(self.type)}"


def create_procedure(statement: Statement, session: Session) -> str:
    """CREATE [OR REPLACE] PROCEDURE name (arguments) AS body LANGUAGE plpgsql."""
    parser = Parser(statement, database=session.database)
    parser.expect("create")
    replaces = "OR REPLACE " if parser.accept("or", "replace") else ""
    parser.expect("procedure")
    name = parser.take_qualified()
    first = parser.position
    arguments = _parse_arguments(parser)
    listed = parser.text_from(first)
    body = _parse_options(parser)
    parse_body(body, case_sensitive=session.case_sensitive)
    session.run("SET LOCAL check_function_bodies = off")
    session.run(
        f"CREATE {replaces}PROCEDURE {name.sql}({', '.join(a.sql for a in arguments)})"
        f" LANGUAGE plpgsql AS {literal(body)}"
    )
    session.run("SET LOCAL check_function_bodies = on")
    created = Name(name.schema or session.current_schema(), name.name)
    signature = f"{created.sql}({_input_types(arguments)})"
    session.run_as_engine(fill(_SAVE, signature=signature, arguments=listed))
    return "CREATE PROCEDURE"


def _parse_arguments(parser: Parser) -> list[Argument]:
    """Parse ``([name] [mode] type, ...)``; name and mode in any order."""
    parser.expect_operator("(")
    arguments: list[Argument] = []
    if not parser.at_operator(")"):
        arguments = parser.take_list(lambda: _parse_argument(parser))
    parser.expect_operator(")")
    for inputs in (True, False):
        listed = [a for a in arguments if a.mode != ("out" if inputs else "in")]
        if len(listed) > MOST_ARGUMENTS:
            message = f"procedures cannot have more than {MOST_ARGUMENTS} arguments"
            raise RedshiftError(message, sqlstate="54023")
    return arguments


def _input_types(arguments: Sequence[Argument]) -> str:
    return ", ".join(backend_type(a.type) for a in arguments if a.mode != "out")


def _parse_argument(parser: Parser) -> Argument:
    mode = parser.accept_any(*_MODES)
    following = parser.ahead(1)
    named = (
        following is not None
        and following.is_name
        and not following.is_word("varying", "precision", "with", "without")
    )
    name = parser.take_type_word() if named else ""
    mode = parser.accept_any(*_MODES) or mode or "in"
    if parser.at("refcursor"):
        raise NotSupportedError("refcursor: not supported by the emulator")
    return Argument(name, mode, parse_type(parser))


def _parse_options(parser: Parser) -> str:
    """Parse AS body, LANGUAGE and the options; return the body."""
    body, language = None, None
    while parser.peek is not None:
        if body is None and parser.accept("as"):
            body = parser.take_string()
        elif language is None and parser.accept("language"):
            language = parser.take_type_word()
        elif parser.accept("security", "definer") or parser.at("nonatomic") or parser.at("set"):
            what = "SECURITY DEFINER, NONATOMIC and SET of a procedure"
            raise NotSupportedError(f"{what}: not supported by the emulator")
        else:
            parser.expect("security", "invoker")
    if body is None or language != "plpgsql":
        raise RedshiftError("a procedure needs AS and LANGUAGE plpgsql", sqlstate="42601")
    return body


def drop_procedure(statement: Statement, session: Session) -> str:
    """DROP PROCEDURE name (arguments)."""
    parser = Parser(statement, database=session.database)
    parser.expect("drop", "procedure")
    name = parser.take_qualified()
    arguments = _parse_arguments(parser)
    parser.expect_end()
    session.run(f"DROP PROCEDURE {name.sql}({_input_types(arguments)})")
    return "DROP PROCEDURE"


def call(statement: Statement, session: Session, dispatch: Dispatch) -> str:
    """CALL name(value, ...): run a procedure; return a row of its output arguments."""
    if any(token.kind is Kind.PARAMETER for token in statement.tokens):
        raise NotSupportedError("CALL with parameters of a driver: not supported by the emulator")
    name, values = _parse_call(Parser(statement, database=session.database))
    texts = [value.source for value in values]
    try:
        arguments, results = _Runner(session, dispatch).run(name, texts)
    except BackendError as error:
        error.fields.pop("P", None)  # a position in another statement
        raise
    outputs = ", ".join(
        f"{written(result, argument.type)} AS {quoted(argument.name or f'column{number}')}"
        for number, (argument, result) in enumerate(zip(arguments, results, strict=True), 1)
        if argument.mode != "in"
    )
    if outputs:
        query = split(f"SELECT {outputs}", case_sensitive=True)[0]
        with rewritten(query, session) as (select, _):
            session.relay(select.sql.text)
    return "CALL"


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


class _Runner:
    """Runs procedures; ``depth`` counts the nested ones."""

    def __init__(self, session: Session, dispatch: Dispatch, depth: int = 1) -> None:
        self._session = session
        self._dispatch = dispatch
        self._depth = depth

    def run(self, name: Name, texts: Sequence[str]) -> tuple[list[Argument], list[Value]]:
        """Run a procedure with expressions as its input; return all arguments' values."""
        if self._depth > MOST_NESTED:
            message = f"procedures cannot be nested more than {MOST_NESTED} levels deep"
            raise RedshiftError(message, sqlstate="54001")
        arguments, source = self._find(name, len(texts))
        scope = Scope()
        given = iter(texts)
        plain = Interpreter(self._session, self._dispatch, Scope(), self._nested)
        for number, argument in enumerate(arguments, 1):
            slot = Slot(argument.type)
            if argument.mode != "out":
                slot.set(argument.name, plain.evaluate(f"({next(given)})", argument.type))
            scope.slots[f"${number}"] = slot
            if argument.name:
                scope.slots[argument.name] = slot
        block = parse_body(source, case_sensitive=self._session.case_sensitive)
        Interpreter(self._session, self._dispatch, scope, self._nested).run(block)
        return arguments, [scope.slots[f"${n}"].value for n in range(1, len(arguments) + 1)]

    def _find(self, name: Name, count: int) -> tuple[list[Argument], str]:
        found: list[tuple[list[Argument], str, str]] = []
        rows = self._session.query(fill(_FIND, name=name.name, schema=name.schema))
        for source, listed, may in rows:
            statement = split(listed or "", case_sensitive=self._session.case_sensitive)[0]
            arguments = _parse_arguments(Parser(statement))
            if sum(argument.mode != "out" for argument in arguments) == count:
                found.append((arguments, source or "", may or "f"))
        if not found:
            message = f"procedure {name} with {count} arguments does not exist"
            raise RedshiftError(message, sqlstate="42883")
        if len(found) > 1:
            message = f"procedure {name} is overloaded by types: not supported by the emulator"
            raise NotSupportedError(message)
        if found[0][2] != "t":
            message = f"permission denied for procedure {name.name}"
            raise RedshiftError(message, sqlstate="42501")
        return found[0][0], found[0][1]

    def _nested(self, statement: Statement, variables: Scope) -> None:
        """Run a CALL of a procedure; its INOUT arguments are variables."""
        name, values = _parse_call(Parser(statement, database=self._session.database))
        inner = _Runner(self._session, self._dispatch, self._depth + 1)
        arguments, results = inner.run(name, [variables.replaced(value) for value in values])
        if any(argument.mode == "out" for argument in arguments):
            raise NotSupportedError("a nested procedure cannot have OUT arguments, only INOUT")
        for argument, value, result in zip(arguments, values, results, strict=True):
            if argument.mode != "inout":
                continue
            if len(value.tokens) != 1:
                message = "an INOUT argument of a nested CALL is a variable"
                raise RedshiftError(message, sqlstate="42601")
            target = value.tokens[0].value
            variables.get(target).assign(target, result)

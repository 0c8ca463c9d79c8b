"""CREATE, ALTER and DROP PROCEDURE.

PostgreSQL stores a procedure with its arguments and privileges; the emulator runs its body.
https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_PROCEDURE.html
"""

from dataclasses import dataclass

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.fill import fill
from redshift_emulator.language.parser import Name, Parser
from redshift_emulator.language.procedures.arguments import input_types, parse_arguments
from redshift_emulator.language.procedures.body import continues, parse_body
from redshift_emulator.language.tokens import Statement, literal, quoted
from redshift_emulator.session.known_parameters import LOG_LEVEL, role_setting
from redshift_emulator.session.session import Session
from redshift_emulator.statements.access.default_privileges import grant_defaults
from redshift_emulator.statements.access.roles import take_owner
from redshift_emulator.statements.set_reset_show import parse_parameter

_SAVE = """
INSERT INTO pg_internal.user_procedure (oid, arguments, nonatomic)
VALUES ({signature}::regprocedure::oid, {arguments}, {nonatomic})
ON CONFLICT (oid) DO UPDATE
SET arguments = excluded.arguments, nonatomic = excluded.nonatomic"""


@dataclass(slots=True)
class Options:
    """The clauses of CREATE PROCEDURE after the arguments."""

    body: str | None = None
    language: str | None = None
    nonatomic: bool = False
    definer: bool | None = None
    search_path: list[str] | None = None
    log_level: str = ""

    @property
    def sql(self) -> str:
        """The clauses in PostgreSQL's SQL, which the emulator reads again when it runs CALL."""
        path = ", ".join(map(quoted, self.search_path or ()))
        return (
            f"LANGUAGE plpgsql{' SECURITY DEFINER' if self.definer else ''}"
            f"{f' SET search_path = {path}' if path else ''}"
            f"{f' SET {self.log_level}' if self.log_level else ''} AS {literal(self.body or '')}"
        )


def create_procedure(statement: Statement, session: Session) -> str:
    """CREATE [OR REPLACE] PROCEDURE name (arguments) [NONATOMIC] AS body LANGUAGE plpgsql ..."""
    parser = Parser(statement, database=session.database)
    parser.expect("create")
    replaces = "OR REPLACE " if parser.accept("or", "replace") else ""
    parser.expect("procedure")
    name = parser.take_qualified()
    first = parser.position
    arguments = parse_arguments(parser)
    listed = parser.text_from(first)
    options = _parse_options(parser)
    _check(options, session)
    created = Name(name.schema or session.current_schema(), name.name)
    signature = f"{created.sql}({input_types(arguments)})"
    known = session.query(fill("SELECT to_regprocedure({name})", name=signature))[0][0]
    session.run("SET LOCAL check_function_bodies = off")
    session.run(
        f"CREATE {replaces}PROCEDURE {created.sql}({', '.join(a.sql for a in arguments)})"
        f" {options.sql}"
    )
    session.run("SET LOCAL check_function_bodies = on")
    if known is None:
        grant_defaults(session, signature)
    save_arguments(session, signature, listed, nonatomic=options.nonatomic)
    return "CREATE PROCEDURE"


def save_arguments(
    session: Session, signature: str, listed: str, *, nonatomic: bool = False
) -> None:
    """Save the arguments of a routine as its CREATE statement lists them."""
    session.run_as_engine(fill(_SAVE, signature=signature, arguments=listed, nonatomic=nonatomic))


def _check(options: Options, session: Session) -> None:
    """Check the body, and which clauses exclude each other."""
    if options.body is None or options.language != "plpgsql":
        raise RedshiftError("a procedure needs AS and LANGUAGE plpgsql", sqlstate="42601")
    sets = options.search_path is not None or options.log_level
    if options.nonatomic and (options.definer or sets):
        message = "SECURITY DEFINER and SET are not supported in NONATOMIC mode"
        raise NotSupportedError(message)
    block = parse_body(options.body, case_sensitive=session.case_sensitive)
    if not options.nonatomic and continues(block):
        raise NotSupportedError("CONTINUE_HANDLER needs a procedure in NONATOMIC mode")


def _parse_options(parser: Parser) -> Options:
    """Parse AS body, LANGUAGE and the other clauses, each at most once."""
    options = Options()
    while parser.peek is not None:
        if options.body is None and parser.accept("as"):
            options.body = parser.take_string()
        elif options.language is None and parser.accept("language"):
            options.language = parser.take_type_word()
        elif not options.nonatomic and parser.accept("nonatomic"):
            options.nonatomic = True
        else:
            _parse_privileges(parser, options)
    return options


def _parse_privileges(parser: Parser, options: Options) -> None:
    """Parse ``SECURITY { INVOKER | DEFINER }`` or ``SET parameter { TO | = } value``."""
    if options.definer is None and parser.accept("security"):
        options.definer = parser.accept("definer")
        if not options.definer:
            parser.expect("invoker")
    elif parser.at("set"):
        _parse_setting(parser, options)
    else:
        raise parser.fail()


def _parse_setting(parser: Parser, options: Options) -> None:
    start = parser.position
    parser.expect("set")
    name, values = parse_parameter(parser)
    setting = role_setting(name, values)  # is it a parameter of Redshift at all?
    if name == "search_path" and options.search_path is None:
        options.search_path = values
    elif name == LOG_LEVEL and not options.log_level:
        options.log_level = setting
    elif name in {"search_path", LOG_LEVEL}:
        parser.position = start
        raise parser.fail()
    else:
        message = f"SET {name} of a procedure: not supported by the emulator"
        raise NotSupportedError(message)


def drop_procedure(statement: Statement, session: Session) -> str:
    """DROP PROCEDURE name (arguments)."""
    parser = Parser(statement, database=session.database)
    parser.expect("drop", "procedure")
    name = parser.take_qualified()
    arguments = parse_arguments(parser)
    parser.expect_end()
    session.run(f"DROP PROCEDURE {name.sql}({input_types(arguments)})")
    return "DROP PROCEDURE"


def alter_procedure(statement: Statement, session: Session) -> str:
    """ALTER PROCEDURE name [(arguments)] { RENAME TO name | OWNER TO user }."""
    parser = Parser(statement, database=session.database)
    parser.expect("alter", "procedure")
    name = parser.take_qualified()
    types = f"({input_types(parse_arguments(parser))})" if parser.at_operator("(") else ""
    if parser.accept("rename", "to"):
        action = f"RENAME TO {quoted(parser.take_name())}"
    else:
        parser.expect("owner", "to")
        action = f"OWNER TO {take_owner(parser, session)}"
    parser.expect_end()
    session.run(f"ALTER PROCEDURE {name.sql}{types} {action}")
    return "ALTER PROCEDURE"

"""CREATE VIEW, with schema binding or without, and DROP VIEW.

https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_VIEW.html
"""

from dataclasses import dataclass

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.fill import fill
from redshift_emulator.language.long_names import NAMES
from redshift_emulator.language.parser import Name, Parser
from redshift_emulator.language.queries.names.catalog_names import is_catalog
from redshift_emulator.language.queries.text.rewriting import Given
from redshift_emulator.language.tokens import Statement, quoted
from redshift_emulator.session.relations import (
    VIEW,
    Relation,
    find,
    find_one,
    missing,
    require_owner,
)
from redshift_emulator.session.session import Session
from redshift_emulator.statements.queries.column_types import derived_in_view
from redshift_emulator.statements.queries.constants import constants
from redshift_emulator.statements.queries.plain import (
    PlainQuery,
    navigated,
    plain_query,
    rewriter_of,
)
from redshift_emulator.statements.queries.rewrite import rewritten
from redshift_emulator.statements.tables.computed_columns import create_as

_NO_BINDING = ("with", "no", "schema", "binding")
_SAVE = """
INSERT INTO pg_internal.late_binding_view (relid, query, definition, names)
VALUES ({oid}, {text}, {definition}, {names})
ON CONFLICT (relid) DO UPDATE
SET query = excluded.query, definition = excluded.definition, names = excluded.names"""
UNQUALIFIED = (
    "All the relation names inside should be qualified when creating VIEW WITH NO SCHEMA BINDING."
)


@dataclass(frozen=True, slots=True)
class NewView:
    """A CREATE VIEW; its query begins at token ``first`` of the statement."""

    name: Name
    columns: tuple[str, ...]
    replaces: bool
    statement: Statement
    first: int


def create_view(statement: Statement, session: Session) -> str:
    """CREATE [OR REPLACE] VIEW name [(columns)] AS query [WITH NO SCHEMA BINDING]."""
    parser = Parser(statement, database=session.database)
    parser.expect("create")
    replaces = parser.accept("or", "replace")
    if replaces and parser.at("table"):
        raise NotSupportedError("CREATE OR REPLACE TABLE: not supported by Redshift")
    parser.expect("view")
    name = parser.take_qualified()
    names = parser.take_names() if parser.at_operator("(") else ()
    parser.expect("as")
    if statement.words_at_end(len(_NO_BINDING)) == _NO_BINDING:
        query = Statement(statement.text, statement.tokens[: -len(_NO_BINDING)])
        _create_late_binding(session, NewView(name, names, replaces, query, parser.position))
    else:
        _create_bound(session, NewView(name, names, replaces, statement, parser.position))
    return "CREATE VIEW"


def _create_bound(session: Session, view: NewView) -> None:
    existing = find(session, [view.name]).get(view.name) if view.replaces else None
    if existing is not None and existing.late_binding_query is not None:
        raise NotSupportedError(
            f'view "{view.name}" is late-binding: the emulator cannot replace it with a bound'
            " view; drop it first"
        )
    with rewritten(view.statement, session, view.first) as (query, relations):
        for relation in relations.values():
            if relation.late_binding_query is not None:
                raise NotSupportedError(
                    f'view "{view.name}" would be bound to the late-binding view'
                    f' "{relation.name}": add WITH NO SCHEMA BINDING'
                )
        head = f"CREATE {'OR REPLACE ' if view.replaces else ''}VIEW {view.name.sql}"
        temporary = any(
            (each.name.schema or "").startswith("pg_temp") for each in relations.values()
        )
        schema = "pg_temp" if temporary else view.name.schema
        create_as(session, head, query.sql, schema, view.columns, derive=derived_in_view)


def _create_late_binding(session: Session, view: NewView) -> None:
    for place, column in enumerate(view.columns):
        if column in view.columns[:place]:
            raise RedshiftError(f'column "{column}" specified more than once', sqlstate="42701")
    _check_query(session, view.statement, view.first)
    existing = find(session, [view.name]).get(view.name) if view.replaces else None
    if existing is None:
        session.run(f"CREATE VIEW {view.name.sql} AS SELECT")
        schema = view.name.schema or session.current_schema()
        existing = find_one(session, Name(schema, view.name.name))
    else:
        _check_replaceable(session, existing)
    text = view.statement.slice(view.first, len(view.statement.tokens))
    shown = NAMES.restored(text)
    names = f"({', '.join(map(quoted, view.columns))})" if view.columns else ""
    head = f"CREATE VIEW {view.name}{f' {NAMES.restored(names)}' if names else ''}"
    definition = f"{head} AS {shown} WITH NO SCHEMA BINDING;"
    values = {"text": text, "definition": definition, "names": names}
    session.run_as_engine(fill(_SAVE, oid=existing.oid, **values))


def _check_replaceable(session: Session, existing: Relation) -> None:
    if existing.late_binding_query is None:
        message = f'"{existing.name}" is not a view'
        if existing.kind != VIEW:
            raise RedshiftError(message, sqlstate="42809")
        raise NotSupportedError(
            f'view "{existing.name}" is bound: the emulator cannot replace it with a late-binding'
            " view; drop it first"
        )
    require_owner(session, existing)


def _check_query(session: Session, statement: Statement, first: int) -> None:
    """Check what does not depend on the tables: syntax, functions, qualified names."""
    written = navigated(PlainQuery(statement, first), session)
    rewriter = rewriter_of(plain_query(written, session), session)
    for table in rewriter.shape.relations:
        if table.name.schema is None:
            raise RedshiftError(UNQUALIFIED, sqlstate="0A000")
    parser = Parser(statement, first)
    if not (parser.at("select") or parser.at("with") or parser.at_operator("(")):
        raise parser.fail()
    query = rewriter_of(plain_query(written, session), session, Given(constants(session))).query()
    # PL/pgSQL parses the statements of a block without looking up the tables
    mark = "$late_binding_view$"
    checked = f"FOR i IN 1..0 LOOP PERFORM FROM ({query.sql.text}\n) AS checked; END LOOP"
    session.run(f"DO {mark} BEGIN {checked}; END {mark}")


def drop_view(statement: Statement, session: Session) -> str:
    """DROP VIEW [IF EXISTS] name, ... [CASCADE | RESTRICT]."""
    parser = Parser(statement, database=session.database)
    parser.expect("drop", "view")
    if_exists = parser.accept("if", "exists")
    names = parser.take_list(parser.take_qualified)
    cascade = parser.take_cascade()
    parser.expect_end()
    found = find(session, [name for name in names if not is_catalog(name)])
    for name in names:
        if name not in found and not if_exists:
            raise missing(name)
    listed = [name.sql for name in names if name in found]
    if listed:
        session.run(f"DROP VIEW {', '.join(listed)}{cascade}")
    return "DROP VIEW"

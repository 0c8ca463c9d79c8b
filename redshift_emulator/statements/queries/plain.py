"""Queries without what PostgreSQL does not have: QUALIFY, IGNORE NULLS, aliases in expressions."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from redshift_emulator.language.fill import fill
from redshift_emulator.language.oracle import connect_by
from redshift_emulator.language.partiql import navigation
from redshift_emulator.language.partiql.names import Catalog
from redshift_emulator.language.partiql.navigation import Navigator, may_navigate
from redshift_emulator.language.queries.calls.templates import is_built_in
from redshift_emulator.language.queries.clauses.aliases import Aliases
from redshift_emulator.language.queries.clauses.qualify import ADDED, Plain, needs_plain
from redshift_emulator.language.queries.expressions import Rewriter
from redshift_emulator.language.queries.names.functions import INTERNAL
from redshift_emulator.language.queries.text.rewriting import Given
from redshift_emulator.language.queries.text.scan import Shape, scan
from redshift_emulator.language.queries.text.splice import Spliced
from redshift_emulator.language.select_items import item_names
from redshift_emulator.language.tokens import Statement, split
from redshift_emulator.protocol.backend import BackendError
from redshift_emulator.session.relations import exists, may_have_super
from redshift_emulator.session.savepoint import undone
from redshift_emulator.session.session import Session

MOST_ALIASES = 200
_USER_FUNCTIONS = """
SELECT n.nspname, p.proname, pg_function_is_visible(p.oid)
FROM pg_catalog.pg_proc AS p
JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
WHERE p.proname = ANY ({names}) AND p.prokind = 'f'
    AND n.nspname NOT IN ('pg_catalog', 'pg_internal', 'information_schema')"""
_CASE_OF_ATTRIBUTES = "enable_case_sensitive_super_attribute"
_UNDEFINED_COLUMN = "42703"
_PREPARE = "PREPARE lateral_alias AS "


@dataclass(frozen=True, slots=True)
class PlainQuery:
    """A statement from its token ``first`` on; ``edit`` made it of the client's text."""

    statement: Statement
    first: int
    edit: Spliced | None = None

    def edited(self, edit: Spliced, session: Session) -> "PlainQuery":
        """Return the statement that results from an edit of this one."""
        statement = split(edit.text, case_sensitive=session.case_sensitive)[0]
        return PlainQuery(statement, 0, replace(edit, before=self.edit))


Render = Callable[[PlainQuery], Spliced]
"""Writes a query for PostgreSQL."""


def rewriter_of(query: PlainQuery, session: Session, given: Given | None = None) -> Rewriter:
    """Return the rewriter of a plain query, which may call functions of users."""
    shape = scan(query.statement, query.first)
    own = ADDED | connect_by.ADDED | navigation.ADDED if query.edit is not None else frozenset()
    added = user_functions(shape, session) | own
    names = item_names(query.statement, shape, query.first)
    known = replace(given or Given(), rounds=session.rounds, added=added, names=names)
    return Rewriter(query.statement, query.first, given=known)


def user_functions(shape: Shape, session: Session) -> frozenset[tuple[str | None, str]]:
    """Return the calls of functions that users have created, as schema (or None) and name."""
    names = {
        call.name
        for call in shape.calls
        if call.schema not in {None, "pg_catalog", INTERNAL} or not is_built_in(call.name)
    }
    if not names:
        return frozenset()
    rows = session.query(fill(_USER_FUNCTIONS, names=sorted(names)))
    found: set[tuple[str | None, str]] = {(schema, name or "") for schema, name, _ in rows}
    return frozenset(found | {(None, name or "") for _, name, seen in rows if seen == "t"})


def navigated(query: PlainQuery, session: Session) -> PlainQuery:
    """Return a query with calls of functions instead of paths into SUPER values."""
    if not may_navigate(query.statement, query.first):
        return query
    keeps_case = session.variables.get(_CASE_OF_ATTRIBUTES, "off") in {"on", "true"}
    catalog = Catalog(session.database, partial(exists, session), partial(may_have_super, session))
    navigator = Navigator(query.statement, query.first, keeps_case=keeps_case, catalog=catalog)
    edit = navigator.run()
    return query if edit is None else query.edited(edit, session)


def plain_query(query: PlainQuery, session: Session) -> PlainQuery:
    """Return a query without QUALIFY and the window functions that PostgreSQL does not have."""
    return _plain(query, session)


def _plain(query: PlainQuery, session: Session) -> PlainQuery:
    statement, first = query.statement, query.first
    if not needs_plain(statement, first):
        return query
    plain = Plain(statement, first, scan(statement, first).pairs)
    plain.run()
    if not plain.edited:
        return query
    tokens = statement.tokens
    return query.edited(plain.splice.apply(tokens[first].start, tokens[-1].end), session)


def without_aliases(query: PlainQuery, session: Session, render: Render) -> PlainQuery:
    """Return a plain query without aliases that are not columns, as PostgreSQL finds them."""
    plain = _plain(query, session)
    for _ in range(MOST_ALIASES):
        aliases = Aliases(query.statement, query.first)
        if not aliases.are_used():
            break
        sql = render(plain)
        missing = _find_missing(sql.text, session)
        if missing is None:
            break
        made = replace(plain.edit, before=None) if plain is not query and plain.edit else None
        edit = aliases.inlined(replace(sql, before=made).origin(missing))
        if edit is None:
            break
        query = query.edited(edit, session)
        plain = _plain(query, session)
    return plain


def _find_missing(sql: str, session: Session) -> int | None:
    """Return the position of a column that does not exist."""
    try:
        with undone(session):
            session.run(f"{_PREPARE}{sql}; DEALLOCATE lateral_alias")
    except BackendError as error:
        if error.sqlstate != _UNDEFINED_COLUMN or "P" not in error.fields:
            return None
        return int(error.fields["P"]) - 1 - len(_PREPARE)
    return None

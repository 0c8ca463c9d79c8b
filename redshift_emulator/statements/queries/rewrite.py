"""Queries in PostgreSQL's SQL, for every statement that contains one."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace

from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.language.fill import fill
from redshift_emulator.language.long_names import NAMES
from redshift_emulator.language.oracle.connect_by import Hierarchy
from redshift_emulator.language.oracle.outer_joins import OuterJoins, has_mark
from redshift_emulator.language.parser import Name
from redshift_emulator.language.queries.clauses.exclude import find_exclusion, probe, without
from redshift_emulator.language.queries.clauses.group_by_all import without_group_by_all
from redshift_emulator.language.queries.clauses.pivot import find_rotation
from redshift_emulator.language.queries.clauses.view_columns import (
    ViewColumn,
    find_view_columns,
    with_view_columns,
)
from redshift_emulator.language.queries.expressions import Rewriter
from redshift_emulator.language.queries.names.catalog_names import (
    is_catalog,
)
from redshift_emulator.language.queries.text.changes import with_from
from redshift_emulator.language.queries.text.rewriting import Given, Query
from redshift_emulator.language.queries.text.splice import Splice, Spliced
from redshift_emulator.language.tokens import Kind, Statement, split
from redshift_emulator.language.type_names import display_type
from redshift_emulator.language.types import UNKNOWN_WIDTH
from redshift_emulator.protocol.backend import BackendError
from redshift_emulator.session.parameters import stored
from redshift_emulator.session.relations import Relation, find, format_type, type_of
from redshift_emulator.session.savepoint import undone
from redshift_emulator.session.session import Session
from redshift_emulator.statements.queries.analysis import analyze
from redshift_emulator.statements.queries.column_types import UNSIZED, derived
from redshift_emulator.statements.queries.constants import constants
from redshift_emulator.statements.queries.examination import examined
from redshift_emulator.statements.queries.late_binding import bound
from redshift_emulator.statements.queries.leader_only import refuse_leader_only
from redshift_emulator.statements.queries.literals import (
    has_supers,
    insert_target,
    super_literals,
)
from redshift_emulator.statements.queries.plain import (
    PlainQuery,
    navigated,
    plain_query,
    rewriter_of,
    without_aliases,
)
from redshift_emulator.statements.queries.refusals import (
    check_databases,
    check_start,
    refuse_catalog,
    refuse_provisioned_only,
)

_WITH_VIEW_COLUMNS = ("svv_columns", "svv_all_columns", "svv_redshift_columns")
_SHOW_VIEW_COLUMNS = "SELECT set_config('rs.late_binding_columns', {columns}, true)"
_LATE_BINDING_VIEWS = """
SELECT c.oid, n.nspname, c.relname
FROM pg_internal.late_binding_view AS v
JOIN pg_catalog.pg_class AS c ON c.oid = v.relid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
ORDER BY n.nspname, c.relname"""
_STATE = "SELECT pg_internal.catalog_state(), current_setting('search_path')"
_OF_CATALOG = ("42", "0A")  # SQLSTATEs of errors that a query has until the catalog changes


@contextmanager
def rewritten(
    statement: Statement,
    session: Session,
    first: int = 0,
    *,
    writes: bool = False,
    head: str = "",
    reads: bool = False,
) -> Iterator[tuple[Query, dict[Name, Relation]]]:
    """Rewrite the query that begins at token ``first``; yield it and the relations it reads.

    Temporary views replace its late-binding views until the context ends. ``writes``: the rows
    are stored, so leader-node functions are refused even if the query reads no table. ``head``
    makes it a statement if it is none itself, such as INSERT INTO t before VALUES; ``reads``: the
    whole statement reads tables, as MERGE does.
    """
    check_start(statement, session, first)
    given = Given(constants(session), reads=reads)
    written = _with_view_columns(PlainQuery(statement, first), session)
    written = _standard(written, session)
    plain = plain_query(written, session)
    shape = rewriter_of(plain, session, given).shape
    check_databases(shape.tables, session)
    refuse_provisioned_only(session, [table.name for table in shape.relations])
    names = [table.name for table in shape.relations if not is_catalog(table.name)]
    target = insert_target(statement, session, first)
    found = find(session, [*names, *target], to_read=True)
    relations = {name: found[name] for name in found if name in names}
    refuse_catalog(names, relations)
    _show_view_columns_to(session, [table.name for table in shape.relations], relations)
    with bound(session, relations) as views:
        if any(token.value in {"select", "with", "("} for token in statement.tokens[first:][:1]):

            def render(each: PlainQuery) -> Spliced:
                return rewriter_of(each, session, given).query(views).sql

            plain = without_aliases(written, session, render)
        if has_supers(plain.statement, found.values(), head):
            given = replace(given, supers=super_literals(session, plain, given, views, head))

        def rewriter(factors: Mapping[int, str]) -> Rewriter:
            return rewriter_of(plain, session, replace(given, factors=factors))

        on_leader = not relations and not writes
        session.on_nodes = session.on_nodes or not on_leader
        query = examined(session, rewriter, views, head, on_leader=on_leader)
        query = replace(query, sql=replace(query.sql, before=plain.edit))
        if relations or writes:
            of_tables = bool(relations) and not statement.tokens[first].is_word("values")
            refuse_leader_only(session, query, of_tables=of_tables)
        yield query, relations


def _standard(query: PlainQuery, session: Session) -> PlainQuery:
    """Replace what PostgreSQL does not have, from GROUP BY ALL to paths, by what it means."""

    def columns(text: str) -> list[str]:
        return _columns_of(text, session)

    if spliced := with_from(query.statement, query.first):
        query = query.edited(spliced, session)
    while spliced := without_group_by_all(query.statement, query.first):
        query = query.edited(spliced, session)
    while hierarchy := Hierarchy.find(query.statement, query.first):
        query = query.edited(hierarchy.replaced(columns), session)
    while has_mark(query.statement, query.first):
        joined = OuterJoins(query.statement, query.first, columns).run()
        query = query.edited(joined, session)
    while rotation := find_rotation(query.statement, query.first):
        query = query.edited(rotation.replaced(columns(rotation.probe)), session)
    while found := find_exclusion(query.statement, query.first):
        listed = columns(probe(query.statement, query.first, found))
        edit = without(query.statement, query.first, found, listed)
        query = query.edited(edit, session)
    return navigated(query, session)


def _with_view_columns(query: PlainQuery, session: Session) -> PlainQuery:
    """Replace PG_GET_LATE_BINDING_VIEW_COLS by the columns that it returns."""
    while found := find_view_columns(query.statement, query.first):
        columns = [each for view in _late_binding_views(session, found.view) for each in view]
        edit = with_view_columns(query.statement, query.first, found, columns)
        query = query.edited(edit, session)
    return query


def _show_view_columns_to(
    session: Session, names: list[Name], relations: Mapping[Name, Relation]
) -> None:
    """Let SVV_COLUMNS and the like show the columns of late-binding views, if they are read."""
    queries = [(each.late_binding_query or "").lower() for each in relations.values()]
    if any(map(_has_view_columns, names)) or any(
        view in query for query in queries for view in _WITH_VIEW_COLUMNS
    ):
        show_view_columns(session)


def show_view_columns(session: Session) -> None:
    """Let the catalog show the columns of late-binding views until the transaction ends."""
    if session.lists_views:
        return
    session.lists_views = True
    try:
        columns = [asdict(each) for view in _late_binding_views(session, None) for each in view]
    finally:
        session.lists_views = False
    session.query(fill(_SHOW_VIEW_COLUMNS, columns=json.dumps(columns)))


def _has_view_columns(name: Name) -> bool:
    return name.name in _WITH_VIEW_COLUMNS and name.schema in {None, "pg_catalog"}


def _late_binding_views(session: Session, only: str | None) -> Iterator[list[ViewColumn]]:
    """Yield the columns of each late-binding view that the user may read and that works.

    ``only`` is the name of the views that are asked for, None for all. What is known of a view in
    this state of the catalog is not found out again.
    """
    known = session.meter.cluster.view_columns.of(_state(session))
    for oid, schema, view in session.query(_LATE_BINDING_VIEWS):
        if only is not None and NAMES.restored(view or "") != only:
            continue
        key = oid or ""
        if key not in known:
            columns = _view_columns(schema or "", view or "", session)
            if columns is None:
                continue
            known[key] = columns
        yield known[key]


def _view_columns(schema: str, view: str, session: Session) -> list[ViewColumn] | None:
    """Return the columns of a view, none if it is broken; None if it may work the next time."""
    try:
        types = _types_of_view(Name(schema or None, view), session)
    except (RedshiftError, BackendError) as error:
        return [] if error.sqlstate.startswith(_OF_CATALOG) else None
    return [
        ViewColumn(schema, view, column, kind, at)
        for at, (column, kind) in enumerate(types, start=1)
    ]


def _state(session: Session) -> tuple[object, ...]:
    """Return what the columns of late-binding views follow from: the catalog and the session."""
    session_values = (session.user, session.acting_as, session.case_sensitive, session.rounds)
    return (*session.query(_STATE)[0], *session_values, *stored(session).items())


def _types_of_view(view: Name, session: Session) -> list[tuple[str, str]]:
    text = fill("SELECT * FROM {view:sql}", view=view.sql)
    with undone(session):
        return [*_column_types(split(text, case_sensitive=True)[0], session)]


def _column_types(query: Statement, session: Session) -> Iterator[tuple[str, str]]:
    """Yield the name and the type of each column of a query."""
    with rewritten(query, session) as (select, _):
        columns = session.backend.describe(select.sql.text)
        found = [type_of(session, number, modifier) for _, number, modifier in columns]
        trees = analyze(session, select.sql.text) if UNSIZED & set(found) else None
        for place, (name, number, modifier) in enumerate(columns):
            kind = found[place]
            known = derived(kind, trees[0], place) if trees and kind in UNSIZED else None
            if known is not None or kind == UNKNOWN_WIDTH:
                yield name, display_type(known or kind)
            else:
                yield name, format_type(session, number, modifier)


def _columns_of(text: str, session: Session) -> list[str]:
    """Return the names of a query's columns."""
    inner = split(text, case_sensitive=session.case_sensitive)[0]
    splice = Splice(inner.text)
    for token in inner.tokens:
        if token.kind is Kind.PARAMETER:  # whose value does not matter here
            splice.replace(token.start, token.end, "NULL")
    plain = splice.apply(inner.tokens[0].start, inner.tokens[-1].end).text
    inner = split(plain, case_sensitive=session.case_sensitive)[0]
    return [name for name, _, _ in _describe(inner, session)]


def _describe(query: Statement, session: Session) -> list[tuple[str, int, int]]:
    """Return the name, the type's number and its modifier of each column of a query."""
    with rewritten(query, session) as (select, _):
        return session.backend.describe(
            fill("SELECT * FROM ({query:sql}) AS probed LIMIT 0", query=select.sql.text)
        )

"""CREATE, ALTER, REFRESH and DROP MATERIALIZED VIEW.

https://docs.aws.amazon.com/redshift/latest/dg/materialized-view-overview.html
"""

from collections.abc import Iterable

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.fill import fill
from redshift_emulator.language.long_names import NAMES
from redshift_emulator.language.parser import Name, Parser
from redshift_emulator.language.queries.expressions import Rewriter
from redshift_emulator.language.queries.refused.materialized import (
    is_incremental,
    is_mutable,
    refuse_order_and_limit,
)
from redshift_emulator.language.table_attributes import Attributes, merged, parse_attribute
from redshift_emulator.language.table_definition import Column
from redshift_emulator.language.tokens import Statement
from redshift_emulator.session.long_names import save_names
from redshift_emulator.session.relations import (
    MATERIALIZED_VIEW,
    TABLE,
    Relation,
    find,
    find_one,
    missing,
    read_columns,
    require_owner,
)
from redshift_emulator.session.session import Session
from redshift_emulator.statements.queries.rewrite import rewritten
from redshift_emulator.statements.tables.computed_columns import create_as
from redshift_emulator.statements.tables.properties import save_properties

_SAVE = """
INSERT INTO pg_internal.materialized_view
    (relid, definition, bases, resolved, state, autorefresh, refreshed_xid)
VALUES ({oid}, {definition}, {bases}::oid[], pg_internal.resolved_query({oid}), {state},
    {autorefresh}, txid_current())"""
_IS_REFRESHABLE = """
SELECT resolved = pg_internal.resolved_query(relid) FROM pg_internal.materialized_view
WHERE relid = {oid}"""
_REFRESHED = """
UPDATE pg_internal.materialized_view SET refreshed_xid = txid_current() WHERE relid = {oid};
INSERT INTO pg_internal.svl_mv_refresh_status_all
SELECT current_database(), {user}::regrole::oid::bigint, {schema}, {name}, txid_current(),
    statement_timestamp() AT TIME ZONE 'UTC', clock_timestamp() AT TIME ZONE 'UTC',
    'Refresh successfully recomputed MV from scratch'"""


def create_materialized_view(statement: Statement, session: Session) -> str:
    """CREATE MATERIALIZED VIEW name [attributes] [AUTO REFRESH {YES | NO}] AS query."""
    parser = Parser(statement, database=session.database)
    parser.expect("create", "materialized", "view")
    name = parser.take_qualified()
    clauses = Statement(statement.text, statement.tokens[parser.position :])
    given, refreshes = _parse_attributes(parser)
    parser.expect("as")
    first = parser.position
    query = Statement(statement.text, statement.tokens[first:])
    if not query.tokens:
        raise parser.fail()
    refuse_order_and_limit(query)
    with rewritten(statement, session, first, writes=True) as (select, relations):
        _check_bases(relations.values())
        if refreshes and (is_mutable(query) or _on_materialized(relations.values())):
            raise NotSupportedError(
                "AUTO REFRESH YES is not supported for a materialized view with mutable functions"
                " or on another materialized view"
            )
        create_as(session, f"CREATE MATERIALIZED VIEW {name.sql}", select.sql, name.schema)
    view = find_one(session, Name(name.schema or session.current_schema(), name.name))
    columns = tuple(
        Column(column.name, column.type) for column in read_columns(session, view.name)
    )
    save_properties(session, view, columns, merged(columns, given))
    save_names(session, NAMES.short(f"mv_tbl__{view.name.name}__0"))
    values = {
        "definition": f"create materialized view {view.name} {NAMES.restored(clauses.source)};",
        "bases": [str(relation.oid) for relation in relations.values()],
        "state": int(is_incremental(query, Rewriter(query).shape)),
        "autorefresh": refreshes,
    }
    session.run_as_engine(fill(_SAVE, oid=view.oid, **values))
    return "CREATE MATERIALIZED VIEW"


def _parse_attributes(parser: Parser) -> tuple[Attributes, bool]:
    """Parse the attributes, and AUTO REFRESH, in any order; a view is EVEN without them."""
    given, refreshes = Attributes(), None
    while parser.peek is not None and not parser.at("as"):
        if refreshes is None and parser.accept("auto", "refresh"):
            refreshes = _parse_yes_or_no(parser)
        else:
            given = parse_attribute(parser, given)
    if given.diststyle is None and given.distkey is None:
        given = Attributes("EVEN", None, given.sortstyle, given.sortkey, backup=given.backup)
    return given, bool(refreshes)


def _parse_yes_or_no(parser: Parser) -> bool:
    answer = parser.accept_any("yes", "no")
    if answer is None:
        raise parser.fail()
    return answer == "yes"


def _check_bases(relations: Iterable[Relation]) -> None:
    for relation in relations:
        temporary = (relation.name.schema or "").startswith("pg_temp")
        if temporary or relation.kind not in {TABLE, MATERIALIZED_VIEW}:
            what = "temporary tables" if temporary else "views"
            raise NotSupportedError(
                f'"{relation.name.name}": {what} are not supported in a materialized view'
            )


def _on_materialized(relations: Iterable[Relation]) -> bool:
    return any(relation.kind == MATERIALIZED_VIEW for relation in relations)


def _find(session: Session, name: Name) -> Relation:
    view = find_one(session, name)
    if view.kind != MATERIALIZED_VIEW:
        message = f'"{view.name.name}" is not a materialized view'
        raise RedshiftError(message, sqlstate="42809")
    return view


def refresh_materialized_view(statement: Statement, session: Session) -> str:
    """REFRESH MATERIALIZED VIEW name [RESTRICT]: compute its rows again, all of them."""
    parser = Parser(statement, database=session.database)
    parser.expect("refresh", "materialized", "view")
    name = parser.take_qualified()
    if parser.at("cascade"):
        raise NotSupportedError("REFRESH ... CASCADE: not supported by the emulator")
    parser.accept("restrict")
    parser.expect_end()
    view = _find(session, name)
    require_owner(session, view)
    _check_refreshable(session, view)
    session.run(f"REFRESH MATERIALIZED VIEW {view.name.sql}")
    values = {"oid": view.oid, "user": view.owner, "schema": view.name.schema}
    session.run_as_engine(fill(_REFRESHED, name=view.name.name, **values))
    return "REFRESH"


def _check_refreshable(session: Session, view: Relation) -> None:
    """Refuse a view whose schemas, tables or columns were renamed."""
    if session.query(fill(_IS_REFRESHABLE, oid=view.oid)) != [("t",)]:
        raise RedshiftError(
            f"Materialized view {view.name.name} is unrefreshable: a base table, its schema or a"
            " column was renamed",
            sqlstate="0A000",
            hint="Drop the materialized view and create it again.",
        )


def alter_materialized_view(statement: Statement, session: Session) -> str:
    """ALTER MATERIALIZED VIEW name AUTO REFRESH {YES | NO}."""
    parser = Parser(statement, database=session.database)
    parser.expect("alter", "materialized", "view")
    name = parser.take_qualified()
    if not parser.accept("auto", "refresh"):
        raise NotSupportedError("ALTER MATERIALIZED VIEW: the emulator supports AUTO REFRESH only")
    refreshes = _parse_yes_or_no(parser)
    parser.expect_end()
    view = _find(session, name)
    require_owner(session, view)
    change = "UPDATE pg_internal.materialized_view SET autorefresh = {new} WHERE relid = {oid}"
    session.run_as_engine(fill(change, new=refreshes, oid=view.oid))
    return "ALTER MATERIALIZED VIEW"


def drop_materialized_view(statement: Statement, session: Session) -> str:
    """DROP MATERIALIZED VIEW [IF EXISTS] name, ... [CASCADE | RESTRICT]."""
    parser = Parser(statement, database=session.database)
    parser.expect("drop", "materialized", "view")
    if_exists = parser.accept("if", "exists")
    names = parser.take_list(parser.take_qualified)
    cascade = parser.take_cascade()
    parser.expect_end()
    found = find(session, names)
    for name in names:
        if name not in found and not if_exists:
            raise missing(name)
    listed = [_find(session, name).name.sql for name in names if name in found]
    if listed:
        session.run(f"DROP MATERIALIZED VIEW {', '.join(listed)}{cascade}")
    return "DROP MATERIALIZED VIEW"

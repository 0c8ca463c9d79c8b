"""PostgreSQL's analysis of statements and views, from which the types of their values follow."""

from collections.abc import Iterator
from typing import Any

from redshift_emulator.language.computed.node_tree import Node, descendants, parse
from redshift_emulator.language.fill import fill
from redshift_emulator.protocol.backend import BackendError
from redshift_emulator.session.savepoint import undone
from redshift_emulator.session.session import Session

_ANALYZE = """
CREATE FUNCTION pg_temp.analyzed() RETURNS void BEGIN ATOMIC {sql}
; END;
SELECT prosqlbody FROM pg_catalog.pg_proc
WHERE proname = 'analyzed' AND pronamespace = pg_catalog.pg_my_temp_schema()"""
_VIEWS = "SELECT ev_class::oid, ev_action FROM pg_catalog.pg_rewrite WHERE ev_class IN ({views})"
_CREATED = """
SELECT oid::text, CASE WHEN pronamespace = 'pg_internal'::regnamespace THEN proname END
FROM pg_catalog.pg_proc WHERE oid::text = ANY ({numbers})"""
_TABLE, _SUBQUERY = "0", "1"
_FIRST_CREATED = 16384


def analyze(session: Session, sql: str) -> list[Node] | None:
    """Return the queries of a statement for PostgreSQL; None if it has an error, or parameters."""
    try:
        return analyzed(session, sql)
    except BackendError:
        return None


def analyzed(session: Session, sql: str) -> list[Node]:
    """Return the queries of a statement; the position of an error refers to the statement."""
    try:
        with undone(session):
            rows = session.query(_ANALYZE.format(sql=sql))
    except BackendError as error:
        if "P" in error.fields:
            error.fields["P"] = str(int(error.fields["P"]) - _ANALYZE.index("{sql}"))
        raise
    return _queries(session, rows[0][0] or "()")


def analyze_view(session: Session, view: str) -> Node:
    """Return the query of a view of PostgreSQL, by its quoted name."""
    rows = session.query(_VIEWS.format(views=f"'{view}'::regclass"))
    return _queries(session, rows[0][1] or "")[0]


def _queries(session: Session, text: str) -> list[Node]:
    tree = parse(text)
    _insert_views(session, tree)
    _mark_functions(session, tree)
    return [node for node in _flat(tree) if node.tag == "QUERY"]


def _flat(value: Any) -> Iterator[Node]:
    if isinstance(value, list):
        for item in value:
            yield from _flat(item)
    elif isinstance(value, Node):
        yield value


def _insert_views(session: Session, tree: Any) -> None:
    """Replace the views that a tree reads by their queries, also those that these read."""
    reads = [node for node in descendants(tree) if _is_view(node)]
    if not reads:
        return
    listed = ", ".join(sorted({node["relid"] for node in reads}))
    queries = {
        view: parse(text or "") for view, text in session.query(_VIEWS.format(views=listed))
    }
    for node in reads:
        query = queries.get(node["relid"])
        if query:
            node.fields.update(rtekind=_SUBQUERY, subquery=query[0])
    for query in queries.values():
        _insert_views(session, query)


def _mark_functions(session: Session, tree: Any) -> None:
    """Mark calls that have no fixed number: users' functions, and the names of pg_internal's."""
    calls = [
        node
        for node in descendants(tree)
        if node.tag == "FUNCEXPR" and node.number("funcid") >= _FIRST_CREATED
    ]
    numbers = sorted({node["funcid"] for node in calls})
    found = session.query(fill(_CREATED, numbers=numbers)) if numbers else []
    names = {row[0]: row[1] for row in found}
    for node in calls:
        node.fields.update(name=names.get(node["funcid"]))


def _is_view(node: Node) -> bool:
    return bool(node["rtekind"] == _TABLE and node["relkind"] in {"v", "m"})

"""MERGE: updates or deletes the rows that match, and inserts those that do not.

https://docs.aws.amazon.com/redshift/latest/dg/r_MERGE.html
"""

from collections.abc import Iterator
from contextlib import contextmanager

from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.language.fill import fill
from redshift_emulator.language.merge_clauses import Insert, Merge, parse_merge
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.queries.expressions import Rewriter
from redshift_emulator.language.tokens import Statement, quoted, split
from redshift_emulator.protocol.backend import BackendError
from redshift_emulator.session.query_steps import DELETE, INSERT, note_steps
from redshift_emulator.session.relations import Relation, find, find_one, read_columns
from redshift_emulator.session.session import Session
from redshift_emulator.statements.insert_update_delete import find_writable, skip_identity_values
from redshift_emulator.statements.queries.rewrite import rewritten

MULTIPLE_MATCHES = "Found multiple matches to update the same tuple."
REFERENCES_TARGET = "Source view/subquery in Merge statement cannot reference target table."
SAME_TABLE = "source and target of MERGE cannot be the same table"
_CARDINALITY_VIOLATION = "21000"
_MERGE = """
MERGE INTO {target:sql} USING {source:sql} ON {condition:sql}
WHEN MATCHED THEN {update:sql} WHEN NOT MATCHED THEN INSERT {insert:sql}"""
# what makes the clauses statements, which PostgreSQL can analyze
_ON = "SELECT FROM {target:sql} JOIN {source:sql} ON "
_MATCHED = "MERGE INTO {target:sql} USING {source:sql} ON {condition:sql} WHEN MATCHED THEN "
_UNMATCHED = """MERGE INTO {target:sql} USING {source:sql} ON {condition:sql}
WHEN NOT MATCHED THEN INSERT {columns:sql}"""
# a row of the target that matches several rows of the source
_FIND_MULTIPLE = """
SELECT FROM {target:sql} JOIN {source:sql} ON {condition:sql}
GROUP BY {target:sql}.ctid HAVING count(*) > 1 LIMIT 1"""
# both parts read the rows that were there before the statement
_REPLACE = """
WITH {alias:name} AS MATERIALIZED (SELECT * FROM {source:sql}), deleted AS (
    DELETE FROM {target:sql} USING {alias:name} WHERE {condition:sql}
)
INSERT INTO {target:sql} SELECT * FROM {alias:name}"""
_VIEW_READS = """
WITH RECURSIVE used (oid) AS (
    SELECT {oid}::oid
    UNION
    SELECT d.refobjid FROM used
    JOIN pg_catalog.pg_rewrite AS r ON r.ev_class = used.oid
    JOIN pg_catalog.pg_depend AS d ON d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
)
SELECT FROM used WHERE oid = {target}"""


def merge(statement: Statement, session: Session) -> str:
    """MERGE INTO target USING source [AS alias] ON condition { WHEN ... | REMOVE DUPLICATES }."""
    command = parse_merge(Parser(statement, database=session.database))
    target = find_writable(session, command.target, "merge into")
    note_steps(session, target, DELETE, INSERT)
    _check_source(session, command, target)
    skip_identity_values(session, target)
    with _source(session, command) as source:
        tables = {"target": command.target.sql, "source": source}
        head = fill(_ON, **tables)
        with rewritten(command.condition, session, head=head, reads=True) as (query, _):
            values = {**tables, "condition": query.sql.text}
            if command.update is None or command.insert is None:
                _replace(session, command, values)
            else:
                _merge(session, command.update, command.insert, values)
    return "MERGE"


def _merge(session: Session, update: Statement, insert: Insert, values: dict[str, str]) -> None:
    columns = f"({', '.join(quoted(name) for name in insert.columns)}) " if insert.columns else ""
    matched, unmatched = fill(_MATCHED, **values), fill(_UNMATCHED, columns=columns, **values)
    with (
        rewritten(update, session, head=matched, reads=True) as (change, _),
        rewritten(insert.values, session, head=unmatched, reads=True) as (new, _),
    ):
        added = f"{columns}{new.sql.text}"
        try:
            session.relay(fill(_MERGE, update=change.sql.text, insert=added, **values))
        except BackendError as error:
            if error.sqlstate == _CARDINALITY_VIOLATION and "second time" in error.message:
                raise RedshiftError(MULTIPLE_MATCHES) from error
            raise


def _replace(session: Session, command: Merge, values: dict[str, str]) -> None:
    """Replace the rows that match by those of the source: REMOVE DUPLICATES."""
    source = session.backend.describe(fill("SELECT * FROM {source:sql} LIMIT 0", **values))
    if len(source) != len(read_columns(session, command.target)):
        message = "REMOVE DUPLICATES: source and target must have the same number of columns"
        raise RedshiftError(message, sqlstate="42601")
    if session.query(fill(_FIND_MULTIPLE, **values)):
        raise RedshiftError(MULTIPLE_MATCHES)
    session.relay(fill(_REPLACE, alias=command.alias, **values))


def _check_source(session: Session, command: Merge, target: Relation) -> None:
    """Refuse a source that is the target, or a query or view that reads it."""
    if command.table is None:
        read = _relations(session, command.source)
    else:
        source = find_one(session, command.table)
        if source.oid == target.oid:
            raise RedshiftError(SAME_TABLE, sqlstate="0A000")
        read = [source]
    for relation in read:
        if _reads(session, relation, target):
            raise RedshiftError(REFERENCES_TARGET, sqlstate="0A000")


def _relations(session: Session, query: Statement) -> list[Relation]:
    names = [table.name for table in Rewriter(query).shape.relations]
    return list(find(session, names).values())


def _reads(session: Session, relation: Relation, target: Relation) -> bool:
    """Return whether a relation is the target, or a view that reads it, by other views or not."""
    if relation.late_binding_query is not None:
        query = split(relation.late_binding_query, case_sensitive=session.case_sensitive)[0]
        return any(_reads(session, read, target) for read in _relations(session, query))
    return bool(session.query(fill(_VIEW_READS, oid=relation.oid, target=target.oid)))


@contextmanager
def _source(session: Session, command: Merge) -> Iterator[str]:
    """Yield the source as an item of FROM: ``"s"."orders" AS "o"`` or ``(SELECT ...) AS "q"``."""
    if command.table is not None and find_one(session, command.table).late_binding_query is None:
        yield f"{command.table.sql} AS {quoted(command.alias)}"
        return
    query = command.source
    if command.table is not None:
        text = fill("SELECT * FROM {view:sql}", view=command.table.sql)
        query = split(text, case_sensitive=True)[0]
    with rewritten(query, session, writes=True) as (select, _):
        yield f"({select.sql.text}) AS {quoted(command.alias)}"

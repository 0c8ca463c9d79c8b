"""Statements of a dump, for an upstream PostgreSQL: the session, the plan, COPY."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pipeline.designs.model.design import Column
from pipeline.names import TableName
from pipeline.sql.statement import (
    Statement,
    doubled,
    identifier,
    upstream_identifier,
    upstream_table,
)
from pipeline.sql.upstream.checked import checked, counted
from pipeline.sql.upstream.exact import Types
from pipeline.sql.upstream.since import Since, is_since

VIRTUAL_COLUMNS = 180000
"""https://www.postgresql.org/docs/release/18.0/"""

NULL_AS = "~NULL~"
"""Represents NULL unless a value equals it; see ``copy_out``."""

_SENTINEL = re.compile(r"[A-Za-z0-9~_-]+")

_SESSION = (
    # ``adapt_session`` appends the user's own schemas.
    ("search_path", "pg_catalog"),
    ("TimeZone", "'UTC'"),
    ("DateStyle", "'ISO, MDY'"),
    ("IntervalStyle", "'iso_8601'"),
    # Since PostgreSQL 12 any number above 0 is the shortest exact form; before, only 3 was exact.
    ("extra_float_digits", "3"),
    ("bytea_output", "'hex'"),
    ("quote_all_identifiers", "off"),
    ("standard_conforming_strings", "on"),
    ("synchronize_seqscans", "off"),
    # The session that exported the snapshot waits for those that import it.
    ("idle_in_transaction_session_timeout", "0"),
)
"""What pg_dump sets, too: settings of the user or database must not change what is read.

https://github.com/postgres/postgres/blob/master/src/bin/pg_dump/pg_dump.c (setup_connection)
"""

_UNLESS_REQUESTED = (
    ("statement_timeout", "0"),
    ("transaction_timeout", "0"),
    # An error instead of rows that a policy hides.
    ("row_security", "off"),
    # Have the server cancel a statement soon after its client has disconnected; without it, it
    # notices only when it next writes to the client.
    ("client_connection_check_interval", "5s"),
)
"""Settings that ``options`` of the connection string may override."""


@dataclass(frozen=True, slots=True)
class Extract:
    """The rows and columns that a design selects from a table; ``types`` if they are known."""

    table: TableName
    columns: tuple[Column, ...]
    condition: str | None = None
    limit: int | None = None
    since: Since | None = None
    types: Types = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PageRange:
    """Pages of a relation that holds rows of the table: the table itself, or a partition.

    Without ``first`` it starts at the first page, without ``end`` it includes the last; ``end``
    itself is excluded. Example: ``PageRange(name, 7, 9)`` is pages 7 and 8, the rows with
    ``ctid >= '(7,0)'::tid AND ctid < '(9,0)'::tid``.
    """

    relation: TableName
    first: int | None = None
    end: int | None = None


def begin(snapshot: str | None = None, *, lock_timeout: int) -> Statement:
    """Begin a transaction that sees one state of the database and writes values unambiguously.

    The state is that of ``snapshot``, which another session exported, or of now. A statement waits
    for a lock for ``lock_timeout`` seconds at most, without a limit if it is 0. The settings end
    with the transaction, so that a connection pooler does not pass them on.
    https://www.postgresql.org/docs/current/sql-set-transaction.html
    """
    lines = ["BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"]
    lines += [f"SET LOCAL {name} TO {value}" for name, value in _SESSION]
    lines.append(f"SET LOCAL lock_timeout TO '{int(lock_timeout)}s'")
    if snapshot is None:
        return Statement(";\n".join(lines))
    lines.append("SET TRANSACTION SNAPSHOT %(snapshot)s")
    return Statement(";\n".join(lines), {"snapshot": snapshot})


def adapt_session() -> Statement:
    """Set what depends on the server's version and on the connection string.

    Built-in names take precedence over those of the user's search path, which expressions and
    conditions of designs may use. Servers on systems other than Linux may refuse
    ``client_connection_check_interval``.
    https://www.postgresql.org/docs/current/view-pg-settings.html
    """
    values = ",\n".join(f"  ('{name}', '{value}')" for name, value in _UNLESS_REQUESTED)
    return Statement(
        f"""\
SELECT pg_catalog.set_config(s.name, v.value, TRUE)
FROM pg_catalog.pg_settings AS s
JOIN (VALUES
{values}
) AS v (name, value) ON v.name = s.name
WHERE s.source <> 'client'
  AND (v.name <> 'client_connection_check_interval' OR pg_catalog.version() LIKE '%%linux%%')
UNION ALL
SELECT pg_catalog.set_config(
  'search_path', pg_catalog.concat_ws(', ', 'pg_catalog', NULLIF(s.reset_val, '')), TRUE
)
FROM pg_catalog.pg_settings AS s
WHERE s.name = 'search_path'"""
    )


def export_snapshot() -> Statement:
    """Let other sessions see what this transaction sees, as long as it lasts.

    Standbys support it since PostgreSQL 10.
    https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-SNAPSHOT-SYNCHRONIZATION
    """
    return Statement("SELECT pg_catalog.pg_export_snapshot() AS snapshot")


def select(extract: Extract, pages: PageRange | None = None) -> Statement:
    """Select the design's columns from the table, or from a page range of it.

    Other relations that hold its rows, such as partitions, are read under the table's name.
    By the ``types`` of the extract, a value that COPY would change is an error.
    """
    return Statement(checked(_select_values(extract, pages), extract.columns, extract.types))


def select_types(extract: Extract) -> Statement:
    """Select no row: the types of the columns are those of the result."""
    return select(replace(extract, limit=0, types={}))


def _select_values(extract: Extract, pages: PageRange | None) -> str:
    lines = ["SELECT", ",\n".join(f"  {_value(column)}" for column in extract.columns)]
    relation = f"ONLY {upstream_table(pages.relation)}" if pages else upstream_table(extract.table)
    is_other = pages is not None and pages.relation != extract.table
    alias = f" AS {upstream_identifier(extract.table.table)}" if is_other else ""
    lines.append(f"FROM {relation}{alias}")
    lines += where(extract, *(_bounds(pages) if pages else ()))
    if extract.limit is not None:
        lines.append(f"LIMIT {int(extract.limit)}")
    return "\n".join(lines)


def where(extract: Extract, *more: str) -> tuple[str, ...]:
    """Return the WHERE clause of a template, if there is one: the extract's rows and ``more``."""
    terms = [_parenthesized(extract.condition)] if extract.condition else []
    terms += [is_since(extract.since)] if extract.since else []
    terms += more
    return ("WHERE " + "\n  AND ".join(terms),) if terms else ()


def count_too_long(extract: Extract) -> Statement | None:
    """Count the values that ``too_long`` changes, by column; None if no column has it."""
    columns = tuple(column for column in extract.columns if column.too_long)
    if not columns:
        return None
    every = replace(extract, columns=columns, limit=None)
    return Statement(counted(_select_values(every, None), columns))


def explain(query: Statement) -> Statement:
    """Show the plan: the server checks the query and estimates its rows without running it.

    VERBOSE includes the schemas of relations.
    """
    return Statement(f"EXPLAIN (FORMAT JSON, VERBOSE)\n{query.template}")


def savepoint() -> Statement:
    """Mark a place in the transaction, for a statement that may fail."""
    return Statement("SAVEPOINT trial")


def roll_back_to_savepoint() -> Statement:
    """Continue the transaction at the savepoint, without the locks taken since."""
    return Statement("ROLLBACK TO SAVEPOINT trial")


def copy_out(query: Statement, null_as: str = NULL_AS, *, quote_all: bool = False) -> Statement:
    """Write the rows as CSV; NULL as ``null_as``, which is quoted if it is a value.

    ``quote_all`` is for a single column, whose empty strings would be empty lines.
    https://www.postgresql.org/docs/current/sql-copy.html
    """
    if not _SENTINEL.fullmatch(null_as):
        raise ValueError(f"{null_as!r} cannot represent NULL")
    force = ", FORCE_QUOTE *" if quote_all else ""
    options = f"FORMAT csv, NULL '{null_as}', ENCODING 'UTF8'{force}"
    return Statement(f"COPY (\n{query.template}\n) TO STDOUT ({options})")


def session_facts() -> Statement:
    """Read facts about the transaction and its server.

    ``standby``, ``snapshot`` (xmin:xmax:running) and ``block_size`` (bytes of a page).
    """
    return Statement(
        """\
SELECT
  pg_catalog.pg_is_in_recovery() AS standby,
  pg_catalog.txid_current_snapshot()::text AS snapshot,
  pg_catalog.current_setting('block_size')::integer AS block_size"""
    )


def relation_facts(name: TableName, version: int) -> Statement:
    """List the relations that hold a table's rows: itself, its partitions or children.

    Sizes are current, not those of the last VACUUM. ``readable`` is whether the relation itself
    has the same rows: the user may read it, no policies of its own hide rows, and no virtual
    column is computed in another way than that of the table.
    """
    computes = f"AND NOT {_COMPUTES}" if version >= VIRTUAL_COLUMNS else ""
    text = f"""\
WITH RECURSIVE tree (oid, root) AS (
  SELECT c.oid, TRUE
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  WHERE n.nspname = %(schema)s AND c.relname = %(table)s
  UNION
  SELECT i.inhrelid, FALSE
  FROM pg_catalog.pg_inherits AS i
  JOIN tree AS t ON t.oid = i.inhparent
)
SELECT
  n.nspname AS schema,
  c.relname AS table,
  t.root,
  c.relkind AS kind,
  a.amname AS method,
  c.reltuples::bigint AS rows,
  COALESCE(pg_catalog.pg_relation_size(c.oid), 0) AS heap_bytes,
  COALESCE(pg_catalog.pg_table_size(c.oid), 0) AS bytes,
  COALESCE(pg_catalog.has_table_privilege(c.oid, 'SELECT'), FALSE)
    AND NOT pg_catalog.row_security_active(c.oid) {computes} AS readable,
  pg_catalog.row_security_active(c.oid) AS row_security
FROM tree AS t
JOIN pg_catalog.pg_class AS c ON c.oid = t.oid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_am AS a ON a.oid = c.relam
ORDER BY t.root DESC, n.nspname, c.relname"""
    return Statement(text, {"schema": name.schema, "table": name.table})


_COMPUTES = """EXISTS (
      SELECT a.attname, pg_catalog.pg_get_expr(d.adbin, d.adrelid)
      FROM pg_catalog.pg_attribute AS a
      JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
      WHERE a.attrelid = (SELECT oid FROM tree WHERE root) AND a.attgenerated = 'v'
      EXCEPT
      SELECT a.attname, pg_catalog.pg_get_expr(d.adbin, d.adrelid)
      FROM pg_catalog.pg_attribute AS a
      JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
      WHERE a.attrelid = c.oid
    )"""


def _value(column: Column) -> str:
    name, sql = column.upstream_name, column.expression
    return (
        f"{_parenthesized(sql) if sql else upstream_identifier(name)} AS {identifier(column.name)}"
    )


def _parenthesized(sql: str) -> str:
    """Enclose a design's SQL in parentheses, so that no comma or comment of it reaches beyond."""
    return f"({doubled(sql)}\n  )" if "--" in sql else f"({doubled(sql)})"


def _bounds(pages: PageRange) -> Sequence[str]:
    terms = []
    if pages.first is not None:
        terms.append(f"ctid >= '({int(pages.first)},0)'::tid")
    if pages.end is not None:
        terms.append(f"ctid < '({int(pages.end)},0)'::tid")
    return terms

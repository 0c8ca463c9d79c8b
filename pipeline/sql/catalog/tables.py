"""Queries of the catalog; unlike PG_TABLE_DEF, they do not depend on the search path."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from pipeline.designs.model.design import ForeignKey
from pipeline.names import TableName
from pipeline.sql.catalog.relations import MAY_ALTER
from pipeline.sql.statement import Statement, identifier


@dataclass(frozen=True, slots=True)
class Reference:
    """A named foreign key and the table that declares it, which the user may alter or not."""

    table: TableName
    constraint: str
    key: ForeignKey
    may_alter: bool = True

    def __str__(self) -> str:
        return f"the foreign key {self.constraint} of {self.table}"


@dataclass(frozen=True, slots=True)
class NamedKey:
    """A primary or unique key of a table, by the name of its constraint."""

    constraint: str
    columns: tuple[str, ...]
    is_primary: bool


def _parameters(name: TableName) -> dict[str, str]:
    return {"schema": name.schema, "table": name.table}


def explain_reading(name: TableName) -> Statement:
    """Plan a query of a relation, which fails if the user cannot read it; reads no row.

    The relation can be one of another database, ``sales.public.orders``.
    https://docs.aws.amazon.com/redshift/latest/dg/cross-database-overview.html
    """
    parts = ".".join(map(identifier, str(name).split(".")))
    return Statement(f"EXPLAIN\nSELECT 1\nFROM {parts}")


def table_columns(name: TableName) -> Statement:
    """List a table's columns in order: ``column_name``, ``column_type``, ``not_null``."""
    text = """\
SELECT
    a.attname AS column_name,
    FORMAT_TYPE(a.atttypid, a.atttypmod) AS column_type,
    a.attnotnull AS not_null
FROM pg_catalog.pg_attribute AS a
JOIN pg_catalog.pg_class AS c
    ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace AS n
    ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s
    AND c.relname = %(table)s
    AND a.attnum > 0
    AND NOT a.attisdropped
ORDER BY a.attnum"""
    return Statement(text, _parameters(name))


def staging_tables(schemas: tuple[str, ...]) -> Statement:
    """List tables that may be staging tables: ``table_schema``, ``table_name``.

    ``staging_names.is_leftover`` decides: patterns of LIKE are not exact enough.
    """
    text = """\
SELECT
    n.nspname AS table_schema,
    c.relname AS table_name
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n
    ON n.oid = c.relnamespace
WHERE n.nspname IN %(schemas)s
    AND (c.relname LIKE %(pattern)s OR c.relname LIKE %(earlier)s)
    AND c.relkind = 'r'
ORDER BY 1, 2"""
    patterns = {"pattern": "etl%", "earlier": "%$next$%"}
    return Statement(text, {"schemas": schemas, **patterns})


def bound_views(name: TableName) -> Statement:
    """List the views that are bound to a table: ``view_schema``, ``view_name``.

    After a swap they would still read the old table and prevent its DROP. A view depends on its
    tables through its rule in PG_REWRITE; a late-binding view has no such dependency.
    https://github.com/awslabs/amazon-redshift-utils/blob/master/src/AdminViews/v_view_dependency.sql
    """
    text = """\
SELECT DISTINCT
    vn.nspname AS view_schema,
    v.relname AS view_name
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n
    ON n.oid = c.relnamespace
JOIN pg_catalog.pg_depend AS d
    ON d.refobjid = c.oid
JOIN pg_catalog.pg_rewrite AS r
    ON r.oid = d.objid
JOIN pg_catalog.pg_class AS v
    ON v.oid = r.ev_class
JOIN pg_catalog.pg_namespace AS vn
    ON vn.oid = v.relnamespace
WHERE n.nspname = %(schema)s
    AND c.relname = %(table)s
    AND v.oid <> c.oid
    AND v.relkind IN ('v', 'm')
ORDER BY 1, 2"""
    return Statement(text, _parameters(name))


_FOREIGN_KEYS = """\
SELECT
    n.nspname AS table_schema,
    c.relname AS table_name,
    k.conname AS constraint_name,
    a.attname AS column_name,
    fn.nspname AS referenced_schema,
    f.relname AS referenced_table,
    fa.attname AS referenced_column,
    HAS_SCHEMA_PRIVILEGE(n.nspname, 'USAGE')
    AND {may_alter} AS may_alter
FROM (
    SELECT
        conname,
        conrelid,
        conkey,
        confrelid,
        confkey,
        GENERATE_SERIES(1, ARRAY_UPPER(conkey, 1)) AS place
    FROM pg_catalog.pg_constraint
    WHERE contype = 'f'
) AS k
JOIN pg_catalog.pg_class AS c
    ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace AS n
    ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute AS a
    ON a.attrelid = k.conrelid AND a.attnum = k.conkey[k.place]
JOIN pg_catalog.pg_class AS f
    ON f.oid = k.confrelid
JOIN pg_catalog.pg_namespace AS fn
    ON fn.oid = f.relnamespace
JOIN pg_catalog.pg_attribute AS fa
    ON fa.attrelid = k.confrelid AND fa.attnum = k.confkey[k.place]
WHERE {condition}
ORDER BY 1, 2, 3, k.place"""


def referencing_foreign_keys(name: TableName) -> Statement:
    """List the foreign keys of other tables that reference a table, a row for each column.

    ``references`` reads the rows. They prevent DROP TABLE without CASCADE.
    https://docs.aws.amazon.com/redshift/latest/dg/r_DROP_TABLE.html
    """
    condition = "fn.nspname = %(schema)s\n    AND f.relname = %(table)s\n    AND c.oid <> f.oid"
    return Statement(
        _FOREIGN_KEYS.format(condition=condition, may_alter=MAY_ALTER), _parameters(name)
    )


def own_foreign_keys(name: TableName) -> Statement:
    """List the foreign keys that a table declares, as ``referencing_foreign_keys`` does."""
    condition = "n.nspname = %(schema)s\n    AND c.relname = %(table)s"
    return Statement(
        _FOREIGN_KEYS.format(condition=condition, may_alter=MAY_ALTER), _parameters(name)
    )


def references(rows: Iterable[Mapping[str, Any]]) -> tuple[Reference, ...]:
    """Read the rows of ``referencing_foreign_keys`` or ``own_foreign_keys``, in their order."""
    found = []
    for (schema, name, constraint), group in groupby(rows, key=_constraint):
        parts = list(group)
        target = TableName(parts[0]["referenced_schema"], parts[0]["referenced_table"])
        key = ForeignKey(
            tuple(part["column_name"] for part in parts),
            target,
            tuple(part["referenced_column"] for part in parts),
        )
        found.append(Reference(TableName(schema, name), constraint, key, parts[0]["may_alter"]))
    return tuple(found)


def _constraint(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return row["table_schema"], row["table_name"], row["constraint_name"]


def named_keys(name: TableName) -> Statement:
    """List the primary and unique keys of a table, a row for each column; ``keys_of`` reads them.

    https://docs.aws.amazon.com/redshift/latest/dg/t_Defining_constraints.html
    """
    text = """\
SELECT
    k.conname AS constraint_name,
    k.contype = 'p' AS is_primary,
    a.attname AS column_name
FROM (
    SELECT
        conname,
        contype,
        conrelid,
        conkey,
        GENERATE_SERIES(1, ARRAY_UPPER(conkey, 1)) AS place
    FROM pg_catalog.pg_constraint
    WHERE contype IN ('p', 'u')
) AS k
JOIN pg_catalog.pg_class AS c
    ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace AS n
    ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute AS a
    ON a.attrelid = k.conrelid AND a.attnum = k.conkey[k.place]
WHERE n.nspname = %(schema)s
    AND c.relname = %(table)s
ORDER BY 1, k.place"""
    return Statement(text, _parameters(name))


def keys_of(rows: Iterable[Mapping[str, Any]]) -> tuple[NamedKey, ...]:
    """Read the rows of ``named_keys``, in their order."""
    found = []
    for constraint, group in groupby(rows, key=lambda row: row["constraint_name"]):
        parts = list(group)
        names = tuple(part["column_name"] for part in parts)
        found.append(NamedKey(constraint, names, parts[0]["is_primary"]))
    return tuple(found)

"""What the catalog tells of a relation: kind, object id, privileges, and what depends on it."""

from collections.abc import Collection

from pipeline.names import TableName
from pipeline.sql.statement import Statement

MAY_ALTER = """\
EXISTS (
        SELECT 1
        FROM pg_catalog.pg_user AS u
        WHERE u.usename = CURRENT_USER
            AND (u.usesuper OR u.usesysid = c.relowner)
    )"""
"""Whether the user owns the relation ``c``, or is a superuser."""

_KIND = """\
    CASE
        WHEN c.relkind = 'r' THEN 'table'
        WHEN LOWER(v.definition) LIKE '%%with no schema binding%%' THEN 'late-binding view'
        WHEN c.relkind IN ('v', 'm') THEN 'view'
        ELSE 'other'
    END AS kind,
    CAST(c.oid AS bigint) AS object_id"""
_FROM = """\
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n
    ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_views AS v
    ON v.schemaname = n.nspname AND v.viewname = c.relname
WHERE n.nspname = %(schema)s"""


def relation_kind(name: TableName) -> Statement:
    """Select the ``kind`` of a relation (table, view, late-binding view, other) and ``object_id``.

    No row if it does not exist. PG_VIEWS distinguishes a late-binding view only by its text,
    which ends with the clause.
    https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_VIEW.html
    """
    text = f"SELECT\n{_KIND}\n{_FROM}\n    AND c.relname = %(table)s"
    return Statement(text, {"schema": name.schema, "table": name.table})


def relation_states(
    name: TableName, *staging: TableName, comments: Collection[tuple[str, str]] = ()
) -> Statement:
    """Select what a swap must know of a relation and of its staging tables, a row for each.

    ``table_name``, kind and id as ``relation_kind`` selects them; ``has_views`` if a view is bound
    to it, as ``bound_views`` lists them; ``is_referenced`` if ``referencing_foreign_keys`` lists a
    foreign key. ``acl`` are its privileges, which ``pipeline.access.acl`` reads; ``may_alter`` if
    the user may grant some. ``comment_count`` is the number of ``comments`` that it has: pairs of
    a column, ``''`` for the relation, and a text.
    """
    text = f"""\
SELECT
    c.relname AS table_name,
{_KIND},
    EXISTS (
        SELECT 1
        FROM pg_catalog.pg_depend AS d
        JOIN pg_catalog.pg_rewrite AS r
            ON r.oid = d.objid
        WHERE d.refobjid = c.oid
            AND r.ev_class <> c.oid
    ) AS has_views,
    EXISTS (
        SELECT 1
        FROM pg_catalog.pg_constraint AS k
        WHERE k.confrelid = c.oid
            AND k.conrelid <> c.oid
            AND k.contype = 'f'
    ) AS is_referenced,
    PG_GET_USERBYID(c.relowner) AS owner_name,
    ARRAY_TO_STRING(c.relacl, CHR(10)) AS acl,
    {MAY_ALTER} AS may_alter,
    (
        SELECT COUNT(*)
        FROM pg_catalog.pg_description AS s
        LEFT JOIN pg_catalog.pg_attribute AS a
            ON a.attrelid = s.objoid AND a.attnum = s.objsubid
        WHERE s.objoid = c.oid
            AND COALESCE(a.attname, '') || CHR(10) || s.description IN %(comments)s
    ) AS comment_count
{_FROM}
    AND c.relname IN %(tables)s"""
    return Statement(
        text,
        {
            "schema": name.schema,
            "tables": (name.table, *(each.table for each in staging)),
            "comments": tuple(map("\n".join, comments)) or ("",),
        },
    )

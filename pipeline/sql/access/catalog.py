"""Catalog queries for groups, users, schemas, owners and privileges.

Every user may read these tables, except other users' default privileges. An ACL column comes as
one text with an item per line; ``pipeline.access.acl`` parses it.
https://docs.aws.amazon.com/redshift/latest/dg/c_intro_catalog_views.html
"""

from collections.abc import Collection

from pipeline.sql.statement import Statement


def select_current_state(
    marker_schema: str, schemas: Collection[str] = (), owner: str = ""
) -> dict[str, Statement]:
    """Select everything that the bootstrap compares, one query for each part, by name.

    ``schemas`` are those of the sources, ``owner`` is who shall own what is in them.
    """
    places = tuple(dict.fromkeys((*schemas, marker_schema)))
    return {name: Statement(text) for name, text in _CURRENT_STATE.items()} | {
        "columns": Statement(_MARKER_COLUMNS, {"schema": marker_schema}),
        "others": Statement(_OF_OTHERS, {"schemas": places, "owner": owner}),
    }


def select_holdings(user: str) -> dict[str, Statement]:
    """Select what a user owns or holds privileges on, one query for each part, by name.

    ``granted`` and ``granted_routines`` also match users and groups whose names contain this one.
    """
    return {name: Statement(text, {"user": user}) for name, text in _HOLDINGS.items()}


_CURRENT_STATE = {
    "database": """\
SELECT
    datname AS database_name,
    PG_GET_USERBYID(datdba) AS owner_name,
    ARRAY_TO_STRING(datacl, CHR(10)) AS acl
FROM pg_catalog.pg_database
WHERE datname = CURRENT_DATABASE()""",
    "groups": """\
SELECT groname AS group_name
FROM pg_catalog.pg_group
ORDER BY 1""",
    "members": """\
SELECT
    g.groname AS group_name,
    u.usename AS user_name
FROM pg_catalog.pg_group AS g
JOIN pg_catalog.pg_user AS u
    ON u.usesysid = ANY(g.grolist)
ORDER BY 1, 2""",
    "users": """\
SELECT
    usename AS user_name,
    usesuper AS is_superuser,
    ARRAY_TO_STRING(useconfig, CHR(10)) AS settings
FROM pg_catalog.pg_user
ORDER BY 1""",
    "schemas": """\
SELECT
    nspname AS schema_name,
    PG_GET_USERBYID(nspowner) AS owner_name,
    ARRAY_TO_STRING(nspacl, CHR(10)) AS acl
FROM pg_catalog.pg_namespace
WHERE SUBSTRING(nspname, 1, 3) <> 'pg_'
    AND nspname <> 'information_schema'
ORDER BY 1""",
    "defaults": """\
SELECT
    PG_GET_USERBYID(d.defacluser) AS owner_name,
    n.nspname AS schema_name,
    d.defaclobjtype AS object_type,
    ARRAY_TO_STRING(d.defaclacl, CHR(10)) AS acl
FROM pg_catalog.pg_default_acl AS d
LEFT JOIN pg_catalog.pg_namespace AS n
    ON n.oid = d.defaclnamespace
WHERE d.defaclobjtype IN ('r', 'f', 'p')
ORDER BY 1, 2, 3""",
}

_MARKER_COLUMNS = """\
SELECT
    n.nspname AS schema_name,
    c.relname AS table_name,
    a.attname AS column_name,
    ARRAY_TO_STRING(c.relacl, CHR(10)) AS acl
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n
    ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute AS a
    ON a.attrelid = c.oid
WHERE n.nspname = %(schema)s
    AND c.relkind = 'r'
    AND a.attnum > 0
    AND NOT a.attisdropped
ORDER BY 1, 2, a.attnum"""

_OF_OTHERS = """\
SELECT
    n.nspname AS schema_name,
    c.relname AS relation_name,
    PG_GET_USERBYID(c.relowner) AS owner_name
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n
    ON n.oid = c.relnamespace
WHERE n.nspname IN %(schemas)s
    AND c.relkind IN ('r', 'v', 'm')
    AND SUBSTRING(c.relname, 1, 8) <> 'mv_tbl__'
    AND PG_GET_USERBYID(c.relowner) <> %(owner)s
ORDER BY 1, 2"""
"""Without the tables that hold the rows of materialized views, which belong to these."""

_HOLDINGS = {
    "relations": """\
SELECT
    n.nspname AS schema_name,
    c.relname AS relation_name
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n
    ON n.oid = c.relnamespace
JOIN pg_catalog.pg_user AS u
    ON u.usesysid = c.relowner
WHERE u.usename = %(user)s
    AND c.relkind IN ('r', 'v', 'm')
    AND SUBSTRING(n.nspname, 1, 3) <> 'pg_'
ORDER BY 1, 2""",
    "routines": """\
SELECT
    n.nspname AS schema_name,
    p.proname AS routine_name
FROM pg_catalog.pg_proc AS p
JOIN pg_catalog.pg_namespace AS n
    ON n.oid = p.pronamespace
JOIN pg_catalog.pg_user AS u
    ON u.usesysid = p.proowner
WHERE u.usename = %(user)s
ORDER BY 1, 2""",
    "databases": """\
SELECT d.datname AS database_name
FROM pg_catalog.pg_database AS d
JOIN pg_catalog.pg_user AS u
    ON u.usesysid = d.datdba
WHERE u.usename = %(user)s
ORDER BY 1""",
    "granted": """\
SELECT
    n.nspname AS schema_name,
    c.relname AS relation_name,
    ARRAY_TO_STRING(c.relacl, CHR(10)) AS acl
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n
    ON n.oid = c.relnamespace
WHERE STRPOS(ARRAY_TO_STRING(c.relacl, CHR(10)), %(user)s) > 0
ORDER BY 1, 2""",
    "granted_columns": """\
SELECT
    namespace_name AS schema_name,
    relation_name,
    column_name
FROM svv_column_privileges
WHERE identity_type = 'user'
    AND identity_name = %(user)s
ORDER BY 1, 2, 3""",
    "granted_routines": """\
SELECT
    n.nspname AS schema_name,
    p.proname AS routine_name,
    OIDVECTORTYPES(p.proargtypes) AS argument_types,
    p.prokind AS routine_kind,
    ARRAY_TO_STRING(p.proacl, CHR(10)) AS acl
FROM pg_catalog.pg_proc_info AS p
JOIN pg_catalog.pg_namespace AS n
    ON n.oid = p.pronamespace
WHERE STRPOS(ARRAY_TO_STRING(p.proacl, CHR(10)), %(user)s) > 0
ORDER BY 1, 2, 3""",
}

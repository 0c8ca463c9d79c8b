-- The rows of SHOW GRANTS, which shows the group g as the role /g, as dbt-redshift knows. The grantor of scoped privileges and of
-- USAGE ON DATABASE is not saved.
-- https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW_GRANTS.html
CREATE OR REPLACE VIEW pg_internal.show_grants AS
WITH granted AS (
    SELECT n.nspname, c.relname, CASE c.relkind WHEN 'r' THEN 'TABLE' ELSE 'VIEW' END AS kind, c.relowner AS owner, c.relacl AS acl
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'v', 'm')
    UNION ALL
    SELECT n.nspname, p.proname, CASE p.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END, p.proowner, p.proacl
    FROM pg_catalog.pg_proc AS p
    JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
    UNION ALL
    SELECT nspname, NULL, 'SCHEMA', nspowner, nspacl FROM pg_catalog.pg_namespace
    UNION ALL
    SELECT NULL, NULL, 'DATABASE', datdba, coalesce(datacl, acldefault('d', datdba))
    FROM pg_catalog.pg_database WHERE datname = current_database()
),
listed AS (
    SELECT
        g.nspname, g.relname, g.kind AS kind, p.privilege_type,
        i.oid, i.name, i.type, a.is_grantable, g.kind AS scope,
        pg_internal.owner_name(pg_get_userbyid(a.grantor))::text AS grantor
    FROM granted AS g
    CROSS JOIN LATERAL aclexplode(g.acl) AS a
    CROSS JOIN LATERAL unnest(CASE a.privilege_type
        WHEN 'TRIGGER' THEN ARRAY['ALTER', 'DROP', 'RULE', 'TRIGGER'] -- of GRANT ALL
        WHEN 'TEMPORARY' THEN ARRAY['TEMP']
        ELSE ARRAY[a.privilege_type] END) AS p (privilege_type)
    JOIN pg_internal.identity AS i ON i.oid = a.grantee
    WHERE a.grantee <> g.owner AND i.is_own AND a.privilege_type NOT IN ('CONNECT', 'MAINTAIN')
        AND (g.nspname IS NULL OR g.nspname NOT IN ('pg_internal', 'pg_catalog', 'information_schema') AND g.nspname NOT LIKE 'pg\_toast%')
    UNION ALL
    SELECT s.namespace_name, NULL, 'SCHEMA', s.privilege_type, s.identity_id, s.identity_name, s.identity_type, s.admin_option, s.privilege_scope, NULL
    FROM pg_internal.svv_schema_privileges AS s WHERE s.privilege_scope <> 'SCHEMA'
    UNION ALL
    SELECT NULL, NULL, 'DATABASE', d.privilege_type, d.identity_id, d.identity_name, d.identity_type, d.admin_option, d.privilege_scope, NULL
    FROM pg_internal.svv_database_privileges AS d WHERE d.privilege_scope <> 'DATABASE' OR d.privilege_type = 'USAGE'
)
SELECT
    nspname::text AS schema_name,
    relname::text AS object_name,
    kind AS object_type,
    privilege_type,
    oid::integer AS identity_id,
    CASE type WHEN 'group' THEN '/' || name ELSE name END AS identity_name,
    CASE type WHEN 'group' THEN 'role' ELSE type END AS identity_type,
    is_grantable AS admin_option,
    scope AS privilege_scope,
    current_database()::text AS database_name,
    grantor AS grantor_name
FROM listed;

-- https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW_COLUMN_GRANTS.html
CREATE OR REPLACE VIEW pg_internal.show_column_grants AS
SELECT
    current_database()::text AS database_name,
    n.nspname::text AS schema_name,
    c.relname::text AS table_name,
    t.attname::text AS column_name,
    'COLUMN'::text AS object_type,
    a.privilege_type,
    i.oid::integer AS identity_id,
    CASE i.type WHEN 'group' THEN '/' || i.name ELSE i.name END AS identity_name,
    CASE i.type WHEN 'group' THEN 'role' ELSE i.type END AS identity_type,
    a.is_grantable AS admin_option,
    'COLUMN'::text AS privilege_scope,
    pg_internal.owner_name(pg_get_userbyid(a.grantor))::text AS grantor_name
FROM pg_catalog.pg_attribute AS t
JOIN pg_catalog.pg_class AS c ON c.oid = t.attrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL aclexplode(t.attacl) AS a
JOIN pg_internal.identity AS i ON i.oid = a.grantee
WHERE a.grantee <> c.relowner AND i.is_own AND a.privilege_type IN ('SELECT', 'UPDATE');

-- Privileges that were granted explicitly, not those of owners.

CREATE OR REPLACE VIEW pg_internal.identity AS
SELECT
    oid,
    CASE WHEN rolname ~ '^(role|group):' THEN split_part(rolname, ':', 1) ELSE 'user' END AS type,
    regexp_replace(rolname, '^(role|group):', '')::text AS name,
    pg_has_role(oid, 'USAGE') AS is_own
FROM pg_catalog.pg_roles
WHERE rolname NOT LIKE 'scope:%'
UNION ALL
SELECT 0, 'public', 'public', true;

-- Scoped privileges, with those that ALL stands for.
CREATE OR REPLACE VIEW pg_internal.scoped_privilege_listed AS
SELECT grantee, kind, scope, each AS privilege, bool_or(grantable) AS grantable
FROM pg_internal.scoped_privilege
CROSS JOIN LATERAL unnest(CASE
    WHEN privilege <> 'ALL' THEN ARRAY[privilege]
    ELSE CASE kind WHEN 'TABLES' THEN '{SELECT,INSERT,UPDATE,DELETE,REFERENCES,TRUNCATE}'::text[]
        WHEN 'SCHEMAS' THEN '{CREATE,USAGE}' WHEN 'LANGUAGES' THEN '{USAGE}' ELSE '{EXECUTE}' END
    END) AS each
GROUP BY 1, 2, 3, 4;

-- https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_RELATION_PRIVILEGES.html
CREATE OR REPLACE VIEW pg_internal.svv_relation_privileges AS
SELECT
    n.nspname::text AS namespace_name,
    c.relname::text AS relation_name,
    a.privilege_type,
    i.oid::integer AS identity_id,
    i.name AS identity_name,
    i.type AS identity_type,
    bool_or(a.is_grantable) AS admin_option
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL aclexplode(c.relacl) AS a
JOIN pg_internal.identity AS i ON i.oid = a.grantee
WHERE c.relkind IN ('r', 'v', 'm') AND a.grantee <> c.relowner AND i.is_own
    AND n.nspname NOT IN ('pg_internal', 'pg_catalog', 'information_schema')
    AND a.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE', 'REFERENCES', 'TRUNCATE')
GROUP BY 1, 2, 3, 4, 5, 6;

-- https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_SCHEMA_PRIVILEGES.html
CREATE OR REPLACE VIEW pg_internal.svv_schema_privileges AS
SELECT
    n.nspname::text AS namespace_name,
    a.privilege_type,
    i.oid::integer AS identity_id,
    i.name AS identity_name,
    i.type AS identity_type,
    bool_or(a.is_grantable) AS admin_option,
    'SCHEMA'::text AS privilege_scope
FROM pg_catalog.pg_namespace AS n
CROSS JOIN LATERAL aclexplode(n.nspacl) AS a
JOIN pg_internal.identity AS i ON i.oid = a.grantee
WHERE a.grantee <> n.nspowner AND i.is_own
    AND n.nspname NOT IN ('pg_internal', 'pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\_toast%'
GROUP BY 1, 2, 3, 4, 5
UNION ALL
SELECT n.nspname::text, p.privilege, i.oid::integer, i.name, i.type, p.grantable, p.kind
FROM pg_internal.scoped_privilege_listed AS p
JOIN pg_catalog.pg_namespace AS n ON n.oid = p.scope
JOIN pg_internal.identity AS i ON i.oid = p.grantee
WHERE i.is_own;

-- https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_DATABASE_PRIVILEGES.html
CREATE OR REPLACE VIEW pg_internal.svv_database_privileges AS
SELECT
    d.datname::text AS database_name,
    CASE a.privilege_type WHEN 'TEMPORARY' THEN 'TEMP' ELSE a.privilege_type END AS privilege_type,
    i.oid::integer AS identity_id,
    i.name AS identity_name,
    i.type AS identity_type,
    bool_or(a.is_grantable) AS admin_option,
    'DATABASE'::text AS privilege_scope
FROM pg_catalog.pg_database AS d
CROSS JOIN LATERAL aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) AS a
JOIN pg_internal.identity AS i ON i.oid = a.grantee
WHERE d.datname = current_database() AND a.grantee <> d.datdba AND i.is_own AND a.privilege_type IN ('CREATE', 'TEMPORARY')
GROUP BY 1, 2, 3, 4, 5
UNION ALL
SELECT current_database()::text, 'USAGE', i.oid::integer, i.name, i.type, u.grantable, 'DATABASE'
FROM pg_internal.database_usage AS u
JOIN pg_internal.identity AS i ON i.oid = u.grantee
WHERE i.is_own
UNION ALL
SELECT current_database()::text, p.privilege, i.oid::integer, i.name, i.type, p.grantable, p.kind
FROM pg_internal.scoped_privilege_listed AS p
JOIN pg_internal.identity AS i ON i.oid = p.grantee
WHERE p.scope = 0 AND i.is_own;

-- https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_FUNCTION_PRIVILEGES.html
CREATE OR REPLACE VIEW pg_internal.svv_function_privileges AS
SELECT
    n.nspname::text AS namespace_name,
    p.proname::text AS function_name,
    oidvectortypes(p.proargtypes) AS argument_types,
    a.privilege_type,
    i.oid::integer AS identity_id,
    i.name AS identity_name,
    i.type AS identity_type,
    bool_or(a.is_grantable) AS admin_option
FROM pg_catalog.pg_proc AS p
JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
CROSS JOIN LATERAL aclexplode(p.proacl) AS a
JOIN pg_internal.identity AS i ON i.oid = a.grantee
WHERE a.grantee <> p.proowner AND i.is_own AND n.nspname NOT IN ('pg_internal', 'pg_catalog', 'information_schema')
GROUP BY 1, 2, 3, 4, 5, 6, 7;

-- https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_COLUMN_PRIVILEGES.html
CREATE OR REPLACE VIEW pg_internal.svv_column_privileges AS
SELECT DISTINCT
    n.nspname::text AS namespace_name,
    c.relname::text AS relation_name,
    t.attname::text AS column_name,
    a.privilege_type,
    i.oid::integer AS identity_id,
    i.name AS identity_name,
    i.type AS identity_type
FROM pg_catalog.pg_attribute AS t
JOIN pg_catalog.pg_class AS c ON c.oid = t.attrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL aclexplode(t.attacl) AS a
JOIN pg_internal.identity AS i ON i.oid = a.grantee
WHERE a.grantee <> c.relowner AND i.is_own AND n.nspname NOT IN ('pg_internal', 'pg_catalog', 'information_schema')
    AND a.privilege_type IN ('SELECT', 'UPDATE');

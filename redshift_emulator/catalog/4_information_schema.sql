-- INFORMATION_SCHEMA, as Redshift shows it.

CREATE OR REPLACE VIEW pg_internal.information_schemata AS
SELECT catalog_name, schema_name, pg_internal.owner_name(schema_owner::name)::information_schema.sql_identifier AS schema_owner
FROM information_schema.schemata
WHERE schema_name NOT LIKE 'pg\_%';

-- Materialized views, which the SQL standard does not know; Redshift shows them as views.
CREATE OR REPLACE VIEW pg_internal.readable_materialized_view AS
SELECT c.oid AS relid, n.nspname, c.relname, m.definition
FROM pg_internal.materialized_view AS m
JOIN pg_catalog.pg_class AS c ON c.oid = m.relid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE has_table_privilege(c.oid, 'SELECT');

CREATE OR REPLACE VIEW pg_internal.information_tables AS
SELECT table_catalog, table_schema, table_name, table_type
FROM information_schema.tables
WHERE table_schema <> 'pg_internal'
UNION ALL
SELECT r.table_catalog, r.table_schema, r.table_name, r.table_type
FROM pg_internal.readable_materialized_view AS m
CROSS JOIN LATERAL jsonb_populate_record(NULL::information_schema.tables, jsonb_build_object(
    'table_catalog', current_database(), 'table_schema', m.nspname, 'table_name', m.relname, 'table_type', 'VIEW'
)) AS r;

CREATE OR REPLACE VIEW pg_internal.all_columns AS
SELECT * FROM information_schema.columns
UNION ALL
SELECT r.*
FROM pg_internal.readable_materialized_view AS m
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = m.relid AND a.attnum > 0
CROSS JOIN LATERAL jsonb_populate_record(NULL::information_schema.columns, jsonb_build_object(
    'table_catalog', current_database(),
    'table_schema', m.nspname,
    'table_name', m.relname,
    'column_name', a.attname,
    'ordinal_position', a.attnum,
    'is_nullable', 'YES',
    'data_type', format_type(a.atttypid, NULL),
    'character_maximum_length', information_schema._pg_char_max_length(a.atttypid, a.atttypmod),
    'character_octet_length', information_schema._pg_char_octet_length(a.atttypid, a.atttypmod),
    'numeric_precision', information_schema._pg_numeric_precision(a.atttypid, a.atttypmod),
    'numeric_precision_radix', information_schema._pg_numeric_precision_radix(a.atttypid, a.atttypmod),
    'numeric_scale', information_schema._pg_numeric_scale(a.atttypid, a.atttypmod),
    'datetime_precision', information_schema._pg_datetime_precision(a.atttypid, a.atttypmod)
)) AS r;

CREATE OR REPLACE FUNCTION pg_internal.varbyte_length(schema name, relation name, attribute name) RETURNS integer
LANGUAGE sql STABLE AS $$
    SELECT p.varbyte
    FROM pg_catalog.pg_namespace AS n
    JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid
    JOIN pg_internal.column_property AS p ON p.relid = a.attrelid AND p.attnum = a.attnum
    WHERE n.nspname = schema AND c.relname = relation AND a.attname = attribute
$$;

CREATE OR REPLACE VIEW pg_internal.information_columns AS
SELECT
    table_catalog,
    table_schema,
    table_name,
    column_name,
    ordinal_position,
    CASE is_identity WHEN 'YES' THEN format('"identity"(%s, %s)', identity_start, identity_increment)
        ELSE pg_internal.show_definition(column_default)::character varying END AS column_default,
    is_nullable,
    CASE data_type WHEN 'json' THEN 'super' WHEN 'jsonb' THEN 'super' WHEN 'bytea' THEN 'binary varying' ELSE data_type END AS data_type,
    CASE data_type WHEN 'bytea' THEN pg_internal.varbyte_length(table_schema, table_name, column_name)
        ELSE character_maximum_length END::information_schema.cardinal_number AS character_maximum_length,
    character_octet_length,
    numeric_precision,
    numeric_precision_radix,
    numeric_scale,
    datetime_precision,
    interval_type,
    interval_precision,
    character_set_catalog,
    character_set_schema,
    character_set_name,
    collation_catalog,
    collation_schema,
    collation_name,
    domain_catalog,
    domain_schema,
    domain_name,
    udt_catalog,
    udt_schema,
    (CASE udt_name WHEN 'json' THEN 'super' WHEN 'jsonb' THEN 'super' WHEN 'bytea' THEN 'varbyte' ELSE udt_name END)
        ::information_schema.sql_identifier AS udt_name,
    dtd_identifier,
    is_self_referencing
FROM pg_internal.all_columns
WHERE table_schema <> 'pg_internal';

CREATE OR REPLACE VIEW pg_internal.information_views AS
SELECT
    v.table_catalog,
    v.table_schema,
    v.table_name,
    coalesce(l.definition, pg_internal.show_definition(v.view_definition::text)) AS view_definition,
    v.check_option,
    'NO'::text AS is_updatable,
    'NO'::text AS is_insertable_into
FROM information_schema.views AS v
JOIN pg_catalog.pg_namespace AS n ON n.nspname = v.table_schema
JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = v.table_name
LEFT JOIN pg_internal.late_binding_view AS l ON l.relid = c.oid
WHERE v.table_schema <> 'pg_internal'
UNION ALL
SELECT r.table_catalog, r.table_schema, r.table_name, m.definition, r.check_option, 'NO', 'NO'
FROM pg_internal.readable_materialized_view AS m
CROSS JOIN LATERAL jsonb_populate_record(NULL::information_schema.views, jsonb_build_object(
    'table_catalog', current_database(), 'table_schema', m.nspname, 'table_name', m.relname, 'check_option', 'NONE'
)) AS r;

CREATE OR REPLACE VIEW pg_internal.key_columns AS
SELECT
    k.oid,
    k.conname::text AS constraint_name,
    k.contype,
    n.nspname::text AS table_schema,
    c.relname::text AS table_name,
    a.attname::text AS column_name,
    p.place::integer AS ordinal_position,
    fn.nspname::text AS foreign_schema,
    f.relname::text AS foreign_name,
    fa.attname::text AS foreign_column
FROM pg_internal.key_constraint AS k
JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL unnest(k.conkey) WITH ORDINALITY AS p (attnum, place)
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = p.attnum
LEFT JOIN pg_catalog.pg_class AS f ON f.oid = k.confrelid
LEFT JOIN pg_catalog.pg_namespace AS fn ON fn.oid = f.relnamespace
LEFT JOIN pg_catalog.pg_attribute AS fa ON fa.attrelid = k.confrelid AND fa.attnum = k.confkey[p.place];

CREATE OR REPLACE VIEW pg_internal.information_table_constraints AS
SELECT DISTINCT
    current_database()::text AS constraint_catalog,
    table_schema AS constraint_schema,
    constraint_name,
    current_database()::text AS table_catalog,
    table_schema,
    table_name,
    CASE contype WHEN 'p' THEN 'PRIMARY KEY' WHEN 'u' THEN 'UNIQUE' ELSE 'FOREIGN KEY' END AS constraint_type,
    'NO'::text AS is_deferrable,
    'NO'::text AS initially_deferred
FROM pg_internal.key_columns;

CREATE OR REPLACE VIEW pg_internal.information_key_column_usage AS
SELECT
    current_database()::text AS constraint_catalog,
    table_schema AS constraint_schema,
    constraint_name,
    current_database()::text AS table_catalog,
    table_schema,
    table_name,
    column_name,
    ordinal_position
FROM pg_internal.key_columns;

CREATE OR REPLACE VIEW pg_internal.information_constraint_column_usage AS
SELECT
    current_database()::text AS table_catalog,
    coalesce(foreign_schema, table_schema) AS table_schema,
    coalesce(foreign_name, table_name) AS table_name,
    coalesce(foreign_column, column_name) AS column_name,
    current_database()::text AS constraint_catalog,
    table_schema AS constraint_schema,
    constraint_name
FROM pg_internal.key_columns;

CREATE OR REPLACE VIEW pg_internal.information_referential_constraints AS
SELECT DISTINCT
    current_database()::text AS constraint_catalog,
    f.table_schema AS constraint_schema,
    f.constraint_name,
    current_database()::text AS unique_constraint_catalog,
    f.foreign_schema AS unique_constraint_schema,
    (
        SELECT u.conname::text FROM pg_internal.key_constraint AS u, pg_internal.key_constraint AS k
        WHERE k.oid = f.oid AND u.conrelid = k.confrelid AND u.contype IN ('p', 'u') AND u.conkey @> k.confkey
        LIMIT 1
    ) AS unique_constraint_name,
    'NONE'::text AS match_option,
    'NO ACTION'::text AS update_rule,
    'NO ACTION'::text AS delete_rule
FROM pg_internal.key_columns AS f
WHERE f.contype = 'f';

-- The columns of PostgreSQL 8.0.
CREATE OR REPLACE VIEW pg_internal.information_routines AS
SELECT
    specific_catalog, specific_schema, specific_name, routine_catalog, routine_schema, routine_name, routine_type,
    CASE data_type WHEN 'json' THEN 'super' WHEN 'bytea' THEN 'binary varying' ELSE data_type END AS data_type,
    type_udt_catalog, type_udt_schema, type_udt_name, dtd_identifier, routine_body, routine_definition, external_name,
    external_language, parameter_style, is_deterministic, sql_data_access, is_null_call, schema_level_routine,
    max_dynamic_result_sets, security_type
FROM information_schema.routines
WHERE routine_schema <> 'pg_internal';

-- Privileges of roles, of scopes and of PostgreSQL's own roles are not shown, as in access control lists.
CREATE OR REPLACE FUNCTION pg_internal.grantee_name(role text) RETURNS information_schema.sql_identifier LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN role !~ '^(role:|scope:|pg_)'
        THEN regexp_replace(pg_internal.owner_name(role::name)::text, '^group:', '')::information_schema.sql_identifier END
$$;
CREATE OR REPLACE VIEW pg_internal.information_table_privileges AS
SELECT
    pg_internal.grantee_name(grantor::text) AS grantor, pg_internal.grantee_name(grantee::text) AS grantee, table_catalog,
    table_schema, table_name, privilege_type, is_grantable, with_hierarchy
FROM information_schema.table_privileges
WHERE table_schema <> 'pg_internal' AND pg_internal.grantee_name(grantee::text) IS NOT NULL;

CREATE OR REPLACE VIEW pg_internal.information_column_privileges AS
SELECT
    pg_internal.grantee_name(grantor::text) AS grantor, pg_internal.grantee_name(grantee::text) AS grantee, table_catalog,
    table_schema, table_name, column_name, privilege_type, is_grantable
FROM information_schema.column_privileges
WHERE table_schema <> 'pg_internal' AND pg_internal.grantee_name(grantee::text) IS NOT NULL;

-- In PostgreSQL 8.0, the roles are the groups of the user.
CREATE OR REPLACE VIEW pg_internal.information_applicable_roles AS
SELECT
    u.usename::information_schema.sql_identifier AS grantee,
    g.groname::information_schema.sql_identifier AS role_name,
    'NO'::information_schema.character_data AS is_grantable
FROM pg_internal.pg_group AS g
JOIN pg_internal.pg_user AS u ON u.usesysid = ANY (g.grolist)
WHERE u.usename = current_user;

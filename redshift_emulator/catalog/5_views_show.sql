-- The rows of SHOW DATABASES, SCHEMAS, TABLES, COLUMNS, CONSTRAINTS, PROCEDURES, FUNCTIONS, PARAMETERS and DATASHARES.

-- https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW_DATABASES.html
CREATE OR REPLACE VIEW pg_internal.show_databases AS
SELECT
    datname::text AS database_name,
    pg_internal.owner(datdba) AS database_owner,
    'local'::text AS database_type,
    array_to_string(pg_internal.show_acl(datacl), '~') AS database_acl,
    NULL::text AS parameters,
    CASE current_setting('default_transaction_isolation') WHEN 'serializable' THEN 'Serializable' ELSE 'Snapshot Isolation' END
        AS database_isolation_level
FROM pg_catalog.pg_database
WHERE datname = current_database();

-- https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW_SCHEMAS.html
CREATE OR REPLACE VIEW pg_internal.show_schemas AS
SELECT
    current_database()::text AS database_name,
    nspname::text AS schema_name,
    pg_internal.owner(nspowner) AS schema_owner,
    'local'::text AS schema_type,
    regexp_replace(array_to_string(pg_internal.show_acl(nspacl), '~'), '\mpostgres\M', 'rdsdb', 'g') AS schema_acl,
    NULL::text AS source_database,
    NULL::text AS schema_option
FROM pg_catalog.pg_namespace
WHERE nspname NOT IN ('pg_internal', 'pg_toast') AND nspname NOT LIKE 'pg\_temp%' AND nspname NOT LIKE 'pg\_toast\_temp%'
    AND has_schema_privilege(oid, 'USAGE');

-- https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW_TABLES.html
CREATE OR REPLACE VIEW pg_internal.show_tables AS
SELECT
    current_database()::text AS database_name,
    n.nspname::text AS schema_name,
    c.relname::text AS table_name,
    CASE c.relkind WHEN 'r' THEN 'TABLE' ELSE 'VIEW' END AS table_type,
    array_to_string(pg_internal.show_acl(c.relacl), '~') AS table_acl,
    obj_description(c.oid, 'pg_class') AS remarks,
    pg_internal.owner_name(pg_get_userbyid(c.relowner))::text AS owner,
    NULL::timestamp AS last_altered_time,
    NULL::timestamp AS last_modified_time,
    CASE p.diststyle WHEN 'AUTO' THEN 'AUTO (ALL)' WHEN 'KEY' THEN (
            SELECT format('KEY (%s)', a.attname) FROM pg_internal.column_property AS k
            JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.relid AND a.attnum = k.attnum
            WHERE k.relid = c.oid AND k.distkey)
        ELSE CASE c.relkind WHEN 'r' THEN p.diststyle END END AS dist_style,
    CASE WHEN c.relkind = 'r' THEN 'REGULAR TABLE' WHEN c.relkind = 'm' THEN 'MATERIALIZED VIEW'
        WHEN l.relid IS NOT NULL THEN 'LATE BINDING VIEW' ELSE 'REGULAR VIEW' END AS table_subtype
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_internal.table_property AS p ON p.relid = c.oid AND c.relkind = 'r'
LEFT JOIN pg_internal.late_binding_view AS l ON l.relid = c.oid
WHERE c.relkind IN ('r', 'v', 'm') AND n.nspname <> 'pg_internal' AND (
    pg_has_role(c.relowner, 'USAGE')
    OR has_schema_privilege(n.oid, 'USAGE') AND has_any_column_privilege(c.oid, 'SELECT')
);

-- https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW_COLUMNS.html
CREATE OR REPLACE VIEW pg_internal.show_columns AS
SELECT
    i.table_catalog::text AS database_name,
    i.table_schema::text AS schema_name,
    i.table_name::text AS table_name,
    i.column_name::text AS column_name,
    i.ordinal_position::integer AS ordinal_position,
    i.column_default::text AS column_default,
    i.is_nullable::text AS is_nullable,
    CASE WHEN a.atttypid IN (1188, 1190) THEN pg_internal.format_type(a.atttypid, a.atttypmod) ELSE i.data_type END::text AS data_type,
    i.character_maximum_length::integer AS character_maximum_length,
    i.numeric_precision::integer AS numeric_precision,
    i.numeric_scale::integer AS numeric_scale,
    col_description(a.attrelid, a.attnum) AS remarks,
    CASE WHEN p.sortkey <> 0 THEN t.sortstyle END AS sort_key_type,
    coalesce(p.sortkey, 0) AS sort_key,
    CASE WHEN p.distkey THEN 1 END AS dist_key,
    p.encoding AS encoding,
    CASE WHEN i.data_type IN ('character varying', 'character') THEN 'default' END AS collation
FROM pg_internal.information_columns AS i
JOIN pg_catalog.pg_namespace AS n ON n.nspname = i.table_schema
JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = i.table_name
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attname = i.column_name
LEFT JOIN pg_internal.table_property AS t ON t.relid = c.oid
LEFT JOIN pg_internal.column_property AS p ON p.relid = a.attrelid AND p.attnum = a.attnum
UNION ALL
SELECT current_database(), l.schema, l.view, l.name, l.number, NULL, 'YES', l.base, l.length, l.precision, l.scale,
    NULL, NULL, 0, NULL, NULL, CASE WHEN l.base IN ('character varying', 'character') THEN 'default' END
FROM pg_internal.late_binding_columns AS l;

-- https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW_CONSTRAINTS.html
CREATE OR REPLACE VIEW pg_internal.show_primary_keys AS
SELECT
    current_database()::text AS database_name,
    k.table_schema AS schema_name,
    k.table_name,
    k.constraint_name AS pk_name,
    k.column_name,
    k.ordinal_position AS key_seq
FROM pg_internal.key_columns AS k
WHERE k.contype = 'p';

CREATE OR REPLACE VIEW pg_internal.show_foreign_keys AS
SELECT
    current_database()::text AS pk_database_name,
    k.foreign_schema AS pk_schema_name,
    k.foreign_name AS pk_table_name,
    k.foreign_column AS pk_column_name,
    current_database()::text AS fk_database_name,
    k.table_schema AS fk_schema_name,
    k.table_name AS fk_table_name,
    k.column_name AS fk_column_name,
    k.ordinal_position AS key_seq,
    k.constraint_name AS fk_name,
    (
        SELECT p.conname::text FROM pg_internal.key_constraint AS p
        WHERE p.conrelid = f.confrelid AND p.contype IN ('p', 'u') AND p.conkey @> f.confkey AND p.conkey <@ f.confkey
        ORDER BY p.contype LIMIT 1
    ) AS pk_name,
    NULL::integer AS update_rule,
    NULL::integer AS delete_rule,
    NULL::integer AS deferrability
FROM pg_internal.key_columns AS k
JOIN pg_internal.key_constraint AS f ON f.oid = k.oid
WHERE k.contype = 'f';

-- https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW_PROCEDURES.html
CREATE OR REPLACE VIEW pg_internal.routine AS
SELECT
    n.nspname::text AS schema_name,
    p.proname::text AS name,
    p.prokind AS kind,
    a.number_of_arguments,
    a.argument_list,
    CASE p.prokind WHEN 'p' THEN a.results ELSE pg_internal.format_type(p.prorettype, NULL) END AS return_type,
    obj_description(p.oid, 'pg_proc') AS remarks
FROM pg_catalog.pg_proc AS p
JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
CROSS JOIN LATERAL (
    SELECT
        count(*) FILTER (WHERE mode <> 'o')::integer AS number_of_arguments,
        string_agg(pg_internal.format_type(type, NULL), ', ' ORDER BY place) FILTER (WHERE mode <> 'o') AS argument_list,
        string_agg(pg_internal.format_type(type, NULL), ', ' ORDER BY place) FILTER (WHERE mode IN ('o', 'b')) AS results
    FROM (
        SELECT type, place, coalesce(p.proargmodes[place], 'i') AS mode
        FROM unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) WITH ORDINALITY AS t (type, place)
    ) AS t
) AS a
WHERE p.prokind IN ('f', 'p') AND pg_internal.is_users_schema(p.pronamespace) AND (
    pg_has_role(p.proowner, 'USAGE') OR has_schema_privilege(n.oid, 'USAGE') AND has_function_privilege(p.oid, 'EXECUTE')
);

CREATE OR REPLACE VIEW pg_internal.show_procedures AS
SELECT current_database()::text AS database_name, schema_name, name AS procedure_name,
    number_of_arguments, argument_list, return_type, remarks
FROM pg_internal.routine
WHERE kind = 'p';

-- https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW_FUNCTIONS.html
CREATE OR REPLACE VIEW pg_internal.show_functions AS
SELECT current_database()::text AS database_name, schema_name, name AS function_name,
    number_of_arguments, argument_list, return_type, remarks
FROM pg_internal.routine
WHERE kind = 'f';

-- The names, lengths, precisions and scales of a procedure's arguments are in the text of its CREATE PROCEDURE.
-- https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW_PARAMETERS.html
CREATE OR REPLACE VIEW pg_internal.routine_parameter AS
SELECT p.oid, t.place::integer AS ordinal_position,
    CASE p.proargmodes[place] WHEN 'o' THEN 'OUT' WHEN 'b' THEN 'INOUT' ELSE 'IN' END AS parameter_type,
    pg_internal.format_type(t.type, NULL) AS data_type
FROM pg_catalog.pg_proc AS p
CROSS JOIN LATERAL unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) WITH ORDINALITY AS t (type, place)
UNION ALL
SELECT oid, 0, 'RETURN', pg_internal.format_type(prorettype, NULL) FROM pg_catalog.pg_proc WHERE prokind = 'f';

-- There are no data shares. https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW_DATASHARES.html
CREATE OR REPLACE VIEW pg_internal.show_datashares AS
SELECT
    NULL::text AS share_name,
    NULL::integer AS share_owner,
    NULL::text AS source_database,
    NULL::text AS consumer_database,
    NULL::text AS share_type,
    NULL::timestamp AS createdate,
    NULL::boolean AS is_publicaccessible,
    NULL::text AS share_acl,
    NULL::text AS producer_account,
    NULL::text AS producer_namespace
WHERE false;

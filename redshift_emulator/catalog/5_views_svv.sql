-- The system views about all databases that a cluster reads, its own and those of others: here there is one.

-- https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_REDSHIFT_DATABASES.html
CREATE OR REPLACE VIEW pg_internal.svv_redshift_databases AS
SELECT database_name, database_owner, database_type, database_acl, parameters AS database_options, database_isolation_level
FROM pg_internal.show_databases;

-- https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_ALL_SCHEMAS.html
CREATE OR REPLACE VIEW pg_internal.svv_all_schemas AS
SELECT database_name, schema_name, schema_owner, schema_type, schema_acl, source_database, schema_option
FROM pg_internal.show_schemas;

-- https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_REDSHIFT_SCHEMAS.html
CREATE OR REPLACE VIEW pg_internal.svv_redshift_schemas AS
SELECT database_name, schema_name, schema_owner, schema_type, schema_acl, schema_option
FROM pg_internal.show_schemas;

-- https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_REDSHIFT_TABLES.html
CREATE OR REPLACE VIEW pg_internal.svv_redshift_tables AS
SELECT database_name, schema_name, table_name, table_type, table_acl, remarks, owner AS table_owner
FROM pg_internal.show_tables;

-- https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_ALL_COLUMNS.html
CREATE OR REPLACE VIEW pg_internal.svv_all_columns AS
SELECT database_name, schema_name, table_name, column_name, ordinal_position, column_default, is_nullable, data_type,
    character_maximum_length, numeric_precision, numeric_scale, remarks
FROM pg_internal.show_columns;

-- https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_REDSHIFT_COLUMNS.html
CREATE OR REPLACE VIEW pg_internal.svv_redshift_columns AS
SELECT database_name, schema_name, table_name, column_name, ordinal_position, data_type, column_default, is_nullable,
    encoding, dist_key IS NOT NULL AS distkey, sort_key AS sortkey, NULL::text AS column_acl, remarks
FROM pg_internal.show_columns;

-- External schemas are not supported, so there are none.
-- https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_EXTERNAL_SCHEMAS.html
CREATE OR REPLACE VIEW pg_internal.svv_external_schemas AS
SELECT NULL::oid AS esoid, NULL::smallint AS eskind, NULL::name AS schemaname, NULL::integer AS esowner,
    NULL::text AS databasename, NULL::text AS esoptions
WHERE false;

-- https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_EXTERNAL_DATABASES.html
CREATE OR REPLACE VIEW pg_internal.svv_external_databases AS
SELECT NULL::integer AS eskind, NULL::text AS esoptions, NULL::text AS databasename, NULL::text AS location,
    NULL::text AS parameters
WHERE false;

-- https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_EXTERNAL_TABLES.html
CREATE OR REPLACE VIEW pg_internal.svv_external_tables AS
SELECT NULL::text AS redshift_database_name, NULL::text AS schemaname, NULL::text AS tablename, NULL::text AS tabletype,
    NULL::text AS location, NULL::text AS input_format, NULL::text AS output_format, NULL::text AS serialization_lib,
    NULL::text AS serde_parameters, NULL::integer AS compressed, NULL::text AS parameters
WHERE false;

-- https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_EXTERNAL_COLUMNS.html
CREATE OR REPLACE VIEW pg_internal.svv_external_columns AS
SELECT NULL::text AS redshift_database_name, NULL::text AS schemaname, NULL::text AS tablename, NULL::text AS columnname,
    NULL::text AS external_type, NULL::integer AS columnnum, NULL::integer AS part_key, NULL::text AS is_nullable
WHERE false;

-- https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_EXTERNAL_PARTITIONS.html
CREATE OR REPLACE VIEW pg_internal.svv_external_partitions AS
SELECT NULL::text AS schemaname, NULL::text AS tablename, NULL::text AS "values", NULL::text AS location,
    NULL::text AS input_format, NULL::text AS output_format, NULL::text AS serialization_lib,
    NULL::text AS serde_parameters, NULL::integer AS compressed, NULL::text AS parameters
WHERE false;

-- Without the time of the last DDL. https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_USER_INFO.html
CREATE OR REPLACE VIEW pg_internal.svv_user_info AS
SELECT
    usename::text AS user_name, usesysid AS user_id, usecreatedb AS createdb, usesuper AS superuser, usecatupd AS catalog_update,
    useconnlimit AS connection_limit, syslogaccess AS syslog_access, NULL::timestamp AS last_ddl_timestamp,
    coalesce(sessiontimeout, 0) AS session_timeout, NULL::text AS external_user_id
FROM pg_internal.pg_user_info WHERE pg_internal.may_see(usesysid);

-- For superusers only. https://docs.aws.amazon.com/redshift/latest/dg/r_SVL_USER_INFO.html
CREATE OR REPLACE VIEW pg_internal.svl_user_info AS
SELECT
    usename, usesysid, usecreatedb, usesuper, usecatupd, useconnlimit, syslogaccess, NULL::timestamp AS last_ddl_ts,
    coalesce(sessiontimeout, 0) AS sessiontimeout, NULL::text AS external_user_id
FROM pg_internal.pg_user_info
WHERE (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user);

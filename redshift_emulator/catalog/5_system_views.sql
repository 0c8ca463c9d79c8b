-- The system tables and views SVV_*, STV_*, STL_* and SYS_*.
-- https://docs.aws.amazon.com/redshift/latest/dg/cm_chap_system-tables.html

-- The columns of late-binding views, which a statement that reads SVV_COLUMNS finds out before.
CREATE OR REPLACE VIEW pg_internal.late_binding_columns AS
SELECT
    l.schema,
    l.view,
    l.name,
    l.number,
    t.base,
    CASE WHEN t.base IN ('character varying', 'character', 'binary varying') THEN t.sizes[1]::integer END AS length,
    CASE t.base WHEN 'numeric' THEN t.sizes[1]::integer WHEN 'smallint' THEN 16 WHEN 'integer' THEN 32 WHEN 'bigint' THEN 64
        WHEN 'real' THEN 24 WHEN 'double precision' THEN 53 END AS precision,
    CASE WHEN t.base = 'numeric' THEN t.sizes[2]::integer WHEN t.base IN ('smallint', 'integer', 'bigint') THEN 0 END AS scale
FROM jsonb_to_recordset(coalesce(nullif(current_setting('rs.late_binding_columns', true), ''), '[]')::jsonb)
    AS l (schema text, view text, name text, type text, number integer)
CROSS JOIN LATERAL (
    SELECT regexp_replace(l.type, '\(.*\)', '') AS base, string_to_array(substring(l.type FROM '\((.*)\)'), ',') AS sizes
) AS t;

CREATE OR REPLACE VIEW pg_internal.svv_columns AS
SELECT
    table_catalog, table_schema, table_name, column_name, ordinal_position, column_default, is_nullable, data_type,
    character_maximum_length, numeric_precision, numeric_precision_radix, numeric_scale, datetime_precision,
    interval_type, interval_precision, character_set_catalog, character_set_schema, character_set_name,
    collation_catalog, collation_schema, collation_name, domain_name, NULL::text AS remarks
FROM (
    SELECT * FROM pg_internal.information_columns
    UNION ALL
    SELECT r.*
    FROM pg_internal.late_binding_columns AS l
    CROSS JOIN LATERAL jsonb_populate_record(NULL::pg_internal.information_columns, jsonb_build_object(
        'table_catalog', current_database(),
        'table_schema', l.schema,
        'table_name', l.view,
        'column_name', l.name,
        'ordinal_position', l.number,
        'is_nullable', 'YES',
        'data_type', l.base,
        'character_maximum_length', l.length,
        'numeric_precision', l.precision,
        'numeric_precision_radix', CASE l.base WHEN 'numeric' THEN 10 ELSE l.precision * 0 + 2 END,
        'numeric_scale', l.scale
    )) AS r
) AS c;

CREATE OR REPLACE VIEW pg_internal.svv_tables AS
SELECT table_catalog, table_schema, table_name, table_type, NULL::text AS remarks FROM pg_internal.information_tables;

CREATE OR REPLACE VIEW pg_internal.svv_all_tables AS
SELECT
    table_catalog::text AS database_name,
    table_schema::text AS schema_name,
    table_name::text AS table_name,
    CASE table_type WHEN 'BASE TABLE' THEN 'TABLE' ELSE table_type END AS table_type,
    NULL::text AS table_acl,
    NULL::text AS remarks
FROM pg_internal.information_tables;

CREATE OR REPLACE FUNCTION pg_internal.row_count(relation oid) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    result bigint;
BEGIN
    EXECUTE format('SELECT count(*) FROM %s', relation::regclass) INTO result;
    RETURN result;
EXCEPTION WHEN undefined_table OR syntax_error THEN -- dropped meanwhile; its name is a number then
    RETURN 0;
END
$$;

-- Tables with rows only. https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_TABLE_INFO.html
CREATE OR REPLACE VIEW pg_internal.svv_table_info AS
WITH filled AS (
    SELECT
        c.oid,
        c.relname,
        n.nspname,
        t.*,
        pg_internal.row_count(c.oid) AS row_count,
        greatest(1, pg_table_size(c.oid) / 1048576) AS megabytes
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_internal.table_property AS t ON t.relid = c.oid
    WHERE c.relkind IN ('r', 'm') AND NOT pg_is_other_temp_schema(c.relnamespace)
)
SELECT
    current_database()::text AS "database",
    f.nspname::text AS "schema",
    f.oid AS table_id,
    f.relname::text AS "table",
    CASE WHEN f.encode_auto THEN 'Y, AUTO(ENCODE)'
        WHEN EXISTS (SELECT FROM pg_internal.column_property AS p WHERE p.relid = f.oid AND p.encoding <> 'raw')
        THEN 'Y' ELSE 'N' END AS encoded,
    CASE f.diststyle WHEN 'KEY' THEN format('KEY(%s)', (
            SELECT a.attname FROM pg_internal.column_property AS p
            JOIN pg_catalog.pg_attribute AS a ON a.attrelid = p.relid AND a.attnum = p.attnum
            WHERE p.relid = f.oid AND p.distkey))
        WHEN 'AUTO' THEN 'AUTO(ALL)' ELSE f.diststyle END AS diststyle,
    CASE f.sortstyle WHEN 'AUTO' THEN 'AUTO(SORTKEY)' WHEN 'INTERLEAVED' THEN 'INTERLEAVED' ELSE (
            SELECT a.attname FROM pg_internal.column_property AS p
            JOIN pg_catalog.pg_attribute AS a ON a.attrelid = p.relid AND a.attnum = p.attnum
            WHERE p.relid = f.oid AND p.sortkey = 1) END AS sortkey1,
    (
        SELECT CASE WHEN bool_or(a.atttypmod < 0) THEN NULL ELSE coalesce(max(a.atttypmod - 4), 0) END
        FROM pg_catalog.pg_attribute AS a
        WHERE a.attrelid = f.oid AND a.atttypid = 'varchar'::regtype AND NOT a.attisdropped
    ) AS max_varchar,
    (SELECT p.encoding FROM pg_internal.column_property AS p WHERE p.relid = f.oid AND p.sortkey = 1) AS sortkey1_enc,
    (SELECT count(*)::integer FROM pg_internal.column_property AS p WHERE p.relid = f.oid AND p.sortkey <> 0) AS sortkey_num,
    f.megabytes AS size,
    0::numeric(10, 4) AS pct_used,
    0::bigint AS empty,
    0::numeric(5, 2) AS unsorted,
    0::numeric(5, 2) AS stats_off,
    f.row_count::numeric(38, 0) AS tbl_rows,
    NULL::numeric(19, 2) AS skew_sortkey1,
    1::numeric(19, 2) AS skew_rows,
    f.row_count::numeric(38, 0) AS estimated_visible_rows,
    NULL::text AS risk_event,
    NULL::numeric(12, 2) AS vacuum_sort_benefit,
    f.created AS create_time
FROM filled AS f
WHERE f.row_count > 0;

CREATE OR REPLACE VIEW pg_internal.stv_slices AS SELECT node, slice, localslice, type FROM pg_internal.slice;

CREATE OR REPLACE VIEW pg_internal.stv_sessions AS
SELECT
    backend_start::timestamp AS starttime,
    pid AS process,
    usename::char(50) AS user_name,
    datname::char(50) AS db_name,
    0 AS timeout_sec
FROM pg_catalog.pg_stat_activity
WHERE usename IS NOT NULL AND pg_internal.is_user(usesysid);

-- Tables about loads: superusers see all rows, other users their own.
CREATE OR REPLACE FUNCTION pg_internal.may_see(usesysid integer) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT rolsuper OR oid::integer = usesysid FROM pg_catalog.pg_roles WHERE rolname = session_user
$$;
CREATE OR REPLACE VIEW pg_internal.stl_load_errors AS
SELECT * FROM pg_internal.stl_load_errors_all WHERE pg_internal.may_see(userid);
CREATE OR REPLACE VIEW pg_internal.stl_loaderror_detail AS
SELECT * FROM pg_internal.stl_loaderror_detail_all WHERE pg_internal.may_see(userid);
CREATE OR REPLACE VIEW pg_internal.sys_load_error_detail AS
SELECT * FROM pg_internal.sys_load_error_detail_all WHERE pg_internal.may_see(user_id);
CREATE OR REPLACE VIEW pg_internal.stl_load_commits AS
SELECT
    userid, query, slice, name, filename, byte_offset, lines_scanned, errors, curtime, status, file_format, is_partial, start_offset
FROM pg_internal.stl_load_commits_all WHERE pg_internal.may_see(userid);
CREATE OR REPLACE VIEW pg_internal.stl_replacements AS
SELECT * FROM pg_internal.stl_replacements_all WHERE pg_internal.may_see(userid);
CREATE OR REPLACE VIEW pg_internal.sys_load_history AS
SELECT * FROM pg_internal.sys_load_history_all WHERE pg_internal.may_see(user_id);

-- The last statement of each session that is open.
-- https://docs.aws.amazon.com/redshift/latest/dg/SYS_QUERY_HISTORY.html
CREATE OR REPLACE VIEW pg_internal.sys_query_history AS
SELECT
    a.usesysid::integer AS user_id,
    coalesce(s.query_id, a.pid)::bigint AS query_id,
    NULL::char(320) AS query_label,
    NULL::bigint AS transaction_id,
    a.pid AS session_id,
    a.datname::char(128) AS database_name,
    'OTHER'::char(32) AS query_type,
    CASE WHEN a.state = 'active' OR l.session_id IS NOT NULL THEN 'running' ELSE 'success' END::char(10) AS status,
    a.query_start::timestamp AS start_time,
    CASE WHEN a.state <> 'active' AND l.session_id IS NULL THEN a.state_change::timestamp END AS end_time,
    left(coalesce(s.query, ''), 4000)::char(4000) AS query_text,
    -- new columns stand at the end: a view of an earlier version can only grow there
    false AS result_cache_hit,
    (extract(epoch FROM CASE WHEN a.state = 'active' THEN clock_timestamp() ELSE a.state_change END - a.query_start) * 1000000)::bigint
        AS elapsed_time,
    0::bigint AS queue_time,
    (extract(epoch FROM CASE WHEN a.state = 'active' THEN clock_timestamp() ELSE a.state_change END - a.query_start) * 1000000)::bigint
        AS execution_time,
    NULL::char(512) AS error_message,
    NULL::bigint AS returned_rows,
    NULL::bigint AS returned_bytes,
    NULL::char(256) AS redshift_version,
    NULL::char(150) AS usage_limit,
    'primary'::varchar(32) AS compute_type,
    0::bigint AS compile_time,
    0::bigint AS planning_time,
    0::bigint AS lock_wait_time,
    NULL::integer AS service_class_id,
    NULL::char(64) AS service_class_name,
    NULL::char(20) AS query_priority,
    NULL::char(10) AS short_query_accelerated,
    NULL::char(40) AS user_query_hash,
    NULL::char(40) AS generic_query_hash,
    NULL::integer AS query_hash_version,
    NULL::bigint AS result_cache_query_id
FROM pg_catalog.pg_stat_activity AS a
LEFT JOIN (
    SELECT DISTINCT session_id FROM pg_internal.sys_load_history_all WHERE trim(status) = 'running'
) AS l ON l.session_id = a.pid
LEFT JOIN pg_internal.session_statement AS s ON s.pid = a.pid
WHERE a.backend_type = 'client backend' AND a.query_start IS NOT NULL AND pg_internal.is_user(a.usesysid) AND pg_internal.may_see(a.usesysid::integer);

-- https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_TRANSACTIONS.html
CREATE OR REPLACE VIEW pg_internal.svv_transactions AS
SELECT
    pg_internal.owner_name(a.usename)::text AS txn_owner,
    a.datname::text AS txn_db,
    coalesce(l.transactionid::text, a.backend_xid::text)::bigint AS xid,
    l.pid,
    a.xact_start::timestamp AS txn_start,
    l.mode AS lock_mode,
    l.locktype AS lockable_object_type,
    l.relation::integer AS relation,
    l.granted
FROM pg_catalog.pg_locks AS l
JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
WHERE l.locktype IN ('relation', 'transactionid') AND pg_internal.may_see(a.usesysid::integer) AND a.datname = current_database()
    AND (l.relation IS NULL OR NOT pg_internal.is_hidden(l.relation));

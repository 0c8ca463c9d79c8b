-- The views SYS_* of what other system tables show with other names.
-- https://docs.aws.amazon.com/redshift/latest/dg/serverless_views-monitoring.html

-- For superusers only. Of sessions longer than 35 minutes, the duration does not fit the documented type.
-- https://docs.aws.amazon.com/redshift/latest/dg/SYS_CONNECTION_LOG.html
CREATE OR REPLACE VIEW pg_internal.sys_connection_log AS
SELECT
    event, recordtime AS record_time, remotehost AS remote_host, remoteport AS remote_port, pid AS session_id, dbname AS database_name,
    username AS user_name, authmethod AS auth_method, CASE WHEN duration < 2147483648 THEN duration::integer END AS duration,
    sslversion AS ssl_version, sslcipher AS ssl_cipher, mtu, sslcompression AS ssl_compression, sslexpansion AS ssl_expansion,
    iamauthguid AS iam_auth_guid, application_name, driver_version, os_version, plugin_name, protocol_version,
    sessionid AS global_session_id
FROM pg_internal.stl_connection_log;

-- Sessions end, but never time out. https://docs.aws.amazon.com/redshift/latest/dg/SYS_SESSION_HISTORY.html
CREATE OR REPLACE VIEW pg_internal.sys_session_history AS
SELECT
    u.oid::integer::text::char(50) AS user_id,
    b.pid AS session_id,
    b.dbname::char(50) AS database_name,
    CASE WHEN e.recordtime IS NULL THEN 'active' ELSE 'closed' END::char(10) AS status,
    0 AS session_timeout,
    b.recordtime AS start_time,
    e.recordtime AS end_time
FROM pg_internal.stl_connection_log_all AS b
LEFT JOIN pg_catalog.pg_roles AS u ON u.rolname = b.username
LEFT JOIN LATERAL (
    SELECT min(recordtime) AS recordtime FROM pg_internal.stl_connection_log_all
    WHERE event = 'disconnecting session' AND pid = b.pid AND recordtime >= b.recordtime
) AS e ON true
WHERE b.event = 'initiating session' AND pg_internal.may_see(u.oid::integer);

-- https://docs.aws.amazon.com/redshift/latest/dg/SYS_PROCEDURE_CALL.html
CREATE OR REPLACE VIEW pg_internal.sys_procedure_call AS
SELECT
    session_userid AS session_user_id, userid AS security_user_id, query AS query_id, querytxt AS query_text, starttime AS start_time,
    endtime AS end_time, CASE aborted WHEN 1 THEN 'canceled' ELSE 'success' END::char(10) AS status,
    from_sp_call AS caller_procedure_query_id
FROM pg_internal.svl_stored_proc_call;

-- https://docs.aws.amazon.com/redshift/latest/dg/SYS_PROCEDURE_MESSAGES.html
CREATE OR REPLACE VIEW pg_internal.sys_procedure_messages AS
SELECT xid AS transaction_id, query AS query_id, recordtime AS record_time, loglevel_text AS log_level, message, linenum AS line_number
FROM pg_internal.svl_stored_proc_messages;

-- Without the splits and the times of files. https://docs.aws.amazon.com/redshift/latest/dg/SYS_LOAD_DETAIL.html
CREATE OR REPLACE VIEW pg_internal.sys_load_detail AS
SELECT
    userid AS user_id, query AS query_id, filename AS file_name,
    CASE WHEN size < 2147483648 THEN size::integer END AS bytes_scanned, lines_scanned, curtime AS record_time,
    NULL::integer AS splits_scanned, NULL::timestamp AS start_time, NULL::timestamp AS end_time, NULL::char(256) AS file_etag,
    NULL::timestamp AS file_last_modified
FROM pg_internal.stl_load_commits_all WHERE pg_internal.may_see(userid);

-- https://docs.aws.amazon.com/redshift/latest/dg/SYS_UNLOAD_DETAIL.html
CREATE OR REPLACE VIEW pg_internal.sys_unload_detail AS
SELECT
    userid AS user_id, query AS query_id, pid AS session_id, NULL::bigint AS transaction_id, path AS file_name, start_time, end_time,
    line_count, transfer_size, file_format
FROM pg_internal.stl_unload_log;

-- https://docs.aws.amazon.com/redshift/latest/dg/r_STV_DB_ISOLATION_LEVEL.html
CREATE OR REPLACE VIEW pg_internal.stv_db_isolation_level AS
SELECT
    d.datname::char(128) AS db_name,
    CASE WHEN 'default_transaction_isolation=serializable' = ANY (s.setconfig) THEN 'Serializable' ELSE 'Snapshot Isolation' END::char(20)
        AS isolation_level
FROM pg_catalog.pg_database AS d
LEFT JOIN pg_catalog.pg_db_role_setting AS s ON s.setdatabase = d.oid AND s.setrole = 0
WHERE d.datname = current_database();

-- Of the statements that SYS_QUERY_HISTORY shows. https://docs.aws.amazon.com/redshift/latest/dg/SYS_QUERY_TEXT.html
CREATE OR REPLACE VIEW pg_internal.sys_query_text AS
SELECT user_id, query_id, transaction_id, session_id, start_time, 0 AS sequence, query_text AS text
FROM pg_internal.sys_query_history;

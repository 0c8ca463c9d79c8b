-- System tables whose rows the emulator keeps in memory, writes when a statement reads the table, and deletes when it starts.
-- Texts are stored as they are, and cut where they are read.

CREATE OR REPLACE PROCEDURE pg_internal.create_recorded_view(view_name text, listed text, condition text) LANGUAGE plpgsql AS $$
DECLARE
    columns text[] := string_to_array(regexp_replace(listed, '\s+', ' ', 'g'), ', ');
BEGIN
    EXECUTE format('CREATE TABLE IF NOT EXISTS pg_internal.%I (%s)', view_name || '_all', (
        SELECT string_agg(regexp_replace(each, 'char\(\d+\)$', 'text'), ', ' ORDER BY n)
        FROM unnest(columns) WITH ORDINALITY AS u (each, n)));
    EXECUTE format('DELETE FROM pg_internal.%I', view_name || '_all');
    EXECUTE format('CREATE OR REPLACE VIEW pg_internal.%I AS SELECT %s FROM pg_internal.%I WHERE %s', view_name, (
        SELECT string_agg(format('%1$I::%2$s AS %1$I', substring(each FROM '^\S+'), substring(each FROM ' (.*)')), ', ' ORDER BY n)
        FROM unnest(columns) WITH ORDINALITY AS u (each, n)), view_name || '_all', condition);
END
$$;

-- For superusers only. https://docs.aws.amazon.com/redshift/latest/dg/r_STL_CONNECTION_LOG.html
CALL pg_internal.create_recorded_view('stl_connection_log',
    'event char(50), recordtime timestamp, remotehost char(45), remoteport char(32), pid int,
            dbname char(50), username char(50), authmethod char(32), duration bigint, sslversion char(50), sslcipher char(128), mtu int,
            sslcompression char(64), sslexpansion char(64), iamauthguid char(36), application_name char(250), os_version char(64),
            driver_version char(64), plugin_name char(32), protocol_version int, sessionid char(36), compression char(8)',
    '(SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)');

-- The steps in which statements wrote into tables. https://docs.aws.amazon.com/redshift/latest/dg/SYS_QUERY_DETAIL.html
CALL pg_internal.create_recorded_view('sys_query_detail',
    'user_id int, query_id bigint, child_query_sequence int, stream_id int, segment_id int, step_id int,
            step_name text, table_id int, table_name char(136), is_rrscan char(1), start_time timestamp, end_time timestamp,
            duration bigint, alert text, input_bytes bigint, input_rows bigint, output_bytes bigint, output_rows bigint,
            blocks_read bigint, blocks_write bigint, local_read_io bigint, remote_read_io bigint, source text, data_skewness int,
            time_skewness int, is_active char(1), spilled_block_local_disk bigint, spilled_block_remote_disk bigint,
            step_attribute char(64), metrics_level char(64), plan_parent_id int, plan_node_id int',
    'pg_internal.may_see(user_id)');

-- https://docs.aws.amazon.com/redshift/latest/dg/r_SVL_STORED_PROC_CALL.html
CALL pg_internal.create_recorded_view('svl_stored_proc_call',
    'userid int, session_userid int, query int, label char(320), xid bigint, pid int, database char(32), querytxt char(4000),
        starttime timestamp, endtime timestamp, aborted int, from_sp_call int',
    'pg_internal.may_see(session_userid)');

-- Without line numbers and transactions. https://docs.aws.amazon.com/redshift/latest/dg/r_SVL_STORED_PROC_MESSAGES.html
CALL pg_internal.create_recorded_view('svl_stored_proc_messages',
    'userid int, session_userid int, pid int, xid bigint, query int, recordtime timestamp, loglevel int, loglevel_text char(10),
        message char(1024), linenum int, querytext char(500), label char(320), aborted int, message_xid bigint',
    'pg_internal.may_see(session_userid)');

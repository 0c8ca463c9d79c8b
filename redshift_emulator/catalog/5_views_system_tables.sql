-- System tables about what the emulator does not do or does not record: they have the documented columns and no rows, so
-- that the queries of tools run. Those with rows are at the end.
-- https://docs.aws.amazon.com/redshift/latest/dg/cm_chap_system-tables.html

CREATE OR REPLACE PROCEDURE pg_internal.create_empty_view(view_name text, listed text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE OR REPLACE VIEW pg_internal.%I AS SELECT %s WHERE false', view_name, (
        SELECT string_agg(format('NULL::%s AS %I', substring(each FROM ' (.*)'), substring(each FROM '^\S+')), ', ' ORDER BY n)
        FROM unnest(string_to_array(regexp_replace(listed, '\s+', ' ', 'g'), ', ')) WITH ORDINALITY AS u (each, n)));
END
$$;

DO $$
DECLARE
    who text := 'userid int, query int, ';
    step text := 'userid int, query int, slice int, segment int, step int, starttime timestamp, endtime timestamp, tasknum int, ';
    code text := 'userid int, xid bigint, pid int, label char(320), starttime timestamp, endtime timestamp, sequence int, ';
    metrics text := 'service_class int, query int, segment int, step_type int, starttime timestamp, slices int, max_rows bigint, rows bigint,
        max_cpu_time bigint, cpu_time bigint, max_blocks_read bigint, blocks_read bigint, max_run_time bigint, run_time bigint,
        max_blocks_to_disk bigint, blocks_to_disk bigint, step int, max_query_scan_size bigint, query_scan_size bigint,
        query_priority integer, query_queue_time bigint, service_class_name char(64)';
    compiled text := 'userid int, xid bigint, pid int, query int, segment int, locus int, starttime timestamp, endtime timestamp, compile int';
    -- Statements and their steps
    tables text[] := ARRAY[
        ARRAY['stl_query', who || 'label char(320), xid bigint, pid int, database char(32), querytxt char(4000), starttime timestamp,
            endtime timestamp, aborted int, insert_pristine int, concurrency_scaling_status int'],
        ARRAY['stl_querytext', 'userid int, xid bigint, pid int, query int, sequence int, text char(200)'],
        ARRAY['stl_ddltext', code || 'text char(200)'],
        ARRAY['stl_utilitytext', code || 'text char(200)'],
        ARRAY['svl_statementtext', code || 'type varchar(10), text char(200)'],
        ARRAY['svl_qlog', who || 'xid bigint, pid int, starttime timestamp, endtime timestamp, elapsed bigint, aborted int, label char(320),
            substring char(60), source_query int, concurrency_scaling_status_txt text, from_sp_call int'],
        ARRAY['stl_explain', who || 'nodeid int, parentid int, plannode char(400), info char(400)'],
        ARRAY['stl_plan_info', who || 'nodeid int, segment int, step int, locus int, plannode int, startupcost float8, totalcost float8,
            rows bigint, bytes bigint'],
        ARRAY['stl_scan', step || 'rows bigint, bytes bigint, fetches bigint, type int, tbl int, is_rrscan char(1), is_delayed_scan char(1),
            rows_pre_filter bigint, rows_pre_user_filter bigint, perm_table_name char(136), is_rlf_scan char(1), is_rlf_scan_reason int,
            num_em_blocks int, checksum bigint, runtime_filtering char(1), scan_region int, num_sortkey_as_predicate int,
            row_fetcher_state int, consumed_scan_ranges bigint, work_stealing_reason bigint, is_vectorized_scan char(1),
            is_vectorized_scan_reason int, row_fetcher_reason bigint, topology_signature bigint, use_tpm_partition char(1),
            is_rrscan_expr char(1)'],
        ARRAY['stl_insert', step || 'rows bigint, tbl int, inserted_mega_value char(1), use_staging_table char(1)'],
        ARRAY['stl_delete', step || 'rows bigint, tbl int'],
        ARRAY['stl_dist', step || 'rows bigint, bytes bigint, packets int'],
        ARRAY['stl_bcast', step || 'rows bigint, bytes bigint, packets int'],
        ARRAY['stl_return', step || 'rows bigint, bytes bigint, packets int, checksum bigint'],
        ARRAY['stl_hashjoin', step || 'rows bigint, tbl int, num_parts int, join_type int, hash_looped char(1), switched_parts char(1),
            used_prefetching char(1), hash_segment int, hash_step int, checksum bigint, distribution int'],
        ARRAY['stl_nestloop', step || 'rows bigint, tbl int, checksum bigint'],
        ARRAY['stl_alert_event_log', 'userid int, query int, slice int, segment int, step int, pid int, xid bigint, event char(1024),
            solution char(1024), event_time timestamp'],
        ARRAY['svl_query_summary', who || 'stm int, seg int, step int, maxtime bigint, avgtime bigint, rows bigint, bytes bigint,
            rate_row float8, rate_byte float8, label text, is_diskbased char(1), workmem bigint, is_rrscan char(1),
            is_delayed_scan char(1), rows_pre_filter bigint'],
        ARRAY['svl_query_report', who || 'slice int, segment int, step int, start_time timestamp, end_time timestamp, elapsed_time bigint,
            rows bigint, bytes bigint, label char(256), is_diskbased char(1), workmem bigint, is_rrscan char(1), is_delayed_scan char(1),
            rows_pre_filter bigint'],
        ARRAY['svl_compile', compiled],
        ARRAY['svcs_compile', compiled],
        ARRAY['stl_error', 'userid int, process char(12), recordtime timestamp, pid int, errcode int, file char(90), linenum int,
            context char(100), error char(512)'],
        ARRAY['stl_tr_conflict', 'xact_id bigint, process_id int, xact_start_ts timestamp, abort_time timestamp, table_id bigint'],
        ARRAY['stl_commit_stats', 'xid bigint, node int, startqueue timestamp, startwork timestamp, endflush timestamp, endstage timestamp,
            endlocal timestamp, startglobal timestamp, endtime timestamp, queuelen bigint, permblocks bigint, newblocks bigint,
            dirtyblocks bigint, headers bigint, numxids int, oldestxid bigint, extwritelatency bigint, metadatawritten int,
            tombstonedblocks bigint, tossedblocks bigint, batched_by bigint'],
        ARRAY['stl_vacuum', 'userid int, xid bigint, table_id int, status char(30), rows bigint, sortedrows int, blocks int,
            max_merge_partitions int, eventtime timestamp, reclaimable_rows bigint, reclaimable_space_mb bigint, cutoff_xid bigint,
            is_recluster int'],
        ARRAY['stl_analyze', 'userid int, xid bigint, database char(30), table_id int, status char(15), rows float8, modified_rows float8,
            threshold_percent int, is_auto char(1), starttime timestamp, endtime timestamp, prevtime timestamp, num_predicate_cols int,
            num_new_predicate_cols int, is_background char(1), auto_analyze_phase char(100), schema_name char(128), table_name char(136)'],
        ARRAY['stl_s3client', who || 'slice int, recordtime timestamp, pid int, http_method char(64), bucket char(64), key char(256),
            transfer_size bigint, data_size bigint, start_time bigint, end_time bigint, transfer_time bigint, compression_time bigint,
            connect_time bigint, app_connect_time bigint, retries bigint, request_id char(32), extended_request_id char(128),
            ip_address char(64), is_partial int, start_offset bigint'],
        -- Sessions
        ARRAY['stl_sessions', 'userid int, starttime timestamp, endtime timestamp, process int, user_name char(50), db_name char(50),
            timeout_sec int, timed_out int'],
        ARRAY['stl_undone', 'userid int, xact_id bigint, xact_id_undone bigint, undo_start_ts timestamp, undo_end_ts timestamp,
            table_id bigint'],
        ARRAY['stv_active_cursors', 'userid int, name varchar(256), xid bigint, pid int, starttime timestamp, row_count bigint,
            byte_count bigint, fetched_rows bigint'],
        -- Workload management
        ARRAY['stl_wlm_query', 'userid int, xid int, task int, query int, service_class int, slot_count int,
            service_class_start_time timestamp, queue_start_time timestamp, queue_end_time timestamp, total_queue_time bigint,
            exec_start_time timestamp, exec_end_time timestamp, total_exec_time bigint, service_class_end_time timestamp,
            final_state char(16), est_peak_mem bigint, query_priority char(20), service_class_name char(64)'],
        ARRAY['stl_wlm_rule_action', who || 'service_class int, rule char(256), action char(256), recordtime timestamp,
            action_value char(256), service_class_name char(64)'],
        ARRAY['stv_wlm_query_state', 'xid int, task int, query int, service_class int, slot_count int, wlm_start_time timestamp,
            state char(16), queue_time bigint, exec_time bigint, query_priority char(20)'],
        ARRAY['stv_wlm_classification_config', 'id int, condition char(128), action_seq int, action char(64), action_service_class int,
            action_assignment char(64)'],
        ARRAY['stv_wlm_service_class_config', 'service_class int, queueing_strategy char(32), num_query_tasks int,
            target_num_query_tasks int, evictable char(8), eviction_threshold bigint, query_working_mem int,
            target_query_working_mem int, min_step_mem int, name char(64), max_execution_time bigint, user_group_wild_card boolean,
            query_group_wild_card boolean, concurrency_scaling char(20), query_priority char(20), user_role_wild_card boolean'],
        ARRAY['stv_wlm_service_class_state', 'service_class int, num_queued_queries int, num_executing_queries int,
            num_serviced_queries int, num_executed_queries int, query_working_mem int, target_num_query_tasks int, num_query_tasks int,
            num_concurrency_scaling_queries int'],
        ARRAY['stl_query_metrics', 'userid int, ' || metrics],
        ARRAY['stv_query_metrics', 'userid int, ' || metrics],
        ARRAY['svl_query_metrics', who || 'service_class int, dimension varchar(24), segment int, step int, step_label varchar(30),
            query_cpu_time bigint, query_blocks_read bigint, query_execution_time bigint, query_cpu_usage_percent numeric(38,2),
            query_temp_blocks_to_disk bigint, segment_execution_time bigint, cpu_skew numeric(38,2), io_skew numeric(38,2),
            scan_row_count bigint, join_row_count bigint, nested_loop_join_row_count bigint, return_row_count bigint,
            spectrum_scan_row_count bigint, spectrum_scan_size_mb bigint, query_queue_time bigint, service_class_name char(64)'],
        ARRAY['svl_query_metrics_summary', who || 'service_class int, query_cpu_time bigint, query_blocks_read bigint,
            query_execution_time bigint, query_cpu_usage_percent numeric(38,2), query_temp_blocks_to_disk bigint,
            segment_execution_time bigint, cpu_skew numeric(38,2), io_skew numeric(38,2), scan_row_count bigint, join_row_count bigint,
            nested_loop_join_row_count bigint, return_row_count bigint, spectrum_scan_row_count bigint, spectrum_scan_size_mb bigint,
            query_queue_time bigint, service_class_name char(64)'],
        -- Disks
        ARRAY['stv_partitions', 'owner int, host int, diskno int, part_begin bigint, part_end bigint, used int, tossed int, capacity int,
            reads bigint, writes bigint, seek_forward int, seek_back int, is_san int, failed int, mbps int, mount char(256)'],
        -- The catalog of what the emulator does not have
        ARRAY['pg_library', 'name name, language_oid oid, file_store_id int, owner int'],
        ARRAY['pg_external_schema', 'esoid oid, eskind smallint, esdbname text, esoptions text'],
        ARRAY['pg_statistic_indicator', 'stairelid oid, stairows float8, staiins float8, staidels float8'],
        ARRAY['pg_conf', 'key text, value text'],
        ARRAY['svv_datashares', 'share_name varchar(128), share_id int, share_owner int, source_database varchar(128),
            consumer_database varchar(128), share_type varchar(8), createdate timestamp, is_publicaccessible boolean, share_acl varchar(256),
            producer_account varchar(16), producer_namespace varchar(64), managed_by varchar(64)'],
        ARRAY['svv_datashare_objects', 'share_type varchar(8), share_name varchar(128), object_type varchar(64), object_name varchar(512),
            producer_account varchar(16), producer_namespace varchar(64), include_new boolean'],
        ARRAY['svv_masking_policy', 'policy_database text, policy_name text, input_columns text, policy_expression text,
            policy_modified_by text, policy_modified_time timestamp'],
        ARRAY['svv_attached_masking_policy', 'policy_name text, schema_name text, table_name text, table_type text, grantor text,
            grantee text, grantee_type text, priority int, input_columns text, output_columns text, is_masking_datashare_on boolean'],
        ARRAY['svv_rls_policy', 'poldb text, polname text, polalias text, polatts text, polqual text, polenabled boolean,
            polmodifiedby text, polmodifiedtime timestamp'],
        ARRAY['svv_rls_relation', 'datname text, relschema text, relname text, relkind text, is_rls_on boolean,
            is_rls_datashare_on boolean, rls_conjunction_type char(3), rls_datashare_conjunction_type char(3)'],
        -- Functions in Python; sessions that were restarted
        ARRAY['svl_udf_log', 'query bigint, message char(4096), created timestamp, traceback char(4096), funcname char(256), node int,
            slice int, seq int'],
        ARRAY['sys_udf_log', 'query_id bigint, function_name text, record_time timestamp, sequence int, message text'],
        ARRAY['stl_restarted_sessions', 'currenttime timestamp, dbname char(50), newpid int, oldpid int, username char(50),
            remotehost char(45), remoteport char(32), parkedtime timestamp, session_vars char(2000)']];
BEGIN
    FOR n IN 1..cardinality(tables) / 2 LOOP
        CALL pg_internal.create_empty_view(tables[n][1], tables[n][2]);
    END LOOP;
END
$$;

-- Sessions and their current statements. https://docs.aws.amazon.com/redshift/latest/dg/r_STV_RECENTS.html
CREATE OR REPLACE VIEW pg_internal.pg_stat_activity AS
SELECT datid, datname, pid AS procpid, usesysid::integer AS usesysid, usename, coalesce(s.query, '') AS current_query, query_start
FROM pg_catalog.pg_stat_activity AS a LEFT JOIN pg_internal.session_statement AS s USING (pid)
WHERE backend_type = 'client backend' AND pg_internal.is_user(usesysid);

CREATE OR REPLACE VIEW pg_internal.pg_locks AS
SELECT relation, database, transactionid::text::bigint AS transaction, pid, mode, granted FROM pg_catalog.pg_locks
WHERE (database IS NULL OR database IN (0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())))
    AND (relation IS NULL OR NOT pg_internal.is_hidden(relation));

CREATE OR REPLACE VIEW pg_internal.stv_recents AS
SELECT
    usesysid::integer AS userid,
    CASE WHEN state = 'active' THEN 'Running' ELSE 'Done' END::char(20) AS status,
    query_start::timestamp AS starttime,
    (extract(epoch FROM CASE WHEN state = 'active' THEN clock_timestamp() ELSE state_change END - query_start) * 1000000)::bigint AS duration,
    usename::char(50) AS user_name,
    datname::char(50) AS db_name,
    left(coalesce(s.query, ''), 600)::char(600) AS query,
    CASE WHEN state = 'active' THEN pid ELSE -1 END AS pid
FROM pg_catalog.pg_stat_activity AS a LEFT JOIN pg_internal.session_statement AS s USING (pid)
WHERE backend_type = 'client backend' AND query_start IS NOT NULL AND pg_internal.is_user(usesysid) AND pg_internal.may_see(usesysid::integer);

CREATE OR REPLACE VIEW pg_internal.stv_inflight AS
SELECT
    usesysid::integer AS userid, 0 AS slice, coalesce(s.query_id, pid)::integer AS query, NULL::char(320) AS label, NULL::bigint AS xid, pid,
    query_start::timestamp AS starttime, left(coalesce(s.query, ''), 100)::char(100) AS text, 0 AS suspended, 0 AS insert_pristine, 0 AS concurrency_scaling_status
FROM pg_catalog.pg_stat_activity AS a LEFT JOIN pg_internal.session_statement AS s USING (pid)
WHERE backend_type = 'client backend' AND state = 'active' AND pg_internal.is_user(usesysid) AND pg_internal.may_see(usesysid::integer);

-- Tables on disk: the rows and the blocks of 1 MB of a table are divided evenly among the slices.
CREATE OR REPLACE FUNCTION pg_internal.share(total bigint, slice bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT total / n + (slice < total % n)::integer FROM (SELECT count(*) AS n FROM pg_internal.slice) AS s
$$;
CREATE OR REPLACE VIEW pg_internal.stv_tbl_perm AS
WITH stored AS MATERIALIZED (
    SELECT c.oid, c.relname, c.relpersistence = 't' AS temporary, pg_internal.row_count(c.oid) AS row_count,
        greatest(1, pg_table_size(c.oid) / 1048576) AS blocks, t.diststyle, t.backup
    FROM pg_catalog.pg_class AS c
    JOIN pg_internal.table_property AS t ON t.relid = c.oid
    WHERE c.relkind IN ('r', 'm') AND NOT pg_is_other_temp_schema(c.relnamespace)
)
SELECT
    s.slice::integer AS slice,
    t.oid::integer AS id,
    t.relname::char(72) AS name,
    pg_internal.share(t.row_count, s.slice) AS rows,
    pg_internal.share(t.row_count, s.slice) AS sorted_rows,
    t.temporary::integer AS temp,
    (SELECT oid::integer FROM pg_catalog.pg_database WHERE datname = current_database()) AS db_id,
    0 AS insert_pristine,
    0 AS delete_pristine,
    t.backup::integer AS backup,
    CASE t.diststyle WHEN 'KEY' THEN 1 WHEN 'ALL' THEN 8 WHEN 'AUTO' THEN 10 ELSE 0 END AS dist_style,
    pg_internal.share(t.blocks, s.slice)::integer AS block_count
FROM stored AS t
CROSS JOIN pg_internal.slice AS s
WHERE (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user);

CREATE OR REPLACE VIEW pg_internal.stv_blocklist AS
SELECT
    t.slice, 0 AS col, t.id AS tbl, b.n AS blocknum, 0 AS num_values, 0 AS extended_limits, 0::bigint AS minvalue,
    0::bigint AS maxvalue, 0 AS sb_pos, 0 AS pinned, 1 AS on_disk, 0 AS modified, 0 AS hdr_modified, 0 AS unsorted, 0 AS tombstone,
    0 AS preferred_diskno, t.temp AS temporary, 0 AS newblock, 0 AS num_readers, 0 AS flags
FROM pg_internal.stv_tbl_perm AS t
CROSS JOIN LATERAL generate_series(0, t.block_count - 1) AS b (n)
WHERE (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user);

CREATE OR REPLACE VIEW pg_internal.svv_diskusage AS
SELECT
    t.db_id, t.name, b.slice, b.col, b.tbl, b.blocknum, b.num_values, b.minvalue, b.maxvalue, b.sb_pos, b.pinned, b.on_disk,
    b.modified, b.hdr_modified, b.unsorted, b.tombstone, b.preferred_diskno, b.temporary, b.newblock, b.num_readers, b.flags
FROM pg_internal.stv_blocklist AS b
JOIN pg_internal.stv_tbl_perm AS t ON t.id = b.tbl AND t.slice = b.slice;

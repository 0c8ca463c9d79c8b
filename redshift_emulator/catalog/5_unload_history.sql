-- The system tables about UNLOAD, written by separate superuser connections as those about loads are.

-- https://docs.aws.amazon.com/redshift/latest/dg/r_STL_UNLOAD_LOG.html
CREATE TABLE IF NOT EXISTS pg_internal.stl_unload_log_all (
    userid integer,
    query integer,
    slice integer,
    pid integer,
    path char(1280),
    start_time timestamp,
    end_time timestamp,
    line_count bigint,
    transfer_size bigint,
    file_format char(10)
);

-- https://docs.aws.amazon.com/redshift/latest/dg/SYS_UNLOAD_HISTORY.html
CREATE TABLE IF NOT EXISTS pg_internal.sys_unload_history_all (
    user_id integer,
    query_id bigint,
    transaction_id bigint,
    session_id integer,
    database_name text,
    status text,
    start_time timestamp,
    end_time timestamp,
    duration bigint,
    file_format text,
    compression_type text,
    unloaded_location text,
    unloaded_rows bigint,
    unloaded_files_count bigint,
    unloaded_files_size bigint,
    error_message text
);

CREATE OR REPLACE VIEW pg_internal.stl_unload_log AS
SELECT * FROM pg_internal.stl_unload_log_all WHERE pg_internal.may_see(userid);
CREATE OR REPLACE VIEW pg_internal.sys_unload_history AS
SELECT * FROM pg_internal.sys_unload_history_all WHERE pg_internal.may_see(user_id);

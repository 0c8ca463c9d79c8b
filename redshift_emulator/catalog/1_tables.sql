-- What PostgreSQL has no place for: late-binding views, distribution, sort keys, encodings, unenforced keys.
-- Everything here can be run again.

CREATE SCHEMA IF NOT EXISTS pg_internal;
GRANT USAGE ON SCHEMA pg_internal TO PUBLIC;

CREATE TABLE IF NOT EXISTS pg_internal.installation (version integer NOT NULL);

-- Redshift lets everybody create in public; PostgreSQL has stopped to.
GRANT CREATE, USAGE ON SCHEMA public TO PUBLIC;
-- It does not belong to the database's owner either.
ALTER SCHEMA public OWNER TO CURRENT_USER;

CREATE SEQUENCE IF NOT EXISTS pg_internal.constraint_oid;

-- How the stand-in's users prove who they are; a role that is not listed is none of them.
CREATE TABLE IF NOT EXISTS pg_internal.user_password (
    usesysid oid PRIMARY KEY,
    kind text NOT NULL,               -- md5 sha256 disabled
    digest text NOT NULL,
    salt text NOT NULL
);

CREATE TABLE IF NOT EXISTS pg_internal.late_binding_view (
    relid oid PRIMARY KEY,
    query text NOT NULL,
    definition text NOT NULL          -- as PG_VIEWS shows it
);
GRANT SELECT ON pg_internal.late_binding_view TO PUBLIC;

CREATE TABLE IF NOT EXISTS pg_internal.table_property (
    relid oid PRIMARY KEY,
    diststyle text NOT NULL,          -- AUTO EVEN KEY ALL
    sortstyle text,                   -- COMPOUND INTERLEAVED AUTO, or none
    encode_auto boolean NOT NULL,
    backup boolean NOT NULL,
    created timestamp NOT NULL DEFAULT (now() AT TIME ZONE 'UTC')
);

CREATE TABLE IF NOT EXISTS pg_internal.column_property (
    relid oid NOT NULL,
    attnum smallint NOT NULL,
    encoding text NOT NULL,
    distkey boolean NOT NULL,
    sortkey integer NOT NULL,         -- place in the sort key, 0 if none, negative alternating if interleaved
    varbyte integer,                  -- length of a VARBYTE
    identity_seed bigint,
    identity_step bigint,
    PRIMARY KEY (relid, attnum)
);

CREATE TABLE IF NOT EXISTS pg_internal.key_constraint (
    oid oid NOT NULL DEFAULT (nextval('pg_internal.constraint_oid') + 100000)::oid,
    conname name NOT NULL,
    contype "char" NOT NULL,          -- p u f
    conrelid oid NOT NULL,
    conkey smallint[] NOT NULL,
    confrelid oid NOT NULL DEFAULT 0,
    confkey smallint[],
    PRIMARY KEY (conrelid, conname)
);
GRANT SELECT ON pg_internal.key_constraint, pg_internal.table_property, pg_internal.column_property TO PUBLIC;

CREATE TABLE IF NOT EXISTS pg_internal.user_property (
    usesysid oid PRIMARY KEY,
    syslog text NOT NULL,             -- RESTRICTED UNRESTRICTED
    session_timeout integer
);

CREATE TABLE IF NOT EXISTS pg_internal.slice (
    node integer NOT NULL,
    slice integer NOT NULL,
    localslice integer NOT NULL,
    type char(1) NOT NULL
);

-- Written by superuser connections of their own, so that they outlive a rollback; read through views
-- of the same name without _all, in which everybody sees their own.
-- https://docs.aws.amazon.com/redshift/latest/dg/r_STL_LOAD_ERRORS.html
CREATE TABLE IF NOT EXISTS pg_internal.stl_load_errors_all (
    userid integer,
    slice integer,
    tbl integer,
    starttime timestamp,
    session integer,
    query integer,
    filename char(256),
    line_number bigint,
    colname char(127),
    type char(10),
    col_length char(10),
    position integer,
    raw_line char(1024),
    raw_field_value char(1024),
    err_code integer,
    err_reason char(100),
    is_partial integer,
    start_offset bigint
);

-- https://docs.aws.amazon.com/redshift/latest/dg/r_STL_LOADERROR_DETAIL.html
CREATE TABLE IF NOT EXISTS pg_internal.stl_loaderror_detail_all (
    userid integer,
    slice integer,
    session integer,
    query integer,
    filename char(256),
    line_number bigint,
    field integer,
    colname char(1024),
    value char(1024),
    is_null integer,
    type char(10),
    col_length char(10)
);

-- https://docs.aws.amazon.com/redshift/latest/dg/SYS_LOAD_ERROR_DETAIL.html
CREATE TABLE IF NOT EXISTS pg_internal.sys_load_error_detail_all (
    user_id integer,
    query_id bigint,
    transaction_id bigint,
    session_id integer,
    database_name char(64),
    table_id integer,
    start_time timestamp,
    file_name char(256),
    line_number bigint,
    column_name char(127),
    column_type char(10),
    column_length char(10),
    position integer,
    error_code integer,
    error_message char(512)
);

-- https://docs.aws.amazon.com/redshift/latest/dg/r_STL_LOAD_COMMITS.html
CREATE TABLE IF NOT EXISTS pg_internal.stl_load_commits_all (
    userid integer,
    query integer,
    slice integer,
    name char(256),
    filename char(256),
    byte_offset integer,
    lines_scanned integer,
    errors integer,
    curtime timestamp,
    status integer,
    file_format char(16),
    is_partial integer,
    start_offset bigint
);

-- https://docs.aws.amazon.com/redshift/latest/dg/r_STL_REPLACEMENTS.html
CREATE TABLE IF NOT EXISTS pg_internal.stl_replacements_all (
    userid integer,
    query integer,
    slice integer,
    tbl integer,
    starttime timestamp,
    session integer,
    filename char(256),
    line_number bigint,
    colname char(127),
    raw_line char(1024)
);

-- https://docs.aws.amazon.com/redshift/latest/dg/SYS_LOAD_HISTORY.html
CREATE TABLE IF NOT EXISTS pg_internal.sys_load_history_all (
    user_id integer,
    query_id bigint,
    transaction_id bigint,
    session_id integer,
    database_name text,
    status text,
    table_name text,
    start_time timestamp,
    end_time timestamp,
    duration bigint,
    data_source text,
    file_format text,
    loaded_rows bigint,
    loaded_bytes bigint,
    source_file_count integer,
    source_file_bytes bigint,
    file_count_scanned integer,
    file_bytes_scanned bigint,
    error_count bigint
);

-- What goes away takes its properties with it.
CREATE OR REPLACE FUNCTION pg_internal.forget_dropped() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    gone record;
BEGIN
    FOR gone IN SELECT objid, objsubid FROM pg_event_trigger_dropped_objects() WHERE classid = 'pg_class'::regclass LOOP
        IF gone.objsubid = 0 THEN
            DELETE FROM pg_internal.late_binding_view WHERE relid = gone.objid;
            DELETE FROM pg_internal.table_property WHERE relid = gone.objid;
            DELETE FROM pg_internal.column_property WHERE relid = gone.objid;
            DELETE FROM pg_internal.key_constraint WHERE gone.objid IN (conrelid, confrelid);
        ELSE
            DELETE FROM pg_internal.column_property WHERE relid = gone.objid AND attnum = gone.objsubid;
            DELETE FROM pg_internal.key_constraint
            WHERE (conrelid = gone.objid AND gone.objsubid = ANY (conkey))
                OR (confrelid = gone.objid AND gone.objsubid = ANY (confkey));
        END IF;
    END LOOP;
END
$$;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_event_trigger WHERE evtname = 'pg_internal_forget_dropped') THEN
        CREATE EVENT TRIGGER pg_internal_forget_dropped ON sql_drop
            EXECUTE FUNCTION pg_internal.forget_dropped();
    END IF;
END
$$;

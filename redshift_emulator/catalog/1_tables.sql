-- Tables for what PostgreSQL does not have: late-binding views, distribution, sort keys, encodings, unenforced keys,
-- passwords, and the history of loads. All statements can be run again.

CREATE SCHEMA IF NOT EXISTS pg_internal;
GRANT USAGE ON SCHEMA pg_internal TO PUBLIC;

CREATE TABLE IF NOT EXISTS pg_internal.installation (version integer NOT NULL);

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_internal.installation) THEN  -- later, what users revoked stays revoked
        -- In Redshift all users may create objects in public; since version 15, in PostgreSQL they may not.
        GRANT CREATE, USAGE ON SCHEMA public TO PUBLIC;
        -- Nor does public belong to the database's owner.
        ALTER SCHEMA public OWNER TO CURRENT_USER;
    END IF;
END
$$;

CREATE SEQUENCE IF NOT EXISTS pg_internal.constraint_oid;

-- Passwords of the emulator's users; a role without a row here is not a user.
CREATE TABLE IF NOT EXISTS pg_internal.user_password (
    usesysid oid PRIMARY KEY,
    kind text NOT NULL,               -- md5, sha256 or disabled
    digest text NOT NULL,
    salt text NOT NULL
);

CREATE TABLE IF NOT EXISTS pg_internal.late_binding_view (
    relid oid PRIMARY KEY,
    query text NOT NULL,
    definition text NOT NULL          -- as PG_VIEWS shows it
);
-- The names that CREATE VIEW gives to columns, as it lists them.
ALTER TABLE pg_internal.late_binding_view ADD COLUMN IF NOT EXISTS names text NOT NULL DEFAULT '';
GRANT SELECT ON pg_internal.late_binding_view TO PUBLIC;

CREATE TABLE IF NOT EXISTS pg_internal.materialized_view (
    relid oid PRIMARY KEY,
    definition text NOT NULL,         -- as PG_VIEWS shows it
    bases oid[] NOT NULL,             -- the relations that the query names
    resolved text NOT NULL,           -- the query with the names of tables and columns at the time of creation
    state integer NOT NULL,           -- 1 if Redshift would refresh it incrementally, else 0
    autorefresh boolean NOT NULL,
    refreshed_xid bigint NOT NULL
);
GRANT SELECT ON pg_internal.materialized_view TO PUBLIC;

CREATE TABLE IF NOT EXISTS pg_internal.table_property (
    relid oid PRIMARY KEY,
    diststyle text NOT NULL,          -- AUTO, EVEN, KEY or ALL
    sortstyle text,                   -- COMPOUND, INTERLEAVED, AUTO or NULL
    encode_auto boolean NOT NULL,
    backup boolean NOT NULL,
    created timestamp NOT NULL DEFAULT (now() AT TIME ZONE 'UTC')
);

CREATE TABLE IF NOT EXISTS pg_internal.column_property (
    relid oid NOT NULL,
    attnum smallint NOT NULL,
    encoding text NOT NULL,
    distkey boolean NOT NULL,
    sortkey integer NOT NULL,         -- position in the sort key, from 1, 0 if none; of an interleaved key, even positions are negative: 1, -2, 3
    varbyte integer,                  -- length of a VARBYTE
    identity_seed bigint,
    identity_step bigint,
    PRIMARY KEY (relid, attnum)
);

CREATE TABLE IF NOT EXISTS pg_internal.key_constraint (
    oid oid NOT NULL DEFAULT (nextval('pg_internal.constraint_oid') + 100000)::oid,
    conname name NOT NULL,
    contype "char" NOT NULL,          -- p (primary), u (unique) or f (foreign)
    conrelid oid NOT NULL,
    conkey smallint[] NOT NULL,
    confrelid oid NOT NULL DEFAULT 0,
    confkey smallint[],
    PRIMARY KEY (conrelid, conname)
);
GRANT SELECT ON pg_internal.key_constraint, pg_internal.table_property, pg_internal.column_property TO PUBLIC;

CREATE TABLE IF NOT EXISTS pg_internal.user_property (
    usesysid oid PRIMARY KEY,
    syslog text NOT NULL,             -- RESTRICTED or UNRESTRICTED
    session_timeout integer
);

-- The last statement of each session, written when a statement reads a system table that shows it.
CREATE TABLE IF NOT EXISTS pg_internal.session_statement (
    pid integer PRIMARY KEY,
    query_id bigint NOT NULL,
    query text NOT NULL
);
DELETE FROM pg_internal.session_statement;

CREATE TABLE IF NOT EXISTS pg_internal.slice (
    node integer NOT NULL,
    slice integer NOT NULL,
    localslice integer NOT NULL,
    type char(1) NOT NULL
);

-- The tables about loads are written by separate superuser connections, so that rows survive the client's rollback. They
-- are read through views of the same name without _all, in which users see their own rows.
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

ALTER TABLE pg_internal.stl_load_commits_all ADD COLUMN IF NOT EXISTS size bigint;

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

-- Deletes the properties of dropped relations and columns.
CREATE OR REPLACE FUNCTION pg_internal.forget_dropped() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    dropped record;
BEGIN
    FOR dropped IN SELECT objid, objsubid FROM pg_event_trigger_dropped_objects() WHERE classid = 'pg_class'::regclass LOOP
        IF dropped.objsubid = 0 THEN
            DELETE FROM pg_internal.late_binding_view WHERE relid = dropped.objid;
            DELETE FROM pg_internal.materialized_view WHERE relid = dropped.objid;
            DELETE FROM pg_internal.table_property WHERE relid = dropped.objid;
            DELETE FROM pg_internal.column_property WHERE relid = dropped.objid;
            DELETE FROM pg_internal.key_constraint WHERE dropped.objid IN (conrelid, confrelid);
        ELSE
            DELETE FROM pg_internal.column_property WHERE relid = dropped.objid AND attnum = dropped.objsubid;
            DELETE FROM pg_internal.key_constraint
            WHERE (conrelid = dropped.objid AND dropped.objsubid = ANY (conkey))
                OR (confrelid = dropped.objid AND dropped.objsubid = ANY (confkey));
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

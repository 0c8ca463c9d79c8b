-- The catalogue as Redshift shows it.

CREATE OR REPLACE FUNCTION pg_internal.format_type(type oid, modifier integer) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE type
        WHEN 'jsonb'::regtype THEN 'super'
        WHEN 'bytea'::regtype THEN 'binary varying'
        ELSE pg_catalog.format_type(type, modifier)
    END
$$;

CREATE OR REPLACE FUNCTION pg_internal.is_user(role oid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS
$$SELECT EXISTS (SELECT FROM pg_internal.user_password WHERE usesysid = role)$$;

-- Redshift writes "group etl=r/owner" where the stand-in keeps a role "group:etl".
CREATE OR REPLACE FUNCTION pg_internal.show_acl(acl aclitem[]) RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT array_agg(regexp_replace(item::text, '^"?group:([^"=]*)"?=', 'group \1=')) FROM unnest(acl) AS item
$$;

CREATE OR REPLACE VIEW pg_internal.pg_user AS
SELECT
    rolname AS usename,
    oid::integer AS usesysid,
    rolcreatedb AS usecreatedb,
    rolsuper AS usesuper,
    false AS usecatupd,
    '********'::text AS passwd,
    rolvaliduntil::timestamp AS valuntil,
    rolconfig AS useconfig
FROM pg_catalog.pg_roles
WHERE rolcanlogin AND pg_internal.is_user(oid);

CREATE OR REPLACE VIEW pg_internal.pg_user_info AS
SELECT
    u.usename,
    u.usesysid,
    u.usecreatedb,
    u.usesuper,
    u.usecatupd,
    u.passwd,
    u.valuntil,
    u.useconfig,
    CASE WHEN r.rolconnlimit < 0 THEN 'UNLIMITED' ELSE r.rolconnlimit::text END AS useconnlimit,
    coalesce(p.syslog, CASE WHEN u.usesuper THEN 'UNRESTRICTED' ELSE 'RESTRICTED' END) AS syslogaccess,
    p.session_timeout AS sessiontimeout
FROM pg_internal.pg_user AS u
JOIN pg_catalog.pg_roles AS r ON r.rolname = u.usename
LEFT JOIN pg_internal.user_property AS p ON p.usesysid = r.oid;

CREATE OR REPLACE VIEW pg_internal.pg_shadow AS
SELECT * FROM pg_internal.pg_user WHERE (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user);

CREATE OR REPLACE VIEW pg_internal.pg_group AS
SELECT
    substr(g.rolname, 7)::name AS groname,
    g.oid::integer AS grosysid,
    (
        SELECT array_agg(m.member::integer ORDER BY m.member)
        FROM pg_catalog.pg_auth_members AS m
        WHERE m.roleid = g.oid AND pg_internal.is_user(m.member)
    ) AS grolist
FROM pg_catalog.pg_roles AS g
WHERE g.rolname LIKE 'group:%';

CREATE OR REPLACE VIEW pg_internal.pg_namespace AS
SELECT oid, nspname, nspowner::integer AS nspowner, pg_internal.show_acl(nspacl) AS nspacl
FROM pg_catalog.pg_namespace
WHERE nspname NOT LIKE 'pg\_toast%';

CREATE OR REPLACE VIEW pg_internal.pg_database AS
SELECT oid, datname, datdba::integer AS datdba, encoding, datistemplate, datallowconn, datconnlimit,
    pg_internal.show_acl(datacl) AS datacl
FROM pg_catalog.pg_database;

-- Redshift's own column defacluser. https://docs.aws.amazon.com/redshift/latest/dg/r_PG_DEFAULT_ACL.html
CREATE OR REPLACE VIEW pg_internal.pg_default_acl AS
SELECT oid, defaclrole::integer AS defacluser, defaclnamespace, defaclobjtype,
    pg_internal.show_acl(defaclacl) AS defaclacl
FROM pg_catalog.pg_default_acl;

CREATE OR REPLACE VIEW pg_internal.pg_class AS
SELECT
    c.oid,
    c.relname,
    c.relnamespace,
    c.reltype,
    c.relowner::integer AS relowner,
    c.relam,
    c.relfilenode,
    c.reltablespace,
    c.relpages,
    c.reltuples,
    c.reltoastrelid,
    c.relhasindex,
    c.relisshared,
    c.relkind,
    c.relnatts,
    0::smallint AS relchecks,
    EXISTS (SELECT FROM pg_internal.key_constraint AS k WHERE k.conrelid = c.oid AND k.contype = 'p') AS relhaspkey,
    c.relhasrules,
    c.relhassubclass,
    CASE p.diststyle WHEN 'EVEN' THEN 0 WHEN 'KEY' THEN 1 WHEN 'ALL' THEN 8 WHEN 'AUTO' THEN 10 ELSE 0 END::smallint
        AS reldiststyle,
    pg_internal.show_acl(c.relacl) AS relacl,
    -- for the \d of a psql that knows no server as old as Redshift
    false AS relhastriggers,
    false AS relhasoids,
    c.reloftype,
    c.relpersistence
FROM pg_catalog.pg_class AS c
LEFT JOIN pg_internal.table_property AS p ON p.relid = c.oid
WHERE c.relnamespace NOT IN ('pg_internal'::regnamespace, 'pg_toast'::regnamespace) AND c.relkind <> 'S';

CREATE OR REPLACE VIEW pg_internal.pg_attribute AS
SELECT
    a.attrelid, a.attname, a.atttypid, a.attlen, a.attnum, a.attndims, a.atttypmod, a.attbyval, a.attstorage,
    a.attalign, a.attnotnull, a.atthasdef, a.attisdropped, a.attislocal, a.attinhcount, a.attcollation,
    coalesce(p.distkey, false) AS attisdistkey,
    coalesce(p.sortkey, 0) AS attsortkeyord,
    coalesce(p.encoding, 'none') AS attencoding
FROM pg_catalog.pg_attribute AS a
LEFT JOIN pg_internal.column_property AS p ON p.relid = a.attrelid AND p.attnum = a.attnum;

CREATE OR REPLACE FUNCTION pg_internal.column_names(relation oid, places smallint[]) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY p.place)
    FROM unnest(places) WITH ORDINALITY AS p (attnum, place)
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = relation AND a.attnum = p.attnum
$$;
CREATE OR REPLACE FUNCTION pg_internal.pg_get_constraintdef(constraint_oid oid) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE k.contype
            WHEN 'p' THEN 'PRIMARY KEY (' || pg_internal.column_names(k.conrelid, k.conkey) || ')'
            WHEN 'u' THEN 'UNIQUE (' || pg_internal.column_names(k.conrelid, k.conkey) || ')'
            ELSE 'FOREIGN KEY (' || pg_internal.column_names(k.conrelid, k.conkey) || ') REFERENCES '
                || k.confrelid::regclass || '(' || pg_internal.column_names(k.confrelid, k.confkey) || ')'
        END
    FROM pg_internal.key_constraint AS k
    WHERE k.oid = constraint_oid
$$;

CREATE OR REPLACE FUNCTION pg_internal.pg_get_constraintdef(constraint_oid oid, pretty boolean) RETURNS text
LANGUAGE sql STABLE AS $$SELECT pg_internal.pg_get_constraintdef(constraint_oid)$$;

CREATE OR REPLACE VIEW pg_internal.pg_constraint AS
SELECT
    k.oid,
    k.conname,
    c.relnamespace AS connamespace,
    k.contype,
    false AS condeferrable,
    false AS condeferred,
    k.conrelid,
    0::oid AS contypid,
    k.confrelid,
    CASE k.contype WHEN 'f' THEN 'a' ELSE ' ' END::"char" AS confupdtype,
    CASE k.contype WHEN 'f' THEN 'a' ELSE ' ' END::"char" AS confdeltype,
    CASE k.contype WHEN 'f' THEN 'u' ELSE ' ' END::"char" AS confmatchtype,
    k.conkey,
    k.confkey,
    NULL::text AS conbin,
    NULL::text AS consrc
FROM pg_internal.key_constraint AS k
JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid;

CREATE OR REPLACE VIEW pg_internal.pg_views AS
SELECT
    v.schemaname,
    v.viewname,
    v.viewowner,
    coalesce(l.definition, v.definition) AS definition
FROM pg_catalog.pg_views AS v
JOIN pg_catalog.pg_namespace AS n ON n.nspname = v.schemaname
JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = v.viewname
LEFT JOIN pg_internal.late_binding_view AS l ON l.relid = c.oid
WHERE v.schemaname <> 'pg_internal';

CREATE OR REPLACE VIEW pg_internal.pg_tables AS
SELECT schemaname, tablename, tableowner, tablespace, hasindexes, hasrules, hastriggers
FROM pg_catalog.pg_tables
WHERE schemaname <> 'pg_internal';

-- Only what the search path leads to. https://docs.aws.amazon.com/redshift/latest/dg/r_PG_TABLE_DEF.html
CREATE OR REPLACE VIEW pg_internal.pg_table_def AS
SELECT
    n.nspname AS schemaname,
    c.relname AS tablename,
    a.attname AS "column",
    CASE WHEN p.varbyte IS NOT NULL THEN format('binary varying(%s)', p.varbyte)
        ELSE pg_internal.format_type(a.atttypid, a.atttypmod) END AS type,
    coalesce(CASE p.encoding WHEN 'raw' THEN 'none' ELSE p.encoding END, 'none') AS encoding,
    coalesce(p.distkey, false) AS distkey,
    coalesce(p.sortkey, 0) AS sortkey,
    a.attnotnull AS "notnull"
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_internal.column_property AS p ON p.relid = a.attrelid AND p.attnum = a.attnum
WHERE c.relkind = 'r' AND n.nspname = ANY (current_schemas(true)) AND n.nspname <> 'pg_catalog'
ORDER BY n.nspname, c.relname, a.attnum;

CREATE OR REPLACE FUNCTION pg_internal.row_count(relation oid) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    result bigint;
BEGIN
    EXECUTE format('SELECT count(*) FROM %s', relation::regclass) INTO result;
    RETURN result;
END
$$;

-- Empty tables are not shown. https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_TABLE_INFO.html
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
    WHERE c.relkind = 'r'
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
        SELECT coalesce(max(a.atttypmod - 4), 0) FROM pg_catalog.pg_attribute AS a
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

-- The system catalog tables PG_*, as Redshift shows them.
-- https://docs.aws.amazon.com/redshift/latest/dg/c_intro_catalog_views.html

CREATE OR REPLACE FUNCTION pg_internal.format_type(type oid, modifier integer) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN type IN (1188, 1190) AND modifier >= 0 THEN 'interval' || intervaltypmodout(modifier)::text
        ELSE CASE type
        WHEN 1266 THEN 'time with time zone'
        WHEN 'json'::regtype THEN 'super'
        WHEN 'jsonb'::regtype THEN 'super'
        WHEN 4000 THEN 'super'
        WHEN 'bytea'::regtype THEN 'binary varying'
        WHEN 6551 THEN 'binary varying'
        ELSE pg_catalog.format_type(type, modifier)
    END END
$$;

-- SUPER and VARBYTE are stored as PostgreSQL's json and bytea; drivers know them by the numbers 4000 and 6551.
-- https://github.com/aws/amazon-redshift-jdbc-driver/blob/master/src/main/java/com/amazon/redshift/core/Oid.java
CREATE OR REPLACE FUNCTION pg_internal.type_number(type oid) RETURNS oid LANGUAGE sql IMMUTABLE AS
$$SELECT CASE type WHEN 114 THEN 4000 WHEN 3802 THEN 4000 WHEN 17 THEN 6551 ELSE type END::oid$$;
-- The modifier of a TIMETZ column is the emulator's: see 8_casts.sql.
CREATE OR REPLACE FUNCTION pg_internal.type_modifier(type oid, modifier integer) RETURNS integer LANGUAGE sql IMMUTABLE AS
$$SELECT CASE type WHEN 1266 THEN -1 ELSE modifier END$$;
CREATE OR REPLACE FUNCTION pg_internal.type_numbers(types oid[]) RETURNS oid[] LANGUAGE sql IMMUTABLE AS $$
    SELECT array_agg(pg_internal.type_number(type) ORDER BY place) FROM unnest(types) WITH ORDINALITY AS t (type, place)
$$;
CREATE OR REPLACE FUNCTION pg_internal.oidvectortypes(types oidvector) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce(string_agg(pg_internal.format_type(type, NULL), ', ' ORDER BY place), '')
    FROM unnest(types) WITH ORDINALITY AS t (type, place)
$$;

CREATE OR REPLACE FUNCTION pg_internal.is_user(role oid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS
$$SELECT EXISTS (SELECT FROM pg_internal.user_password WHERE usesysid = role)$$;

-- Shows the role "group:etl" as Redshift shows the group: "group etl=r/owner"; privileges of roles, of scopes and of PostgreSQL's
-- own roles, such as pg_read_all_stats, are not shown.
CREATE OR REPLACE FUNCTION pg_internal.show_acl(acl aclitem[]) RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT array_agg(regexp_replace(regexp_replace(regexp_replace(item::text, '^"?group:([^"=]*)"?=', 'group \1='),
        '=([^/]*)m([^/]*)/', '=\1\2/'), format('(^|/)%s(?=$|=)', pg_catalog.pg_get_userbyid(10)), '\1rdsdb', 'g'))
    FROM unnest(acl) AS item
    WHERE item::text !~ '^("?(role|scope):|pg_)'
$$;

-- What PostgreSQL's first superuser owns belongs to rdsdb, Redshift's own user, whose number is 1.
CREATE OR REPLACE FUNCTION pg_internal.owner(role oid) RETURNS integer LANGUAGE sql IMMUTABLE AS
$$SELECT CASE role WHEN 10 THEN 1 ELSE role::integer END$$;
CREATE OR REPLACE FUNCTION pg_internal.pg_get_userbyid(role oid) RETURNS name LANGUAGE sql STABLE AS
$$SELECT CASE role WHEN 1 THEN 'rdsdb' ELSE pg_catalog.pg_get_userbyid(role) END$$;

CREATE OR REPLACE FUNCTION pg_internal.owner_name(role name) RETURNS name LANGUAGE sql STABLE AS
$$SELECT CASE role WHEN pg_catalog.pg_get_userbyid(10) THEN 'rdsdb' ELSE role END$$;

CREATE OR REPLACE VIEW pg_internal.pg_user AS
SELECT
    rolname AS usename,
    oid::integer AS usesysid,
    rolcreatedb AS usecreatedb,
    rolsuper AS usesuper,
    false AS usecatupd,
    '********'::text AS passwd,
    rolvaliduntil::timestamp AS valuntil,
    (SELECT array_agg(regexp_replace(setting, '^rs\.', '')) FROM unnest(rolconfig) AS setting) AS useconfig
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
SELECT oid, nspname, pg_internal.owner(nspowner) AS nspowner, pg_internal.show_acl(nspacl) AS nspacl
FROM pg_catalog.pg_namespace
WHERE nspname NOT LIKE 'pg\_toast%';

-- Of the other databases of the PostgreSQL server a cluster has only these two.
-- https://docs.aws.amazon.com/redshift/latest/dg/r_DROP_DATABASE.html
CREATE OR REPLACE VIEW pg_internal.pg_database AS
SELECT oid, datname, pg_internal.owner(datdba) AS datdba, encoding, datistemplate, datallowconn, datconnlimit,
    pg_internal.show_acl(datacl) AS datacl
FROM pg_catalog.pg_database
WHERE datname = current_database() OR datname IN ('template0', 'template1');

-- The column defacluser is Redshift's. Privileges on types stand for those of procedures. https://docs.aws.amazon.com/redshift/latest/dg/r_PG_DEFAULT_ACL.html
CREATE OR REPLACE VIEW pg_internal.pg_default_acl AS
SELECT oid, defaclrole::integer AS defacluser, defaclnamespace,
    CASE defaclobjtype WHEN 'T' THEN 'p' ELSE defaclobjtype END::"char" AS defaclobjtype,
    pg_internal.show_acl(CASE defaclobjtype
        WHEN 'T' THEN ARRAY(SELECT makeaclitem(grantee, grantor, 'EXECUTE', is_grantable) FROM aclexplode(defaclacl))
        ELSE defaclacl END) AS defaclacl
FROM pg_catalog.pg_default_acl;

-- A primary or unique key shows as an index, too, which tools ask for keys; its object ID is beyond PostgreSQL's own.
CREATE OR REPLACE VIEW pg_internal.key_index AS
SELECT (k.oid::bigint + 4000000000)::oid AS indexrelid, k.oid, k.conname, k.contype, k.conrelid, k.conkey
FROM pg_internal.key_constraint AS k
WHERE k.contype IN ('p', 'u');

-- The table with the rows of a materialized view, from which dbt-redshift reads distribution and sort key. It belongs to rdsdb
-- and has two more columns. https://github.com/awslabs/amazon-redshift-utils/issues/503
-- https://github.com/dbt-labs/dbt-adapters/blob/main/dbt-redshift/tests/functional/adapter/catalog_tests/test_get_catalog.py
CREATE OR REPLACE VIEW pg_internal.stored_rows AS
SELECT (c.oid::bigint + 2000000000)::oid AS oid, c.oid AS relid, pg_internal.stored_name(c.relname) AS relname,
    CASE p.diststyle WHEN 'KEY' THEN 1 WHEN 'ALL' THEN 8 WHEN 'AUTO' THEN 10 ELSE 0 END::smallint AS reldiststyle
FROM pg_internal.materialized_view AS m
JOIN pg_catalog.pg_class AS c ON c.oid = m.relid
LEFT JOIN pg_internal.table_property AS p ON p.relid = c.oid;

CREATE OR REPLACE VIEW pg_internal.pg_class AS
SELECT
    c.oid,
    c.relname,
    c.relnamespace,
    c.reltype,
    pg_internal.owner(c.relowner) AS relowner,
    c.relam,
    c.oid AS relfilenode,
    c.reltablespace,
    c.relpages,
    c.reltuples,
    c.reltoastrelid,
    c.relhasindex OR EXISTS (SELECT FROM pg_internal.key_index AS i WHERE i.conrelid = c.oid) AS relhasindex,
    c.relisshared,
    CASE c.relkind WHEN 'm' THEN 'v' ELSE c.relkind END::"char" AS relkind,
    c.relnatts,
    0::smallint AS relchecks,
    EXISTS (SELECT FROM pg_internal.key_constraint AS k WHERE k.conrelid = c.oid AND k.contype = 'p') AS relhaspkey,
    c.relhasrules,
    c.relhassubclass,
    CASE p.diststyle WHEN 'EVEN' THEN 0 WHEN 'KEY' THEN 1 WHEN 'ALL' THEN 8 WHEN 'AUTO' THEN 10 ELSE 0 END::smallint
        AS reldiststyle,
    pg_internal.show_acl(c.relacl) AS relacl,
    -- read by \d of a psql that no longer supports PostgreSQL 8.0
    false AS relhastriggers,
    false AS relhasoids,
    c.reloftype,
    c.relpersistence,
    0::smallint AS reltriggers,
    -- read by dbt's package redshift
    0::oid AS reltoastidxid,
    0::oid AS relexternid,
    false AS relisreplicated,
    false AS relispinned,
    0::oid AS relprojbaseid,
    0::smallint AS relukeys,
    0::smallint AS relfkeys,
    0::smallint AS relrefs
FROM pg_catalog.pg_class AS c
LEFT JOIN pg_internal.table_property AS p ON p.relid = c.oid
WHERE c.relnamespace NOT IN ('pg_internal'::regnamespace, 'pg_toast'::regnamespace) AND c.relkind <> 'S'
UNION ALL
SELECT
    i.indexrelid,
    i.conname,
    c.relnamespace,
    0::oid,
    c.relowner::integer,
    (SELECT oid FROM pg_catalog.pg_am WHERE amname = 'btree'),
    i.indexrelid,
    0::oid,
    0,
    0::real,
    0::oid,
    false,
    false,
    'i'::"char",
    cardinality(i.conkey)::smallint,
    0::smallint,
    false,
    false,
    false,
    0::smallint,
    NULL::text[],
    false,
    false,
    0::oid,
    c.relpersistence,
    0::smallint,
    0::oid,
    0::oid,
    false,
    false,
    0::oid,
    0::smallint,
    0::smallint,
    0::smallint
FROM pg_internal.key_index AS i
JOIN pg_catalog.pg_class AS c ON c.oid = i.conrelid
UNION ALL
SELECT
    m.oid,
    m.relname,
    c.relnamespace,
    0::oid,
    1,
    0::oid,
    m.oid,
    0::oid,
    c.relpages,
    c.reltuples,
    0::oid,
    false,
    false,
    'r'::"char",
    (c.relnatts + 2)::smallint,
    0::smallint,
    false,
    false,
    false,
    m.reldiststyle,
    NULL::text[],
    false,
    false,
    0::oid,
    c.relpersistence,
    0::smallint,
    0::oid,
    0::oid,
    false,
    false,
    0::oid,
    0::smallint,
    0::smallint,
    0::smallint
FROM pg_internal.stored_rows AS m
JOIN pg_catalog.pg_class AS c ON c.oid = m.relid;

-- The columns of PostgreSQL 8.0. https://github.com/dbeaver/dbeaver/issues/11353
CREATE OR REPLACE VIEW pg_internal.pg_type AS
SELECT
    oid, typname, typnamespace, pg_internal.owner(typowner) AS typowner, typlen, typbyval, typtype, typisdefined, typdelim,
    typrelid, typelem, typinput, typoutput, typreceive, typsend, typanalyze, typalign, typstorage, typnotnull, typbasetype,
    typtypmod, typndims, typdefaultbin, typdefault,
    typarray, typcollation  -- read by \dT and \d of a psql that no longer supports PostgreSQL 8.0
FROM (
    SELECT * FROM pg_catalog.pg_type WHERE oid NOT IN (114, 199, 3802, 3807)
    UNION ALL
    SELECT r.*
    FROM pg_catalog.pg_type AS t
    CROSS JOIN LATERAL jsonb_populate_record(t, CASE t.oid
        WHEN 114 THEN '{"oid": "4000", "typname": "super", "typarray": "0"}'::jsonb
        ELSE '{"oid": "6551", "typname": "varbyte", "typarray": "0"}'::jsonb END) AS r
    WHERE t.oid IN (114, 17)
) AS types
WHERE typnamespace <> 'pg_internal'::regnamespace;

-- The numbers of the encodings have no source.
CREATE OR REPLACE FUNCTION pg_internal.encoding_names() RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
    SELECT '{none,bytedict,delta,delta32k,lzo,mostly8,mostly16,mostly32,runlength,text255,text32k,zstd,az64}'::text[]
$$;
CREATE OR REPLACE FUNCTION pg_internal.encoding_number(encoding text) RETURNS smallint LANGUAGE sql IMMUTABLE AS $$
    SELECT (coalesce(array_position(pg_internal.encoding_names(), encoding), 1) - 1)::smallint
$$;
CREATE OR REPLACE FUNCTION pg_internal.format_encoding(encoding integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT (pg_internal.encoding_names())[encoding + 1]
$$;

CREATE OR REPLACE VIEW pg_internal.pg_attribute AS
SELECT
    a.attrelid, a.attname, pg_internal.type_number(a.atttypid) AS atttypid, a.attlen, a.attnum, a.attndims, pg_internal.type_modifier(a.atttypid, a.atttypmod) AS atttypmod, a.attbyval, a.attstorage,
    a.attalign, a.attnotnull, a.atthasdef OR a.attidentity <> '' AS atthasdef, a.attisdropped, a.attislocal, a.attinhcount,
    a.attcollation,
    coalesce(p.distkey, false) AS attisdistkey,
    coalesce(p.sortkey, 0) AS attsortkeyord,
    coalesce(p.encoding, 'none') AS attencoding,
    pg_internal.encoding_number(p.encoding) AS attencodingtype,
    -- read by dbt's package redshift
    -1 AS attstattarget, -1 AS attcacheoff, false AS attispreloaded, 0::smallint AS attencrypttype
FROM pg_catalog.pg_attribute AS a
LEFT JOIN pg_internal.column_property AS p ON p.relid = a.attrelid AND p.attnum = a.attnum
WHERE a.attrelid NOT IN (
    SELECT oid FROM pg_catalog.pg_class WHERE relnamespace IN ('pg_internal'::regnamespace, 'pg_toast'::regnamespace))
UNION ALL
SELECT
    i.indexrelid, a.attname, pg_internal.type_number(a.atttypid), a.attlen, k.place::smallint, a.attndims, pg_internal.type_modifier(a.atttypid, a.atttypmod), a.attbyval, a.attstorage,
    a.attalign, false, false, false, true, a.attinhcount, a.attcollation, false, 0, 'none', 0::smallint,
    -1, -1, false, 0::smallint
FROM pg_internal.key_index AS i
CROSS JOIN LATERAL unnest(i.conkey) WITH ORDINALITY AS k (attnum, place)
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.conrelid AND a.attnum = k.attnum
UNION ALL
SELECT
    m.oid, a.attname, pg_internal.type_number(a.atttypid), a.attlen, a.attnum, a.attndims, pg_internal.type_modifier(a.atttypid, a.atttypmod), a.attbyval, a.attstorage,
    a.attalign, a.attnotnull, false, a.attisdropped, true, a.attinhcount, a.attcollation,
    coalesce(p.distkey, false), coalesce(p.sortkey, 0), coalesce(p.encoding, 'none'), pg_internal.encoding_number(p.encoding),
    -1, -1, false, 0::smallint
FROM pg_internal.stored_rows AS m
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = m.relid AND a.attnum > 0
LEFT JOIN pg_internal.column_property AS p ON p.relid = a.attrelid AND p.attnum = a.attnum
UNION ALL
SELECT
    m.oid, k.attname, a.atttypid, a.attlen, (c.relnatts + k.place)::smallint, a.attndims, a.atttypmod, a.attbyval, a.attstorage,
    a.attalign, false, false, false, true, a.attinhcount, a.attcollation, false, 0, 'none', 0::smallint,
    -1, -1, false, 0::smallint
FROM pg_internal.stored_rows AS m
JOIN pg_catalog.pg_class AS c ON c.oid = m.relid
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = 'pg_catalog.pg_sequence'::regclass AND a.attname = 'seqstart'  -- any BIGINT
CROSS JOIN (VALUES ('padb_internal_txn_seq_col'::name, 1), ('padb_internal_txn_id_col', 2)) AS k (attname, place);

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
    NULL::text AS consrc,
    coalesce(i.indexrelid, 0::oid) AS conindid  -- read by \d, too
FROM pg_internal.key_constraint AS k
JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
LEFT JOIN pg_internal.key_index AS i ON i.oid = k.oid;

-- Removes the query that casts the computed columns of a view, what casts and divisions run through, and the schema of the
-- emulator's functions, and qualifies intervals.
CREATE OR REPLACE FUNCTION pg_internal.show_definition(definition text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT regexp_replace(regexp_replace(regexp_replace(
        regexp_replace(definition, '^ SELECT .*?\n   FROM \( (.*)\) "pg_internal columns";$', ' \1;'),
        '::pg_internal\.(bytes|ascii|rounded|cut|whole|days)(\(\d+(,\d+)?\))?', '', 'g'),
        ' \* ROW\(\d+\)::pg_internal\.scale|\ypg_internal\.(long_(?!names))?', '', 'g'),
        '::interval(y2m|d2s) (?=year|month|day|hour|minute|second)', '::interval ', 'g')
$$;

CREATE OR REPLACE VIEW pg_internal.pg_views AS
SELECT
    v.schemaname,
    v.viewname,
    pg_internal.owner_name(v.viewowner) AS viewowner,
    coalesce(l.definition, pg_internal.show_definition(v.definition)) AS definition
FROM pg_catalog.pg_views AS v
JOIN pg_catalog.pg_namespace AS n ON n.nspname = v.schemaname
JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = v.viewname
LEFT JOIN pg_internal.late_binding_view AS l ON l.relid = c.oid
WHERE v.schemaname <> 'pg_internal'
UNION ALL
SELECT n.nspname, c.relname, pg_get_userbyid(c.relowner), m.definition
FROM pg_internal.materialized_view AS m
JOIN pg_catalog.pg_class AS c ON c.oid = m.relid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace;

CREATE OR REPLACE VIEW pg_internal.pg_tables AS
SELECT schemaname, tablename, pg_internal.owner_name(tableowner) AS tableowner, tablespace, hasindexes, hasrules, hastriggers
FROM pg_catalog.pg_tables
WHERE schemaname <> 'pg_internal'
UNION ALL
SELECT n.nspname, m.relname, 'rdsdb', NULL, false, false, false
FROM pg_internal.stored_rows AS m
JOIN pg_catalog.pg_class AS c ON c.oid = m.relid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace;

-- Tables in the search path only. https://docs.aws.amazon.com/redshift/latest/dg/r_PG_TABLE_DEF.html
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

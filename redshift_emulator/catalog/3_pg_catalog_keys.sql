-- The system catalog tables about keys, defaults, routines and databases.

CREATE OR REPLACE VIEW pg_internal.pg_index AS
SELECT indexrelid, indrelid, indkey, indclass, indnatts, indisunique, indisprimary, indisclustered,
    indexprs::text, indpred::text, indisvalid
FROM pg_catalog.pg_index
UNION ALL
SELECT
    i.indexrelid,
    i.conrelid,
    array_to_string(i.conkey, ' ')::int2vector,
    ''::oidvector,
    cardinality(i.conkey)::smallint,
    true,
    i.contype = 'p',
    false,
    NULL,
    NULL,
    true
FROM pg_internal.key_index AS i;

CREATE OR REPLACE FUNCTION pg_internal.pg_get_indexdef(index oid) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT format('CREATE UNIQUE INDEX %I ON %s USING btree (%s)', i.conname, i.conrelid::regclass,
        pg_internal.column_names(i.conrelid, i.conkey))
    FROM pg_internal.key_index AS i
    WHERE i.indexrelid = index
    UNION ALL
    SELECT pg_catalog.pg_get_indexdef(index) WHERE index < 4000000000::oid
$$;
CREATE OR REPLACE FUNCTION pg_internal.pg_get_indexdef(index oid, attribute integer, pretty boolean) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN attribute = 0 THEN pg_internal.pg_get_indexdef(index) ELSE (
        SELECT quote_ident(a.attname) FROM pg_internal.pg_attribute AS a WHERE a.attrelid = index AND a.attnum = attribute) END
$$;

-- In an earlier version, pg_attrdef.adbin was a tree, and a cast made any text a tree.
DO $$
BEGIN
    IF EXISTS (
        SELECT FROM pg_catalog.pg_attribute
        WHERE attrelid = to_regclass('pg_internal.pg_attrdef') AND attname = 'adbin' AND atttypid = 'pg_node_tree'::regtype
    ) THEN
        DROP FUNCTION IF EXISTS pg_internal.pg_get_expr(pg_node_tree, oid, boolean) CASCADE;
        DROP VIEW pg_internal.pg_attrdef CASCADE;
        DROP CAST IF EXISTS (text AS pg_node_tree);
    END IF;
END
$$;

-- Primary and unique keys alone, as in pg_index. awswrangler reads the columns of a key from indexdef.
CREATE OR REPLACE VIEW pg_internal.pg_indexes AS
SELECT schemaname, tablename, indexname, tablespace, indexdef FROM pg_catalog.pg_indexes WHERE schemaname <> 'pg_internal'
UNION ALL
SELECT n.nspname, c.relname, i.conname, NULL,
    format('CREATE UNIQUE INDEX %I ON %I.%I USING btree (%s)', i.conname, n.nspname, c.relname,
        pg_internal.column_names(i.conrelid, i.conkey))
FROM pg_internal.key_index AS i
JOIN pg_catalog.pg_class AS c ON c.oid = i.conrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace;

-- The default of an identity column, which PostgreSQL does not have, is its own source.
CREATE OR REPLACE VIEW pg_internal.pg_attrdef AS
SELECT d.oid, d.adrelid, d.adnum, d.adbin::text AS adbin,
    pg_internal.show_definition(pg_catalog.pg_get_expr(d.adbin, d.adrelid)) AS adsrc
FROM pg_catalog.pg_attrdef AS d
UNION ALL
SELECT 0::oid, i.attrelid, i.attnum, i.source, i.source
FROM (
    SELECT a.attrelid, a.attnum,
        format('"identity"(%s, %s, ''%s,%s''::text)', a.attrelid, a.attnum - 1, p.identity_seed, p.identity_step) AS source
    FROM pg_catalog.pg_attribute AS a
    JOIN pg_internal.column_property AS p ON p.relid = a.attrelid AND p.attnum = a.attnum
    WHERE a.attidentity <> ''
) AS i;

-- A foreign key depends on the index of the key that it references: drivers for Java ask for its name.
CREATE OR REPLACE VIEW pg_internal.pg_depend AS
SELECT classid, objid, objsubid, refclassid, refobjid, refobjsubid, deptype FROM pg_catalog.pg_depend
UNION ALL
SELECT 'pg_catalog.pg_constraint'::regclass::oid, f.oid, 0, 'pg_catalog.pg_class'::regclass::oid, i.indexrelid, 0, 'n'
FROM pg_internal.key_constraint AS f
CROSS JOIN LATERAL (
    SELECT i.indexrelid FROM pg_internal.key_index AS i
    WHERE i.conrelid = f.confrelid AND i.conkey @> f.confkey AND i.conkey <@ f.confkey
    ORDER BY i.contype LIMIT 1
) AS i
WHERE f.contype = 'f';

-- Reads the trees of defaults only, so that no client can make PostgreSQL read one of its own.
CREATE OR REPLACE FUNCTION pg_internal.pg_get_expr(expression text, relation oid, pretty boolean DEFAULT false) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN expression LIKE '"identity"(%' THEN expression ELSE (
        SELECT pg_internal.show_definition(pg_catalog.pg_get_expr(d.adbin, d.adrelid, pretty))
        FROM pg_catalog.pg_attrdef AS d
        WHERE d.adrelid = relation AND d.adbin::text = expression
        LIMIT 1) END
$$;

-- Of a late-binding and a materialized view, Redshift returns the statement that created it.
CREATE OR REPLACE FUNCTION pg_internal.pg_get_viewdef(relation oid, pretty boolean DEFAULT false) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        (SELECT definition FROM pg_internal.late_binding_view WHERE relid = relation),
        (SELECT definition FROM pg_internal.materialized_view WHERE relid = relation),
        pg_internal.show_definition(pg_catalog.pg_get_viewdef(relation, pretty)))
$$;
CREATE OR REPLACE FUNCTION pg_internal.pg_get_viewdef(name text, pretty boolean DEFAULT false) RETURNS text LANGUAGE sql STABLE AS
$$SELECT pg_internal.pg_get_viewdef(name::regclass::oid, pretty)$$;

CREATE OR REPLACE VIEW pg_internal.pg_proc AS
SELECT
    p.oid, p.proname, p.pronamespace, pg_internal.owner(p.proowner) AS proowner, p.prolang, p.prokind = 'a' AS proisagg,
    p.prosecdef, p.proisstrict, p.proretset, p.provolatile, p.pronargs,
    CASE WHEN p.pronamespace = 11 THEN p.prorettype ELSE pg_internal.type_number(p.prorettype) END AS prorettype,
    CASE WHEN p.pronamespace = 11 THEN p.proargtypes
        ELSE array_to_string(pg_internal.type_numbers(p.proargtypes::oid[]), ' ')::oidvector END AS proargtypes,
    p.proargnames, p.prosrc, p.probin, pg_internal.show_acl(p.proacl) AS proacl
FROM pg_catalog.pg_proc AS p
WHERE p.pronamespace <> 'pg_internal'::regnamespace;

CREATE OR REPLACE VIEW pg_internal.pg_proc_info AS
SELECT
    p.oid AS prooid, p.proname, p.pronamespace, p.proowner, p.prolang, p.proisagg, p.prosecdef, p.proisstrict,
    p.proretset, p.provolatile, p.pronargs, p.prorettype, p.proargtypes, p.proargnames, p.prosrc, p.probin, p.proacl,
    o.prokind, pg_internal.type_numbers(o.proallargtypes) AS proallargtypes, o.proargmodes
FROM pg_internal.pg_proc AS p
JOIN pg_catalog.pg_proc AS o ON o.oid = p.oid;

-- The creation time of views is not known. https://docs.aws.amazon.com/redshift/latest/dg/r_PG_CLASS_INFO.html
CREATE OR REPLACE VIEW pg_internal.pg_class_info AS
SELECT
    c.oid AS reloid, c.relname, c.relnamespace, c.reltype, c.relowner, c.relam, c.relfilenode, c.reltablespace, c.relpages,
    c.reltuples, c.reltoastrelid, c.relhasindex, c.relisshared, c.relkind, c.relnatts, c.relchecks, c.reltriggers, c.relhaspkey,
    c.relhasrules, c.relhassubclass, c.reldiststyle, c.relacl,
    p.created AS relcreationtime,
    c.reldiststyle::integer AS releffectivediststyle
FROM pg_internal.pg_class AS c
LEFT JOIN pg_internal.table_property AS p ON p.relid = c.oid
WHERE pg_has_role(CASE c.relowner WHEN 1 THEN 10 ELSE c.relowner END::oid, 'USAGE');

-- https://docs.aws.amazon.com/redshift/latest/dg/r_PG_DATABASE_INFO.html
CREATE OR REPLACE VIEW pg_internal.pg_database_info AS
SELECT oid AS datid, datname, datdba, encoding, datistemplate, datallowconn, datacl,
    CASE WHEN datconnlimit < 0 THEN 'UNLIMITED' ELSE datconnlimit::text END AS datconnlimit
FROM pg_internal.pg_database;

-- The tables with the rows of materialized views, which PostgreSQL does not have, are those of superusers, as PG_AUTHID is.
CREATE OR REPLACE FUNCTION pg_internal.is_stored_rows(name text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN name LIKE '%mv\_tbl\_\_%' THEN EXISTS (
        SELECT FROM pg_internal.stored_rows AS m
        JOIN pg_catalog.pg_class AS c ON c.oid = m.relid
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE parse_ident(name) IN (ARRAY[n.nspname, m.relname]::text[], ARRAY[m.relname]::text[])
    ) ELSE false END
$$;

-- A user may name the emulator's views, too, as HAS_TABLE_PRIVILEGE('svv_table_info', 'select') does.
CREATE OR REPLACE FUNCTION pg_internal.table_or_view(name text) RETURNS oid LANGUAGE sql STABLE AS $$
    SELECT coalesce((
        SELECT c.oid FROM pg_catalog.pg_class AS c
        WHERE c.relnamespace = 'pg_internal'::regnamespace AND c.relkind = 'v'
            AND c.relname = regexp_replace(lower(name), '^pg_catalog\.', '')
    ), CASE WHEN pg_internal.is_stored_rows(name) THEN 'pg_authid'::regclass ELSE name::regclass END)
$$;
CREATE OR REPLACE FUNCTION pg_internal.has_table_privilege(name text, privilege text) RETURNS boolean LANGUAGE sql STABLE AS
$$SELECT pg_catalog.has_table_privilege(pg_internal.table_or_view(name), privilege)$$;
CREATE OR REPLACE FUNCTION pg_internal.has_table_privilege(username name, name text, privilege text) RETURNS boolean
LANGUAGE sql STABLE AS $$SELECT pg_catalog.has_table_privilege(username, pg_internal.table_or_view(name), privilege)$$;
CREATE OR REPLACE FUNCTION pg_internal.has_table_privilege(relation oid, privilege text) RETURNS boolean LANGUAGE sql STABLE AS
$$SELECT pg_catalog.has_table_privilege(relation, privilege)$$;
CREATE OR REPLACE FUNCTION pg_internal.has_table_privilege(username name, relation oid, privilege text) RETURNS boolean
LANGUAGE sql STABLE AS $$SELECT pg_catalog.has_table_privilege(username, relation, privilege)$$;
CREATE OR REPLACE FUNCTION pg_internal.has_table_privilege(usesysid oid, name text, privilege text) RETURNS boolean
LANGUAGE sql STABLE AS $$SELECT pg_catalog.has_table_privilege(usesysid, pg_internal.table_or_view(name), privilege)$$;
CREATE OR REPLACE FUNCTION pg_internal.has_table_privilege(usesysid oid, relation oid, privilege text) RETURNS boolean
LANGUAGE sql STABLE AS $$SELECT pg_catalog.has_table_privilege(usesysid, relation, privilege)$$;

-- Comments on keys, which PostgreSQL does not know: where it stores those on its own constraints.
CREATE OR REPLACE FUNCTION pg_internal.comment_on_key(key oid, comment text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
    DELETE FROM pg_description WHERE objoid = key AND classoid = 'pg_constraint'::regclass;
    INSERT INTO pg_description SELECT key, 'pg_constraint'::regclass, 0, comment WHERE comment IS NOT NULL
$$;
REVOKE ALL ON FUNCTION pg_internal.comment_on_key FROM PUBLIC;
CREATE OR REPLACE FUNCTION pg_internal.forget_comment() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    PERFORM pg_internal.comment_on_key(OLD.oid, NULL);
    RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER forget_comment AFTER DELETE ON pg_internal.key_constraint
    FOR EACH ROW EXECUTE FUNCTION pg_internal.forget_comment();

-- Tools look up object IDs of tables there, for comments.
CREATE OR REPLACE VIEW pg_internal.pg_statio_all_tables AS
SELECT * FROM pg_catalog.pg_statio_all_tables WHERE schemaname NOT IN ('pg_internal', 'pg_toast');
CREATE OR REPLACE VIEW pg_internal.pg_statio_user_tables AS
SELECT * FROM pg_internal.pg_statio_all_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema');

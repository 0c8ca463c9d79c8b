-- The system tables about materialized views, which are PostgreSQL's.

-- https://docs.aws.amazon.com/redshift/latest/dg/r_SVL_MV_REFRESH_STATUS.html
CREATE TABLE IF NOT EXISTS pg_internal.svl_mv_refresh_status_all (
    db_name char(128),
    userid bigint,
    schema char(128),
    name char(128),
    xid bigint,
    starttime timestamp,
    endtime timestamp,
    status text
);
CREATE OR REPLACE VIEW pg_internal.svl_mv_refresh_status AS
SELECT * FROM pg_internal.svl_mv_refresh_status_all WHERE pg_internal.may_see(userid::integer);

-- The query of a materialized view, with the names that its tables and columns have now.
CREATE OR REPLACE FUNCTION pg_internal.resolved_query(relation oid) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT rtrim(pg_get_viewdef(relation), '; ')
$$;

-- Whether the query of a materialized view returns other rows than the view holds.
CREATE OR REPLACE FUNCTION pg_internal.is_stale(relation oid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    query text := pg_internal.resolved_query(relation);
    held text := format('SELECT * FROM %s', relation::regclass);
    result boolean;
BEGIN
    EXECUTE format('SELECT EXISTS ((%1$s) EXCEPT ALL (%2$s)) OR EXISTS ((%2$s) EXCEPT ALL (%1$s))', query, held)
    INTO result;
    RETURN result;
EXCEPTION WHEN OTHERS THEN
    RETURN true;  -- the query fails on the rows of today
END
$$;

-- https://docs.aws.amazon.com/redshift/latest/dg/r_STV_MV_INFO.html
CREATE OR REPLACE VIEW pg_internal.stv_mv_info AS
SELECT
    current_database()::char(128) AS db_name,
    n.nspname::char(128) AS schema,
    c.relname::char(128) AS name,
    m.refreshed_xid AS updated_upto_xid,
    CASE WHEN pg_internal.is_stale(m.relid) THEN 't' ELSE 'f' END::char(1) AS is_stale,
    pg_get_userbyid(c.relowner)::char(128) AS owner_user_name,
    m.state,
    CASE WHEN m.autorefresh THEN 't' ELSE 'f' END::char(1) AS autorefresh,
    'f'::char(1) AS autorewrite
FROM pg_internal.materialized_view AS m
JOIN pg_catalog.pg_class AS c ON c.oid = m.relid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE pg_internal.may_see(c.relowner::integer);

-- https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_MV_INFO.html
CREATE OR REPLACE VIEW pg_internal.svv_mv_info AS
SELECT
    db_name AS database_name, schema AS schema_name, owner_user_name AS user_name, name, is_stale, state, autorefresh,
    autorewrite
FROM pg_internal.stv_mv_info;

-- https://docs.aws.amazon.com/redshift/latest/dg/r_STV_MV_DEPS.html
CREATE OR REPLACE VIEW pg_internal.stv_mv_deps AS
SELECT
    current_database()::char(128) AS db_name,
    n.nspname::char(128) AS schema,
    c.relname::char(128) AS name,
    rn.nspname::char(128) AS ref_schema,
    r.relname::char(128) AS ref_name
FROM pg_internal.materialized_view AS m
JOIN pg_catalog.pg_class AS c ON c.oid = m.relid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_class AS r ON r.oid = ANY (m.bases) AND r.relkind = 'm'
JOIN pg_catalog.pg_namespace AS rn ON rn.oid = r.relnamespace
WHERE pg_internal.may_see(c.relowner::integer);

-- https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_MV_DEPENDENCY.html
CREATE OR REPLACE VIEW pg_internal.svv_mv_dependency AS
SELECT
    db_name AS database_name, schema AS schema_name, name, db_name AS dependent_database_name,
    ref_schema AS dependent_schema_name, ref_name AS dependent_name
FROM pg_internal.stv_mv_deps;

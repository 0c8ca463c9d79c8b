-- All users may read the views, but only superusers SVV_TABLE_INFO.

DO $$
DECLARE
    found record;
BEGIN
    FOR found IN
        SELECT oid::regclass AS relation FROM pg_catalog.pg_class
        WHERE relnamespace = 'pg_internal'::regnamespace AND relkind = 'v'
    LOOP
        EXECUTE format('GRANT SELECT ON %s TO PUBLIC', found.relation);
    END LOOP;
    REVOKE ALL ON pg_internal.svv_table_info, pg_internal.long_svv_table_info FROM PUBLIC;
END
$$;

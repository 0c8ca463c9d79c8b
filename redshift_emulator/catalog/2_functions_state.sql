-- The state of what the columns of late-binding views follow from: relations, their columns and queries, privileges, functions and
-- schemas. Each version of a row has a place and a transaction of its own, so the state changes with every row. Temporary tables of
-- other sessions do not matter.
CREATE OR REPLACE FUNCTION pg_internal.catalog_state() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    WITH relation AS (
        SELECT oid, hash_record_extended(ROW(ctid, xmin), 1)::numeric AS version FROM pg_class
        WHERE oid >= 16384 AND relkind IN ('r', 'v', 'm') AND NOT pg_is_other_temp_schema(relnamespace)
    )
    SELECT concat_ws(' ',
        (SELECT sum(version) FROM relation),
        (SELECT sum(hash_record_extended(ROW(ctid, xmin), 2)::numeric) FROM pg_attribute WHERE attrelid IN (SELECT oid FROM relation)),
        (SELECT sum(hash_record_extended(ROW(ctid, xmin), 3)::numeric) FROM pg_rewrite WHERE ev_class IN (SELECT oid FROM relation)),
        (SELECT sum(hash_record_extended(ROW(ctid, xmin), 4)::numeric) FROM pg_proc WHERE oid >= 16384),
        (SELECT sum(hash_record_extended(ROW(ctid, xmin), 5)::numeric) FROM pg_namespace WHERE NOT pg_is_other_temp_schema(oid)),
        (SELECT sum(hash_record_extended(ROW(ctid, xmin), 6)::numeric) FROM pg_authid),
        (SELECT sum(hash_record_extended(ROW(ctid, xmin), 7)::numeric) FROM pg_auth_members),
        (SELECT sum(hash_record_extended(ROW(ctid, xmin), 8)::numeric) FROM pg_internal.late_binding_view),
        (SELECT sum(hash_record_extended(ROW(ctid, xmin), 9)::numeric) FROM pg_internal.column_property))
$$;

-- Lock a table as a query does that reads it. If another transaction replaces the table in the meantime, the name has another OID
-- afterwards: one that the snapshot does not see, so a query would find no rows in it.
CREATE OR REPLACE FUNCTION pg_internal.lock_to_read(relation oid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_catalog.pg_class WHERE oid = relation AND relkind = 'r' AND relnamespace <> 'pg_catalog'::regnamespace) THEN
        EXECUTE format('LOCK TABLE ONLY %s IN ACCESS SHARE MODE', relation::regclass);
    END IF;
    RETURN true;
EXCEPTION WHEN undefined_table THEN  -- dropped in the meantime: the query says so
    RETURN true;
END
$$;

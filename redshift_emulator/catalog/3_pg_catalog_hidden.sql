-- PostgreSQL's tables, unchanged but for the objects of the emulator's own schema.

CREATE OR REPLACE FUNCTION pg_internal.is_hidden(relation oid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM pg_catalog.pg_class AS c
        WHERE c.oid = relation AND c.relnamespace IN ('pg_internal'::regnamespace, 'pg_toast'::regnamespace))
$$;

CREATE OR REPLACE VIEW pg_internal.pg_operator AS
SELECT * FROM pg_catalog.pg_operator WHERE oprnamespace <> 'pg_internal'::regnamespace;

CREATE OR REPLACE VIEW pg_internal.pg_opclass AS
SELECT * FROM pg_catalog.pg_opclass WHERE opcnamespace <> 'pg_internal'::regnamespace;

CREATE OR REPLACE VIEW pg_internal.pg_rewrite AS
SELECT * FROM pg_catalog.pg_rewrite WHERE NOT pg_internal.is_hidden(ev_class);

CREATE OR REPLACE VIEW pg_internal.pg_trigger AS
SELECT * FROM pg_catalog.pg_trigger WHERE NOT pg_internal.is_hidden(tgrelid);

CREATE OR REPLACE VIEW pg_internal.pg_stats AS
SELECT * FROM pg_catalog.pg_stats WHERE schemaname <> 'pg_internal';

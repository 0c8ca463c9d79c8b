-- The system tables with long names, which queries read instead as soon as the database has any. Their columns of the type NAME are
-- texts with a modifier that no table has, by which the emulator describes them as names.

DO $$
DECLARE
    each record;
BEGIN
    FOR each IN
        SELECT n.nspname, c.relname, string_agg(
            CASE
                WHEN t.typname = 'name'
                    THEN format('pg_internal.long_names(%I::text)::varchar(10485760) COLLATE "C" AS %1$I', a.attname)
                WHEN t.typname IN ('text', 'varchar', 'bpchar')
                    THEN format('pg_internal.long_names(%I::text)::%s AS %1$I', a.attname, format_type(t.oid, a.atttypmod))
                WHEN t.typname IN ('_text', '_name') THEN format('pg_internal.long_names(%I::text[]) AS %1$I', a.attname)
                ELSE quote_ident(a.attname)
            END, ', ' ORDER BY a.attnum) AS columns
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid
        JOIN pg_catalog.pg_type AS d ON d.oid = a.atttypid
        JOIN pg_catalog.pg_type AS t ON t.oid = coalesce(nullif(d.typbasetype, 0), d.oid)
        WHERE c.relkind = 'v' AND (
            n.nspname = 'pg_internal' AND c.relname NOT LIKE 'long\_%'
            OR n.nspname = 'pg_catalog' AND c.relname = 'pg_rules')
        GROUP BY n.nspname, c.relname
    LOOP
        EXECUTE format('CREATE OR REPLACE VIEW pg_internal.%I AS SELECT %s FROM %I.%I',
            'long_' || each.relname, each.columns, each.nspname, each.relname);
    END LOOP;
END
$$;

-- Privileges on all objects of a schema or of the database, present and future. The privileges of a user or role with the number
-- 16400 are those of the role "scope:16400" of PostgreSQL, which was granted to it: they do not depend on privileges of objects.
-- https://docs.aws.amazon.com/redshift/latest/dg/t_scoped-permissions.html
CREATE TABLE IF NOT EXISTS pg_internal.scoped_privilege (
    grantee oid NOT NULL,
    kind text NOT NULL,               -- TABLES, FUNCTIONS (and procedures), SCHEMAS or LANGUAGES
    scope oid NOT NULL,               -- the schema, or 0: the database
    privilege text NOT NULL,          -- such as SELECT, or ALL
    grantable boolean NOT NULL,
    PRIMARY KEY (grantee, kind, scope, privilege)
);
GRANT SELECT ON pg_internal.scoped_privilege TO PUBLIC;

CREATE OR REPLACE FUNCTION pg_internal.is_users_schema(schema oid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT nspname !~ '^pg_' AND nspname <> 'information_schema' FROM pg_catalog.pg_namespace WHERE oid = schema
$$;

-- The objects of the database, as GRANT names them.
CREATE OR REPLACE VIEW pg_internal.scoped_object AS
SELECT 'TABLES' AS kind, c.relnamespace AS schema, c.oid AS object, format('TABLE %s', c.oid::regclass) AS target
FROM pg_catalog.pg_class AS c
WHERE c.relkind IN ('r', 'v', 'm') AND pg_internal.is_users_schema(c.relnamespace)
UNION ALL
SELECT 'FUNCTIONS', p.pronamespace, p.oid, format('ROUTINE %s', p.oid::regprocedure)
FROM pg_catalog.pg_proc AS p
WHERE p.prokind IN ('f', 'p') AND pg_internal.is_users_schema(p.pronamespace)
UNION ALL
SELECT 'SCHEMAS', 0, n.oid, format('SCHEMA %I', n.nspname) FROM pg_catalog.pg_namespace AS n WHERE pg_internal.is_users_schema(n.oid)
UNION ALL
SELECT 'LANGUAGES', 0, l.oid, format('LANGUAGE %I', l.lanname) FROM pg_catalog.pg_language AS l WHERE l.lanname IN ('plpgsql', 'sql');

-- Grants what the rows of a user or role say (of all, if none is given), on all objects or on a new one. Names of objects are
-- read without a search path, and so are qualified.
CREATE OR REPLACE FUNCTION pg_internal.grant_scoped(only_grantee oid, only_object oid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    found record;
BEGIN
    FOR found IN
        SELECT p.privilege, o.target, r.rolname
        FROM pg_internal.scoped_privilege AS p
        JOIN pg_catalog.pg_roles AS r ON r.rolname = 'scope:' || p.grantee
        JOIN pg_internal.scoped_object AS o ON o.kind = p.kind AND p.scope IN (0, o.schema)
        WHERE p.grantee = coalesce(only_grantee, p.grantee) AND o.object = coalesce(only_object, o.object)
    LOOP
        EXECUTE format('GRANT %s ON %s TO %I', found.privilege, found.target, found.rolname);
    END LOOP;
END
$$;

CREATE OR REPLACE FUNCTION pg_internal.save_scoped(role oid, kind text, scope oid, privileges text[], grantable boolean) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    own text := 'scope:' || role;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = own) THEN
        EXECUTE format('CREATE ROLE %I NOLOGIN', own);
        EXECUTE format('GRANT %I TO %I', own, pg_catalog.pg_get_userbyid(role));
    END IF;
    INSERT INTO pg_internal.scoped_privilege AS p
    SELECT role, kind, scope, each, grantable FROM unnest(privileges) AS each
    ON CONFLICT ON CONSTRAINT scoped_privilege_pkey DO UPDATE SET grantable = p.grantable OR excluded.grantable;
    PERFORM pg_internal.grant_scoped(role, NULL);
END
$$;

-- ALL is every privilege; without rows, the role goes.
CREATE OR REPLACE FUNCTION pg_internal.delete_scoped(role oid, of_kind text, of_scope oid, privileges text[], option_only boolean)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    own text := 'scope:' || role;
BEGIN
    IF option_only THEN
        UPDATE pg_internal.scoped_privilege SET grantable = false
        WHERE grantee = role AND kind = of_kind AND scope = of_scope AND (privilege = ANY (privileges) OR 'ALL' = ANY (privileges));
        RETURN;
    END IF;
    DELETE FROM pg_internal.scoped_privilege
    WHERE grantee = role AND kind = of_kind AND scope = of_scope AND (privilege = ANY (privileges) OR 'ALL' = ANY (privileges));
    IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = own) THEN
        EXECUTE format('DROP OWNED BY %I', own);
        PERFORM pg_internal.grant_scoped(role, NULL);
        IF NOT EXISTS (SELECT FROM pg_internal.scoped_privilege WHERE grantee = role) THEN
            EXECUTE format('DROP ROLE %I', own);
        END IF;
    END IF;
END
$$;

CREATE OR REPLACE FUNCTION pg_internal.grant_on_new_objects() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    made record;
BEGIN
    IF EXISTS (SELECT FROM pg_internal.scoped_privilege) THEN
        FOR made IN SELECT DISTINCT objid FROM pg_event_trigger_ddl_commands() LOOP
            PERFORM pg_internal.grant_scoped(NULL, made.objid);
        END LOOP;
    END IF;
END
$$;
CREATE OR REPLACE FUNCTION pg_internal.forget_scopes() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    forgotten oid;
BEGIN
    FOR forgotten IN
        DELETE FROM pg_internal.scoped_privilege
        WHERE scope IN (SELECT objid FROM pg_event_trigger_dropped_objects() WHERE classid = 'pg_namespace'::regclass)
        RETURNING grantee
    LOOP
        IF NOT EXISTS (SELECT FROM pg_internal.scoped_privilege WHERE grantee = forgotten) THEN
            EXECUTE format('DROP ROLE IF EXISTS %I', 'scope:' || forgotten);
        END IF;
    END LOOP;
END
$$;
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_event_trigger WHERE evtname = 'pg_internal_grant_on_new_objects') THEN
        CREATE EVENT TRIGGER pg_internal_grant_on_new_objects ON ddl_command_end
            WHEN TAG IN ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'CREATE VIEW', 'CREATE MATERIALIZED VIEW', 'CREATE FUNCTION',
                'CREATE PROCEDURE', 'CREATE SCHEMA')
            EXECUTE FUNCTION pg_internal.grant_on_new_objects();
        CREATE EVENT TRIGGER pg_internal_forget_scopes ON sql_drop WHEN TAG IN ('DROP SCHEMA')
            EXECUTE FUNCTION pg_internal.forget_scopes();
    END IF;
END
$$;

-- Roles of Redshift: a role "etl" is the role "role:etl" of PostgreSQL.
-- https://docs.aws.amazon.com/redshift/latest/dg/t_Roles.html
CREATE TABLE IF NOT EXISTS pg_internal.role_property (
    oid oid PRIMARY KEY,
    owner oid NOT NULL,
    external_id text
);
CREATE TABLE IF NOT EXISTS pg_internal.role_privilege (
    role oid NOT NULL,
    privilege text NOT NULL,          -- a system privilege, such as CREATE USER
    PRIMARY KEY (role, privilege)
);
GRANT SELECT ON pg_internal.role_property, pg_internal.role_privilege TO PUBLIC;

-- https://docs.aws.amazon.com/redshift/latest/dg/r_roles-default.html
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['sys:monitor', 'sys:operator', 'sys:dba', 'sys:superuser', 'sys:secadmin'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', 'role:' || name);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END;
    END LOOP;
END
$$;
INSERT INTO pg_internal.role_privilege
SELECT 'role:sys:secadmin'::regrole, unnest(ARRAY['CREATE USER', 'ALTER USER', 'DROP USER', 'CREATE ROLE', 'DROP ROLE', 'GRANT ROLE'])
ON CONFLICT DO NOTHING;

-- https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_ROLES.html
CREATE OR REPLACE VIEW pg_internal.svv_roles AS
SELECT
    r.oid::integer AS role_id,
    substr(r.rolname, 6)::text AS role_name,
    coalesce(pg_get_userbyid(p.owner)::text, 'rdsdb') AS role_owner,
    p.external_id
FROM pg_catalog.pg_roles AS r
LEFT JOIN pg_internal.role_property AS p ON p.oid = r.oid
WHERE r.rolname LIKE 'role:%';

-- https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_USER_GRANTS.html
CREATE OR REPLACE VIEW pg_internal.svv_user_grants AS
SELECT
    u.usesysid::integer AS user_id,
    u.usename::text AS user_name,
    r.role_id,
    r.role_name,
    bool_or(m.admin_option) AS admin_option
FROM pg_catalog.pg_auth_members AS m
JOIN pg_internal.pg_user AS u ON u.usesysid = m.member
JOIN pg_internal.svv_roles AS r ON r.role_id = m.roleid::integer
WHERE u.usename = current_user OR (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)
GROUP BY u.usesysid, u.usename, r.role_id, r.role_name;

-- https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_ROLE_GRANTS.html
CREATE OR REPLACE VIEW pg_internal.svv_role_grants AS
SELECT DISTINCT
    r.role_id,
    r.role_name,
    g.role_id AS granted_role_id,
    g.role_name AS granted_role_name
FROM pg_catalog.pg_auth_members AS m
JOIN pg_internal.svv_roles AS r ON r.role_id = m.member::integer
JOIN pg_internal.svv_roles AS g ON g.role_id = m.roleid::integer
WHERE (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)
    OR pg_has_role(r.role_id::oid, 'USAGE')
    OR r.role_owner = current_user;

-- https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_SYSTEM_PRIVILEGES.html
CREATE OR REPLACE VIEW pg_internal.svv_system_privileges AS
SELECT
    p.privilege AS system_privilege,
    r.role_id AS identity_id,
    r.role_name AS identity_name,
    'role'::text AS identity_type
FROM pg_internal.role_privilege AS p
JOIN pg_internal.svv_roles AS r ON r.role_id = p.role::integer
WHERE (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)
    OR pg_has_role(r.role_id::oid, 'USAGE')
    OR r.role_owner = current_user;

-- Returns the role, or the group if there is no role of this name.
CREATE OR REPLACE FUNCTION pg_internal.find_role(name text, groups boolean) RETURNS oid
LANGUAGE plpgsql STABLE STRICT AS $$
DECLARE
    found oid;
BEGIN
    SELECT oid INTO found FROM pg_catalog.pg_roles
    WHERE rolname = 'role:' || name OR (groups AND rolname = 'group:' || name)
    ORDER BY rolname DESC LIMIT 1;
    IF found IS NULL THEN
        RAISE EXCEPTION 'role "%" does not exist', name USING ERRCODE = '42704';
    END IF;
    RETURN found;
END
$$;

-- Returns whether a role or a group was granted to a user or a role, also by other roles.
CREATE OR REPLACE FUNCTION pg_internal.is_granted(role oid, grantee oid) RETURNS boolean LANGUAGE sql STABLE AS $$
    WITH RECURSIVE granted(role) AS (
        SELECT roleid FROM pg_catalog.pg_auth_members WHERE member = grantee
        UNION
        SELECT m.roleid FROM pg_catalog.pg_auth_members AS m JOIN granted AS g ON m.member = g.role
        JOIN pg_catalog.pg_roles AS r ON r.oid = g.role WHERE r.rolname LIKE 'role:%'
    )
    SELECT EXISTS (SELECT FROM granted AS g WHERE g.role = is_granted.role)
$$;

-- https://docs.aws.amazon.com/redshift/latest/dg/r_USER_IS_MEMBER_OF.html
CREATE OR REPLACE FUNCTION pg_internal.user_is_member_of(user_name text, role_name text) RETURNS boolean
LANGUAGE plpgsql STABLE STRICT AS $$
DECLARE
    role oid := pg_internal.find_role(role_name, true);
BEGIN
    IF NOT EXISTS (SELECT FROM pg_internal.pg_user WHERE usename = user_name) THEN
        RAISE EXCEPTION 'user "%" does not exist', user_name USING ERRCODE = '42704';
    ELSIF user_name <> current_user AND NOT pg_has_role('role:sys:secadmin', 'USAGE') THEN
        RAISE EXCEPTION 'permission denied to check the membership of user "%"', user_name USING ERRCODE = '42501';
    END IF;
    RETURN pg_internal.is_granted(role, (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = user_name));
END
$$;

-- https://docs.aws.amazon.com/redshift/latest/dg/r_ROLE_IS_MEMBER_OF.html
CREATE OR REPLACE FUNCTION pg_internal.role_is_member_of(role_name text, granted_role_name text) RETURNS boolean
LANGUAGE plpgsql STABLE STRICT AS $$
DECLARE
    role oid := pg_internal.find_role(role_name, false);
    granted_role oid := pg_internal.find_role(granted_role_name, false);
BEGIN
    IF NOT pg_has_role(role, 'USAGE') THEN
        RAISE EXCEPTION 'permission denied to check the membership of role "%"', role_name USING ERRCODE = '42501';
    END IF;
    RETURN pg_internal.is_granted(granted_role, role);
END
$$;

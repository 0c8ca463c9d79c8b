-- Who may use which IAM role for which command: at first, all users may use all of them.
-- https://docs.aws.amazon.com/redshift/latest/dg/r_GRANT-usage-notes.html
DO $$
BEGIN
    IF to_regclass('pg_internal.assumerole_privilege') IS NULL THEN
        CREATE TABLE pg_internal.assumerole_privilege (
            iam_role text NOT NULL,           -- an ARN, a chain of ARNs with commas, or ALL
            grantee oid NOT NULL,             -- 0: PUBLIC
            command text NOT NULL,            -- COPY, UNLOAD, EXTERNAL FUNCTION or CREATE MODEL
            PRIMARY KEY (iam_role, grantee, command)
        );
        INSERT INTO pg_internal.assumerole_privilege
        SELECT 'ALL', 0, unnest(ARRAY['COPY', 'UNLOAD', 'EXTERNAL FUNCTION', 'CREATE MODEL']);
    END IF;
END
$$;
GRANT SELECT ON pg_internal.assumerole_privilege TO PUBLIC;

CREATE OR REPLACE FUNCTION pg_internal.may_assume_role(username name, arn text, cmd text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = username) OR EXISTS (
        SELECT FROM pg_internal.assumerole_privilege
        WHERE iam_role IN ('ALL', arn) AND command = upper(cmd)
            AND (grantee = 0 OR pg_has_role(username, grantee, 'USAGE')))
$$;

-- https://docs.aws.amazon.com/redshift/latest/dg/r_HAS_ASSUMEROLE_PRIVILEGE.html
CREATE OR REPLACE FUNCTION pg_internal.has_assumerole_privilege(username text, iam_role_arn text, cmd_type text) RETURNS boolean
LANGUAGE plpgsql STABLE STRICT AS $$
BEGIN
    IF upper(cmd_type) NOT IN ('COPY', 'UNLOAD', 'EXTERNAL FUNCTION', 'CREATE MODEL') THEN
        RAISE EXCEPTION 'invalid command type: "%"', cmd_type USING ERRCODE = 'invalid_parameter_value';
    ELSIF NOT EXISTS (SELECT FROM pg_internal.pg_user WHERE usename = username) THEN
        RAISE EXCEPTION 'user "%" does not exist', username USING ERRCODE = 'undefined_object';
    ELSIF username <> current_user AND current_setting('is_superuser') <> 'on' THEN
        RAISE EXCEPTION 'permission denied to check the privileges of user "%"', username USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN pg_internal.may_assume_role(username::name, iam_role_arn, cmd_type);
END
$$;
CREATE OR REPLACE FUNCTION pg_internal.has_assumerole_privilege(iam_role_arn text, cmd_type text) RETURNS boolean
LANGUAGE sql STABLE STRICT AS $$SELECT pg_internal.has_assumerole_privilege(current_user, iam_role_arn, cmd_type)$$;

-- USAGE ON DATABASE, without effect: it is about databases of data shares. Of the others, it is listed only.
CREATE TABLE IF NOT EXISTS pg_internal.database_usage (
    grantee oid PRIMARY KEY,          -- 0: PUBLIC
    grantable boolean NOT NULL
);
GRANT SELECT ON pg_internal.database_usage TO PUBLIC;

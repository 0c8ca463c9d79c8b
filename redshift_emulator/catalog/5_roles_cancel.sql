-- CANCEL and PG_CANCEL_BACKEND: of queries of one's own, and by the system privilege CANCEL of those of other users.
-- https://docs.aws.amazon.com/redshift/latest/dg/r_CANCEL.html
CREATE OR REPLACE FUNCTION pg_internal.may_cancel(username name) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM pg_internal.role_privilege WHERE privilege = 'CANCEL' AND pg_has_role(username, role, 'USAGE'))
$$;

CREATE OR REPLACE FUNCTION pg_internal.cancel_of_others(of_pid integer) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    of_superuser boolean := (SELECT rolsuper FROM pg_stat_activity JOIN pg_roles ON rolname = usename WHERE pid = of_pid);
BEGIN
    IF NOT pg_internal.may_cancel(session_user)
        OR of_superuser AND NOT (SELECT rolsuper FROM pg_roles WHERE rolname = session_user) THEN
        RAISE EXCEPTION 'permission denied to cancel query' USING ERRCODE = 'insufficient_privilege',
            DETAIL = 'Only superusers can cancel the queries of superusers.';
    END IF;
    RETURN pg_cancel_backend(of_pid);
END
$$;

-- PostgreSQL ignores the signal between two statements of a procedure: the notice tells the emulator.
CREATE OR REPLACE FUNCTION pg_internal.pg_cancel_backend(pid integer) RETURNS boolean LANGUAGE plpgsql VOLATILE STRICT AS $$
BEGIN
    IF NOT (CASE WHEN pg_internal.may_cancel(session_user) THEN pg_internal.cancel_of_others(pid)
        ELSE pg_catalog.pg_cancel_backend(pid) END) THEN
        RETURN false;
    END IF;
    RAISE INFO USING MESSAGE = pid::text, ERRCODE = 'RSCAN';
    RETURN true;
END
$$;

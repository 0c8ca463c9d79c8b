-- CURRENT_SETTING and SET_CONFIG.

-- Variables of the session; one that was reset is NULL.
CREATE OR REPLACE FUNCTION pg_internal.is_variable(parameter text) RETURNS boolean LANGUAGE sql IMMUTABLE AS
$$SELECT lower(parameter) ~ '^app(_context)?\.[a-z_]\w{0,57}$'$$;

-- https://docs.aws.amazon.com/redshift/latest/dg/r_CURRENT_SETTING.html
CREATE OR REPLACE FUNCTION pg_internal.current_setting(parameter text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN pg_internal.is_variable(parameter) THEN nullif(pg_catalog.current_setting(parameter), '')
        WHEN lower(parameter) IN ('default_array_search_null_handling', 'interval_forbid_composite_literals')
        THEN coalesce(nullif(pg_catalog.current_setting('rs.' || lower(parameter), true), ''), 'true')
        ELSE pg_catalog.current_setting(parameter) END
$$;
CREATE OR REPLACE FUNCTION pg_internal.current_setting(variable text, error_if_undefined boolean) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF pg_internal.is_variable(variable) THEN
        RETURN nullif(pg_catalog.current_setting(variable, NOT error_if_undefined), '');
    END IF;
    RAISE EXCEPTION 'current_setting(''%'', error_if_undefined): only for variables of the session', variable
        USING ERRCODE = 'invalid_parameter_value';
END
$$;

-- The parameters that SET passes on to PostgreSQL: its others, such as role, are none of Redshift's.
-- https://docs.aws.amazon.com/redshift/latest/dg/r_SET_CONFIG.html
CREATE OR REPLACE FUNCTION pg_internal.set_config(parameter text, value text, is_local boolean) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
    IF lower(parameter) = 'search_path' AND value ~* '\mpg_internal\M' THEN
        RAISE EXCEPTION 'permission denied for schema pg_internal' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF lower(parameter) IN (
        'application_name', 'datestyle', 'extra_float_digits', 'intervalstyle', 'search_path',
        'statement_timeout', 'timezone'
    ) OR pg_internal.is_variable(parameter) THEN
        RETURN pg_catalog.set_config(
            parameter, CASE lower(parameter) WHEN 'search_path' THEN pg_internal.short_names(value) ELSE value END, is_local);
    END IF;
    RAISE EXCEPTION 'set_config(''%''): not supported by the emulator; use SET', parameter
        USING ERRCODE = 'feature_not_supported';
END
$$;

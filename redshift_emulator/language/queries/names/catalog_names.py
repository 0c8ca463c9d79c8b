"""Catalog tables that differ between Redshift and PostgreSQL, or that only Redshift has."""

from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.language.long_names import NAMES
from redshift_emulator.language.parser import Name
from redshift_emulator.language.queries.names.functions import INTERNAL
from redshift_emulator.language.tokens import Statement
from redshift_emulator.language.words import words

# Views of the emulator that replace PostgreSQL's tables.
REPLACED = words(
    """
    pg_user pg_group pg_constraint pg_views pg_tables pg_namespace pg_class pg_attribute
    pg_database pg_shadow pg_default_acl pg_index pg_attrdef pg_proc pg_stat_activity
    pg_indexes pg_locks pg_type pg_depend pg_statio_all_tables pg_statio_user_tables
    pg_operator pg_opclass pg_rewrite pg_trigger pg_stats
    """
)
_REPLACED_INFORMATION = words(
    """
    columns tables views table_constraints key_column_usage constraint_column_usage
    referential_constraints schemata routines table_privileges column_privileges
    applicable_roles
    """
)
# Redshift's own, in its schema pg_catalog, and those of PostgreSQL 8.0 that PostgreSQL has with
# other columns: these are refused, whatever schema is searched first.
_NOT_HERE = words(
    """
    stv_locks svv_views pg_aggregate pg_amop pg_amproc pg_largeobject pg_listener
    pg_statistic pg_attribute_info
    """
)
_PREFIXES = frozenset({"stl", "stv", "svl", "svv", "svcs", "sys"})
# Without rows, but the last ones.
EMPTY = words(
    """
    stl_query stl_querytext stl_ddltext stl_utilitytext svl_statementtext svl_qlog
    stl_explain stl_plan_info stl_scan stl_insert stl_delete stl_dist stl_bcast stl_return
    stl_hashjoin stl_nestloop stl_alert_event_log svl_query_summary svl_query_report stl_error
    stl_tr_conflict stl_commit_stats stl_vacuum stl_analyze stl_s3client
    stl_sessions stl_undone stv_active_cursors stl_wlm_query
    stl_wlm_rule_action stv_wlm_query_state
    stv_wlm_classification_config stv_wlm_service_class_config stv_wlm_service_class_state
    stl_query_metrics stv_query_metrics svl_query_metrics svl_query_metrics_summary stv_partitions
    svl_compile svcs_compile pg_library
    pg_external_schema pg_statistic_indicator pg_conf svv_datashares svv_datashare_objects
    svv_masking_policy svv_attached_masking_policy svv_rls_policy svv_rls_relation
    svl_udf_log sys_udf_log
    stl_restarted_sessions stv_recents stv_inflight stv_tbl_perm
    stv_blocklist svv_diskusage
    """
)
# Their rows are kept in memory until a statement reads them.
RECORDED = words(
    """
    stl_connection_log sys_query_detail svl_stored_proc_call svl_stored_proc_messages
    sys_connection_log sys_procedure_call sys_procedure_messages sys_session_history
    """
)
IMPLEMENTED = (
    EMPTY
    | RECORDED
    | words(
        """
    pg_table_def pg_user_info svv_table_info svv_columns svv_tables svv_all_tables stv_slices
    stv_sessions stl_load_errors stl_loaderror_detail sys_load_error_detail sys_load_history
    stl_load_commits stl_replacements svv_transactions sys_query_history stl_unload_log
    sys_unload_history stv_mv_info svv_mv_info stv_mv_deps svv_mv_dependency svl_mv_refresh_status
    pg_proc_info pg_class_info pg_database_info svv_redshift_databases svv_redshift_schemas
    svv_redshift_tables
    svv_redshift_columns svv_all_schemas svv_all_columns svv_external_schemas
    svv_external_databases svv_external_tables svv_external_columns svv_external_partitions
    svv_roles svv_user_grants svv_role_grants svv_system_privileges svv_relation_privileges
    svv_schema_privileges svv_database_privileges sys_load_detail sys_unload_detail
    stv_db_isolation_level svv_function_privileges svv_column_privileges svv_user_info
    svl_user_info sys_query_text
    """
    )
)
# PostgreSQL's tables, unchanged; the others are newer than Redshift's version 8.0.2. So is
# pg_collation, but psql reads it.
SAME = words(
    """
    pg_am pg_cast pg_collation pg_conversion pg_description pg_inherits
    pg_language pg_rules pg_settings pg_shdepend pg_tablespace
    """
)
# PostgreSQL's tables with names of objects.
_WITH_NAMES = words("pg_rules")


def backend_name(name: Name) -> Name | None:
    """Return the backend's name of a catalog table, or None for other names."""
    found = _backend_name(name)
    if found is None or not NAMES.in_catalog:
        return found
    has_names = found.schema == INTERNAL or found.name in _WITH_NAMES
    return Name(INTERNAL, f"long_{found.name}") if has_names else found


def _backend_name(name: Name) -> Name | None:
    if name.schema == "information_schema":
        if name.name in _REPLACED_INFORMATION:
            return Name(INTERNAL, f"information_{name.name}")
        return None
    if name.schema not in {None, "pg_catalog"}:
        return None
    if name.name in REPLACED or name.name in IMPLEMENTED:
        return Name(INTERNAL, name.name)
    return Name("pg_catalog", name.name) if name.name in SAME else None


def is_catalog(name: Name) -> bool:
    """Return whether a name belongs to the catalog, supported by the emulator or not."""
    if name.schema in {"pg_catalog", "information_schema", INTERNAL}:
        return True
    return name.schema is None and (backend_name(name) is not None or name.name in _NOT_HERE)


def refuse_internal(statement: Statement) -> None:
    """Refuse a statement that names the emulator's own schema, also as one that is searched."""
    searches = any(token.is_word("search_path") for token in statement.tokens)
    for token in statement.tokens:
        if token.value == INTERNAL and (token.is_name or searches):
            message = f"permission denied for schema {INTERNAL}"
            raise RedshiftError(message, sqlstate="42501")


def is_system_name(name: Name) -> bool:
    """Return whether a name is like those of Redshift's system tables, such as STL_QUERY."""
    if name.schema not in {None, "pg_catalog"}:
        return False
    return name.name in _NOT_HERE or name.name.partition("_")[0] in _PREFIXES


def is_provisioned_only(name: Name) -> bool:
    """Return whether a serverless workgroup lacks a system table.

    https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-monitoring.html
    """
    if name.schema not in {None, "pg_catalog"}:
        return False
    return name.name.partition("_")[0] in {"stl", "stv", "svcs", "svl"}

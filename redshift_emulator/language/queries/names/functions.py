"""The functions that the emulator supports, grouped by the rewriting of a call.

A function that is not in these tables is refused, even if PostgreSQL has it.
https://docs.aws.amazon.com/redshift/latest/dg/c_SQL_functions.html
"""

from redshift_emulator.language.words import words

INTERNAL = "pg_internal"

# The same in Redshift and PostgreSQL.
SAME = words(
    """
    abs acos ascii asin atan atan2 bit_and bit_or bool_and bool_or btrim cast cbrt
    ceil ceiling char_length character_length chr coalesce cos cot count cume_dist
    date degrees dense_rank exp first_value floor greatest grouping initcap lag
    last_value lead least left length ln log lower lpad ltrim max md5 min mod ntile nth_value
    nullif octet_length percent_rank percentile_disc pi power
    pow quote_ident quote_literal radians random rank replace reverse right row_number
    rpad rtrim sign similar_escape sin sqrt stddev stddev_pop stddev_samp strpos substr substring
    sum tan to_char to_hex to_number translate trim upper var_pop var_samp
    variance any_value rollup cube sets
    """
)

# Only in Redshift, or different there: defined in the schema pg_internal.
OWN = words(
    """
    current_setting get_mounted_role user_is_member_of role_is_member_of
    timestamp_cmp timestamp_cmp_date timestamp_cmp_timestamptz timestamptz_cmp
    timestamptz_cmp_date timestamptz_cmp_timestamp date_cmp_timestamp date_cmp_timestamptz
    interval_cmp add_months convert_timezone date_cmp from_hex from_varbyte getbit
    getdate
    json_array_length
    json_extract_array_element_text json_extract_path_text json_parse json_serialize last_day
    median months_between next_day percentile_cont is_valid_json
    repeat round sha2 split_part strtol timezone to_date to_timestamp trunc
    array_concat array_distinct array_except array_flatten array_intersection array_sort
    array_union arrays_overlap can_json_parse decimal_precision decimal_scale get_array_length
    get_number_attributes lower_attribute_names upper_attribute_names
    is_array is_bigint is_boolean is_char is_decimal is_float is_integer is_object is_scalar
    is_smallint is_valid_json_array is_varchar json_serialize_to_varbyte json_size json_typeof
    split_to_array subarray to_varbyte
    bttext_pattern_cmp db_collation difference farmfingerprint64 fnv_hash murmur3_32_hash
    octetindex text_to_int_alt
    """
)

JSON_TYPE = 114
"""PostgreSQL's number of the type that stores SUPER."""
# Words of statements that have SUPER values without a SUPER column, with the type itself.
OF_SUPER = words(
    """
    array array_concat array_contains array_distinct array_except array_flatten
    array_intersection array_position array_positions array_sort array_union arrays_overlap
    decimal_precision decimal_scale element elements elements_at get_array_length
    get_number_attributes is_array is_bigint is_boolean is_char is_decimal is_float is_integer
    is_object is_scalar is_smallint is_varchar json_parse json_serialize
    json_serialize_to_varbyte json_size json_typeof lower_attribute_names member object
    object_transform split_to_array subarray super upper_attribute_names
    """
)

# Arguments that are texts, by their places: numbers, dates and times become text there.
# https://docs.aws.amazon.com/redshift/latest/dg/c_Supported_data_types.html
OF_TEXT = {
    **dict.fromkeys(
        words(
            """
            ascii bpcharlen btrim char_length character_length crc32 difference func_md5 func_sha1
            initcap lcase left len length lower lpad ltrim md5 octet_length
            quote_ident regexp_count regexp_instr regexp_replace regexp_substr repeat replace
            replicate reverse right rpad rtrim sha sha1 sha2 soundex split_part strpos strtol
            substr substring text_to_int_alt text_to_numeric_alt textlen to_date to_timestamp
            translate ucase upper
            """
        ),
        (0,),
    ),
    **dict.fromkeys(("btrim", "difference", "ltrim", "rtrim", "split_part", "strpos"), (0, 1)),
    **dict.fromkeys(("replace", "translate"), (0, 1, 2)),
    **dict.fromkeys(("lpad", "rpad"), (0, 2)),
}
# Of double precision, whatever the numbers are.
OF_DOUBLE = words(
    """
    dexp dlog1 dlog10 exp ln log pow power sqrt stddev stddev_pop stddev_samp var_pop var_samp
    variance
    """
)

# Other names in PostgreSQL.
RENAMED = {
    "bpcharcmp": f"{INTERNAL}.bttext_pattern_cmp",
    "bpcharlen": "length",
    "dexp": "exp",
    "dlog1": "ln",
    "dlog10": "log",
    "func_md5": "md5",
    "grouping_id": "grouping",
    "isnull": "coalesce",
    "len": "length",
    "lcase": "lower",
    "nvl": "coalesce",
    "replicate": f"{INTERNAL}.repeat",
    "textlen": "length",
    "ucase": "upper",
}

# Words with other ones in PostgreSQL, and names that are reserved there only.
WORDS = {
    "approximate": "",
    "minus": "EXCEPT",
    "current_user_id": f"{INTERNAL}.current_user_id()",
    "sysdate": f"{INTERNAL}.sysdate()",
    **{
        name: f'"{name}"'
        for name in words("concurrently current_schema fetch lateral returning variadic window")
    },
}

# Evaluated by the session.
SESSION = frozenset(
    {"last_user_query_id", "pg_last_copy_count", "pg_last_copy_id", "pg_last_query_id"}
    | {"pg_last_unload_count", "pg_last_unload_id"}
)

# On the leader node only: not in queries of users' tables.
# https://docs.aws.amazon.com/redshift/latest/dg/c_SQL_functions_leader_node_only.html
LEADER_ONLY = words(
    """
    age array_lower array_to_string array_upper col_description
    current_database current_schema current_schemas format_encoding format_type generate_series
    has_assumerole_privilege has_database_privilege has_schema_privilege has_table_privilege
    has_column_privilege
    inet_client_addr now obj_description pg_backend_pid version pg_get_constraintdef pg_get_expr
    pg_get_indexdef pg_get_userbyid pg_get_viewdef pg_table_is_visible pg_type_is_visible
    pg_function_is_visible set_config pg_get_late_binding_view_cols nextval
    currval lastval quote_nullable to_regclass pg_encoding_to_char shobj_description timeofday
    pg_terminate_backend pg_cancel_backend has_function_privilege
    has_language_privilege pg_get_serial_sequence oidvectortypes pg_get_ruledef
    regprocedureout textin pg_timezone_abbrevs pg_timezone_names
    """
)
# Refused leader node functions: Redshift has no sequences.
_SEQUENCES = frozenset({"nextval", "currval", "lastval", "pg_get_serial_sequence"})
LEADER_OWN = frozenset(
    {
        "format_encoding",
        "format_type",
        "generate_series",
        "has_assumerole_privilege",
        "has_table_privilege",
        "oidvectortypes",
        "pg_cancel_backend",
        "pg_get_constraintdef",
        "pg_get_expr",
        "pg_get_indexdef",
        "pg_get_userbyid",
        "pg_get_viewdef",
        "pg_terminate_backend",
        "set_config",
        "version",
    }
)
LEADER_SAME = LEADER_ONLY - _SEQUENCES - LEADER_OWN
KEPT = SAME | LEADER_SAME
"""The functions whose calls are the same in PostgreSQL."""

# Leader node functions without parentheses.
LEADER_WORDS = frozenset({"current_time", "current_timestamp", "localtime", "localtimestamp"})

# Functions without parentheses about the cluster, which the emulator does not support.
OF_THE_CLUSTER = frozenset({"current_aws_account", "current_namespace"})
# Functions of Redshift that the emulator does not support.
KNOWN_TO_REDSHIFT = words(
    """
    checksum size explain_model
    current_aws_account current_namespace
    change_query_priority change_session_priority change_user_priority pg_get_iam_role_by_user
    pg_get_grantee_by_iam_role pg_get_cols default_iam_role reboot_cluster
    proc_is_rls_safe addbbox dropbbox supportsbbox geometrytype
    current_session_arn factorial pg_get_session_roles
    aclcontains aclinsert aclremove makeaclitem
    mask_get_policy_for_role_on_column mask_get_policy_for_user_on_column
    """
)

# Those about geometries and sketches.
KNOWN_PREFIXES = ("st_", "hll", "h3_")

AGGREGATES = words(
    """
    avg bool_and bool_or bit_and bit_or count listagg max median min stddev stddev_pop
    stddev_samp sum variance var_pop var_samp
    """
)

# https://docs.aws.amazon.com/redshift/latest/dg/r_Dateparts_for_datetime_functions.html
_DATE_PARTS = {
    "millennium": "millennia mil mils",
    "century": "centuries c cent cents",
    "decade": "decades dec decs",
    "epoch": "",
    "year": "years y yr yrs",
    "quarter": "quarters qtr qtrs",
    "month": "months mon mons",
    "week": "weeks w",
    "dow": "dayofweek dw weekday",
    "doy": "dayofyear dy yearday",
    "day": "days d",
    "hour": "hours h hr hrs",
    "minute": "minutes m min mins",
    "second": "seconds s sec secs",
    "milliseconds": "millisecond ms msec msecs msecond mseconds millisec millisecs millisecon",
    "microseconds": "microsecond microsec microsecs usecond useconds us usec usecs",
    "timezone": "",
    "timezone_hour": "",
    "timezone_minute": "",
}
DATE_PARTS = {
    alias: part for part, aliases in _DATE_PARTS.items() for alias in (part, *aliases.split())
}

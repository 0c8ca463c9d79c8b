"""Each function of Amazon's lists: imitated, or refused by its name.

https://docs.aws.amazon.com/redshift/latest/dg/c_SQL_functions.html
"""

import pytest

from redshift_emulator.language.words import words

# Those of geometries and sketches, whose names begin with ST_, H3_ and HLL, are examples.
FUNCTIONS = words(
    """
    factorial log substr
    any_value avg count listagg max median min percentile_cont stddev_samp stddev_pop stddev sum
    var_samp var_pop variance bit_and bit_or bool_and bool_or
    array array_concat array_contains array_distinct array_except array_flatten array_intersection
    array_position array_positions array_sort array_union arrays_overlap get_array_length
    split_to_array subarray
    cast decode greatest least nvl coalesce nvl2 nullif
    convert text_to_int_alt text_to_numeric_alt to_char to_date to_number try_cast
    add_months convert_timezone date_cmp date_cmp_timestamp date_cmp_timestamptz dateadd datediff
    date_part date_part_year date_trunc extract getdate interval_cmp last_day months_between
    next_day timeofday timestamp_cmp timestamp_cmp_date timestamp_cmp_timestamptz timestamptz_cmp
    timestamptz_cmp_date timestamptz_cmp_timestamp timezone to_timestamp trunc
    checksum farmfingerprint64 func_sha1 fnv_hash md5 sha sha1 sha2 murmur3_32_hash
    hll hll_create_sketch hll_cardinality hll_combine hll_combine_sketches
    json_parse can_json_parse json_serialize json_serialize_to_varbyte is_valid_json
    is_valid_json_array json_array_length json_extract_array_element_text json_extract_path_text
    explain_model
    abs acos asin atan atan2 cbrt ceiling ceil cos cot degrees dexp dlog1 dlog10 exp floor ln mod
    pi power radians random round sin sign sqrt tan
    get_number_attributes lower_attribute_names object object_transform upper_attribute_names
    addbbox dropbbox geometrytype supportsbbox h3_boundary h3_toparent st_addpoint st_zmin
    ascii bpcharcmp btrim bttext_pattern_cmp char_length character_length charindex chr collate
    concat crc32 difference initcap left right len length lower lpad rpad ltrim octetindex
    octet_length position quote_ident quote_literal regexp_count regexp_instr regexp_replace
    regexp_substr repeat replace replicate reverse rtrim soundex split_part strpos strtol substring
    textlen translate trim upper
    decimal_precision decimal_scale is_array is_bigint is_boolean is_char is_decimal is_float
    is_integer is_object is_scalar is_smallint is_varchar json_size json_typeof size
    from_hex from_varbyte getbit to_hex to_varbyte
    cume_dist dense_rank first_value lag last_value lead nth_value percentile_disc ratio_to_report
    ntile percent_rank rank row_number
    change_query_priority change_session_priority change_user_priority current_setting
    pg_cancel_backend pg_terminate_backend reboot_cluster set_config
    current_database current_schema current_schemas current_session_arn db_collation
    default_iam_role get_mounted_role has_assumerole_privilege has_database_privilege
    has_schema_privilege has_table_privilege last_user_query_id pg_backend_pid pg_get_cols
    pg_get_grantee_by_iam_role pg_get_iam_role_by_user pg_get_late_binding_view_cols
    pg_get_session_roles pg_last_copy_count pg_last_copy_id pg_last_unload_id pg_last_query_id
    pg_last_unload_count slice_num role_is_member_of user_is_member_of version
    """
)
WITHOUT_PARENTHESES = {
    "current_aws_account": "0A000",
    "current_namespace": "0A000",
    "current_date": None,
    "current_user": None,
    "current_user_id": None,
    "sysdate": None,
    "user": None,
}
REFUSED = words(
    """
    addbbox change_query_priority change_session_priority change_user_priority checksum
    current_session_arn default_iam_role dropbbox explain_model factorial geometrytype
    h3_boundary h3_toparent hll hll_cardinality hll_combine hll_combine_sketches hll_create_sketch
    pg_get_cols pg_get_grantee_by_iam_role pg_get_iam_role_by_user pg_get_late_binding_view_cols
    pg_get_session_roles reboot_cluster size st_addpoint st_zmin supportsbbox
    """
)
_UNKNOWN = "The emulator supports the functions"


@pytest.mark.emulator_only
def test_functions_are_known(client):
    errors = {name: client.failure(f"SELECT {name}()") for name in FUNCTIONS}
    found = {name: error.diag for name, error in errors.items() if error is not None}
    assert [name for name, diag in found.items() if _UNKNOWN in (diag.message_hint or "")] == []
    refused = {
        name: diag.message_primary for name, diag in found.items() if diag.sqlstate == "0A000"
    }
    assert refused.keys() == REFUSED
    assert [name for name, message in refused.items() if name not in message.lower()] == []


@pytest.mark.emulator_only
def test_functions_without_parentheses_are_known(client):
    found = {name: client.failure(f"SELECT {name}") for name in WITHOUT_PARENTHESES}
    codes = {name: error and error.pgcode for name, error in found.items()}
    assert codes == WITHOUT_PARENTHESES


def test_rule_39_calls_without_arguments_leave_the_session_open(client):
    for call in ("extract()", "extract(day)", "extract(day FROM)", "trim()", "cast()"):
        assert client.error(f"SELECT {call}").pgcode in {"42601", "42883"}
    assert client.value("SELECT 1") == 1


def test_rule_39_what_the_session_did_last_and_who_mounts_it(client):
    assert client.run("SELECT last_user_query_id(), get_mounted_role()") == [(-1, None)]
    client.run("CREATE TABLE t (a int)")
    client.run("SELECT * FROM t")
    assert client.run("SELECT last_user_query_id() = pg_last_query_id()") == [(True,)]

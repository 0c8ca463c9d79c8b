from dataclasses import replace

import pytest

from pipeline.errors import ConfigError, DesignError
from pipeline.manifest import FileFormat
from pipeline.names import TableName
from pipeline.sql.tables.copy import (
    AccessKeys,
    IamRole,
    copied_rows,
    copy_from_s3,
    load_errors,
    with_statistics,
)
from tests.support.values.statements import sql
from tests.support.values.warehouse_samples import DIM_USER, HOSTILE, MANIFEST, ORDERS

TARGET = TableName("www", "orders$next$1")
URL = "s3://bucket/p/orders.manifest"
KEYS = AccessKeys("AKIDSECRET1", "verySECRET2", "tokenSECRET3")


def copy(authorization=KEYS, *, design=ORDERS, manifest=MANIFEST, target=TARGET, region=None):
    return copy_from_s3(
        design, target, manifest, manifest_url=URL, authorization=authorization, region=region
    )


def test_copy_by_role_names_columns_and_formats_and_never_truncates_or_skips():
    statement = copy(IamRole("arn:aws:iam::1:role/copy"), region="eu-west-1")

    assert statement.text == sql("""
        COPY "www"."orders$next$1" (
            "id",
            "user_id",
            "status",
            "total"
        )
        FROM %(manifest)s
        IAM_ROLE %(iam_role)s
        MANIFEST
        REGION %(region)s
        FORMAT AS CSV
        ZSTD
        NULL AS %(null_as)s
        TIMEFORMAT 'auto'
        DATEFORMAT 'auto'
        COMPUPDATE OFF
        STATUPDATE OFF
    """)
    assert statement.parameters == {
        "manifest": URL,
        "null_as": "@NULL@",
        "iam_role": "arn:aws:iam::1:role/copy",
        "region": "eu-west-1",
    }


def test_the_clusters_default_role_is_a_keyword():
    statement = copy(IamRole("default"))

    assert "\nIAM_ROLE DEFAULT\n" in statement.text
    assert set(statement.parameters) == {"manifest", "null_as"}


def test_temporary_keys_have_a_token_and_permanent_ones_do_not():
    temporary = copy(KEYS)
    permanent = copy(AccessKeys("a", "b"))

    assert (
        """\
FROM %(manifest)s
ACCESS_KEY_ID %(access_key_id)s
SECRET_ACCESS_KEY %(secret_access_key)s
SESSION_TOKEN %(session_token)s
MANIFEST
FORMAT AS CSV
"""
        in temporary.text
    )
    assert "SESSION_TOKEN" not in permanent.text
    assert "session_token" not in permanent.parameters


def test_no_secret_shows_in_text_repr_or_str():
    for shown in (repr(copy()), str(copy()), copy().text, repr(KEYS), str(KEYS)):
        assert "SECRET1" not in shown
        assert "SECRET2" not in shown
        assert "SECRET3" not in shown


@pytest.mark.parametrize(("compression", "word"), [("zstd", "ZSTD"), ("gzip", "GZIP")])
def test_the_compression_is_that_of_the_manifest(compression, word):
    assert f"\n{word}\n" in copy(manifest=replace(MANIFEST, compression=compression)).text


def test_columns_come_in_the_order_of_the_file():
    shuffled = replace(MANIFEST, columns=("total", "id", "status", "user_id"))

    assert (
        '    "total",\n    "id",\n    "status",\n    "user_id"\n' in copy(manifest=shuffled).text
    )


def test_the_surrogate_key_is_generated_by_redshift():
    manifest = replace(MANIFEST, columns=("user_id", "email", "city"))

    assert "user_key" not in copy(design=DIM_USER, manifest=manifest).text


@pytest.mark.parametrize(
    "columns",
    [
        ("id", "user_id", "status"),
        ("id", "user_id", "status", "total", "new"),
        ("id", "id", "status", "total"),
    ],
)
def test_a_dump_of_other_columns_is_rejected(columns):
    with pytest.raises(
        DesignError, match=r"www\.orders: the dump has the columns .* dump the table again"
    ):
        copy(manifest=replace(MANIFEST, columns=columns))


PARQUET = replace(MANIFEST, files=FileFormat(type="parquet"), null_as=None, compression=None)
ROLE = IamRole("arn:aws:iam::1:role/copy")


def test_parquet_is_copied_with_the_clauses_that_redshift_allows():
    statement = copy(ROLE, manifest=PARQUET, region="eu-west-1")

    assert statement.text == sql("""
        COPY "www"."orders$next$1"
        FROM %(manifest)s
        IAM_ROLE %(iam_role)s
        MANIFEST
        FORMAT AS PARQUET
        STATUPDATE OFF
    """)
    assert statement.parameters == {"manifest": URL, "iam_role": "arn:aws:iam::1:role/copy"}


def test_parquet_holds_the_columns_in_the_order_of_the_table():
    shuffled = replace(PARQUET, columns=("total", "id", "status", "user_id"))
    with pytest.raises(DesignError, match="all columns of the table in order"):
        copy(ROLE, manifest=shuffled)


def test_parquet_cannot_fill_a_table_with_a_surrogate_key():
    manifest = replace(PARQUET, columns=("user_id", "email", "city"))
    with pytest.raises(DesignError, match="all columns of the table"):
        copy(ROLE, design=DIM_USER, manifest=manifest)


def test_parquet_requires_a_role():
    with pytest.raises(ConfigError, match=r"requires a role; set data_warehouse\.iam_role"):
        copy(KEYS, manifest=PARQUET)


def test_percent_signs_in_names_survive_the_binding_of_values():
    manifest = replace(MANIFEST, columns=('a"b', "%(a)s"))
    statement = copy(design=HOSTILE, manifest=manifest, target=HOSTILE.name)
    bound = statement.template % dict.fromkeys(statement.parameters, "''")

    assert bound.startswith(
        'COPY "s""; DROP SCHEMA x; --"."t%s.é\'ü$" (\n    "a""b",\n    "%(a)s"\n)\nFROM \'\'\n'
    )


def test_the_number_of_rows_of_the_last_copy_is_asked():
    assert copied_rows().text == "SELECT PG_LAST_COPY_COUNT() AS row_count"


def test_load_errors_come_trimmed_newest_first_and_in_one_shape():
    views = ("sys_load_error_detail", "stl_load_errors")
    statements = [load_errors(view, 7, 5000) for view in views]

    assert statements[0].text == sql("""
        SELECT
            TRIM(file_name) AS file_name,
            line_number,
            TRIM(column_name) AS column_name,
            TRIM(column_type) AS column_type,
            TRIM(column_length) AS column_length,
            position,
            CAST(NULL AS varchar(1024)) AS field_value,
            TRIM(error_message) AS reason,
            error_code AS code
        FROM sys_load_error_detail
        WHERE session_id = %(session_id)s
            AND start_time >= DATEADD(millisecond, -%(milliseconds)s, SYSDATE)
        ORDER BY start_time DESC, file_name, line_number
        LIMIT 10
    """)
    assert statements[1].text == sql("""
        SELECT
            TRIM(filename) AS file_name,
            line_number,
            TRIM(colname) AS column_name,
            TRIM(type) AS column_type,
            TRIM(col_length) AS column_length,
            position,
            TRIM(raw_field_value) AS field_value,
            TRIM(err_reason) AS reason,
            err_code AS code
        FROM stl_load_errors
        WHERE session = %(session_id)s
            AND starttime >= DATEADD(millisecond, -%(milliseconds)s, SYSDATE)
        ORDER BY starttime DESC, file_name, line_number
        LIMIT 10
    """)
    for statement in statements:
        assert statement.parameters == {"session_id": 7, "milliseconds": 5000}


def test_statistics_are_collected_of_rows_that_are_joined_before_they_are_published():
    parquet = replace(MANIFEST, files=FileFormat("none", type="parquet"))
    for manifest in (MANIFEST, parquet):
        statement = copy(IamRole("default"), manifest=manifest)
        assert statement.text.endswith("\nSTATUPDATE OFF")
        expected = statement.text.replace("STATUPDATE OFF", "STATUPDATE ON")
        assert with_statistics(statement).text == expected

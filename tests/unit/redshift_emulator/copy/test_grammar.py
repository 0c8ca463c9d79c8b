"""COPY's grammar: options in any order, each once; unknown and conflicting ones are refused."""

import pytest

from redshift_emulator.copy.statement import (
    Conversion,
    FileFormat,
    KeyAuthorization,
    RoleAuthorization,
)
from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from tests.support.copy_session import parse

ROLE = "IAM_ROLE 'arn:aws:iam::123456789012:role/r'"
HEAD = f"COPY t FROM 's3://b/k' {ROLE} "
SECRET = "wJalrXUtnFEMIsecret"


def test_a_typical_statement():
    statement = parse(
        """COPY "WWW"."Orders" ("Id", b) FROM 's3://bucket/a/b.manifest'
        IAM_ROLE 'arn:aws:iam::123456789012:role/path/loader' MANIFEST REGION AS 'eu-west-1'
        FORMAT AS CSV ZSTD NULL AS '@NULL@' TIMEFORMAT 'auto' DATEFORMAT AS 'auto'
        COMPUPDATE OFF STATUPDATE OFF MAXERROR 3 -- the end
        ;"""
    )
    assert (statement.schema, statement.table) == ("www", "orders")
    assert statement.columns == ("id", "b")
    assert statement.source == "s3://bucket/a/b.manifest"
    assert statement.authorization == RoleAuthorization(
        ("arn:aws:iam::123456789012:role/path/loader",)
    )
    assert statement.manifest
    assert statement.region == "eu-west-1"
    assert statement.compression == "zstd"
    assert statement.file_format == FileFormat(csv=True, delimiter=b",")
    assert statement.conversion == Conversion(
        null_as=b"@NULL@", date_format="auto", time_format="auto"
    )
    assert statement.max_error == 3


def test_the_default_delimiter_is_a_pipe_character():
    statement = parse(HEAD)
    assert statement.file_format == FileFormat(csv=False, delimiter=b"|")
    assert statement.columns is None
    assert not statement.manifest
    assert statement.max_error == 0


@pytest.mark.parametrize(
    "options",
    ["CSV GZIP MANIFEST", "GZIP MANIFEST CSV", "MANIFEST GZIP FORMAT CSV", "csv Gzip manifest"],
)
def test_options_come_in_any_order(options):
    assert parse(HEAD + options) == parse(HEAD + "MANIFEST CSV GZIP")


def test_the_authorization_may_follow_the_options():
    assert parse(f"COPY t FROM 's3://b/k' CSV {ROLE}") == parse(HEAD + "CSV")


@pytest.mark.parametrize(
    ("options", "field", "expected"),
    [
        ("DELIMITER '\\t'", "delimiter", b"\t"),
        ("DELIMITER AS '\\\\t'", "delimiter", b"\t"),
        ("DELIMITER '\\174'", "delimiter", b"|"),
        ("DELIMITER '\\001'", "delimiter", b"\x01"),
        ("DELIMITER '\\\\001'", "delimiter", b"\x01"),
        ("CSV QUOTE AS '%'", "quote", b"%"),
        ("CSV DELIMITER ';'", "delimiter", b";"),
        ("IGNOREHEADER AS 2", "ignore_header", 2),
        ("IGNOREHEADER '1'", "ignore_header", 1),
        ("ESCAPE", "escape", True),
        ("REMOVEQUOTES", "remove_quotes", True),
        ("FILLRECORD", "fill_record", True),
        ("IGNOREBLANKLINES", "ignore_blank_lines", True),
    ],
)
def test_options_of_the_format(options, field, expected):
    assert getattr(parse(HEAD + options).file_format, field) == expected


@pytest.mark.parametrize(
    ("options", "field", "expected"),
    [
        ("NULL AS '\\\\N'", "null_as", rb"\N"),
        ("NULL ''", "null_as", b""),
        ("NULL AS '\\0'", "null_as", b"\0"),
        ("NULL AS '\\000'", "null_as", b"\0"),
        ("NULL AS '\\\\000'", "null_as", b"\0"),
        ("NULL AS '\\x41'", "null_as", b"x41"),
        ("NULL AS 'it''s'", "null_as", b"it's"),
        ("NULL AS 'it\\'s'", "null_as", b"it's"),
        ("ACCEPTINVCHARS", "invalid_chars", b"?"),
        ("ACCEPTINVCHARS AS '^'", "invalid_chars", b"^"),
        ("ACCEPTINVCHARS '^'", "invalid_chars", b"^"),
        ("TIMEFORMAT 'epochsecs'", "time_format", "epochsecs"),
        ("EMPTYASNULL", "empty_as_null", True),
        ("BLANKSASNULL", "blanks_as_null", True),
        ("TRIMBLANKS", "trim_blanks", True),
        ("TRUNCATECOLUMNS", "truncate_columns", True),
        ("ROUNDEC", "round_decimals", True),
        ("ACCEPTANYDATE", "accept_any_date", True),
    ],
)
def test_options_of_the_conversion(options, field, expected):
    assert getattr(parse(HEAD + options).conversion, field) == expected


def test_ignoreallerrors_has_no_limit():
    assert parse(HEAD + "IGNOREALLERRORS").max_error is None


@pytest.mark.parametrize(
    "options",
    ["COMPUPDATE", "COMPUPDATE PRESET", "COMPUPDATE ON", "STATUPDATE FALSE", "ENCODING AS UTF8"],
)
def test_options_that_do_not_change_the_data_are_accepted(options):
    assert parse(HEAD + options).table == "t"


def test_statupdate_on_updates_statistics():
    assert parse(HEAD + "STATUPDATE ON").update_statistics
    assert not parse(HEAD + "STATUPDATE OFF").update_statistics


@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        ("IAM_ROLE default", RoleAuthorization()),
        (
            "IAM_ROLE 'arn:aws:iam::0123456789012:role/MyRedshiftRole'",
            RoleAuthorization(("arn:aws:iam::0123456789012:role/MyRedshiftRole",)),
        ),
        (
            "iam_role 'arn:aws:iam::123456789012:role/a,arn:aws:iam::210987654321:role/b'",
            RoleAuthorization(
                ("arn:aws:iam::123456789012:role/a", "arn:aws:iam::210987654321:role/b")
            ),
        ),
        (
            "WITH CREDENTIALS AS 'aws_iam_role=arn:aws-cn:iam::123456789012:role/a'",
            RoleAuthorization(("arn:aws-cn:iam::123456789012:role/a",)),
        ),
        (
            "CREDENTIALS 'aws_access_key_id=AK;aws_secret_access_key=SK;token=T=='",
            KeyAuthorization("AK", "SK", "T=="),
        ),
        ("SECRET_ACCESS_KEY 'SK' ACCESS_KEY_ID 'AK'", KeyAuthorization("AK", "SK")),
        (
            "ACCESS_KEY_ID 'AK' SECRET_ACCESS_KEY 'SK' SESSION_TOKEN 'T'",
            KeyAuthorization("AK", "SK", "T"),
        ),
    ],
)
def test_authorizations(clause, expected):
    assert parse(f"COPY t FROM 's3://b/k' {clause} CSV").authorization == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("COPY t FROM 's3://b/k' CSV", "needs IAM_ROLE"),
        (f"COPY t FROM 's3://b/k' {ROLE} {ROLE}", "exclude each other"),
        (f"COPY t FROM 's3://b/k' {ROLE} ACCESS_KEY_ID 'a' SECRET_ACCESS_KEY 'b'", "exclude"),
        ("COPY t FROM 's3://b/k' ACCESS_KEY_ID 'a'", "SECRET_ACCESS_KEY is missing"),
        ("COPY t FROM 's3://b/k' SESSION_TOKEN 'a'", "ACCESS_KEY_ID is missing"),
        ("COPY t FROM 's3://b/k' CREDENTIALS 'aws_access_key_id=a'", "is missing"),
        ("COPY t FROM 's3://b/k' CREDENTIALS 'aws_access_key_id=a;'", "Invalid credentials"),
        ("COPY t FROM 's3://b/k' CREDENTIALS 'key=a'", "Invalid credentials"),
        ("COPY t FROM 's3://b/k' IAM_ROLE 'loader'", "Invalid IAM role ARN"),
        ("COPY t FROM 's3://b/k' IAM_ROLE 'arn:aws:iam::123:role/a'", "Invalid IAM role ARN"),
        (HEAD + "CSV CSV", "CSV appears twice"),
        (HEAD + "GZIP CSV GZIP", "GZIP appears twice"),
        (HEAD + "NULL AS 'a' NULL AS 'a'", "NULL appears twice"),
        (HEAD + "GZIP ZSTD", "not compatible"),
        (HEAD + "CSV ESCAPE", "not compatible"),
        (HEAD + "CSV REMOVEQUOTES", "not compatible"),
        (HEAD + "FIXEDWIDTH 'a:1' CSV", "not compatible"),
        (HEAD + "FIXEDWIDTH 'a:1' DELIMITER ','", "not compatible"),
        (HEAD + "FIXEDWIDTH 'a:1' ESCAPE", "not compatible"),
        (HEAD + "FIXEDWIDTH 'a:1' JSON 'auto'", "not compatible"),
        (HEAD + "MAXERROR 1 IGNOREALLERRORS", "not compatible"),
        (HEAD + "QUOTE '%'", "only valid with CSV"),
        (HEAD + "CSV SERIALIZETOJSON", "only valid with PARQUET and ORC"),
        (HEAD + "CSV QUOTE ','", "different"),
        (HEAD + "CSV DELIMITER '||'", "single ASCII character"),
        (HEAD + "CSV DELIMITER 'ä'", "single ASCII character"),
        (HEAD + "MAXERROR 100001", "between 0 and 100000"),
        (HEAD + "READRATIO 50", "not valid for COPY from Amazon S3"),
        (HEAD + "SSH", "not valid for COPY from Amazon S3"),
        (HEAD + "HEADER", 'syntax error at or near "HEADER"'),
        (HEAD + "CSV nonsense", 'syntax error at or near "nonsense"'),
        (HEAD + "CSV 'a'", """syntax error at or near "'...'\""""),
        ("COPY user FROM 's3://b/k' " + ROLE, 'syntax error at or near "user"'),
        ("COPY other.s.t FROM 's3://b/k' " + ROLE, 'database "other"'),
        (HEAD + "FORMAT TEXT", 'syntax error at or near "TEXT"'),
        (HEAD + "NULL AS E'a'", 'type "e" does not exist'),
        (HEAD + "REGION '\\000'", "cannot hold the character NUL"),
        (HEAD + "CSV DELIMITER '\\x41'", "single ASCII character"),
        ("COPY t (a, a) FROM 's3://b/k' " + ROLE, "more than once"),
        ("COPY t (a b) FROM 's3://b/k' " + ROLE, 'syntax error at or near "b"'),
        ("COPY t () FROM 's3://b/k' " + ROLE, 'syntax error at or near ")"'),
        ("COPY t FROM STDIN", 'syntax error at or near "STDIN"'),
        ("COPY t TO 's3://b/k' " + ROLE, 'syntax error at or near "TO"'),
        ("COPY t FROM '/tmp/file' " + ROLE, "not supported"),
        ("COPY t FROM 's3://' " + ROLE, "not supported"),
        ("COPY t FROM 's3://b/k", "unterminated quoted string"),
        ("COPY t FROM", "syntax error at end of input"),
    ],
)
def test_statements_that_redshift_refuses(text, message):
    with pytest.raises(RedshiftError) as error:
        parse(text)
    assert message in error.value.message


@pytest.mark.parametrize(
    "options",
    [
        "SHAPEFILE", "FIXEDWIDTH '1:2' REMOVEQUOTES",
        "LZOP", "ENCRYPTED", "COMPROWS 10", "ENCODING UTF16",
        "NULL AS '\\N'",
    ],
)  # fmt: skip
def test_options_that_the_emulator_does_not_support_are_refused_by_name(options):
    with pytest.raises(NotSupportedError, match="not supported by the emulator"):
        parse(HEAD + options)


@pytest.mark.parametrize("words", ["PARQUET", "FORMAT PARQUET", "FORMAT AS PARQUET"])
def test_parquet_accepts_the_documented_options(words):
    options = f"{words} MANIFEST ACCEPTINVCHARS FILLRECORD EXPLICIT_IDS STATUPDATE OFF MAXERROR 0"
    statement = parse(HEAD + options)
    assert statement.file_format.columnar == "parquet"
    assert statement.file_format.fill_record
    assert statement.manifest
    assert statement.explicit_ids
    assert statement.conversion.invalid_chars == b"?"


@pytest.mark.parametrize(
    "option",
    [
        "REGION 'us-east-1'", "CSV", "DELIMITER ','", "GZIP", "NULL AS ''", "MAXERROR 1", "NOLOAD",
        "ACCEPTANYDATE", "TIMEFORMAT 'auto'", "COMPUPDATE OFF", "TRUNCATECOLUMNS", "ROUNDEC",
        "IGNOREHEADER 1", "IGNOREALLERRORS", "BLANKSASNULL",
    ],
)  # fmt: skip
def test_parquet_accepts_no_other_option(option):
    word = option.split()[0]
    with pytest.raises(NotSupportedError) as error:
        parse(f"{HEAD}PARQUET {option}")
    assert error.value.message == f"{word} argument is not supported for PARQUET based COPY"


@pytest.mark.parametrize(
    "keys",
    [
        f"ACCESS_KEY_ID 'AK' SECRET_ACCESS_KEY '{SECRET}'",
        f"CREDENTIALS 'aws_access_key_id=AK;aws_secret_access_key={SECRET}'",
    ],
)
def test_parquet_is_loaded_with_keys_too(keys):
    statement = parse(f"COPY t FROM 's3://b/k' {keys} FORMAT AS PARQUET")
    assert statement.authorization == KeyAuthorization("AK", SECRET)


@pytest.mark.parametrize("source", ["dynamodb://t", "emr://j-1/x", "ssh://x"])
def test_other_sources_are_refused(source):
    with pytest.raises(NotSupportedError, match="not supported by the emulator"):
        parse(f"COPY t FROM '{source}' {ROLE}")


@pytest.mark.parametrize(
    "text",
    [
        f"COPY t FROM 's3://b/k' ACCESS_KEY_ID 'AK' SECRET_ACCESS_KEY '{SECRET}' nonsense",
        f"COPY t FROM 's3://b/k' SECRET_ACCESS_KEY '{SECRET}' '{SECRET}'",
        f"COPY t FROM 's3://b/k' SECRET_ACCESS_KEY '{SECRET}'",
        f"COPY t FROM 's3://b/k' CREDENTIALS 'aws_secret_access_key={SECRET}'",
        f"COPY t FROM 's3://b/k' CREDENTIALS 'secret={SECRET}'",
        f"COPY t FROM 's3://b/k' CREDENTIALS 'aws_iam_role=r;aws_secret_access_key={SECRET}'",
        f"COPY t FROM 's3://b/k' CREDENTIALS '{SECRET}' {ROLE}",
        f"COPY t FROM 's3://b/k' SECRET_ACCESS_KEY '{SECRET}",
    ],
)
def test_no_error_shows_a_key(text):
    with pytest.raises(RedshiftError) as error:
        parse(text)
    shown = f"{error.value!r} {error.value.message} {error.value.context} {error.value.hint}"
    assert SECRET not in shown


def test_repr_of_an_authorization_hides_its_keys():
    text = f"COPY t FROM 's3://b/k' ACCESS_KEY_ID 'AK' SECRET_ACCESS_KEY '{SECRET}'"
    assert SECRET not in repr(parse(text))


@pytest.mark.parametrize(("maximum", "expected"), [("IgnoreHeader", "ignoreheader")])
def test_keywords_fold_in_ascii_only(maximum, expected):
    assert parse(f"COPY Ü FROM 's3://b/k' {ROLE} {maximum} 1").table == "Ü"
    assert parse(f"COPY T{expected} FROM 's3://b/k' {ROLE}").table == f"t{expected}"


@pytest.mark.parametrize(
    "statement",
    [
        f"copy listing from 's3://b/data/listing/' {ROLE};",
        f"copy customer from 's3://b/cust.manifest' {ROLE} manifest;",
        (
            f"copy event from 's3://b/pipe.txt' {ROLE} removequotes emptyasnull blanksasnull"
            " maxerror 5 delimiter '|' timeformat 'YYYY-MM-DD HH:MI:SS';"
        ),
        f"copy category from 's3://b/csv.txt' {ROLE} csv quote as '%';",
        f"copy category from 's3://b/x.avro' {ROLE} format as avro 'auto ignorecase';",
        f"copy listing from 's3://b/orc/' {ROLE} format as orc;",
        f"copy venue from 's3://b/venue.txt' {ROLE} explicit_ids;",
        f"copy time from 's3://b/timerows.gz' {ROLE} gzip delimiter '|';",
        f"copy venue_new(venueid, venuename) from 's3://b/noseats' {ROLE} delimiter '|';",
        f"copy redshiftinfo from 's3://b/info' {ROLE} delimiter '|' escape;",
        (
            f"copy t from 's3://b/k' {ROLE} FORMAT AS CSV TRUNCATECOLUMNS IGNOREHEADER 1"
            " ACCEPTINVCHARS;"
        ),
        f"copy t from 's3://b/k' {ROLE} delimiter '\\t' timeformat 'epochmillisecs';",
        (
            "copy s.t from 's3://b/k' credentials 'aws_access_key_id=A;aws_secret_access_key=S'"
            " ignoreheader 1 csv gzip region 'eu-central-1' acceptanydate;"
        ),
    ],
)
def test_examples_of_the_documentation(statement):
    """https://docs.aws.amazon.com/redshift/latest/dg/r_COPY_command_examples.html."""
    assert parse(statement).source.startswith("s3://b/")


@pytest.mark.parametrize(
    "statement",
    [
        f"copy favoritemovies from 'dynamodb://Movies' {ROLE} readratio 50;",
        f"copy sales from 'emr://j-1/myoutput/part-*' {ROLE} delimiter '\\t' lzop;",
        f"COPY norway FROM 's3://b/gis.shp' FORMAT SHAPEFILE SIMPLIFY AUTO 1 {ROLE};",
    ],
)
def test_documented_examples_that_the_emulator_does_not_support_are_refused(statement):
    with pytest.raises(NotSupportedError, match="not supported by the emulator"):
        parse(statement)

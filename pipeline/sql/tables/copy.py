"""COPY from S3, and queries for its progress, row count and load errors."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field

from pipeline.designs.model.design import Design
from pipeline.errors import ConfigError, DesignError
from pipeline.manifest import FileFormat, Manifest
from pipeline.names import TableName
from pipeline.sql.statement import Statement, identifier, listing, table

Clause = tuple[str, str, str | None]
"""A line of the statement, with the name and value of its parameter."""


@dataclass(frozen=True, slots=True)
class IamRole:
    """The role that COPY assumes: an ARN, a chain of ARNs separated by commas, or ``default``."""

    arn: str


@dataclass(frozen=True, slots=True)
class AccessKeys:
    """Keys that COPY uses if no role is configured; they must be valid until it ends."""

    access_key_id: str = field(repr=False)
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)


def copy_from_s3(
    design: Design,
    target: TableName,
    manifest: Manifest,
    *,
    manifest_url: str,
    authorization: IamRole | AccessKeys,
    region: str | None = None,
) -> Statement:
    """Load the files of a manifest.

    An invalid value fails the whole load; nothing is truncated or skipped. DesignError if the
    columns of the dump differ from those that the design loads.
    https://docs.aws.amazon.com/redshift/latest/dg/r_COPY.html
    """
    _check_columns(design, manifest)
    columnar = manifest.files is not None and manifest.files.type == "parquet"
    if columnar:
        _check_columnar(design, manifest, authorization)
    names = listing(identifier(name) for name in manifest.columns)
    columns = "" if columnar else f" (\n{names}\n)"
    parameters = {"manifest": manifest_url}
    lines = [f"COPY {table(target)}{columns}", "FROM %(manifest)s"]
    clauses = [*_authorization(authorization), ("MANIFEST", "", None)]
    clauses += _columnar_form() if columnar else _form(manifest, region)
    for line, key, value in clauses:
        lines.append(line)
        if value is not None:
            parameters[key] = value
    return Statement("\n".join((*lines, _WITHOUT_STATISTICS)), parameters)


_WITHOUT_STATISTICS = "STATUPDATE OFF"


def with_statistics(statement: Statement) -> Statement:
    """Have a COPY collect statistics of its rows, which are joined before they are published."""
    template = statement.template.removesuffix(_WITHOUT_STATISTICS)
    return dataclasses.replace(statement, template=f"{template}STATUPDATE ON")


def _columnar_form() -> Iterator[Clause]:
    """Yield the clauses that COPY allows for Parquet: no column list, region or formats.

    https://docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-copy-from-columnar.html
    """
    yield "FORMAT AS PARQUET", "", None


def _form(manifest: Manifest, region: str | None) -> Iterator[Clause]:
    """Yield clauses with parameters, without COPY's defaults.

    https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-data-format.html
    """
    if region is not None:
        yield "REGION %(region)s", "region", region
    yield "FORMAT AS CSV", "", None
    form = manifest.files or FileFormat(manifest.compression or "none")
    if form.quote != '"':
        yield "QUOTE AS %(quote)s", "quote", form.quote
    if form.delimiter != ",":
        yield "DELIMITER AS %(delimiter)s", "delimiter", form.delimiter
    if form.header_lines:
        yield f"IGNOREHEADER {form.header_lines}", "", None
    if form.compression != "none":
        yield form.compression.upper(), "", None
    if manifest.null_as is not None:
        yield "NULL AS %(null_as)s", "null_as", manifest.null_as
    for line in ("TIMEFORMAT 'auto'", "DATEFORMAT 'auto'", "COMPUPDATE OFF"):
        yield line, "", None


def _check_columns(design: Design, manifest: Manifest) -> None:
    expected = tuple(column.name for column in design.data_columns)
    if sorted(manifest.columns) != sorted(expected):
        raise DesignError(
            f"{design.name}: the dump has the columns {', '.join(manifest.columns)},"
            f" but the design loads {', '.join(expected)}; dump the table again"
        )


def _check_columnar(
    design: Design, manifest: Manifest, authorization: IamRole | AccessKeys
) -> None:
    """Check that files hold all columns in order, and that a role is used: COPY rejected keys.

    https://github.com/awsdocs/amazon-redshift-developer-guide/pull/34
    """
    if manifest.columns != tuple(column.name for column in design.loaded_columns):
        raise DesignError(
            f"{design.name}: Parquet files must hold all columns of the table in order, but"
            f" these hold {', '.join(manifest.columns)}; dump the table again"
        )
    if not isinstance(authorization, IamRole):
        raise ConfigError(
            f"{design.name}: COPY of Parquet files requires a role; set data_warehouse.iam_role"
        )


def _authorization(given: IamRole | AccessKeys) -> Iterator[Clause]:
    """Yield clauses with parameters.

    https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-authorization.html
    """
    if isinstance(given, IamRole):
        if given.arn.lower() == "default":
            yield "IAM_ROLE DEFAULT", "", None
        else:
            yield "IAM_ROLE %(iam_role)s", "iam_role", given.arn
        return
    yield "ACCESS_KEY_ID %(access_key_id)s", "access_key_id", given.access_key_id
    secret = given.secret_access_key
    yield "SECRET_ACCESS_KEY %(secret_access_key)s", "secret_access_key", secret
    if given.session_token is not None:
        yield "SESSION_TOKEN %(session_token)s", "session_token", given.session_token


def copied_rows() -> Statement:
    """Select the number of rows that the session's last COPY loaded, as ``row_count``.

    https://docs.aws.amazon.com/redshift/latest/dg/PG_LAST_COPY_COUNT.html
    """
    return Statement("SELECT PG_LAST_COPY_COUNT() AS row_count")


def progress(session_id: int, milliseconds: int) -> Statement:
    """Select the progress of a session's COPY in bytes: ``scanned`` and ``total``, or no row.

    Run it in another session. COPY began at most so many milliseconds ago.
    https://docs.aws.amazon.com/redshift/latest/dg/SYS_LOAD_HISTORY.html
    """
    return Statement(_PROGRESS, {"session_id": session_id, "milliseconds": milliseconds})


def load_errors(view: str, session_id: int, milliseconds: int) -> Statement:
    """Select ten load errors of a session's last milliseconds, newest first.

    ``sys_load_error_detail`` covers serverless and concurrency scaling, which ``stl_load_errors``
    does not; this one shows the value, and older clusters have it. Both return ``file_name``,
    ``line_number``, ``column_name``, ``column_type``, ``column_length``, ``position``,
    ``field_value`` (NULL from the first), ``reason``, ``code``. Run them after the rollback of the
    failed transaction. The time is that of the server's clock, which timestamps the errors.
    https://docs.aws.amazon.com/redshift/latest/dg/SYS_LOAD_ERROR_DETAIL.html
    https://docs.aws.amazon.com/redshift/latest/dg/r_STL_LOAD_ERRORS.html
    https://docs.aws.amazon.com/redshift/latest/dg/r_SYSDATE.html
    """
    text = {"sys_load_error_detail": _SYS_LOAD_ERRORS, "stl_load_errors": _STL_LOAD_ERRORS}[view]
    parameters = {"session_id": session_id, "milliseconds": milliseconds}
    return Statement(text, parameters)


_PROGRESS = """\
SELECT
    file_bytes_scanned AS scanned,
    source_file_bytes AS total
FROM sys_load_history
WHERE session_id = %(session_id)s
    AND start_time >= DATEADD(millisecond, -%(milliseconds)s, SYSDATE)
    AND TRIM(status) = 'running'
ORDER BY start_time DESC
LIMIT 1"""

_SYS_LOAD_ERRORS = """\
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
LIMIT 10"""

_STL_LOAD_ERRORS = """\
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
LIMIT 10"""

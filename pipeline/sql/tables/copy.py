"""COPY from S3, and the questions after it: how many rows came, or what was wrong."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field

from pipeline.designs.model import Design
from pipeline.errors import ConfigError, DesignError
from pipeline.manifest import FileFormat, Manifest
from pipeline.names import TableName
from pipeline.sql.statement import Statement, identifier, listing, table, utc

Clause = tuple[str, str, str | None]
"""A line of the statement, and the parameter with its value that the line needs."""


@dataclass(frozen=True, slots=True)
class IamRole:
    """The role that COPY takes on: an ARN, a chain of them with commas, or ``default``."""

    arn: str


@dataclass(frozen=True, slots=True)
class AccessKeys:
    """Keys that COPY uses where no role is configured; they must live as long as the COPY."""

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
    """Load the parts that a manifest names.

    A value that does not fit fails the whole load; nothing is cut or skipped. DesignError where
    the dump does not hold exactly the columns that the design loads.
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
    return Statement("\n".join(lines), parameters)


def _columnar_form() -> Iterator[Clause]:
    """Yield the few clauses that COPY takes for Parquet: no column list, no region, no formats.

    https://docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-copy-from-columnar.html
    """
    yield "FORMAT AS PARQUET", "", None
    yield "STATUPDATE OFF", "", None


def _form(manifest: Manifest, region: str | None) -> Iterator[Clause]:
    """Yield clause, parameter and value; of files only what is not COPY's default.

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
    for line in ("TIMEFORMAT 'auto'", "DATEFORMAT 'auto'", "COMPUPDATE OFF", "STATUPDATE OFF"):
        yield line, "", None


def _check_columns(design: Design, manifest: Manifest) -> None:
    expected = tuple(column.name for column in design.data_columns)
    if sorted(manifest.columns) != sorted(expected):
        raise DesignError(
            f"{design.name}: the dump holds {', '.join(manifest.columns)},"
            f" the design loads {', '.join(expected)}; dump the table again"
        )


def _check_columnar(
    design: Design, manifest: Manifest, authorization: IamRole | AccessKeys
) -> None:
    """Columns come by position, all of the table's, and by a role: keys were refused by COPY.

    https://github.com/awsdocs/amazon-redshift-developer-guide/pull/34
    """
    if manifest.columns != tuple(column.name for column in design.loaded_columns):
        raise DesignError(
            f"{design.name}: Parquet files hold all columns of the table, in its order; those"
            f" found are for {', '.join(manifest.columns)}; dump the table again"
        )
    if not isinstance(authorization, IamRole):
        raise ConfigError(
            f"{design.name}: COPY reads Parquet by a role alone; set data_warehouse.iam_role"
        )


def _authorization(given: IamRole | AccessKeys) -> Iterator[Clause]:
    """Yield clause, parameter and value.

    https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-authorization.html
    """
    if isinstance(given, IamRole):
        if given.arn.lower() == "default":
            yield "IAM_ROLE DEFAULT", "", None
        else:
            yield "IAM_ROLE %(iam_role)s", "iam_role", given.arn
        return
    yield "ACCESS_KEY_ID %(access_key_id)s", "access_key_id", given.access_key_id
    yield (
        "SECRET_ACCESS_KEY %(secret_access_key)s",
        "secret_access_key",
        given.secret_access_key,
    )
    if given.session_token is not None:
        yield "SESSION_TOKEN %(session_token)s", "session_token", given.session_token


def copied_rows() -> Statement:
    """Ask how many rows the session's last COPY loaded, as ``row_count``.

    https://docs.aws.amazon.com/redshift/latest/dg/PG_LAST_COPY_COUNT.html
    """
    return Statement("SELECT PG_LAST_COPY_COUNT() AS row_count")


def session() -> Statement:
    """Ask by what load errors are found after a rollback: ``session_id``, and when it ``started``.

    The moment is that of the transaction, by the clock of the server that writes the load errors.
    https://docs.aws.amazon.com/redshift/latest/dg/r_SYSDATE.html
    """
    return Statement("SELECT PG_BACKEND_PID() AS session_id, SYSDATE AS started")


def progress(*, session_id: int, since: dt.datetime) -> Statement:
    """Ask how far a session's COPY is: ``scanned`` and ``total`` bytes of files, one row or none.

    Ask from another session. ``since`` has a time zone.
    https://docs.aws.amazon.com/redshift/latest/dg/SYS_LOAD_HISTORY.html
    """
    return Statement(_PROGRESS, {"session_id": session_id, "since": utc(since)})


def load_errors(
    *, session_id: int, since: dt.datetime, limit: int = 10
) -> tuple[Statement, Statement]:
    """Ask for a session's load errors since a moment, newest first.

    The first statement is the one to try, the second is for older clusters. Both answer in one
    shape: ``file_name``, ``line_number``, ``column_name``, ``column_type``, ``column_length``,
    ``position``, ``field_value`` (NULL from the first), ``reason``, ``code``. The second misses
    what ran on serverless or on a scaling cluster. Ask outside of the failed transaction.
    ``since`` has a time zone.
    https://docs.aws.amazon.com/redshift/latest/dg/SYS_LOAD_ERROR_DETAIL.html
    https://docs.aws.amazon.com/redshift/latest/dg/r_STL_LOAD_ERRORS.html
    """
    parameters = {"session_id": session_id, "since": utc(since), "limit": limit}
    return Statement(_SYS_LOAD_ERRORS, parameters), Statement(_STL_LOAD_ERRORS, parameters)


_PROGRESS = """\
SELECT
    file_bytes_scanned AS scanned,
    source_file_bytes AS total
FROM sys_load_history
WHERE session_id = %(session_id)s
    AND start_time >= %(since)s
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
    AND start_time >= %(since)s
ORDER BY start_time DESC, file_name, line_number
LIMIT %(limit)s"""

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
    AND starttime >= %(since)s
ORDER BY starttime DESC, file_name, line_number
LIMIT %(limit)s"""

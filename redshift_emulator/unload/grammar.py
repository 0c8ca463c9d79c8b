"""The grammar of UNLOAD: options in any order, each once, and those that conflict.

Source: https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html
"""

from collections.abc import Mapping
from typing import Any, cast

from redshift_emulator.copy.authorization import Authorizations
from redshift_emulator.copy.command_options import CommandOptions
from redshift_emulator.copy.statement import Compression
from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.tokens import Statement
from redshift_emulator.unload.options import FORMATS, READERS
from redshift_emulator.unload.statement import (
    LARGEST_FILE,
    MEGABYTE,
    Form,
    Layout,
    TextForm,
    UnloadStatement,
)

_FORMS: tuple[Form, ...] = ("csv", "json", "parquet")
_EXTENSIONS: dict[Compression, str] = {"gzip": ".gz", "bzip2": ".bz2", "zstd": ".zst"}
_TEXT_ONLY = ("delimiter", "addquotes", "escape", "null", "header")
_NOT_WITH_WIDTHS = ("delimiter", "header", "addquotes", "escape")
_EXCLUSIVE = (
    *(("csv", other) for other in ("escape", "addquotes", "json", "parquet")),
    *(("json", other) for other in (*_TEXT_ONLY, "parquet")),
    *(("fixedwidth", other) for other in ("csv", "json", "parquet", *_NOT_WITH_WIDTHS)),
    *(("parquet", other) for other in (*_TEXT_ONLY, *_EXTENSIONS)),
    ("gzip", "bzip2"), ("gzip", "zstd"), ("bzip2", "zstd"),
    ("cleanpath", "allowoverwrite"),
)  # fmt: skip

_OPTIONS = CommandOptions(READERS, FORMATS, _EXCLUSIVE)


def parse(statement: Statement) -> UnloadStatement:
    """Parse an UNLOAD; refuse unknown, repeated and contradictory options."""
    parser = Parser(statement)
    parser.expect("unload")
    parser.expect_operator("(")
    query = parser.take_string()
    parser.expect_operator(")")
    parser.expect("to")
    bucket, prefix = _destination(parser)
    authorizations = Authorizations("UNLOAD needs {} to write to Amazon S3")
    options = _OPTIONS.read(parser, authorizations)
    _check(options)
    if "kms_key_id" in options:
        _check_key(options, authorizations)
    layout = _layout(options)
    if layout.partition_by and not prefix.endswith("/"):
        prefix += "/"
    return UnloadStatement(
        query=query,
        bucket=bucket,
        prefix=prefix,
        authorization=authorizations.chosen(),
        form=next((form for form in _FORMS if form in options), "text"),
        text=_text_form(options),
        layout=layout,
        compression=_compression(options),
        row_group=options.get("rowgroupsize", 32 * MEGABYTE),
        manifest=options.get("manifest"),
        overwrite="allowoverwrite" in options,
        clean="cleanpath" in options,
        region=cast("str | None", options.get("region")),
        kms_key=cast("str | None", options.get("kms_key_id")),
    )


def _destination(parser: Parser) -> tuple[str, str]:
    url = parser.take_string()
    scheme, _, rest = url.partition("://")
    bucket, _, prefix = rest.partition("/")
    if scheme != "s3" or not bucket:
        raise RedshiftError(f"UNLOAD destination is not supported: {url}")
    return bucket, prefix


def _check(options: Mapping[str, Any]) -> None:
    if options.get("delimiter") == '"' and "csv" in options:
        raise RedshiftError("quote and delimiter must be different characters", sqlstate="42601")
    if "rowgroupsize" in options and "parquet" not in options:
        raise RedshiftError("ROWGROUPSIZE is only valid with PARQUET", sqlstate="42601")
    if "rowgroupsize" in options and not (32 <= options["rowgroupsize"] / MEGABYTE <= 128):
        raise RedshiftError("ROWGROUPSIZE must be between 32 MB and 128 MB", sqlstate="22023")
    size = options.get("maxfilesize")
    if size is not None and not 5 * MEGABYTE <= size <= LARGEST_FILE:
        raise RedshiftError("MAXFILESIZE must be between 5 MB and 6.2 GB", sqlstate="22023")
    if "extension" in options and "parquet" in options:
        raise NotSupportedError("EXTENSION with PARQUET: not supported by the emulator")


def _check_key(options: Mapping[str, Any], authorizations: Authorizations) -> None:
    if options.get("encrypted") != "":
        raise RedshiftError("KMS_KEY_ID needs ENCRYPTED, without AUTO", sqlstate="42601")
    if authorizations.has_credentials:
        message = "KMS_KEY_ID needs IAM_ROLE or ACCESS_KEY_ID instead of CREDENTIALS"
        raise RedshiftError(message, sqlstate="42601")


def _compression(options: Mapping[str, Any]) -> Compression | None:
    return next((one for one in _EXTENSIONS if one in options), None)


def _text_form(options: Mapping[str, Any]) -> TextForm:
    return TextForm(
        delimiter=options.get("delimiter", "," if "csv" in options else "|"),
        header="header" in options,
        add_quotes="addquotes" in options,
        escape="escape" in options,
        null_as=options.get("null"),
        widths=options.get("fixedwidth", ()),
    )


def _layout(options: Mapping[str, Any]) -> Layout:
    partition_by, include = options.get("partition", ((), False))
    compression = _compression(options)
    extension = _EXTENSIONS[compression] if compression else ""
    if "parquet" in options:
        extension = ".parquet"
    if "extension" in options:
        extension = f".{options['extension']}"
    return Layout(
        parallel=options.get("parallel", True),
        max_size=options.get("maxfilesize", int(LARGEST_FILE)),
        extension=extension,
        partition_by=partition_by,
        include=include,
    )

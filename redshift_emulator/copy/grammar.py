"""The grammar of COPY from S3: options in any order, each once, and those that conflict.

Source: https://docs.aws.amazon.com/redshift/latest/dg/r_COPY.html
"""

from collections.abc import Mapping
from typing import cast

from redshift_emulator.copy.authorization import Authorizations
from redshift_emulator.copy.command_options import CommandOptions
from redshift_emulator.copy.options import FORMATS, READERS, Value
from redshift_emulator.copy.reading.columnar import check_columnar
from redshift_emulator.copy.statement import (
    Columnar,
    Compression,
    Conversion,
    CopyStatement,
    FileFormat,
)
from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.tokens import Statement

_COMPRESSIONS: tuple[Compression, ...] = ("gzip", "bzip2", "zstd")
_COLUMNAR: tuple[Columnar, ...] = ("parquet", "orc")
# https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-data-format.html#copy-json
_NOT_WITH_JSON = (
    *("csv", "delimiter", "escape", "fillrecord", "ignoreblanklines", "ignoreheader", "null"),
    *("parquet", "orc", "removequotes"),
)
_NOT_WITH_FIXEDWIDTH = ("avro", "csv", "delimiter", "escape", "json", "parquet", "orc")
_EXCLUSIVE = (
    ("csv", "removequotes"),
    ("csv", "escape"),
    ("maxerror", "ignoreallerrors"),
    ("parquet", "orc"),
    *((name, form) for name in _NOT_WITH_JSON for form in ("json", "avro")),
    ("avro", "json"),
    *((name, "fixedwidth") for name in _NOT_WITH_FIXEDWIDTH),
    *((one, other) for one in _COMPRESSIONS for other in _COMPRESSIONS if one < other),
)

_OPTIONS = CommandOptions(READERS, FORMATS, _EXCLUSIVE)


def parse(statement: Statement, database: str) -> CopyStatement:
    """Parse a COPY statement; refuse unknown, repeated and contradictory options."""
    parser = Parser(statement, database=database)
    parser.expect("copy")
    table = parser.take_qualified()
    columns = _columns(parser)
    parser.expect("from")
    source = _source(parser)
    authorizations = Authorizations()
    options = _OPTIONS.read(parser, authorizations)
    _check(options)
    authorization = authorizations.chosen()
    for name in _COLUMNAR:
        if name in options:
            check_columnar(name, options)
    return CopyStatement(
        schema=table.schema,
        table=table.name,
        columns=columns,
        source=source,
        authorization=authorization,
        manifest="manifest" in options,
        region=cast("str | None", options.get("region")),
        compression=next((one for one in _COMPRESSIONS if one in options), None),
        file_format=_file_format(options),
        conversion=_conversion(options),
        explicit_ids="explicit_ids" in options,
        max_error=None
        if "ignoreallerrors" in options
        else cast("int", options.get("maxerror", 0)),
        no_load="noload" in options,
        update_statistics=bool(options.get("statupdate", False)),
    )


def _columns(parser: Parser) -> tuple[str, ...] | None:
    if not parser.at_operator("("):
        return None
    names = parser.take_names()
    for position, name in enumerate(names):
        if name in names[:position]:
            raise RedshiftError(f'column "{name}" specified more than once', sqlstate="42701")
    return names


def _source(parser: Parser) -> str:
    source = parser.take_string()
    scheme, separator, rest = source.partition("://")
    if separator and scheme in {"emr", "ssh", "dynamodb"}:
        raise NotSupportedError(f"COPY from {scheme}://: not supported by the emulator")
    if scheme != "s3" or not rest.partition("/")[0]:
        raise RedshiftError(f"COPY source is not supported: {source}")
    return source


def _check(options: Mapping[str, Value]) -> None:
    if "fixedwidth" in options and "removequotes" in options:
        raise NotSupportedError("REMOVEQUOTES with FIXEDWIDTH: not supported by the emulator")
    if options.get("avro") == "noshred":
        raise RedshiftError("AVRO 'noshred' is not valid", sqlstate="22023")
    if "serializetojson" in options and not set(_COLUMNAR) & set(options):
        message = "SERIALIZETOJSON is only valid with PARQUET and ORC"
        raise RedshiftError(message, sqlstate="42601")
    if "quote" in options and "csv" not in options:
        raise RedshiftError("QUOTE is only valid with CSV", sqlstate="42601")
    if "csv" in options and options.get("quote", b'"') == options.get("delimiter", b","):
        raise RedshiftError("quote and delimiter must be different characters", sqlstate="42601")


def _file_format(options: Mapping[str, Value]) -> FileFormat:
    csv = "csv" in options
    return FileFormat(
        csv=csv,
        delimiter=cast("bytes", options.get("delimiter", b"," if csv else b"|")),
        quote=cast("bytes", options.get("quote", b'"')),
        escape="escape" in options,
        remove_quotes="removequotes" in options,
        widths=cast("tuple[int, ...]", options.get("fixedwidth", ())),
        ignore_header=cast("int", options.get("ignoreheader", 0)),
        ignore_blank_lines="ignoreblanklines" in options,
        fill_record="fillrecord" in options,
        columnar=next((name for name in _COLUMNAR if name in options), None),
        serialize_to_json="serializetojson" in options,
        avro="avro" in options,
        json=cast("str | None", options.get("json", options.get("avro"))),
    )


def _conversion(options: Mapping[str, Value]) -> Conversion:
    return Conversion(
        null_as=cast("bytes | None", options.get("null")),
        empty_as_null="emptyasnull" in options,
        blanks_as_null="blanksasnull" in options,
        trim_blanks="trimblanks" in options,
        truncate_columns="truncatecolumns" in options,
        round_decimals="roundec" in options,
        accept_any_date="acceptanydate" in options,
        invalid_chars=cast("bytes | None", options.get("acceptinvchars")),
        date_format=cast("str | None", options.get("dateformat")),
        time_format=cast("str | None", options.get("timeformat")),
    )

"""UNLOAD's options, each with the reader of its value.

Source: https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html
"""

from decimal import Decimal, InvalidOperation

from redshift_emulator.copy.command_options import (
    Reader,
    not_supported,
    read_flag,
    read_switch,
    read_text,
)
from redshift_emulator.copy.options import read_character, read_null_marker, read_widths
from redshift_emulator.language.long_names import NAMES
from redshift_emulator.language.parser import Parser
from redshift_emulator.unload.statement import MEGABYTE


def _delimiter(parser: Parser) -> str:
    return read_character(parser).decode("ascii")


def _null(parser: Parser) -> str:
    return read_null_marker(parser).decode("utf-8")


def _encrypted(parser: Parser) -> str:
    """Read ``ENCRYPTED [AUTO]``: with a key of S3's, which clients do not notice."""
    return "auto" if parser.accept("auto") else ""


def _extension(parser: Parser) -> str:
    return parser.take_string()


def _manifest(parser: Parser) -> str:
    return "verbose" if parser.accept("verbose") else "plain"


def _partition(parser: Parser) -> tuple[tuple[str, ...], bool]:
    parser.expect("by")
    columns = tuple(map(NAMES.restored, parser.take_names()))
    return columns, parser.accept("include")


def _size(parser: Parser) -> int:
    """Read a size in megabytes or gigabytes; return it in bytes."""
    parser.accept("as")
    try:
        number = Decimal(parser.take_number())
    except InvalidOperation:
        raise parser.fail() from None
    unit = parser.accept_any("mb", "gb")
    return int(number * MEGABYTE * (1024 if unit == "gb" else 1))


READERS: dict[str, Reader] = {
    **dict.fromkeys(
        (
            "csv", "parquet", "json", "header", "gzip", "bzip2", "zstd", "addquotes", "escape",
            "allowoverwrite", "cleanpath",
        ),
        read_flag,
    ),
    **dict.fromkeys(("maxfilesize", "rowgroupsize"), _size),
    "delimiter": _delimiter,
    "encrypted": _encrypted,
    "extension": _extension,
    "fixedwidth": read_widths,
    "kms_key_id": read_text,
    "manifest": _manifest,
    "null": _null,
    "parallel": read_switch,
    "partition": _partition,
    "region": read_text,
    **not_supported("UNLOAD", "master_symmetric_key"),
}  # fmt: skip
"""The reader of each option's value, by its word."""

FORMATS = ("csv", "parquet", "json")
"""The words that may follow FORMAT."""

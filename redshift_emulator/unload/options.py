"""UNLOAD's options, each with the reader of its value.

Source: https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html
"""

from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from redshift_emulator.copy.options import read_character, read_null_marker, read_widths
from redshift_emulator.language.errors import NotSupportedError
from redshift_emulator.language.long_names import NAMES
from redshift_emulator.language.parser import Parser
from redshift_emulator.unload.statement import MEGABYTE

_NOT_HERE = ("master_symmetric_key",)
_FORMATS = ("csv", "parquet", "json")


def read_option(parser: Parser) -> tuple[str, Any]:
    """Read an option: ``NULL AS '-'`` has the name ``null`` and the value ``-``."""
    return _option(parser, ("format", *_READERS, *_NOT_HERE))


def _option(parser: Parser, keywords: Iterable[str]) -> tuple[str, Any]:
    word = parser.accept_any(*keywords)
    if word is None:
        raise parser.fail()
    if word in _NOT_HERE:
        raise NotSupportedError(f"UNLOAD option {word.upper()}: not supported by the emulator")
    if word == "format":
        parser.accept("as")
        return _option(parser, _FORMATS)
    return word, _READERS[word](parser)


def _flag(_: Parser) -> bool:
    return True


def _text(parser: Parser) -> str:
    parser.accept("as")
    return parser.take_string()


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


def _parallel(parser: Parser) -> bool:
    return parser.accept_any("on", "true", "off", "false") not in {"off", "false"}


def _size(parser: Parser) -> int:
    """Read a size in megabytes or gigabytes; return it in bytes."""
    parser.accept("as")
    try:
        number = Decimal(parser.take_number())
    except InvalidOperation:
        raise parser.fail() from None
    unit = parser.accept_any("mb", "gb")
    return int(number * MEGABYTE * (1024 if unit == "gb" else 1))


_READERS: dict[str, Callable[[Parser], Any]] = {
    **dict.fromkeys(
        (
            "csv", "parquet", "json", "header", "gzip", "bzip2", "zstd", "addquotes", "escape",
            "allowoverwrite", "cleanpath",
        ),
        _flag,
    ),
    **dict.fromkeys(("maxfilesize", "rowgroupsize"), _size),
    "delimiter": _delimiter,
    "encrypted": _encrypted,
    "extension": _extension,
    "fixedwidth": read_widths,
    "kms_key_id": _text,
    "manifest": _manifest,
    "null": _null,
    "parallel": _parallel,
    "partition": _partition,
    "region": _text,
}  # fmt: skip

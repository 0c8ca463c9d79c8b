"""COPY's options, each with the reader of its value.

The emulator refuses by name the options that only Redshift supports: a load that ignored one
would give another result.
Source: https://docs.aws.amazon.com/redshift/latest/dg/r_COPY.html
"""

import re

from redshift_emulator.copy.command_options import (
    Reader,
    not_supported,
    read_flag,
    read_switch,
    read_text,
    refused,
)
from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.tokens import Kind

Value = str | int | bool | bytes | tuple[int, ...] | None

MAX_ERRORS = 100_000
_WIDTH = re.compile(r"\s*\w+\s*:\s*([0-9]{1,7})\s*", re.ASCII)
_OCTAL = re.compile(r"\\([0-7]{3})")

_NOT_SUPPORTED = (
    *("job", "shapefile", "simplify", "lzop"),
    *("encrypted", "master_symmetric_key", "comprows"),
)


def _avro(parser: Parser) -> str:
    """Read ``[AS] 'option'``, by default 'auto'."""
    parser.accept("as")
    return parser.take_string() if parser.at_string() else "auto"


def _count(parser: Parser) -> int:
    """Read a number, which some clients write as a string."""
    parser.accept("as")
    token = parser.peek
    if token is None or token.kind not in {Kind.NUMBER, Kind.STRING}:
        raise parser.fail()
    if not token.value.isdecimal():
        raise parser.fail()
    return int(parser.take().value)


def _max_error(parser: Parser) -> int:
    count = _count(parser)
    if count > MAX_ERRORS:
        raise RedshiftError(f"MAXERROR must be between 0 and {MAX_ERRORS}", sqlstate="22023")
    return count


def read_character(parser: Parser) -> bytes:
    r"""Read one ASCII character; the decoded text may be an escape itself, '\t' or '\001'."""
    text = read_text(parser).replace("\\t", "\t")
    text = _OCTAL.sub(lambda match: chr(int(match.group(1), 8)), text)
    if len(text) != 1 or not text.isascii() or text in "\0\r\n":
        raise RedshiftError("must be a single ASCII character", sqlstate="22023")
    return text.encode("ascii")


def _replacement(parser: Parser) -> bytes:
    if parser.at("as") or parser.at_string():
        return read_character(parser)
    return b"?"


def read_null_marker(parser: Parser) -> bytes:
    """Read the text that stands for NULL."""
    parser.accept("as")
    literal = parser.take_literal()
    written = parser.statement.text[literal.start : literal.end]
    if written in {r"'\N'", r"'\n'"}:
        raise NotSupportedError(
            f"NULL AS {written}: not supported by the emulator, because Amazon does not document "
            r"whether the backslash is kept; write '\\N', or a marker without a backslash"
        )
    return b"\0" if literal.value in {r"\0", r"\000"} else literal.value.encode("utf-8")


def read_widths(parser: Parser) -> tuple[int, ...]:
    """Read ``label:width, ...``; the labels have no meaning, and blanks may surround them.

    https://docs.aws.amazon.com/redshift/latest/dg/t_loading_fixed_width_data.html
    """
    text = read_text(parser)
    pairs = [_WIDTH.fullmatch(pair) for pair in text.split(",")]
    widths = tuple(int(pair[1]) for pair in pairs if pair is not None)
    if len(widths) < len(pairs) or not all(widths):
        message = f"Invalid fixedwidth specification '{text}': expected 'label:width, ...'"
        raise RedshiftError(message, sqlstate="22023")
    return widths


def _encoding(parser: Parser) -> str:
    parser.accept("as")
    word = parser.accept_any("utf8", "utf16", "utf16le", "utf16be")
    if word is None:
        raise parser.fail()
    if word != "utf8":
        raise NotSupportedError(f"ENCODING {word.upper()}: not supported by the emulator")
    return word


def _compression_update(parser: Parser) -> bool:
    return parser.accept("preset") or read_switch(parser)


READERS: dict[str, Reader] = {
    **dict.fromkeys(
        (
            "manifest", "gzip", "bzip2", "zstd", "csv", "escape", "removequotes", "acceptanydate",
            "blanksasnull", "emptyasnull", "explicit_ids", "fillrecord", "ignoreblanklines",
            "roundec", "trimblanks", "truncatecolumns", "ignoreallerrors", "noload", "parquet",
            "orc", "serializetojson",
        ),
        read_flag,
    ),
    **dict.fromkeys(("region", "dateformat", "timeformat", "json"), read_text),
    "avro": _avro,
    **dict.fromkeys(("delimiter", "quote"), read_character),
    "acceptinvchars": _replacement,
    "compupdate": _compression_update,
    "encoding": _encoding,
    "fixedwidth": read_widths,
    "ignoreheader": _count,
    "maxerror": _max_error,
    "null": read_null_marker,
    "statupdate": read_switch,
    **not_supported("COPY", *_NOT_SUPPORTED),
    **refused(NotSupportedError, "COPY {} TEMPLATE: not supported by the emulator", "using"),
    **refused(RedshiftError, "{} is not valid for COPY from Amazon S3", "readratio", "ssh"),
}  # fmt: skip
"""The reader of each option's value, by its word."""

FORMATS = ("avro", "csv", "delimiter", "fixedwidth", "json", "orc", "parquet", *_NOT_SUPPORTED)
"""The words that may follow FORMAT."""

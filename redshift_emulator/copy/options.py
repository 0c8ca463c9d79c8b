"""COPY's options, each with what it reads behind its keyword.

An option that Redshift knows and the stand-in does not is refused by name: a load that silently
ignored it would not be the load that Redshift does.
Source: https://docs.aws.amazon.com/redshift/latest/dg/r_COPY.html
"""

from __future__ import annotations

import re
from collections.abc import Callable

from redshift_emulator.copy.reader import TokenReader
from redshift_emulator.copy.tokens import Token, syntax_error
from redshift_emulator.language.errors import NotSupportedError, RedshiftError

Value = str | int | bool | bytes | None

MAX_ERRORS = 100_000
_OCTAL = re.compile(r"\\([0-7]{3})")

UNKNOWN_HERE = {
    word: f"this stand-in does not know COPY's option {word.upper()}"
    for word in (
        "fixedwidth", "json", "avro", "orc", "shapefile", "simplify", "lzop",
        "encrypted", "master_symmetric_key", "comprows", "serializetojson",
    )
}  # fmt: skip
NOT_WITH_S3 = ("readratio", "ssh")


def read_option(keyword: Token, reader: TokenReader) -> tuple[str, Value]:
    """Read what follows an option's keyword; return the option's name and value."""
    word = keyword.value
    if word in UNKNOWN_HERE:
        raise NotSupportedError(UNKNOWN_HERE[word])
    if word in NOT_WITH_S3:
        raise RedshiftError(f"{word.upper()} is not valid for COPY from Amazon S3")
    if word == "format":
        return _format(reader)
    read = _READERS.get(word)
    if read is None:
        raise syntax_error(keyword)
    return word, read(reader)


def _format(reader: TokenReader) -> tuple[str, Value]:
    reader.accept("as")
    if reader.token.value not in {"csv", "delimiter", "parquet", *UNKNOWN_HERE}:
        raise syntax_error(reader.token)
    return read_option(reader.take(), reader)


def _flag(_: TokenReader) -> bool:
    return True


def _text(reader: TokenReader) -> str:
    reader.accept("as")
    return reader.string().value


def _count(reader: TokenReader) -> int:
    reader.accept("as")
    return reader.number()


def _max_error(reader: TokenReader) -> int:
    count = _count(reader)
    if count > MAX_ERRORS:
        raise RedshiftError(f"MAXERROR must be between 0 and {MAX_ERRORS}", sqlstate="22023")
    return count


def _character(reader: TokenReader) -> bytes:
    """Read one ASCII character, also as a tab or an octal number that is still escaped."""
    text = _text(reader).replace("\\t", "\t")
    text = _OCTAL.sub(lambda match: chr(int(match.group(1), 8)), text)
    if len(text) != 1 or not text.isascii() or text in "\0\r\n":
        raise RedshiftError("must be a single ASCII character", sqlstate="22023")
    return text.encode("ascii")


def _replacement(reader: TokenReader) -> bytes:
    explicit = reader.accept("as") is not None
    if explicit or reader.token.kind == "string":
        return _character(reader)
    return b"?"


def _null_marker(reader: TokenReader) -> bytes:
    reader.accept("as")
    token = reader.string()
    if token.raw in {r"'\N'", r"'\n'"}:
        raise NotSupportedError(
            f"NULL AS {token.raw}: it is not documented whether the backslash survives; "
            r"this stand-in takes '\\N', or better a marker without a backslash"
        )
    return b"\0" if token.value in {r"\0", r"\000"} else token.value.encode("utf-8")


def _encoding(reader: TokenReader) -> str:
    reader.accept("as")
    word = reader.expect("utf8", "utf16", "utf16le", "utf16be")
    if word != "utf8":
        raise NotSupportedError(f"this stand-in does not know ENCODING {word.upper()}")
    return word


def _switch(reader: TokenReader) -> bool:
    return reader.accept("on", "true", "off", "false") not in {"off", "false"}


def _compression_update(reader: TokenReader) -> bool:
    return reader.accept("preset") is not None or _switch(reader)


_READERS: dict[str, Callable[[TokenReader], Value]] = {
    **dict.fromkeys(
        (
            "manifest", "gzip", "bzip2", "zstd", "csv", "escape", "removequotes", "acceptanydate",
            "blanksasnull", "emptyasnull", "explicit_ids", "fillrecord", "ignoreblanklines",
            "roundec", "trimblanks", "truncatecolumns", "ignoreallerrors", "noload", "parquet",
        ),
        _flag,
    ),
    **dict.fromkeys(("region", "dateformat", "timeformat"), _text),
    **dict.fromkeys(("delimiter", "quote"), _character),
    "acceptinvchars": _replacement,
    "compupdate": _compression_update,
    "encoding": _encoding,
    "ignoreheader": _count,
    "maxerror": _max_error,
    "null": _null_marker,
    "statupdate": _switch,
}  # fmt: skip

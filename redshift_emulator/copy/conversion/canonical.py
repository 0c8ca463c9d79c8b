"""The rows that can pass to PostgreSQL unchanged, as one regular expression.

PostgreSQL's input is more lenient than Redshift's: it accepts ``0x1F``, ``' 12 '``, ``NaN``,
``today``, rounds where COPY truncates, counts characters where Redshift counts bytes. A row
passes unchanged only if PostgreSQL and Redshift read every field in the same way. The expression
matches those rows; it runs in C over whole chunks (about 150 MB/s, several times the speed of
PostgreSQL's parser) and stops at the first row that is not canonical. Python converts that row
field by field into canonical form. All quantifiers are possessive and every field is an atomic
group, so matching takes linear time.

These forms are correct but slower, because Python converts them: lines that end with CR LF, empty
fields where NULL AS names another marker, ``""`` for a number, numbers of the largest
magnitudes, 29 February, formats other than ISO, VARBYTE, and everything under ESCAPE,
REMOVEQUOTES, TRIMBLANKS and BLANKSASNULL.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from redshift_emulator.copy.statement import CopyStatement
from redshift_emulator.language.types import RedshiftType, TableColumn

DEFAULT_NULL = rb"\N"
_DAY = (
    rb"(?!0000)[0-9]{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])"
    rb"|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
)
# Groups are atomic, (?>(?:...)*), and not possessive, (?:...)*+: the latter can match wrongly
# before CPython 3.11.5 (https://github.com/python/cpython/issues/106052).
_CLOCK = rb"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?>(?:\.[0-9]{1,6}+)?)"
_OFFSET = rb"[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?"
_FIXED = {
    "smallint": rb"-?+[0-9]{1,4}+|-?+(?:[12][0-9]{4}|3[01][0-9]{3})",
    "integer": rb"-?+[0-9]{1,9}+|-?+(?:1[0-9]{9}|20[0-9]{8})",
    "bigint": rb"-?+[0-9]{1,18}+|-?+[1-8][0-9]{18}",
    "real": rb"-?+[0-9]{1,7}+(?>(?:\.[0-9]{1,9}+)?)(?>(?:[eE](?:\+?[0-2]?[0-9]|-[01]?[0-9]))?)",
    "double precision": rb"-?+[0-9]{1,17}+(?>(?:\.[0-9]{1,20}+)?)(?>(?:[eE][+-]?[0-9]{1,2}+)?)",
    "boolean": rb"[tf10]|true|false",
    "time": _CLOCK,
    "timetz": _CLOCK + rb"\+00(?::?00)?",
}
_STRINGS = ("char", "varchar")
_ORDINARY = re.compile(rb"[^A-Za-z0-9+\-.: \\\r\n]")


@dataclass(frozen=True, slots=True)
class Wire:
    """The CSV format for PostgreSQL; ``null`` without quotes is NULL, with quotes a text."""

    delimiter: bytes
    quote: bytes
    null: bytes


def wire_of(statement: CopyStatement) -> Wire:
    """Choose the CSV format in which most of the file's rows can pass unchanged."""
    file_format = statement.file_format
    quote = file_format.quote
    if not file_format.csv:
        quote = b"\x01" if file_format.delimiter != b"\x01" else b"\x02"
    marker = statement.conversion.null_as
    null = b""
    if marker and not re.search(rb"[\r\n\0%b]" % re.escape(file_format.delimiter + quote), marker):
        null = marker
    return Wire(file_format.delimiter, quote, null)


def null_spellings(statement: CopyStatement, column: RedshiftType) -> tuple[bytes, ...]:
    """Return the texts that are NULL in a column, with or without quotes.

    Whether NULL AS applies to a quoted field is not documented; the emulator assumes the worse
    case, that it does. An empty field is NULL in every column except CHAR and VARCHAR.
    """
    conversion = statement.conversion
    marker = DEFAULT_NULL if conversion.null_as is None else conversion.null_as
    if column.name in _STRINGS and not conversion.empty_as_null:
        return (marker,)
    return (marker, b"") if marker else (b"",)


def canonical_rows(statement: CopyStatement, columns: Sequence[TableColumn]) -> re.Pattern[bytes]:
    """Compile the expression that matches the longest run of rows that can pass unchanged."""
    wire = wire_of(statement)
    if not _applies(statement, wire):
        return re.compile(rb"(?!)")
    fields = []
    for position, column in enumerate(columns):
        end = b"\n" if position == len(columns) - 1 else re.escape(wire.delimiter)
        fields.append(rb"(?>(?:%b)%b)" % (_Field(statement, wire, column, end).pattern(), end))
    return re.compile(rb"(?>(?:(?!\n|\\\.\n)%b)*)" % b"".join(fields))


def _applies(statement: CopyStatement, wire: Wire) -> bool:
    file_format, conversion = statement.file_format, statement.conversion
    if file_format.escape or file_format.remove_quotes or file_format.widths:
        return False
    if conversion.trim_blanks or conversion.blanks_as_null:
        return False
    return bool(_ORDINARY.fullmatch(wire.delimiter) and _ORDINARY.fullmatch(wire.quote))


@dataclass(frozen=True, slots=True)
class _Field:
    """The expression of one field, without the delimiter or newline ``end`` that follows."""

    statement: CopyStatement
    wire: Wire
    column: TableColumn
    end: bytes

    def pattern(self) -> bytes:
        nulls = null_spellings(self.statement, self.column.type)
        alternatives = []
        if self.column.type.name in (*_STRINGS, "super"):
            alternatives += self._text(nulls)
        else:
            alternatives += self._value(nulls)
        if self.wire.null in nulls and not self.column.not_null:
            alternatives.append(re.escape(self.wire.null))
        return b"|".join(alternatives) or rb"(?!)"

    def _value(self, nulls: Sequence[bytes]) -> list[bytes]:
        content = self._content()
        if content is None:
            return []
        matching = [word for word in nulls if re.fullmatch(content, word)]
        alternatives = [rb"%b(?:%b)" % (_none_of(matching, self.end), content)]
        if self.statement.file_format.csv:
            quote = re.escape(self.wire.quote)
            shown = (quote, _none_of(matching, quote), content, quote)
            alternatives.append(rb"%b%b(?:%b)%b" % shown)
        return alternatives

    def _text(self, nulls: Sequence[bytes]) -> list[bytes]:
        if self.column.type.name == "super" and self.statement.max_error != 0:
            return []
        quote, delimiter = re.escape(self.wire.quote), re.escape(self.wire.delimiter)
        beyond = rb"\x80-\xff" if self.column.type.name == "char" else b""
        length = b"" if self.column.type.length is None else b"%d" % self.column.type.length
        plain = rb"%b[^%b%b\r\n%b]{1,%b}+" % (
            _none_of([word for word in nulls if word], self.end), quote, delimiter, beyond, length,
        )  # fmt: skip
        if not self.statement.file_format.csv:
            return [plain]
        inside = rb"[^%b%b]" % (quote, beyond)
        simple = rb"%b{0,%b}+%b(?!%b)" % (inside, length, quote, quote)
        doubled = rb"(?>(?:%b|%b%b){0,%b})%b" % (inside, quote, quote, length, quote)
        # Runs match faster than single bytes, but uncounted: the end of the line bounds them.
        run = rb"[^%b\n%b]*" % (quote, beyond)
        short = rb"(?=[^\n]{0,%b}+\n)(?>%b(?:%b%b%b)*)%b" % (length, run, quote, quote, run, quote)
        ways = b"|".join((simple, short, doubled))
        return [plain, rb"%b%b(?:%b)" % (quote, _none_of(nulls, quote), ways)]

    def _content(self) -> bytes | None:
        kind, conversion = self.column.type, self.statement.conversion
        if kind.name == "decimal":
            return _decimal(kind)
        if kind.name == "date":
            return _DAY if conversion.date_format in {None, "auto"} else None
        if kind.name in {"timestamp", "timestamptz"}:
            if conversion.time_format not in {None, "auto"}:
                return None
            moment = _DAY + b" " + _CLOCK
            return moment + _OFFSET if kind.name == "timestamptz" else moment
        return _FIXED.get(kind.name)


def _none_of(words: Sequence[bytes], end: bytes) -> bytes:
    return b"".join(rb"(?!%b%b)" % (re.escape(word), end) for word in words)


def _decimal(kind: RedshiftType) -> bytes:
    """Match numbers that need no rounding and fit in 8-byte decimals."""
    if kind.precision is None:  # the type of a computed column, which has no bounds
        return rb"-?+[0-9]{1,38}+(?>(?:\.[0-9]{1,37}+)?)"
    precision, scale = kind.precision, kind.scale or 0
    whole = precision - scale - (precision == 19)
    digits = rb"[0-9]{1,%d}+" % whole if whole > 0 else b"0"
    return rb"-?+%b" % digits + (rb"(?>(?:\.[0-9]{1,%d}+)?)" % scale if scale else b"")

"""Converts a record into a row for PostgreSQL, field by field, by Redshift's rules.

Source: https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-data-conversion.html
"""

import re
from collections.abc import Callable, Sequence

from redshift_emulator.copy.conversion import faults, numeric, temporal, text
from redshift_emulator.copy.conversion.canonical import null_spellings, wire_of
from redshift_emulator.copy.conversion.faults import FieldFaultError
from redshift_emulator.copy.conversion.numeric import Converter
from redshift_emulator.copy.reading.records import Record
from redshift_emulator.copy.statement import CopyStatement
from redshift_emulator.language.types import RedshiftType, TableColumn

_STRINGS = frozenset(("char", "varchar"))
_DATES = frozenset(("date", "timestamp", "timestamptz"))


class ColumnFaultError(Exception):
    """A field that its column cannot hold."""

    def __init__(self, column: int, raw_value: bytes, fault: FieldFaultError) -> None:
        super().__init__(fault.reason)
        self.column = column
        self.raw_value = raw_value
        self.fault = fault


class RowConverter:
    """Converts the fields of records to the types of the table's columns."""

    def __init__(self, statement: CopyStatement, columns: Sequence[TableColumn]) -> None:
        self._statement = statement
        self._columns = [_Column(statement, column) for column in columns]
        self._wire = wire_of(statement)
        special = re.escape(self._wire.quote + self._wire.delimiter)
        self._special = re.compile(rb"[%b\r\n\\]" % special)
        self.replaced: int | None = None
        """Index of a column of the last row in which ACCEPTINVCHARS replaced characters."""

    def row(self, record: Record) -> bytes:
        """Return the record as a CSV line for PostgreSQL; raise the first fault."""
        if record.fault is not None:
            raise record.fault
        fields, markers = self._complete(record)
        values = []
        self.replaced = None
        for position, column in enumerate(self._columns):
            try:
                value = column.value(fields[position], markers[position])
            except FieldFaultError as fault:
                raise ColumnFaultError(position, fields[position], fault) from fault
            if column.replaces and text.needs_replacement(fields[position]):
                self.replaced = position
            values.append(self._spelling(value, quoted=column.is_string))
        return self._wire.delimiter.join(values) + b"\n"

    def _complete(self, record: Record) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
        """Return fields and markers, one for each column.

        A line of plain text may end with a delimiter, and FILLRECORD adds empty fields.
        """
        expected, found = len(self._columns), len(record.fields)
        file_format = self._statement.file_format
        if found == expected:
            return record.fields, record.markers
        if found > expected:
            if found == expected + 1 and not file_format.csv and not record.markers[-1]:
                return record.fields[:-1], record.markers[:-1]
            raise FieldFaultError(faults.TOO_MANY_FIELDS, "Extra column(s) found")
        if not file_format.fill_record and file_format.widths:
            raise FieldFaultError(faults.TOO_FEW_FIELDS, "Input line is shorter than the widths")
        if not file_format.fill_record:
            raise FieldFaultError(faults.NO_DELIMITER, "Delimiter not found")
        missing = (b"",) * (expected - found)
        return record.fields + missing, record.markers + missing

    def _spelling(self, value: bytes | None, *, quoted: bool) -> bytes:
        if value is None:
            return self._wire.null
        quote = self._wire.quote
        if quoted or value == self._wire.null or self._special.search(value):
            return quote + value.replace(quote, quote * 2) + quote
        return value


class _Column:
    """Converts the fields of one column."""

    def __init__(self, statement: CopyStatement, column: TableColumn) -> None:
        conversion = statement.conversion
        self.is_string = column.type.name in _STRINGS
        self.replaces = column.type.name == "varchar" and conversion.invalid_chars is not None
        self._column = column
        self._nulls = null_spellings(statement, column.type)
        self._nul_marker = conversion.null_as == b"\0"
        self._blank_is_null = conversion.blanks_as_null or not self.is_string
        self._any_date = conversion.accept_any_date and column.type.name in _DATES
        self._padded = bool(statement.file_format.widths)
        self._convert = _converter(statement, column.type)

    def value(self, field: bytes, marker: bytes) -> bytes | None:
        """Return the value as PostgreSQL reads it, or None for NULL."""
        value = self._read(field, marker)
        if value is None and self._column.not_null:
            raise FieldFaultError(faults.MISSING_VALUE, "Missing data for not-null field")
        return value

    def _read(self, field: bytes, marker: bytes) -> bytes | None:
        if self._padded:
            field = marker = self._unpadded(field)
        if marker in self._nulls:
            return None
        if self._blank_is_null and field[:1] in {b" ", b"\t"} and not field.strip(b" \t"):
            return None
        if b"\0" in field:
            raise self._nul(field)
        try:
            return self._convert(field)
        except FieldFaultError:
            if self._any_date:
                return None
            raise

    def _unpadded(self, field: bytes) -> bytes:
        """Return a field of FIXEDWIDTH without the blanks that pad it, unless it is a text.

        Whether a padded marker of NULL AS is NULL in a text is not documented: it is refused.
        """
        plain = field.rstrip(b" ")
        if not self.is_string:
            return plain
        if plain and plain != field and plain in self._nulls:
            reason = "NULL AS followed by blanks: refused by the emulator"
            raise FieldFaultError(faults.BAD_LINE, reason)
        return field

    def _nul(self, field: bytes) -> FieldFaultError:
        reason = "Invalid null byte - field longer than 1 byte"
        code = faults.BAD_NUL if self._nul_marker else faults.BAD_LINE
        return FieldFaultError(code, reason, field.index(b"\0"))


def _converter(statement: CopyStatement, column: RedshiftType) -> Converter:
    conversion = statement.conversion
    makers: dict[str, Callable[[], Converter]] = {
        **dict.fromkeys(numeric.INTEGER_BITS, lambda: numeric.integer(column)),
        **dict.fromkeys(("real", "double precision"), lambda: numeric.floating(column)),
        "decimal": lambda: numeric.decimal(column, round_decimals=conversion.round_decimals),
        "boolean": lambda: numeric.boolean,
        "char": lambda: text.char(column, conversion),
        "varchar": lambda: text.varchar(column, conversion),
        "date": lambda: temporal.date(conversion.date_format),
        "time": lambda: temporal.time(with_zone=False),
        "timetz": lambda: temporal.time(with_zone=True),
        "timestamp": lambda: temporal.timestamp(conversion.time_format, with_zone=False),
        "timestamptz": lambda: temporal.timestamp(conversion.time_format, with_zone=True),
        "super": lambda: text.json_document,
        "varbyte": lambda: text.hexadecimal(column),
    }
    return makers[column.name]()

"""A parsed COPY statement."""

from dataclasses import dataclass, field
from typing import Literal

Compression = Literal["gzip", "zstd", "bzip2"]
Columnar = Literal["parquet", "orc"]


@dataclass(frozen=True, slots=True)
class RoleAuthorization:
    """IAM_ROLE: several ARNs are a chain of roles; none is the default role."""

    arns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeyAuthorization:
    """Access keys, hidden in repr."""

    access_key_id: str = field(repr=False)
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)


Authorization = RoleAuthorization | KeyAuthorization


@dataclass(frozen=True, slots=True)
class FileFormat:
    """How a file is split into records and fields."""

    csv: bool = False
    delimiter: bytes = b"|"
    quote: bytes = b'"'
    escape: bool = False
    remove_quotes: bool = False
    widths: tuple[int, ...] = ()
    """The widths of FIXEDWIDTH in characters, one for each column; the delimiter has no use."""
    ignore_header: int = 0
    ignore_blank_lines: bool = False
    fill_record: bool = False
    columnar: Columnar | None = None
    """No text to split; the other values describe the CSV for PostgreSQL."""
    serialize_to_json: bool = False
    avro: bool = False
    """``json`` is the argument of AVRO."""
    json: str | None = None
    """The argument of JSON: ``auto``, ``auto ignorecase``, ``noshred`` or an address in S3."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """How fields are converted to values; ``null_as`` None is the default marker."""

    null_as: bytes | None = None
    empty_as_null: bool = False
    blanks_as_null: bool = False
    trim_blanks: bool = False
    truncate_columns: bool = False
    round_decimals: bool = False
    accept_any_date: bool = False
    invalid_chars: bytes | None = None
    date_format: str | None = None
    time_format: str | None = None


@dataclass(frozen=True, slots=True)
class CopyStatement:
    """COPY ... FROM 's3://...'; ``max_error`` None is IGNOREALLERRORS."""

    schema: str | None
    table: str
    columns: tuple[str, ...] | None
    source: str
    authorization: Authorization
    manifest: bool = False
    region: str | None = None
    compression: Compression | None = None
    file_format: FileFormat = FileFormat()
    conversion: Conversion = Conversion()
    explicit_ids: bool = False
    max_error: int | None = 0
    no_load: bool = False
    update_statistics: bool = False

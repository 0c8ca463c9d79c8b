"""A parsed UNLOAD statement, and the columns of its query."""

from dataclasses import dataclass
from typing import Literal

from redshift_emulator.copy.statement import Authorization, Compression
from redshift_emulator.language.types import RedshiftType

Form = Literal["text", "csv", "json", "parquet"]

MEGABYTE = 1024 * 1024
LARGEST_FILE = 6.2 * 1024 * MEGABYTE


@dataclass(frozen=True, slots=True)
class ResultColumn:
    """A column of the query."""

    name: str
    type: RedshiftType


@dataclass(frozen=True, slots=True)
class TextForm:
    """How rows are written as text; ``null_as`` None is the default, an empty field.

    ``widths`` are those of FIXEDWIDTH in characters, one for each column.
    """

    delimiter: str = "|"
    header: bool = False
    add_quotes: bool = False
    escape: bool = False
    null_as: str | None = None
    widths: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """How rows are divided into files; sizes are in bytes, ``extension`` has its dot."""

    parallel: bool = True
    max_size: int = int(LARGEST_FILE)
    extension: str = ""
    partition_by: tuple[str, ...] = ()
    include: bool = False


@dataclass(frozen=True, slots=True)
class UnloadStatement:
    """UNLOAD ('query') TO 's3://bucket/prefix'; ``query`` is its text."""

    query: str
    bucket: str
    prefix: str
    authorization: Authorization
    form: Form = "text"
    text: TextForm = TextForm()
    layout: Layout = Layout()
    compression: Compression | None = None
    row_group: int = 32 * MEGABYTE
    manifest: Literal["verbose", "plain"] | None = None
    overwrite: bool = False
    clean: bool = False
    region: str | None = None
    kms_key: str | None = None

    @property
    def manifest_key(self) -> str:
        """The key of the manifest."""
        return f"{self.prefix}manifest"

"""The configuration as frozen values with defaults."""

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal

from pipeline.freshness import Freshness
from pipeline.manifest import FileFormat
from pipeline.names import TableName

Engine = Literal["process", "spark"]


@dataclass(frozen=True, slots=True)
class Source:
    """An entry of ``sources``: a schema with an upstream database, files, or derived tables only.

    ``read_access`` is the name of the environment variable that holds the connection string.
    """

    name: str
    read_access: str | None = None
    include_tables: tuple[str, ...] = ()
    exclude_tables: tuple[str, ...] = ()
    engine: Engine | None = None
    """What dumps large tables, if not the engine of all sources."""
    consistent: bool = False
    new_columns: Literal["fail", "warn", "ignore"] = "fail"
    s3_path: str | None = None
    """The path of the files; see ``file_path``."""
    s3_mode: Literal["replace", "append"] = "replace"
    s3_format: FileFormat = field(default_factory=FileFormat)
    freshness: Freshness | None = None
    """How old a load may become, for tables whose designs do not say."""

    @property
    def has_tables(self) -> bool:
        """Whether rows come from a database or files."""
        return self.read_access is not None or self.s3_path is not None

    @property
    def appends(self) -> bool:
        """Whether a load adds the rows of new files to those of the files loaded before."""
        return self.s3_mode == "append"

    def includes(self, upstream: TableName) -> bool:
        """Return whether the globs include a table; ``exclude_tables`` wins, case matters."""
        return self.leaves_out(upstream) is None

    def leaves_out(self, upstream: TableName) -> str | None:
        """Return why the globs leave a table out; None if they include it."""
        name = str(upstream)
        for glob in self.exclude_tables:
            if fnmatchcase(name, glob):
                return f"exclude_tables has '{glob}'"
        if any(fnmatchcase(name, glob) for glob in self.include_tables):
            return None
        return f"no pattern of include_tables matches '{name}'"


@dataclass(frozen=True, slots=True)
class Groups:
    """The two groups: ``etl`` has all privileges, ``users`` may read."""

    etl: str = "etl_rw"
    users: str = "analyst_ro"


@dataclass(frozen=True, slots=True)
class DeclaredUser:
    """A user declared in the configuration, without a password."""

    name: str
    etl: bool = False
    schema: bool = False


@dataclass(frozen=True, slots=True)
class Warehouse:
    """The data warehouse; ``admin_access`` and ``etl_access`` name environment variables."""

    admin_access: str = "DATA_WAREHOUSE_ADMIN"
    etl_access: str = "DATA_WAREHOUSE_ETL"
    owner: str = "dw"
    groups: Groups = field(default_factory=Groups)
    iam_role: str | None = None
    users: tuple[DeclaredUser, ...] = ()
    marker_schema: str = "etl"
    external: tuple[str, ...] = ()
    """Patterns of relations that others maintain and queries may read: ``spectrum.*``."""
    required_for_success: tuple[str, ...] = ()
    """Patterns of the relations that a run requires, with those they read; none means all."""
    skip_user_creation: bool = False
    """Whether groups, users and search paths are managed elsewhere, and not changed."""


@dataclass(frozen=True, slots=True)
class Storage:
    """The bucket between dump and load; credentials come from boto3's credential chain."""

    bucket: str
    prefix: str
    region: str | None = None
    kms_key_id: str | None = None


@dataclass(frozen=True, slots=True)
class Dump:
    """How tables are dumped: into parts of about ``part_size`` bytes compressed.

    If there is more than one part, their number is a multiple of ``slices``.
    """

    compression: Literal["zstd", "gzip"] = "zstd"
    connections: int = 2
    slices: int = 2
    part_size: int = 128 * 1024 * 1024
    chunk_threshold: int = 64 * 1024 * 1024
    """Bytes upstream; a smaller table is dumped as one part over one connection."""
    engine: Engine = "process"
    """What reads and writes the parts of a large table."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long to wait, in seconds, before a wait ends with an error."""

    lock_timeout: int = 900
    """For a lock that another session holds, upstream or in the warehouse."""
    silence_timeout: int = 300
    """For a server that neither works on a request nor answers it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole configuration."""

    storage: Storage
    sources: tuple[Source, ...]
    warehouse: Warehouse = field(default_factory=Warehouse)
    dump: Dump = field(default_factory=Dump)
    timeouts: Timeouts = field(default_factory=Timeouts)
    type_maps: tuple[tuple[str, tuple[str, str]], ...] = ()
    """(regular expression for all of a PostgreSQL type, (warehouse type, expression with %s)).

    They take precedence over the built-in map. An empty warehouse type keeps PostgreSQL's type.
    """
    design_dir: str = "designs"

    @property
    def file_places(self) -> dict[str, tuple[object, ...]]:
        """Path, format and mode by source of files, as used in fingerprints."""
        return {
            source.name: (
                *(source.s3_path, *source.s3_format.identity),
                *(("append",) if source.appends else ()),
            )
            for source in self.sources
            if source.s3_path is not None
        }

    def source(self, name: str) -> Source | None:
        """Return the source of that name, None if there is none."""
        return next((source for source in self.sources if source.name == name), None)

    def engine(self, source: str, own: Engine | None) -> Engine:
        """Return what dumps a table: its own engine, that of its source, or that of all."""
        found = self.source(source)
        return own or (found.engine if found else None) or self.dump.engine

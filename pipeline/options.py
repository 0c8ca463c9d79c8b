"""Section ``[warehouse]`` of luigi.cfg, which overrides the configuration file; reads both.

Luigi turns each option into one of the command line: ``--warehouse-prefix wip``.
"""

import configparser
import errno
import getpass
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import luigi
from luigi.parameter import ParameterException

from pipeline import settings
from pipeline.errors import ConfigError, Fault
from pipeline.names import did_you_mean
from pipeline.settings import Settings

DUMP_OPTIONS = ("compression", "connections", "slices", "part_size", "chunk_threshold", "engine")
TIMEOUT_OPTIONS = ("lock_timeout", "silence_timeout")


class warehouse(luigi.Config):  # noqa: N801  (named like its section in luigi.cfg)
    """Section ``[warehouse]`` of luigi.cfg."""

    config: str = luigi.Parameter(
        default="",
        description="the configuration (default: DATA_WAREHOUSE_CONFIG, then config/sources.json)",
    )
    designs: str = luigi.Parameter(
        default="", description="the folder of designs, or s3://… of uploaded ones"
    )
    prefix: str = luigi.Parameter(
        default="", description="the folder in the bucket (default: your user name)"
    )
    compression: str = luigi.Parameter(
        default="", description="compression of dumps: zstd or gzip"
    )
    connections: str = luigi.Parameter(
        default="", description="connections that dump a large table in parallel"
    )
    slices: str = luigi.Parameter(
        default="", description="slices of the warehouse; the number of parts is a multiple"
    )
    part_size: str = luigi.Parameter(default="", description="compressed size of a part in bytes")
    chunk_threshold: str = luigi.Parameter(
        default="", description="size in bytes from which several connections dump a table"
    )
    engine: str = luigi.Parameter(
        default="", description="what dumps large tables: process or spark"
    )
    lock_timeout: str = luigi.Parameter(
        default="", description="seconds to wait for a lock that another session holds"
    )
    silence_timeout: str = luigi.Parameter(
        default="",
        description="seconds to wait for a server that neither works on a request nor answers",
    )
    skip_user_creation: bool | None = luigi.OptionalBoolParameter(
        default=None, description="do not create or change groups, users and search paths"
    )
    run: Any = luigi.Parameter(  # a text; Luigi's tasks have a method of this name
        default="",
        description="name of a run that several machines share through one luigid: start the same"
        " command on each of them (default: LUIGI_RUN, or a run of its own)",
    )
    docs: str = luigi.Parameter(
        default="",
        description="s3://bucket/folder/ to which LoadAll publishes pages about all relations",
    )

    notify: str = luigi.Parameter(
        default="",
        description="the environment variable with the URL to which LoadAll sends a message after"
        " a failure, after the recovery from it, and if rows are too old",
    )

    def overrides(self) -> dict[str, Any]:
        """Return the options that are set, in the form of the configuration file."""
        parts: dict[str, Any] = {
            "dump": self._numbers(DUMP_OPTIONS),
            "timeouts": self._numbers(TIMEOUT_OPTIONS),
            "s3": {"prefix": self.prefix} if self.prefix else {},
        }
        if self.skip_user_creation is not None:
            parts["data_warehouse"] = {"skip_user_creation": self.skip_user_creation}
        if self.designs:
            parts["design_dir"] = self.designs
        return {key: value for key, value in parts.items() if value}

    def _numbers(self, names: Iterable[str]) -> dict[str, int | str]:
        """Return the options that are set, whole numbers as such."""
        return {name: number(getattr(self, name)) for name in names if getattr(self, name)}


class openlineage(luigi.Config):  # noqa: N801  (named like its section in luigi.cfg)
    """Section ``[openlineage]`` of luigi.cfg: events about each run and its tasks."""

    destination: str = luigi.Parameter(
        default="", description="a file, or the URL of an endpoint, for events of OpenLineage"
    )
    namespace: str = luigi.Parameter(
        default="", description="the namespace of jobs (default: redshift-pipeline/PREFIX)"
    )
    api_key_variable: str = luigi.Parameter(
        default="OPENLINEAGE_API_KEY",
        description="the environment variable with the key of the endpoint, if it needs one",
    )


def number(text: str) -> int | str:
    """Return a whole number, or the text, which the schema then rejects."""
    return int(text) if text.isdecimal() else text


def choose(options: Mapping[str, str]) -> None:
    """Override options of section ``[warehouse]`` for this process."""
    for name, value in options.items():
        luigi.configuration.get_config().set("warehouse", name, value)


def read_section() -> warehouse:
    """Return the options; ConfigError if Luigi cannot read them."""
    try:
        return warehouse()
    except (ValueError, configparser.Error, ParameterException) as error:
        cause = error.__cause__ or error.__context__
        reason = " ".join(f"{error}{f': {cause}' if cause else ''}".split())
        raise ConfigError(f"luigi.cfg: section [warehouse]: {reason}") from error


def faults() -> Iterator[tuple[str, str]]:
    """Yield the options in luigi.cfg that no command reads, or only the end of a run, and why."""
    config: Any = luigi.configuration.get_config()
    is_plain = isinstance(config, configparser.ConfigParser)  # there is a parser of TOML, too
    for kind in (warehouse, openlineage):
        section, parameters = kind.__name__, cast("Any", kind).get_params()
        known = [name for name, _ in parameters]
        for name in config.options(section) if is_plain and config.has_section(section) else ():
            if name not in {*known, *config.defaults()}:
                yield f"{section}.{name}", f"there is no such option{did_you_mean(name, known)}"
    options = warehouse()
    if options.docs and not re.match("s3://[^/]", options.docs):
        yield (
            "warehouse.docs",
            f"'{options.docs}' is no folder of a bucket; write s3://bucket/folder/",
        )
    if "://" in options.notify:
        yield "warehouse.notify", "holds a URL, which is a secret; write the name of a variable"


def configured(environ: Mapping[str, str]) -> Settings:
    """Read luigi.cfg and the configuration file; ConfigError lists every fault of both."""
    section = read_section()
    _check_readable(Path(environ.get("LUIGI_CONFIG_PATH", "luigi.cfg")))
    path = Path(section.config or settings.config_path(environ))
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"{path}: {error.strerror}; run the command in the project's folder (to create one:"
            " pipeline init FOLDER), or let DATA_WAREHOUSE_CONFIG name the configuration file"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8 (byte {error.start}); save it as UTF-8") from None
    found = settings.load(text, file=str(path), user=_user(), overrides=section.overrides())
    if not found.storage.prefix:
        message = "is missing, and its default, too: this user of the system has no name"
        raise ConfigError([Fault(str(path), "s3.prefix", message)])
    return found


def _check_readable(file: Path) -> None:
    """Raise ConfigError if Luigi cannot read a file, which it ignores silently."""
    if file.is_file() and not os.access(file, os.R_OK):
        raise ConfigError(f"{file}: cannot be read: {os.strerror(errno.EACCES)}")


def _user() -> str:
    """Return the user's name, or "" for one without a name, as in many containers."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # KeyError until Python 3.12
        return ""

"""Read the local design folder."""

from pathlib import Path

from pipeline.designs.folder import DESIGN_SUFFIXES, QUERY_SUFFIX
from pipeline.errors import ConfigError

REMOTE = "s3://"
"""The prefix of a place of designs in S3; see ``uploaded``."""

SUFFIXES = frozenset({*DESIGN_SUFFIXES, QUERY_SUFFIX})


def read_folder(folder: Path) -> dict[str, str]:
    """Read all designs and queries in a folder, by relative path: ``www/public-orders.yaml``.

    Invalid UTF-8 is decoded to surrogates, so that the parser reports it with all other faults.
    ConfigError if the folder does not exist.
    """
    if not folder.is_dir():
        raise ConfigError(
            f"there is no design folder at {folder}; set 'designs' in section [warehouse]"
        )
    return {
        path.relative_to(folder).as_posix(): path.read_text("utf-8", "surrogateescape")
        for path in sorted(folder.rglob("*"))
        if path.suffix in SUFFIXES and path.is_file()
    }

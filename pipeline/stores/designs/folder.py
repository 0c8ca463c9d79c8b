"""The folder of designs as a mapping from relative path to text."""

from __future__ import annotations

from pathlib import Path

from pipeline.errors import ConfigError

REMOTE = "s3://"
"""How a place of designs begins that is no folder; see ``uploaded_designs``."""

SUFFIXES = frozenset({".yaml", ".yml", ".json", ".sql"})


def read_folder(folder: Path) -> dict[str, str]:
    """Read all designs and queries below a folder, by their paths relative to it.

    Bytes that are no UTF-8 are kept as surrogates, for the parser to find them among all other
    faults. ConfigError when there is no such folder.
    """
    if not folder.is_dir():
        raise ConfigError(
            f"there is no folder of designs at {folder}; set 'designs' in section [warehouse]"
        )
    return {
        path.relative_to(folder).as_posix(): path.read_text("utf-8", "surrogateescape")
        for path in sorted(folder.rglob("*"))
        if path.suffix in SUFFIXES and path.is_file()
    }

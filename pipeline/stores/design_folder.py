"""The folder of designs as a mapping from relative path to text."""

from __future__ import annotations

from pathlib import Path

from pipeline.errors import ConfigError, DesignError, Fault

REMOTE = "s3://"
"""How a place of designs begins that is no folder; see ``uploaded_designs``."""

SUFFIXES = frozenset({".yaml", ".yml", ".json", ".sql"})


def read_folder(folder: Path) -> dict[str, str]:
    """Read all designs and queries below a folder, by their paths relative to it.

    ConfigError when there is no such folder, DesignError naming every file that is not UTF-8.
    """
    if not folder.is_dir():
        raise ConfigError(
            f"there is no folder of designs at {folder}; set 'designs' in section [warehouse]"
        )
    texts: dict[str, str] = {}
    faults: list[Fault] = []
    for path in sorted(p for p in folder.rglob("*") if p.suffix in SUFFIXES and p.is_file()):
        name = path.relative_to(folder).as_posix()
        try:
            texts[name] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            faults.append(Fault(name, "", f"is not UTF-8 (byte {error.start}); save it as UTF-8"))
    if faults:
        raise DesignError(faults)
    return texts

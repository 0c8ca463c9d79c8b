"""The local design folder: read it, and write its files atomically, none by mistake."""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from pipeline.designs.folder import DESIGN_SUFFIXES, QUERY_SUFFIX
from pipeline.errors import ConfigError, StorageError

REMOTE = "s3://"
"""The prefix of a place of designs in S3; see ``uploaded``."""

SUFFIXES = frozenset({*DESIGN_SUFFIXES, QUERY_SUFFIX})


def read_folder(folder: Path) -> dict[str, str]:
    """Read all designs and queries in a folder, by relative path: ``www/public-orders.yaml``.

    Invalid UTF-8 is decoded to surrogates, so that the parser reports it with all other faults.
    ConfigError if the folder does not exist, or something in it cannot be read.
    """
    if not folder.is_dir():
        raise ConfigError(
            f"there is no design folder at {folder}; run the command in the project's folder (to"
            " create one: pipeline init FOLDER), or set 'designs' in section [warehouse]"
        )
    try:
        return {
            path.relative_to(folder).as_posix(): path.read_text("utf-8", "surrogateescape")
            for path in sorted(_files(folder))
            if path.suffix in SUFFIXES and (path.is_file() or _is_broken_link(path))
        }
    except OSError as error:
        raise ConfigError(f"{error.filename}: cannot be read: {error.strerror}") from error


def _files(folder: Path) -> Iterator[Path]:
    """Yield what is below a folder, and below links to other folders; no link leads back.

    Hidden folders hold no designs, and lost+found belongs to a file system.
    """
    for name, below, files in os.walk(folder, onerror=_raise, followlinks=True):
        place = Path(name)
        if place != folder and place.resolve() in {above.resolve() for above in place.parents}:
            below.clear()
            continue
        below[:] = (each for each in below if not each.startswith((".", "lost+found")))
        yield from (place / file for file in files)


def _raise(error: OSError) -> NoReturn:
    raise error


def _is_broken_link(path: Path) -> bool:
    """Return whether a link leads nowhere; hidden ones are locks of editors."""
    return path.is_symlink() and not path.exists() and not path.name.startswith(".")


def create(path: Path, text: str) -> bool:
    """Write a new file; return False, without a change, if the file exists."""
    written = _write_beside(path, text)
    try:
        os.link(written, path)
    except FileExistsError:
        return False
    except OSError as error:
        raise _failed(path, error) from error
    finally:
        written.unlink()
    return True


def replace(path: Path, text: str) -> None:
    """Replace the text of a file; its line ends and permissions stay."""
    try:
        mode, before = path.stat().st_mode, path.read_bytes()
    except OSError as error:
        raise _failed(path, error) from error
    written = _write_beside(path, text, "\r\n" if b"\r\n" in before else "")
    try:
        written.chmod(mode)
        written.replace(path)
    except OSError as error:
        written.unlink(missing_ok=True)
        raise _failed(path, error) from error


def _write_beside(path: Path, text: str, ends: str = "") -> Path:
    """Write a hidden file, which is not read as a design, in the same folder.

    ``ends`` of lines replace those of the text.
    """
    written = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        written.write_text(text, encoding="utf-8", newline=ends)
    except OSError as error:
        raise _failed(path, error) from error
    return written


def _failed(path: Path, error: OSError) -> StorageError:
    return StorageError(f"{path}: cannot be written: {error.strerror}; check the folder")

"""Write designs into their folder: each file whole or not at all, none over another by mistake."""

from __future__ import annotations

import os
from pathlib import Path

from pipeline.errors import StorageError


def create(path: Path, text: str) -> bool:
    """Write a new file; return False, and leave it alone, where one exists already."""
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
    """Put a new text in the place of a file's."""
    written = _write_beside(path, text)
    try:
        written.chmod(path.stat().st_mode)
        written.replace(path)
    except OSError as error:
        written.unlink(missing_ok=True)
        raise _failed(path, error) from error


def _write_beside(path: Path, text: str) -> Path:
    """Write a hidden file into the same folder, which no reader of designs looks at."""
    written = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        written.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise _failed(path, error) from error
    return written


def _failed(path: Path, error: OSError) -> StorageError:
    return StorageError(f"{path}: cannot be written: {error.strerror}; check folder and rights")

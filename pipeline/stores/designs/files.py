"""Write design files atomically, without overwriting files by mistake."""

import os
from pathlib import Path

from pipeline.errors import StorageError


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
    """Replace the text of a file."""
    written = _write_beside(path, text)
    try:
        written.chmod(path.stat().st_mode)
        written.replace(path)
    except OSError as error:
        written.unlink(missing_ok=True)
        raise _failed(path, error) from error


def _write_beside(path: Path, text: str) -> Path:
    """Write a hidden file, which is not read as a design, in the same folder."""
    written = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        written.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise _failed(path, error) from error
    return written


def _failed(path: Path, error: OSError) -> StorageError:
    return StorageError(f"{path}: cannot be written: {error.strerror}; check the folder")

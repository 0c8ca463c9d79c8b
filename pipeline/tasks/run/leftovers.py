"""Temporary files that killed runs of this user left: journals, results of tasks, events."""

import os
import tempfile
import time
from contextlib import suppress
from pathlib import Path

NAMES = ("pipeline-run-", "pipeline-result-", "pipeline-events-")
AGE = 7 * 24 * 3600
"""Seconds after which a run that has written nothing is treated as dead: its waits are shorter."""


def remove_leftovers() -> None:
    """Remove those that were not written for a week; no fault in it ends a run."""
    with suppress(OSError), os.scandir(tempfile.gettempdir()) as found:
        for file in found:
            _remove_old(file)


def _remove_old(file: os.DirEntry[str]) -> None:
    if not file.name.startswith(NAMES):
        return
    with suppress(OSError):
        state = file.stat(follow_symlinks=False)
        if state.st_uid == os.geteuid() and state.st_mtime < time.time() - AGE:
            Path(file.path).unlink()

"""Collect PostgreSQL databases into an Amazon Redshift warehouse by way of S3.

``luigi --module pipeline LoadAll`` imports this package, which makes the tasks known to Luigi. The
package's own commands, such as ``pipeline`` and ``python -m pipeline.local``, start without them.
"""

import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.garbage import uncollected


def _is_own_command() -> bool:
    """Return whether this process runs a command of the package, not Luigi or another program."""
    words = sys.orig_argv
    module = words[words.index("-m") + 1] if "-m" in words[:-1] else ""
    program = Path(sys.argv[0] if sys.argv else "").name
    return program in {"pipeline", "redshift-emulator"} or module.split(".")[0] == __name__


if TYPE_CHECKING or "luigi" in sys.modules or not _is_own_command():
    with uncollected(freezes=True):  # which saves 130 ms
        from pipeline.tasks.bootstrap import BootstrapWarehouse
        from pipeline.tasks.copy import CopyTable
        from pipeline.tasks.create import CreateTable
        from pipeline.tasks.dump import DumpTable
        from pipeline.tasks.load import (
            CopyAll,
            DumpAll,
            IndexDesigns,
            LoadAll,
            RefreshAll,
            UploadAll,
        )
        from pipeline.tasks.refresh import RefreshCtas
        from pipeline.tasks.upload import UploadDesign

__all__ = [
    "BootstrapWarehouse",
    "CopyAll",
    "CopyTable",
    "CreateTable",
    "DumpAll",
    "DumpTable",
    "IndexDesigns",
    "LoadAll",
    "RefreshAll",
    "RefreshCtas",
    "UploadAll",
    "UploadDesign",
]


def __getattr__(name: str) -> Any:
    """Return a task in a command that has not loaded them."""
    if name in __all__:
        for module in ("load", "create"):
            found = vars(importlib.import_module(f"pipeline.tasks.{module}"))
            if name in found:
                return found[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

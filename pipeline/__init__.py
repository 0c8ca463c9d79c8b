"""Collect PostgreSQL databases into an Amazon Redshift warehouse by way of S3.

``luigi --module pipeline LoadAll`` imports this package, which makes the tasks known to Luigi. A
program that has not imported Luigi gets them when it names one, as in ``pipeline.LoadAll``: the
command ``pipeline`` and the local stack start without them.
"""

import importlib
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING or "luigi" in sys.modules:
    from pipeline.tasks.bootstrap import BootstrapWarehouse
    from pipeline.tasks.copy import CopyTable
    from pipeline.tasks.create import CreateTable
    from pipeline.tasks.dump import DumpTable
    from pipeline.tasks.load import CopyAll, DumpAll, IndexDesigns, LoadAll, RefreshAll, UploadAll
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
    """Return a task."""
    if name in __all__:
        for module in ("load", "create"):
            found = vars(importlib.import_module(f"pipeline.tasks.{module}"))
            if name in found:
                return found[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

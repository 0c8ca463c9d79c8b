"""Collect PostgreSQL databases into an Amazon Redshift warehouse by way of S3.

``luigi --module pipeline LoadAll`` imports this package, which makes the tasks known to Luigi.
"""

from pipeline.tasks import (
    BootstrapWarehouse,
    CopyAll,
    CopyTable,
    CreateTable,
    DumpAll,
    DumpTable,
    IndexDesigns,
    LoadAll,
    RefreshAll,
    RefreshCtas,
    UploadAll,
    UploadDesign,
)

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

"""Collect PostgreSQL databases into an Amazon Redshift warehouse by way of S3.

``luigi --module pipeline LoadAll`` imports this package, which makes the tasks known to Luigi.
"""

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

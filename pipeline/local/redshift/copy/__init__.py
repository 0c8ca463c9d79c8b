"""Redshift's COPY from S3, executed on PostgreSQL by Redshift's rules."""

from pipeline.local.redshift.copy.authorization import redacted
from pipeline.local.redshift.copy.command import execute
from pipeline.local.redshift.copy.session import (
    ClientGoneError,
    CopyResult,
    CopySession,
    LoadFailedError,
)

__all__ = [
    "ClientGoneError",
    "CopyResult",
    "CopySession",
    "LoadFailedError",
    "execute",
    "redacted",
]

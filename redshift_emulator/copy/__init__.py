"""Redshift's COPY from S3, executed on PostgreSQL by Redshift's rules."""

from redshift_emulator.copy.command import execute
from redshift_emulator.copy.session import (
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
]

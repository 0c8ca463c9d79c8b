"""Settings: sources.json and connection strings as frozen values, with all faults in one report.

Texts are parsed to values; no file or connection is opened. This is the only package that knows
the names of environment variables.
"""

from pipeline.settings.connection import Connection, connection
from pipeline.settings.load import config_path, load
from pipeline.settings.model import (
    DeclaredUser,
    Dump,
    Groups,
    Settings,
    Source,
    Storage,
    Timeouts,
    Warehouse,
)

__all__ = [
    "Connection",
    "DeclaredUser",
    "Dump",
    "Groups",
    "Settings",
    "Source",
    "Storage",
    "Timeouts",
    "Warehouse",
    "config_path",
    "connection",
    "load",
]

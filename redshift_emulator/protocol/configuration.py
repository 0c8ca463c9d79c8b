"""The emulator's configuration, from a JSON file that only its owner may read."""

import json
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from redshift_emulator.protocol.conditions import Conditions

ISOLATIONS = ("snapshot", "serializable")


class ConfigurationError(Exception):
    """The configuration file is not valid; the message names the file and the fault."""


@dataclass(frozen=True, slots=True)
class BackendAddress:
    """The address of PostgreSQL; ``host`` is a name, or the directory of its Unix socket."""

    host: str
    port: int
    database: str
    superuser: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class S3Settings:
    """The object store that COPY reads, with the credentials of IAM roles."""

    endpoint_url: str
    region: str
    access_key_id: str = field(repr=False)
    secret_access_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings."""

    backend: BackendAddress
    s3: S3Settings
    admin_user: str
    admin_password: str = field(repr=False)
    iam_roles: tuple[str, ...]
    log_file: Path | None
    tls_folder: Path
    host: str = "127.0.0.1"
    port: int = 0
    slices: int = 2
    isolation: Literal["snapshot", "serializable"] = "snapshot"
    conditions: Conditions = field(default_factory=Conditions)


def read_settings(path: Path) -> Settings:
    """Read the file, which holds passwords: refuse one that others can read."""
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise ConfigurationError(f"{path}: other users can read it; run chmod 600")
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ConfigurationError(f"{path}: not JSON: {error}") from error
    try:
        return parse_settings(document, path.parent)
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}: {error}") from error


def parse_settings(document: Mapping[str, Any], folder: Path) -> Settings:
    """Convert the parsed document to settings; ``folder`` holds it."""
    try:
        listen = document.get("listen", {})
        log_file = document.get("log_file")
        settings = Settings(
            backend=BackendAddress(**document["backend"]),
            s3=S3Settings(**document["s3"]),
            admin_user=document["admin"]["user"],
            admin_password=document["admin"]["password"],
            iam_roles=tuple(document.get("iam_roles", ())),
            log_file=Path(log_file) if log_file else None,
            tls_folder=folder / document.get("tls_folder", ""),
            host=listen.get("host", "127.0.0.1"),
            port=int(listen.get("port", 0)),
            slices=int(document.get("slices", 2)),
            isolation=document.get("isolation", "snapshot"),
            conditions=Conditions.parse(document.get("conditions", {})),
        )
    except (KeyError, TypeError) as error:
        raise ConfigurationError(f"missing or unknown key: {error}") from error
    except ValueError as error:
        raise ConfigurationError(str(error)) from error
    if settings.isolation not in ISOLATIONS:
        raise ConfigurationError(
            f"isolation: found {settings.isolation!r}, expected one of {ISOLATIONS}"
        )
    return settings

"""The Redshift emulator, as a process in front of the embedded PostgreSQL."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from pipeline.local.postgres import server
from pipeline.local.processes.ports import LOOPBACK
from pipeline.local.processes.servers import Server, package_root, python_module
from pipeline.local.state import write_private

MODULE = "redshift_emulator"


@dataclass(frozen=True, slots=True)
class Emulator(Server):
    """The emulator in a directory with its configuration and logs."""

    name = "the Redshift emulator"
    word = MODULE

    def start(self, settings: Mapping[str, Any]) -> psutil.Process:
        """Start it unless it runs with these settings, to which listen and log_file are added."""
        running = self.find()
        if running:
            if self._text(settings, self.port) == self._config.read_text(encoding="utf-8"):
                return running
            self.stop()
        return self._start(lambda port: self._start_once(settings, port))

    def url(self, database: str, user: str, password: str) -> str:
        """Return the connection URL of a database, without TLS: that protects nothing here."""
        return f"{server.url(self.port, database, user, password)}?sslmode=disable"

    @property
    def _config(self) -> Path:
        return self.directory / "config.json"

    def _text(self, settings: Mapping[str, Any], port: int) -> str:
        listen = {"host": LOOPBACK, "port": port}
        log_file = str(self.directory / "redshift.log")
        return json.dumps({"listen": listen, **settings, "log_file": log_file}, indent=2) + "\n"

    def _start_once(self, settings: Mapping[str, Any], port: int) -> psutil.Process | None:
        write_private(self._config, self._text(settings, port))
        before = self.log.stat().st_size if self.log.exists() else 0

        def answer() -> str | None:
            printed = self.log.read_bytes()[before:].decode(errors="replace").splitlines()
            return next((line for line in printed if line.startswith(f"ready {LOOPBACK}:")), None)

        command = python_module(MODULE, "--config", str(self._config))
        return self._spawn(command, _environment(), answer)


def _environment() -> dict[str, str]:
    return {
        # Importable from any directory, installed or not.
        "PYTHONPATH": str(package_root()),
        "PYTHONUNBUFFERED": "1",
        # Its configuration has its access to S3; the user's own must not apply.
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }

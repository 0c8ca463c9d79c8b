"""The Redshift emulator, as a process in front of the embedded PostgreSQL."""

import json
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from pipeline.local.errors import LocalStackError
from pipeline.local.ports import LOOPBACK, choose_port, read_port, was_taken
from pipeline.local.processes import (
    end,
    end_strays,
    last_lines,
    launched,
    package_root,
    processes_in,
    python_module,
    spawn,
    wait_until_ready,
)
from pipeline.local.state import write_private

MODULE = "redshift_emulator"
START_ATTEMPTS = 3
START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Emulator:
    """The emulator in a directory with its configuration and logs.

    With ``throw_away``, it ends with the process that starts it.
    """

    directory: Path
    throw_away: bool = False

    @property
    def log(self) -> Path:
        """The output of the process."""
        return self.directory / "output.log"

    @property
    def port(self) -> int:
        """The port of the running emulator, or of the last start."""
        port = read_port(self.directory / "port")
        if port is None:
            raise LocalStackError(
                "the warehouse was never started; start it: python -m pipeline.local up"
            )
        return port

    def start(self, settings: Mapping[str, Any]) -> psutil.Process:
        """Start it unless it runs with these settings, to which listen and log_file are added."""
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        running = self.find()
        if running:
            if self._text(settings, self.port) == self._config.read_text(encoding="utf-8"):
                return running
            self.stop()
        end_strays(self.directory, MODULE)
        for _ in range(START_ATTEMPTS):
            started = self._start_once(settings)
            if started:
                return started
            if not was_taken(self.directory / "port"):
                break
        raise LocalStackError(
            f"the Redshift emulator does not start; the end of {self.log}:\n{last_lines(self.log)}"
        )

    def find(self) -> psutil.Process | None:
        """Return its process, or None if it is not running."""
        running = processes_in(self.directory, MODULE)
        return running[0] if running else None

    def stop(self) -> None:
        """Stop it; open transactions roll back."""
        running = self.find()
        if running:
            end(running, (signal.SIGTERM, 10.0))

    @property
    def _config(self) -> Path:
        return self.directory / "config.json"

    def _text(self, settings: Mapping[str, Any], port: int) -> str:
        listen = {"host": LOOPBACK, "port": port}
        log_file = str(self.directory / "redshift.log")
        return json.dumps({"listen": listen, **settings, "log_file": log_file}, indent=2) + "\n"

    def _start_once(self, settings: Mapping[str, Any]) -> psutil.Process | None:
        port = choose_port(self.directory / "port")
        write_private(self._config, self._text(settings, port))
        before = self.log.stat().st_size if self.log.exists() else 0
        command = python_module(MODULE, "--config", str(self._config))
        child = spawn(
            launched(command, parent_death=signal.SIGTERM if self.throw_away else None),
            directory=self.directory,
            log=self.log,
            environment=_environment(),
        )

        def answer() -> str | None:
            printed = self.log.read_bytes()[before:].decode(errors="replace").splitlines()
            return next((line for line in printed if line.startswith(f"ready {LOOPBACK}:")), None)

        if wait_until_ready(child, answer, seconds=START_SECONDS):
            return child
        end(child, (signal.SIGTERM, 5.0))
        return None


def _environment() -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        # Importable from any directory, installed or not.
        "PYTHONPATH": str(package_root()),
        "PYTHONUNBUFFERED": "1",
        # Its configuration has its access to S3; the user's own must not apply.
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }

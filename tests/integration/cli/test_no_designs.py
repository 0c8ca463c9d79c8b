"""An empty folder of designs, as of a checkout that is not mounted, is a fault."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

LUIGI = "luigi --module pipeline --local-scheduler"

COMMANDS = [
    (f"{LUIGI} LoadAll", 35),
    (f"{LUIGI} LoadAll --dry-run", 35),
    (f"{LUIGI} UploadAll", 35),
    ("pipeline plan", 3),
    ("pipeline status --check", 3),
]


@pytest.mark.parametrize(("command", "code"), COMMANDS)
def test_tables_without_any_design_are_a_fault(tmp_path: Path, command: str, code: int) -> None:
    (tmp_path / "designs").mkdir()
    read = {"name": "www", "read_access": "UPSTREAM", "include_tables": ["public.*"]}
    settings = {"s3": {"bucket_name": "b"}, "sources": [{"name": "dw"}, read]}
    (tmp_path / "sources.json").write_text(json.dumps(settings), encoding="utf-8")

    ended = subprocess.run(
        [sys.executable, "-m", *command.split()],
        cwd=tmp_path,
        env={**os.environ, "DATA_WAREHOUSE_CONFIG": "sources.json"},
        capture_output=True,
        text=True,
        check=False,
    )
    shown = ended.stdout + ended.stderr
    assert ended.returncode == code, shown
    assert "designs holds no design, and www should be loaded: mount or check out" in shown
    assert "Traceback" not in shown

"""The modules that a luigi command imports, in a fresh interpreter."""

import subprocess
import sys

FEW_NEED = (
    "pipeline.designs.drafting",
    "pipeline.pages",
    "pipeline.procedures.bootstrap",
    "pipeline.procedures.operations.load_history",
    "pipeline.stores.spark",
    "pipeline.tasks.preview",
    "pipeline.tasks.run.outside.events",
    "pipeline.tasks.run.outside.notify",
    "rich.console",
    "sqlglot",
    "yaml",
)
LOADED = f"""
import luigi.cmdline, pipeline, sys
assert "pipeline.tasks.load" in sys.modules
print(*sorted(set({FEW_NEED!r}) & sys.modules.keys()))
"""


def test_a_luigi_command_starts_without_what_few_runs_need():
    done = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout.split(), done.stderr) == (0, [], "")

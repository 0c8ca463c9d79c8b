"""The environment of the commands that benchmarks run."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.local.stack import Stack


def environment(stack: Stack) -> dict[str, str]:
    """Return this process's environment with the connections of a stack.

    Configuration is read from the working directory. Modules are compiled once, as those of an
    installed package are, whatever the shell says.
    """
    return {
        **os.environ,
        **stack.environment(),
        "DATA_WAREHOUSE_CONFIG": "sources.json",
        "LUIGI_CONFIG_PATH": "luigi.cfg",
        "PYTHONDONTWRITEBYTECODE": "",
    }

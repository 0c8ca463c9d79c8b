"""Run a luigi command; when its first dump is complete, another session writes upstream.

``write_between.py LUIGI-ARGUMENTS...``, with the connection string in UPSTREAM and the statement
in WRITE. It is executed once, in whichever process the first manifest is written.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.programs.instrument import Probe, run_luigi
from tests.support.database import execute

ONCE = Path("written-between")


class Writer(Probe):
    """Executes the statement after the first manifest."""

    @contextmanager
    def write(self, key: str) -> Iterator[None]:
        yield
        if key.endswith(".manifest") and not ONCE.exists():
            ONCE.touch()
            execute(os.environ["UPSTREAM"], os.environ["WRITE"])


if __name__ == "__main__":
    run_luigi(Writer(), sys.argv[1:])

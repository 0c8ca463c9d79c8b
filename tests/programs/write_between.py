"""Run a luigi command; when its first dump is complete, somebody writes to the tables upstream.

``write_between.py LUIGI-ARGUMENTS...``, with the connection string in UPSTREAM and the statement
in WRITE. It is executed once, in whichever process the first manifest is written.
"""

import os
import sys
from pathlib import Path
from typing import Any

import luigi.cmdline

import pipeline  # noqa: F401  (registers the tasks)
from pipeline.stores.s3.bucket import S3Store
from tests.support.projects.warehouse import execute

ONCE = Path("written-between")

write = S3Store.write


def write_and_let_write(store: S3Store, key: str, *values: Any, **options: Any) -> Any:
    result = write(store, key, *values, **options)
    if key.endswith(".manifest") and not ONCE.exists():
        ONCE.touch()
        execute(os.environ["UPSTREAM"], os.environ["WRITE"])
    return result


if __name__ == "__main__":
    S3Store.write = write_and_let_write  # type: ignore[method-assign]
    luigi.cmdline.luigi_run(sys.argv[1:])

"""Run a luigi command and record each request to a database or to S3, whichever process makes it.

``trace.py FILE LUIGI-ARGUMENTS...`` appends a line to FILE for each: ``sql SELECT in transaction``
or ``sql ANALYZE on its own`` with the first word of a statement, by what the driver knows of the
connection; ``sql COPY of a dump``; ``s3 ListObjectsV2`` with the operation's name.
"""

import sys
from contextlib import nullcontext
from pathlib import Path

from tests.programs.instrument import Around, Database, Probe, run_luigi


class Recorder(Probe):
    """Appends lines to a file."""

    def __init__(self, file: str) -> None:
        self.file = Path(file)

    def record(self, line: str) -> Around:
        with self.file.open("a", encoding="utf-8") as lines:
            lines.write(f"{line}\n")
        return nullcontext()

    def statement(self, connection: Database, verb: str, *, in_transaction: bool) -> Around:
        where = "in transaction" if in_transaction else "on its own"
        return self.record(f"sql {verb.upper()} {where}")

    def dump(self) -> Around:
        return self.record("sql COPY of a dump")

    def request(self, operation: str) -> Around:
        return self.record(f"s3 {operation}")


if __name__ == "__main__":
    run_luigi(Recorder(sys.argv[1]), sys.argv[2:])

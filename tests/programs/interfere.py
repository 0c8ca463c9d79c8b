"""Run a luigi command; another session executes and commits statements in between.

``interfere.py VERB STATEMENTS LUIGI-ARGUMENTS...``: once, before the command's first statement
that begins with VERB, with the connection string in DATA_WAREHOUSE_ADMIN.
"""

import os
import sys
from contextlib import nullcontext

from tests.programs.instrument import Around, Database, Probe, run_luigi
from tests.support.database import execute


class Interferer(Probe):
    """Executes the statements before the first one that begins with the verb."""

    def __init__(self, verb: str, statements: str) -> None:
        self.verb = verb
        self.waiting = statements.split(";")

    def statement(self, connection: Database, verb: str, *, in_transaction: bool) -> Around:
        if verb == self.verb:
            print(f"reached {verb}", file=sys.stderr)
            statements, self.waiting = self.waiting, []
            execute(os.environ["DATA_WAREHOUSE_ADMIN"], *statements)
        return nullcontext()


if __name__ == "__main__":
    run_luigi(Interferer(*sys.argv[1:3]), sys.argv[3:])

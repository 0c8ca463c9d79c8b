"""The messages of errors that Luigi raises, and that no traceback explains."""

import luigi

from pipeline.errors import WarehouseError
from pipeline.tasks.run.command.log import reason


class Replaced(luigi.Task):
    """A task whose result another run replaces once it has been loaded."""

    def complete(self) -> bool:
        return False

    def run(self) -> None:
        """Do nothing."""


class Whole(luigi.Task):
    """A task that requires the other."""

    found: BaseException | None = None

    def requires(self) -> luigi.Task:
        return Replaced()

    def complete(self) -> bool:
        return False

    def on_failure(self, exception: BaseException) -> str:
        Whole.found = exception
        return ""


def test_rows_that_another_run_has_replaced_are_told_in_words() -> None:
    luigi.build([Whole()], local_scheduler=True, no_lock=True)
    assert isinstance(Whole.found, RuntimeError)
    message = reason(Whole.found) or ""
    assert message.startswith("what other tasks of this run loaded is not there any more")
    assert "Run the command again" in message


def test_only_expected_errors_have_a_message() -> None:
    assert reason(WarehouseError("no space")) == "no space"
    assert reason(RuntimeError("a bug")) is None

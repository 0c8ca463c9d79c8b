"""The log of a run on stderr: a line for each step, and errors without tracebacks."""

import logging
import sys

from luigi.rpc import RPCError
from luigi.task_register import TaskClassNotFoundException

from pipeline import versions
from pipeline.errors import PipelineError

FORMAT = "%(asctime)s %(message)s"

TRACEBACK = "Traceback (most recent call last):"
OURS = "\npipeline.errors."

UNEXPECTED = "Uncaught exception in luigi"
UNREACHABLE = "Failed connecting to remote scheduler"
SCHEDULER_HINT = "start luigid there, or add --local-scheduler"
REPLACED = (
    "what other tasks of this run loaded is not there any more: another run has replaced it, or it"
    " was forgotten meanwhile; 'pipeline status' shows which. Run the command again"
)


STATEMENTS = "pipeline.procedures.bootstrap.statements"
"""The logger of the bootstrap's statements, which a terminal does not show."""

IN_SUMMARY = "see the summary"

_in_summary: set[str] = set()


def leave_to_summary(cause: str) -> None:
    """Log this cause no more, since the summary shows it."""
    _in_summary.add(cause.strip())


def _refer_to_summary(record: logging.LogRecord) -> bool:
    """Replace causes that the summary shows; let the record pass."""
    if isinstance(record.args, tuple):
        record.args = tuple(IN_SUMMARY if str(arg) in _in_summary else arg for arg in record.args)
    return True


def misspelled(error: TaskClassNotFoundException) -> str:
    """Say in one line which task does not exist, such as that of ``RangeDaily --of``."""
    first, _, candidates = str(error).partition("\n")
    name = first.removeprefix("No task ").partition(". Did you mean")[0]
    hint = f"; did you mean '{candidates.splitlines()[0]}'?" if candidates else ""
    return f"there is no task '{name}'{hint}"


class Brief(logging.Filter):
    """Replace tracebacks of PipelineErrors in Luigi's log by their messages.

    Tracebacks of all other errors stay, and DEBUG shows every traceback.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record; let it pass."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, TaskClassNotFoundException):
            record.msg, record.exc_info = misspelled(error), None
        elif record.msg == UNEXPECTED and not isinstance(error, PipelineError | RPCError):
            record.msg = f"{UNEXPECTED}. {versions.request()}"
        if logging.getLogger("luigi-interface").isEnabledFor(logging.DEBUG):
            return True
        if UNREACHABLE in record.getMessage():
            record.msg, record.args = f"{record.getMessage()}: {SCHEDULER_HINT}", ()
            record.exc_info = None
        if isinstance(error, RPCError) and record.msg == UNEXPECTED:
            record.msg, record.exc_info = f"luigid does not answer: {SCHEDULER_HINT}", None
        if isinstance(error, PipelineError):
            first = str(error).partition("\n")[0]
            record.msg, record.args = f"{record.getMessage()}: {first}", ()
            record.exc_info = None
        elif OURS in (text := record.getMessage()) and TRACEBACK in text:
            cause = text.rpartition(OURS)[2].partition(": ")[2].strip()
            event = text.partition(TRACEBACK)[0].rstrip()
            shown = IN_SUMMARY if cause in _in_summary else cause
            record.msg, record.args = f"{event} {shown}", ()
        return True


def show_progress() -> None:
    """Write the pipeline's own messages to stderr, unless logging is configured otherwise."""
    logger = logging.getLogger("pipeline")
    if logger.hasHandlers():
        return
    handler = logging.StreamHandler()
    handler.addFilter(_refer_to_summary)
    handler.setFormatter(logging.Formatter(FORMAT, "%H:%M:%S"))
    if sys.stderr is not None and sys.stderr.isatty():
        handler.addFilter(_is_progress)
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)


def _is_progress(record: logging.LogRecord) -> bool:
    """Return whether a record reports a step, not the statements of the bootstrap."""
    return record.name != STATEMENTS


def shorten_tracebacks() -> None:
    """Add the filter to Luigi's logger."""
    logging.getLogger("luigi-interface").addFilter(Brief())


def reason(error: BaseException) -> str | None:
    """Return the message of an expected error; None for one that needs a traceback."""
    if isinstance(error, PipelineError):
        return str(error)
    if isinstance(error, RuntimeError) and str(error).startswith("Unfulfilled dependenc"):
        return REPLACED
    return None

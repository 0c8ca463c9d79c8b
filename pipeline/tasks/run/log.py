"""What a run writes to stderr while it works: a line for each step, errors without a traceback."""

from __future__ import annotations

import logging
import sys

from luigi.rpc import RPCError

from pipeline import versions
from pipeline.errors import PipelineError
from pipeline.procedures import bootstrap

FORMAT = "%(asctime)s %(message)s"

TRACEBACK = "Traceback (most recent call last):"
OURS = "\npipeline.errors."

UNEXPECTED = "Uncaught exception in luigi"
UNREACHABLE = "Failed connecting to remote scheduler"
SCHEDULER_HINT = "start it (luigid --address 127.0.0.1 --port 8082), or add --local-scheduler"


IN_SUMMARY = "the summary says why"

_left: set[str] = set()


def leave_to_summary(cause: str) -> None:
    """Say a cause that the summary will tell nowhere else."""
    _left.add(cause.strip())


def once(record: logging.LogRecord) -> bool:
    """Refer to the summary for a cause that it tells; let the record pass."""
    if isinstance(record.args, tuple):
        record.args = tuple(IN_SUMMARY if str(arg) in _left else arg for arg in record.args)
    return True


class Brief(logging.Filter):
    """Shortens what Luigi says of errors that the package raised on purpose.

    Their message says everything. Tracebacks of all other errors stay, and DEBUG shows every one.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record; let it pass."""
        error = record.exc_info[1] if record.exc_info else None
        if record.msg == UNEXPECTED and not isinstance(error, PipelineError | RPCError):
            record.msg = f"{UNEXPECTED}. {versions.request()}"
        if logging.getLogger("luigi-interface").isEnabledFor(logging.DEBUG):
            return True
        if UNREACHABLE in record.getMessage():
            record.msg, record.args = f"{record.getMessage()}: {SCHEDULER_HINT}", ()
            record.exc_info = None
        if isinstance(error, PipelineError):
            record.msg, record.args = f"{record.getMessage()}: {_first_line(str(error))}", ()
            record.exc_info = None
        elif OURS in (text := record.getMessage()) and TRACEBACK in text:
            said = text.rpartition(OURS)[2].partition(": ")[2].strip()
            what = text.partition(TRACEBACK)[0].rstrip()
            record.msg, record.args = f"{what} {IN_SUMMARY if said in _left else said}", ()
        return True


def _first_line(text: str) -> str:
    return text.partition("\n")[0]


def show_progress() -> None:
    """Write the pipeline's own messages to stderr, unless logging is configured otherwise."""
    logger = logging.getLogger("pipeline")
    if logger.hasHandlers():
        return
    handler = logging.StreamHandler()
    handler.addFilter(once)
    handler.setFormatter(logging.Formatter(FORMAT, "%H:%M:%S"))
    if sys.stderr.isatty():
        handler.addFilter(_is_progress)
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)


def _is_progress(record: logging.LogRecord) -> bool:
    """Tell whether a record says that something is done, not in which words."""
    return record.name != bootstrap.words.name


def shorten_tracebacks() -> None:
    """Put the filter before everything that Luigi logs."""
    logging.getLogger("luigi-interface").addFilter(Brief())

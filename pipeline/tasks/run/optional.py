"""Optional failures: a run continues and succeeds without the relations that failed."""

import logging

import luigi

from pipeline.errors import PipelineError
from pipeline.runtime import current
from pipeline.tasks.run.journal import Journal, identity, name_of, outcome_of
from pipeline.tasks.run.shared.failures import has_failed_elsewhere, report_failure
from pipeline.tasks.run.summary import Status

logger = logging.getLogger(__name__)


class RequirementFailedError(PipelineError):
    """A task cannot run because a requirement of it failed."""


def is_optional(journal: Journal, task: luigi.Task) -> bool:
    """Return whether the run succeeds even if this task fails."""
    return journal.lenient and getattr(task, "table", None) in current().project.optional


def has_failed(journal: Journal, task: luigi.Task) -> bool:
    """Return whether an optional task failed in this run or could not run."""
    if not is_optional(journal, task):
        return False
    outcome = journal.ended().get(identity(task))
    if outcome is None:
        return has_failed_elsewhere(identity(task))
    return outcome.optional


def check_requirements(journal: Journal, task: luigi.Task) -> None:
    """Raise RequirementFailedError if an optional requirement of the task failed."""
    for requirement in task.deps():
        if has_failed(journal, requirement):
            name = " ".join(name_of(requirement))
            raise RequirementFailedError(f"{name} failed, or could not run")


def record_failure(journal: Journal, task: luigi.Task, error: PipelineError) -> None:
    """Log and record the failure of an optional task, after which the run continues."""
    status: Status = "not run" if isinstance(error, RequirementFailedError) else "failed"
    logger.warning("%s %s: %s: %s", *name_of(task), status, error)
    line = journal.record(outcome_of(task, status, message=str(error), optional=True))
    report_failure(identity(task), line)

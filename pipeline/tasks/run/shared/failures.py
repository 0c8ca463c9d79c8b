"""Optional failures on other machines: tasks go on without the relations that failed there."""

from pipeline.designs.fingerprint import digest
from pipeline.tasks.run.journal import Identity
from pipeline.tasks.run.shared.membership import membership


def report_failure(task: Identity, record: bytes) -> None:
    """Let other machines of the run know of an optional failure, as the journal has it."""
    if member := membership():
        member.place.s3.write(member.key(_name(task)), record)


def has_failed_elsewhere(task: Identity) -> bool:
    """Return whether another machine has reported an optional failure of the task."""
    member = membership()
    return member is not None and member.key(_name(task)) in member.reports


def _name(task: Identity) -> str:
    return f"optional-{digest(*task)}"

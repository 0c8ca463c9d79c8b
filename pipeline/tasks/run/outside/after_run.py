"""What follows a run: the one place that decides it, when the run begins."""

import logging
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

import luigi

from pipeline.options import openlineage, warehouse
from pipeline.tasks.run.summary import Run

if TYPE_CHECKING:
    from pipeline.tasks.run.outside.events import Events

Action = Callable[[Run], None]
"""What is done after the summary; whatever goes wrong is only logged."""

logger = logging.getLogger(__name__)


def events_of(root: luigi.Task, run_id: str) -> "Events | None":
    """Return the events of a run of this task; None if section ``[openlineage]`` asks for none."""
    if not openlineage().destination or getattr(root, "dry_run", False):
        return None
    from pipeline.tasks.run.outside.events import begin  # noqa: PLC0415  (few runs need it)

    return begin(root, run_id)


def actions(
    root: luigi.Task, events: "Events | None", *, follows: Callable[[], bool]
) -> tuple[Action, ...]:
    """Return what follows a run of this task: messages first, and pages last.

    Of machines that share the run, messages and pages are for the one that ``follows``.
    """
    options, found = warehouse(), list[Action]()

    def once(action: Action) -> Action:
        return lambda run: action(run) if follows() else None

    is_announced = getattr(root, "publishes_pages", False) and not getattr(root, "dry_run", False)
    if is_announced and options.notify:
        from pipeline.tasks.run.outside import notify  # noqa: PLC0415  (few runs need it)

        recipient = notify.Recipient.of(root, options.notify)
        found.append(once(partial(notify.notify_after_run, recipient)))
    if events:
        found.append(events.end)
    if is_announced and options.docs:
        from pipeline.tasks.run.outside import docs  # noqa: PLC0415  (few runs need it)

        found.append(once(partial(docs.publish_after_run, options.docs)))
    return tuple(found)


def follow(found: Iterable[Action], run: Run) -> None:
    """Do what follows a run: whatever goes wrong never changes how the run ends."""
    for action in found:
        try:
            action(run)
        except Exception:
            logger.exception("what follows the run failed")

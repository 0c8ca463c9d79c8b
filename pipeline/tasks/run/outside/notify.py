"""One message to users after a run of LoadAll that failed, recovered, or left old rows."""

import datetime as dt
import json
import logging
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

import luigi

from pipeline.errors import ConfigError, PipelineError
from pipeline.figures import count, write_duration
from pipeline.procedures.operations.freshness import FreshnessJob, Verdict, verdicts
from pipeline.procedures.operations.status import states
from pipeline.runtime import Runtime, current
from pipeline.stores.sender import send
from pipeline.tasks.run.outside.masking import masked_message
from pipeline.tasks.run.summary import Run, failures, names_of, verdict

logger = logging.getLogger(__name__)

LISTED = 10
"""Failures and relations that a message lists; it counts the others."""

CHARACTERS = 600
"""Of the message of a failure."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who gets messages, by the name of an environment variable, and about which task.

    ``is_whole`` is whether the run is of all relations: no other run proves a recovery.
    """

    variable: str
    task: str
    is_whole: bool

    @classmethod
    def of(cls, root: luigi.Task, variable: str) -> Self:
        """Return the recipient of messages about runs of a task."""
        is_whole = not getattr(root, "tables", "") and getattr(root, "limit", None) is None
        return cls(variable, root.get_task_family(), is_whole)

    def send(self, title: str, body: str) -> None:
        """Send a message; ConfigError or OSError, without the URL, if that fails."""
        report = send(message(address(self.variable, os.environ), title, body))
        if report.lost:
            raise OSError(report.reason)


def address(variable: str, environ: Mapping[str, str]) -> str:
    """Return the URL in an environment variable; ConfigError, which never shows it."""
    if "://" in variable:
        raise ConfigError(
            "luigi.cfg: [warehouse] notify holds a URL, which is a secret: put it into an"
            " environment variable, and write the name of the variable"
        )
    url = environ.get(variable, "").strip()
    if not url:
        raise ConfigError(f"the environment variable {variable} is not set; set it to a URL")
    try:
        scheme = urlsplit(url).scheme
    except ValueError:
        scheme = ""
    if not scheme:
        raise ConfigError(f"the environment variable {variable} holds no URL (it is not shown)")
    return url


def message(url: str, title: str, body: str) -> dict[str, Any]:
    """Return what to send: JSON that Slack reads, and others like it, or text for apprise.

    https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
    """
    if not url.lower().startswith(("http://", "https://")):
        return {"service": url, "title": title, "body": body}
    text = f"*{title}*\n```{body}```" if body else f"*{title}*"
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(character, entity)
    headers = {"Content-Type": "application/json"}
    return {"url": url, "body": json.dumps({"text": text}), "headers": headers}


def notify_after_run(recipient: Recipient, run: Run) -> None:
    """Send a message if there is a reason, not after an interruption; a failure is only logged."""
    if run.interrupted:
        return
    try:
        if run.undone:
            _send_failure(recipient, run)
        else:
            _send_success(recipient, run)
    except (PipelineError, OSError) as error:
        first = str(error).partition("\n")[0]
        logger.warning("the message about this run was not sent: %s", first)


def _send_failure(recipient: Recipient, run: Run) -> None:
    recipient.send(f"FAILED: {_heading(recipient, run)}", "\n".join(failure_lines(run)))
    told = {"date": run.period, "told_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds")}
    try:
        runtime = current()
        runtime.s3.write(runtime.project.layout.failure, json.dumps(told).encode())
    except PipelineError as error:
        first = str(error).partition("\n")[0]
        logger.warning("there will be no message about the recovery from this failure: %s", first)


def _send_success(recipient: Recipient, run: Run) -> None:
    runtime = current()
    key = runtime.project.layout.failure
    has_recovered = recipient.is_whole and is_recovery(runtime, key, run)
    old = old_lines(_too_old(runtime))
    if not has_recovered and not old:
        return
    words = ["RECOVERED"] * has_recovered + ["TOO OLD"] * bool(old)
    body = "\n".join([verdict(run), *old])
    recipient.send(f"{', '.join(words)}: {_heading(recipient, run)}", body)
    if has_recovered:
        runtime.s3.delete([key])


def is_recovery(runtime: Runtime, key: str, run: Run) -> bool:
    """Return whether a message told of a failure, of no later date than that of the run."""
    if not runtime.s3.exists(key):
        return False
    told = str(json.loads(runtime.s3.read(key))["date"]).rpartition(" to ")[2]
    return told <= run.dates[-1]


def _heading(recipient: Recipient, run: Run) -> str:
    try:
        prefix = f" ({current().settings.storage.prefix})"
    except ConfigError:
        prefix = ""
    return f"{recipient.task} of {run.period}{prefix}"


def failure_lines(run: Run) -> Iterator[str]:
    """Yield what a run did, and its failures, without values of rows, hosts and secrets."""
    yield verdict(run)
    groups = [(text, found) for (text, optional), found in failures(run).items() if not optional]
    for text, found in groups[:LISTED]:
        yield f"{_cut(names_of(run, found))}:"
        yield from (f"    {line}" for line in _cut(masked_message(text)).splitlines())
    if len(groups) > LISTED:
        yield f"and {count(len(groups) - LISTED, 'other failure')}"


def _cut(text: str) -> str:
    return text if len(text) <= CHARACTERS else f"{text[:CHARACTERS]}…"


def _too_old(runtime: Runtime) -> dict[str, Verdict]:
    """Return the relations that are older than their ``error_after`` allows."""
    project = runtime.project
    names = [
        name
        for name in project.select()
        if (limits := project.freshness(project.catalog[name])) and limits.error_after is not None
    ]
    if not names:
        return {}
    inventory, loads = runtime.markers.inventory(), runtime.load_history()
    found = list(states(project.catalog, names, loads, project.limited, inventory))
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    job = FreshnessJob(project.freshness, now, inventory.relations, runtime.warehouse.query)
    fresh = verdicts(found, job).items()
    return {str(name): each for name, each in fresh if each.severity == "error"}


def old_lines(old: Mapping[str, Verdict]) -> list[str]:
    """Return a line for each relation, without the values of its columns."""
    lines = []
    for name, each in sorted(old.items()):
        limit = each.required.error_after
        words = masked_message(each.words)
        if each.newest is not None and limit is not None:
            words = f"older than {write_duration(limit)} (error_after)"
        lines.append(f"{name}: {words}")
    more = len(lines) - LISTED
    return [*lines[:LISTED], f"and {count(more, 'other relation')}"] if more > 0 else lines

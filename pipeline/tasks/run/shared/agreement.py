"""The object in S3 by which machines agree on a run: its id, and what all have in common.

``production/runs/nightly.json`` is replaced when the run that it names has ended, or no machine of
it is alive. S3 writes it only if it has not changed since it was read, so of several machines that
start together, one begins the run, and the others join it.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
"""

import datetime as dt
import json
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from pipeline.errors import StorageError, UsageError
from pipeline.stores.s3.bucket import Content, S3Store
from pipeline.tasks.run.shared.machines import Machines, host
from pipeline.tasks.run.shared.terms import Terms

VERSION = 1

ATTEMPTS = 10
"""How often other machines may write the object between reading and writing it."""

PINGS = 2.5
"""Seconds in which living machines report to a luigid that has just restarted."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """The run that has a name: its id of 8 hexadecimal digits, and since when."""

    run: str
    since: str
    terms: Terms
    ended: str = ""
    """The machine that recorded its end; empty before."""

    @classmethod
    def parse(cls, url: str, body: bytes) -> "Agreement":
        """Parse the object; StorageError if it is none of this version."""
        try:
            record = json.loads(body)
            if record["version"] == VERSION:
                terms = Terms.from_record(record["terms"])
                return cls(record["run"], record["since"], terms, record["ended"])
        except (ValueError, KeyError, TypeError):
            pass
        raise StorageError(
            f"{url} is not of this version of the pipeline: if no machine runs under this name,"
            " delete the object; else use another name"
        )

    def body(self) -> bytes:
        """Return the content of the object."""
        record: dict[str, Any] = {"version": VERSION, "run": self.run, "since": self.since}
        return json.dumps({**record, "ended": self.ended, "terms": self.terms.record()}).encode()


@dataclass(frozen=True, slots=True)
class Place:
    """Where machines agree: the key of the object, and the folder of what they report."""

    s3: S3Store
    key: str
    folder: str

    def read(self) -> tuple[Content | None, Agreement | None]:
        """Return the object and what it says; None if there is none."""
        found = self.s3.read_if_there(self.key)
        if found is None:
            return None, None
        return found, Agreement.parse(self.s3.url(self.key), found.body)


def agree(place: Place, machines: Machines, terms: Terms) -> str:
    """Return the id of the run that this machine joins, or else begins.

    UsageError if machines run under this name on other terms.
    """
    for _ in range(ATTEMPTS):
        found, there = place.read()
        if there is not None and (workers := _living(machines, there)):
            _check(machines.name, terms, there, workers)
            machines.enter(there.run)
            return there.run
        run = secrets.token_hex(4)
        machines.enter(run)  # first: a machine that reads the object finds this one alive
        now = dt.datetime.now(dt.UTC).isoformat(" ", "seconds").replace("+00:00", " UTC")
        if place.s3.write_over(place.key, Agreement(run, now, terms).body(), found):
            place.s3.delete([item.key for item in place.s3.list(place.folder)])
            return run
    raise StorageError(
        f"{place.s3.url(place.key)}: other machines wrote it {ATTEMPTS} times; start again",
        retryable=True,
    )


def _living(machines: Machines, there: Agreement) -> set[str]:
    """Return the machines of a run that are alive; none if it has ended."""
    if there.ended:
        return set()
    workers = machines.living(there.run)
    if not workers:  # they may be unknown to a luigid that has just restarted
        time.sleep(PINGS)
        workers = machines.living(there.run)
    return workers


def _check(name: str, terms: Terms, there: Agreement, workers: Iterable[str]) -> None:
    lines = list(terms.differences(there.terms))
    if lines:
        listed = "".join(f"\n    {line}" for line in lines)
        others = ", ".join(sorted(map(host, workers)))
        raise UsageError(
            f"--warehouse-run {name}: this machine differs from {others}, where the run began at"
            f" {there.since}:{listed}\n"
            "Make them equal, wait until that run has ended, or start under another name."
        )


def end(place: Place, run: str, machine: str) -> bool:
    """Record that a run has ended; True for the first machine that does."""
    found, there = place.read()
    if there is None or there.run != run or there.ended:
        return False
    over = replace(there, ended=machine)
    return place.s3.write_over(place.key, over.body(), found)

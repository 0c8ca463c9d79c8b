"""The conditions under which a cluster works: latency, and faults on demand."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

EVENTS = {
    "lose_before_commit": "commit",
    "lose_after_commit": "commit",
    "conflict": "commit",
    "copy": "copy",
    "disk_full": "store",
    "read_only": "write",
}
"""The faults, and the event of which each counts the occurrences.

``commit``: of a transaction that wrote; ``store``: COPY, INSERT or UPDATE; ``write``: any
statement that is not a query.
"""
ALL = "all"
COPY_CODE = 8001
"""Redshift's error number of a COPY that fails, unless the fault names another."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that happens at the ``number``-th event, counted from 1, and ``times`` in a row.

    Written ``conflict 2``, ``copy 3 1 1204`` (with the error's code), ``read_only 1 all``.
    """

    name: str
    number: int = 1
    times: int | None = 1
    """None: at all events that follow."""
    code: int = COPY_CODE

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the notation; ValueError states what is expected."""
        name, *numbers = text.split()
        times = numbers[1:2]
        figures = [each for each in numbers if [each] != times or each != ALL]
        if name not in EVENTS or len(numbers) > 3 or not all(map(_is_positive, figures)):
            raise ValueError(
                f"fault {text!r}: expected NAME [NUMBER [TIMES [CODE]]], a NAME of"
                f" {', '.join(EVENTS)}, numbers from 1 on, {ALL!r} for all times"
            )
        if len(numbers) == 3 and name != "copy":
            raise ValueError(f"fault {text!r}: only 'copy' takes a code")
        return cls(
            name,
            int(numbers[0]) if numbers else 1,
            (None if times == [ALL] else int(times[0])) if times else 1,
            int(numbers[2]) if len(numbers) == 3 else COPY_CODE,
        )

    def happens(self, number: int) -> bool:
        """Return whether it happens at the event of this number."""
        return number >= self.number and (self.times is None or number < self.number + self.times)

    def __str__(self) -> str:
        text = f"{self.name} {self.number} {ALL if self.times is None else self.times}"
        return f"{text} {self.code}" if self.name == "copy" else text


def _is_positive(text: str) -> bool:
    return text.isascii() and text.isdigit() and int(text) > 0


@dataclass(frozen=True, slots=True)
class Conditions:
    """Milliseconds that a round trip, a commit and a request to S3 take, and faults."""

    latency_ms: float = 0
    commit_ms: float = 0
    s3_ms: float = 0
    serverless: bool = False
    """Whether the tables that a serverless workgroup lacks cannot be read."""
    faults: tuple[Fault, ...] = ()

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> Self:
        """Read the parsed document; ValueError about an unknown key or an invalid value."""
        unknown = sorted(set(document) - set(CONDITIONS))
        if unknown:
            raise ValueError(f"conditions: unknown key {unknown[0]!r}")
        return cls(**{name: _value(name, found) for name, found in document.items()})

    def changed(self, name: str, values: Iterable[str]) -> Self:
        """Return them with another value, given as text: ``50``, ``on``, ``conflict 2``."""
        document = {each: getattr(self, each) for each in CONDITIONS}
        return type(self)(**document | {name: _value(name, list(values))})


CONDITIONS = tuple(item.name for item in fields(Conditions))
_SWITCHES = {"on": True, "true": True, "off": False, "false": False}


def _value(name: str, found: Any) -> Any:
    if name == "faults":
        return tuple(Fault.parse(str(text)) for text in found if str(text).strip())
    single = found[0] if isinstance(found, list) and len(found) == 1 else found
    if name == "serverless":
        switch = _SWITCHES.get(str(single).lower())
        if switch is None:
            raise ValueError(f"{name}: found {single!r}, expected on or off")
        return switch
    try:
        milliseconds = float(single)
    except (TypeError, ValueError):
        milliseconds = -1
    if not 0 <= milliseconds <= MOST_MILLISECONDS:
        raise ValueError(f"{name}: found {single!r}, expected milliseconds up to 60000")
    return milliseconds


MOST_MILLISECONDS = 60_000

"""What relations of the warehouse hold, by the newest marker of each one's rows.

All prefixes and dates share the rows of a relation, so the newest marker of any of them counts.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from pipeline.errors import PipelineError
from pipeline.names import Fingerprint, RunDate, TableName
from pipeline.sql.markers.content import DISPROVED, delete_replaced, select_contents
from pipeline.sql.markers.marker import (
    CHECKS,
    FILLING,
    Marker,
    insert_marker,
)
from pipeline.sql.markers.run_date import run_date_of
from pipeline.sql.statement import Statement
from pipeline.stores.warehouse import Row, Transaction

AHEAD = dt.timedelta(days=1)
"""Dates that lie further ahead are mistyped: their rows supersede nothing."""


class SupersededError(PipelineError):
    """A relation, or one that it reads, holds rows of a later date; the run leaves it alone."""


class InputsChangedError(PipelineError):
    """What a query read was replaced before its result was published; it is computed again."""


class ReplacedError(PipelineError):
    """Another run replaced what a query reads, so its result would mix the rows of two runs."""


@dataclass(frozen=True, slots=True)
class Content:
    """The rows that a relation holds; ``object_id`` is None if an earlier release loaded them."""

    relation: str
    update_id: str
    run_date: RunDate
    prefix: str
    fingerprint: Fingerprint
    loaded_at: dt.datetime
    object_id: int | None
    manifest: str | None = None
    position: str | None = None
    """Where the next incremental load begins; None if it takes all rows, for a ``reason``."""
    source: str | None = None
    reason: str | None = None
    whole_at: dt.datetime | None = None
    rows: int | None = None

    @classmethod
    def of(cls, row: Row) -> Self:
        """Read a row of the marker table, of a task that fills a relation."""
        date = run_date_of(row)
        assert date is not None, "tasks that fill a relation have a date"
        return cls(
            row["target_table"],
            row["update_id"],
            date,
            row["prefix"],
            Fingerprint.parse(row["fingerprint"]),
            row["inserted_at"],
            *(row.get(name) for name in ("object_id", "manifest", "position", "source")),
            *(row.get(name) for name in ("reason", "whole_at", "row_count")),
        )

    @property
    def is_whole(self) -> bool:
        """Whether these are all rows, not a part of them (``--limit``)."""
        return not self.fingerprint.is_partial

    @property
    def withdrawn(self) -> str | None:
        """The reason why a position was withdrawn, and with it its source; None if none was."""
        return self.reason if self.position is None and self.source is None else None

    def is_there(self, object_id: int | None) -> bool:
        """Return whether the relation with this object id, None if it is gone, holds the rows.

        A marker of an earlier release proves any relation of that name.
        """
        return damage(self.object_id, object_id) is None

    def is_later(self, date: RunDate) -> bool:
        """Return whether these are all rows of a later date; a part (``--limit``) never counts."""
        tomorrow = dt.datetime.now(dt.UTC).date() + AHEAD
        return self.is_whole and date < self.run_date and self.run_date.day <= tomorrow

    def supersedes(self, marker: Marker) -> bool:
        """Return whether the run of a marker leaves these rows as they are.

        A run of a part of the rows, or with ``--alone``, is a trial for which somebody asked.
        """
        is_trial = marker.fingerprint.is_partial or marker.fingerprint.run is not None
        return not is_trial and marker.run_date is not None and self.is_later(marker.run_date)

    def __str__(self) -> str:
        return f"rows of {self.run_date} (prefix '{self.prefix}')"


def contents(rows: Iterable[Row]) -> dict[str, Content]:
    """Return by relation what the newest markers in ``rows`` say: those at ``place`` 1."""
    return {
        row["target_table"]: Content.of(row)
        for row in rows
        if row["task"] in FILLING and row["place"] == 1
    }


def passed_checks(row: Row, content: Content | None) -> bool:
    """Return whether a marker says that these rows, or later ones, passed the checks.

    It is older than they are if they were loaded while the design had no checks.
    """
    if row["task"] != CHECKS:
        return False
    return content is None or bool(row["inserted_at"] >= content.loaded_at)


def matter(rows: Iterable[Row], update_id: str, date: RunDate | None) -> bool:
    """Return whether a relation's markers can complete the task of one, if their rows are there.

    They are that marker itself, or of later rows; earlier rows are replaced anyway.
    """
    found = list(rows)
    later = date is not None and any(each.is_later(date) for each in contents(found).values())
    return later or any(row["update_id"] == update_id for row in found)


def damage(published: int | None, current: int | None) -> str | None:
    """Return in words what somebody did to a relation, from its object ids then and now.

    ``published`` is None if it was not recorded, ``current`` if the relation is gone. TRUNCATE,
    DELETE and ALTER TABLE keep the id and go unnoticed.
    """
    if current is None:
        return "missing in the warehouse"
    if published == DISPROVED:
        return "not loaded again since later rows were forgotten"
    return None if published in {None, current} else "not the table that was loaded"


Contents = Mapping[str, Content]
"""What relations hold, by name; one without a marker is absent."""


def proven(rows: Iterable[Row], object_ids: Mapping[str, int | None]) -> set[str]:
    """Return the ids of the markers whose rows are still in their relations."""
    found = contents(rows).values()
    return {each.update_id for each in found if each.is_there(object_ids.get(each.relation))}


@dataclass(frozen=True, slots=True)
class Reads:
    """What a derived table is computed from: the marker of each relation that its query reads."""

    expected: Mapping[TableName, str] = field(default_factory=dict)

    def is_same(self, before: Contents, after: Contents) -> bool:
        """Return whether the relations hold the same rows as before."""
        return all(before.get(str(name)) == after.get(str(name)) for name in self.expected)

    def check(self, marker: Marker, found: Contents) -> None:
        """Raise an error if a relation holds the rows of another run.

        One without a marker, which somebody has just forgotten, is accepted.
        """
        for name, update_id in self.expected.items():
            content = found.get(str(name))
            if content is None or content.update_id == update_id:
                continue
            if content.supersedes(marker):
                raise SupersededError(f"superseded, since {name} holds {content}")
            earlier = marker.run_date is not None and content.run_date < marker.run_date
            who = (
                ", one of an earlier date with --replace,"
                if earlier
                else " with different prefixes or designs"
            )
            raise ReplacedError(
                f"{marker.target_table} was not refreshed: {name} holds {content}, which another"
                f" run loaded at {content.loaded_at:%Y-%m-%d %H:%M} UTC after this run had loaded"
                f" its own. Two runs{who} fill the same tables: let one of them end before the"
                " other starts"
            )


NOTHING_READ = Reads()


def write_marker(
    schema: str, transaction: Transaction, written: Marker, reads: Iterable[TableName] = ()
) -> None:
    """Replace the markers of the same task, date and relation by this one, as of now.

    ``reads`` are the relations that the rows were computed from.
    """
    newest = None
    if written.run_date is not None and written.target_table is not None:
        names = (TableName.parse(written.target_table), *reads)
        rows = transaction.query(select_contents(schema, names))
        newest = newest_of(contents(rows))
    transaction.add(*replacing(schema, written, newest))


def newest_of(found: Contents) -> dt.datetime | None:
    """Return the time of the newest of these markers; None if there is none."""
    return max((each.loaded_at for each in found.values()), default=None)


def replacing(schema: str, written: Marker, newest: dt.datetime | None) -> tuple[Statement, ...]:
    """Return the statements that replace the markers of the same task, date and relation.

    A marker with a date is about rows: it also replaces other prefixes' markers, whose rows no
    longer exist. It is newer than the ``newest`` of the relation's rows and of what they were
    computed from, also if the clock of another host was ahead.
    """
    now = dt.datetime.now(dt.UTC)
    if newest is not None:
        now = max(now, newest.replace(tzinfo=dt.UTC) + dt.timedelta(microseconds=1))
    inserted = insert_marker(schema, replace(written, inserted_at=now))
    return delete_replaced(schema, written), inserted

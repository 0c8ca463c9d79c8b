"""The state of every relation: last load, age, failures, what somebody did to it since."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from pipeline.designs.catalog import Catalog
from pipeline.designs.fingerprint import Fingerprints
from pipeline.designs.model.design import Design
from pipeline.names import Fingerprint, RunDate, TableName
from pipeline.procedures.checks.last import CheckState
from pipeline.procedures.content import damage
from pipeline.procedures.incremental.base import is_files
from pipeline.procedures.incremental.changes import Changes
from pipeline.procedures.inventory import Inventory
from pipeline.procedures.operations.load_history import Failure, Load, LoadHistory
from pipeline.procedures.operations.staleness import FRESH, Age, find_ages
from pipeline.stores.warehouse import Row


@dataclass(frozen=True, slots=True)
class State:
    """The state of a relation; without ``load`` it was never loaded. Times are UTC."""

    design: Design
    load: Load | None = None
    limit: int | None = None
    alone: bool = False
    """Whether it was refreshed with --alone, from the rows that were there."""
    changed: bool = False
    """Whether its design or query, or one that it reads, has changed since."""
    age: Age = FRESH
    failure: Failure | None = None
    damage: str | None = None
    """What somebody did to the relation since, in words."""
    superseded: RunDate | None = None
    """The date of a run that left these later rows as they are."""
    checks: CheckState | None = None

    @property
    def words(self) -> tuple[str, ...]:
        """The state in words, the worst first: ``("FAILED in CopyTable", "forgotten")``."""
        found = [f"FAILED in {self.failure.task}"] if self.failure else []
        if self.load is None:
            return (*found, "never loaded")
        found += filter(None, (self.damage, self.load.without_marker, self.load.remark))
        if self.limit is not None:
            found.append(f"partial (--limit {self.limit})")
        if self.alone:
            found.append("refreshed with --alone")
        elif self.changed:
            found.append("design changed since")
        if self.checks is not None and self.checks.failing:
            found.append("checks failed")
        words = (*found, *self.age.words) or ("ok",)
        left = (f"the run of {self.superseded} was superseded",) if self.superseded else ()
        return (*words, *left)

    @property
    def increment(self) -> str:
        """The last load in words, if it was an incremental table's; else empty."""
        row = self.load.increment if self.load else None
        return increment_text(row) if row else ""

    @property
    def summary(self) -> str:
        """The worst of the words, without names and numbers: each relation is counted once."""
        worst = self.words[0]
        if self.failure:
            return "failed"
        if worst.startswith("partial"):
            return "partial"
        return "stale" if worst in ("design changed since", *self.age.words) else worst


def increment_text(row: Row) -> str:
    """Describe the last load of an incremental table, and where the next one begins."""
    following = f"next from {row['position']}" if row["position"] else "next: all rows"
    if not row["position"] and not row["source"]:  # The position was withdrawn.
        following = f"{following}, because {row['reason']}"
    if row["position"] and is_files(row["source"]):
        following = f"next: new files ({row['position']} loaded)"
    if row["load_kind"] == "whole":
        reason = f" because {row['reason']}" if row["source"] else ""
        return f"all rows were loaded{reason}; {following}"
    parts = (f"delta: {Changes.of_marker(row)}", PROVED.get(row["proved"]), following)
    return "; ".join(filter(None, parts))


PROVED = {"keys": "keys equal upstream's", "count": "count compared with upstream's"}


def states(
    catalog: Catalog,
    names: Iterable[TableName],
    history: LoadHistory,
    fingerprints: Callable[[int | None], Fingerprints],
    inventory: Inventory,
) -> Iterator[State]:
    """Yield the state of each relation; ``fingerprints`` returns those for a limit.

    ``inventory`` is what is in the warehouse now.
    """
    filled = ((name, history.filled_at(name)) for name in catalog.designs)
    checks = CheckState.of(history.results)
    ages = find_ages(catalog, {name: at for name, at in filled if at})
    for name in names:
        state = _state(catalog[name], history, ages[name], fingerprints)
        damage = _damage(state.load, inventory.relations.get(name))
        superseded, last = history.superseded(name), checks.get(str(name))
        yield replace(state, damage=damage, superseded=superseded, checks=last)


def _damage(load: Load | None, object_id: int | None) -> str | None:
    """Return in words what somebody did to a relation that has this object id, None if gone."""
    if load is None:
        return None
    return damage(None if load.elsewhere else load.object_id, object_id)


def _state(
    design: Design,
    history: LoadHistory,
    age: Age,
    fingerprints: Callable[[int | None], Fingerprints],
) -> State:
    load, failure = history.load(design.name), history.failure(design.name)
    if load is None or load.fingerprint is None:
        return State(design, load, age=age, failure=failure)
    limit = load.fingerprint.limit
    content = fingerprints(None).content
    return State(
        design,
        load,
        limit=limit,
        alone=load.fingerprint.run is not None,
        changed=load.fingerprint != fingerprints(limit).content(design.name),
        age=age,
        failure=failure if failure and not _is_over(failure, load, content(design.name)) else None,
    )


def _is_over(failure: Failure, load: Load, complete: Fingerprint) -> bool:
    """Return whether a run of the failure's date would find the relation complete.

    This is the case after a change that failed was taken back: the marker of the load before it is
    valid again, and no task runs that could succeed.
    """
    if load.run_date is None or failure.run_date is None:
        return False
    return load.fingerprint == complete and load.run_date >= failure.run_date

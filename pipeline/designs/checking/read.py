"""Read the checks of a design and of its columns.

The names of dbt's tests are accepted: ``relationships`` with ``field`` is ``relationship``.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from typing import Any

from pipeline.designs.model.checks import (
    AcceptedValues,
    Check,
    NotNull,
    Pattern,
    Query,
    Range,
    Relationship,
    RowCount,
    Rule,
    SumEquals,
    Unique,
    Value,
)
from pipeline.designs.queries.tokens import without_semicolon
from pipeline.documents import Path
from pipeline.figures import read_share
from pipeline.names import TableName, fold

COMMON = frozenset({"name", "severity", "where"})
"""Keys beside the rule of a check."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A check as the design has it; ``column`` is the one at which it stands, if any.

    ``rules`` are the keys of its rules, of which there is one unless the design is faulty.
    """

    path: Path
    raw: Mapping[str, Any]
    column: str | None = None

    @property
    def rules(self) -> list[str]:
        """Return the rules' keys, as they are spelled."""
        return [key for key in self.raw if key in READERS]

    @property
    def arguments(self) -> Any:
        """Return what stands at the rule, with the column at which the check stands."""
        found = self.raw[self.rules[0]]
        if self.column is None:
            return found
        return {**(found or {}), "column": self.column} if _is_optional(found) else found

    @property
    def rule(self) -> Rule | None:
        """Return the rule; None if the entry has none or several, or names no column."""
        if len(self.rules) != 1 or self.problem is not None:
            return None
        return READERS[self.rules[0]](self.arguments)

    @property
    def problem(self) -> str | None:
        """Return why the rule cannot be read, or None: a column of it is not known."""
        key = self.rules[0]
        if key in RELATIONSHIPS and not _has_column(self.raw[key]):
            return f"found '{self.raw[key]['to']}', {EXPECTED_TO}"
        if key in WITHOUT_COLUMN:
            where = "a check of the relation; write it in the list 'checks' of the design"
            return None if self.column is None else f"is {where}"
        if self.column is not None:
            found = self.raw[key]
            is_named = not _is_optional(found) or "column" in (found or {})
            return f"is a check of '{self.column}' here; omit its column" if is_named else None
        found = self.arguments
        if found is None or (isinstance(found, Mapping) and "column" not in found):
            return "the key 'column' is missing"
        return None


def entries(data: Mapping[str, Any]) -> Iterator[Entry]:
    """Yield the checks of a design: first those of its columns, then those of the relation."""
    for number, column in enumerate(data["columns"]):
        for index, raw in enumerate(column.get("checks", ())):
            yield Entry(("columns", number, "checks", index), _mapping(raw), fold(column["name"]))
    for index, raw in enumerate(data.get("checks", ())):
        yield Entry(("checks", index), _mapping(raw))


def read_checks(data: Mapping[str, Any]) -> tuple[Check, ...]:
    """Read the checks of a design that its schema accepts; those with other faults are omitted.

    A check without a name is named after its columns and its rule: ``status accepted_values``.
    """
    return tuple(check for _, check in named(data))


def named(data: Mapping[str, Any]) -> Iterator[tuple[Entry, Check]]:
    """Yield the checks of a design that can be read, with their entries."""
    found = [(entry, rule) for entry in entries(data) if (rule := entry.rule) is not None]
    taken = {entry.raw["name"] for entry, _ in found if "name" in entry.raw}
    for entry, rule in found:
        name = entry.raw.get("name") or unused(default_name(rule), taken)
        taken.add(name)
        where = entry.raw.get("where")
        severity = entry.raw.get("severity", "error")
        yield entry, Check(name, rule, severity, where and without_semicolon(where))


def default_name(rule: Rule) -> str:
    """Return the name of a check that has none: ``status accepted_values``."""
    return " ".join(filter(None, (", ".join(columns_of(rule)), rule.kind)))


def columns_of(rule: Rule) -> tuple[str, ...]:
    """Return the columns of the relation that a rule names."""
    if isinstance(rule, Unique):
        return rule.columns
    return () if isinstance(rule, RowCount | Query) else (rule.column,)


def unused(name: str, taken: Collection[str]) -> str:
    """Return a name, with a number if it is taken: ``total range 2``."""
    numbered = (name if number == 1 else f"{name} {number}" for number in count(1))
    return next(each for each in numbered if each not in taken)


def _mapping(raw: Any) -> Mapping[str, Any]:
    """Return a check as a mapping: ``not_null`` alone is a rule without arguments."""
    return raw if isinstance(raw, Mapping) else {raw: None}


def _is_optional(found: Any) -> bool:
    return found is None or isinstance(found, Mapping)


def _has_column(raw: Mapping[str, Any]) -> bool:
    """Return whether a relationship names the column of the other relation."""
    _, _, table = raw["to"].partition(".")
    return "field" in raw or all(table.rpartition("."))


def _column(raw: Any) -> str:
    return fold(raw["column"] if isinstance(raw, Mapping) else raw)


def _columns(raw: Any) -> tuple[str, ...]:
    return tuple(map(fold, raw)) if isinstance(raw, list) else (_column(raw),)


def value(raw: Any) -> Value:
    """Return a literal of YAML; a number with a fraction has the digits that are written."""
    found: Value = Decimal(repr(raw)) if isinstance(raw, float) else raw
    return found


def _bound(raw: Mapping[str, Any], key: str) -> Value | None:
    return value(raw[key]) if key in raw else None


def _relationship(raw: Mapping[str, Any]) -> Relationship:
    """Read ``to: www.customers.id``, or ``to: www.customers`` and ``field: id``."""
    to, last = fold(raw["to"]), raw.get("field")
    if last is None:
        to, _, last = to.rpartition(".")
    schema, _, table = to.partition(".")
    return Relationship(_column(raw), TableName(schema, table), fold(last))


def _row_count(raw: Mapping[str, Any]) -> RowCount:
    change = raw.get("max_change")
    fraction = None if change is None else read_share(change)
    return RowCount(raw.get("min"), raw.get("max"), fraction)


READERS: Mapping[str, Callable[[Any], Rule]] = {
    "not_null": lambda raw: NotNull(_column(raw)),
    "unique": lambda raw: Unique(_columns(raw)),
    "accepted_values": lambda raw: AcceptedValues(_column(raw), tuple(map(value, raw["values"]))),
    "relationship": _relationship,
    "relationships": _relationship,
    "range": lambda raw: Range(_column(raw), _bound(raw, "min"), _bound(raw, "max")),
    "pattern": lambda raw: Pattern(_column(raw), raw["like"]),
    "row_count": _row_count,
    "sum_equals": lambda raw: SumEquals(_column(raw), without_semicolon(raw["to"])),
    "query": lambda raw: Query(without_semicolon(raw)),
}
"""The function that reads each rule, by its spellings."""

RELATIONSHIPS = frozenset({"relationship", "relationships"})

EXPECTED_TO = "expected schema.table.column, as in www.customers.id, or a 'field' beside it"

WITHOUT_COLUMN = frozenset({"row_count", "query"})
"""Rules of a whole relation."""

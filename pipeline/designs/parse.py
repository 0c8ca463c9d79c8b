"""Parse the text of a design and its query into a checked ``Design``, with all faults."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any, Literal

from pipeline.designs.checking.read import read_checks
from pipeline.designs.checking.rules import examine_checks
from pipeline.designs.model.design import (
    Attributes,
    Column,
    Constraints,
    Design,
    ExtractSettings,
    ForeignKey,
    Kind,
)
from pipeline.designs.model.incremental import read_incremental
from pipeline.designs.queries.returned import difference
from pipeline.designs.rules.design import check
from pipeline.designs.rules.incremental import check_incremental
from pipeline.documents import Schema, read
from pipeline.errors import DesignError, Fault, FaultsError
from pipeline.freshness import read_freshness
from pipeline.names import TableName, fold, split_stem

if TYPE_CHECKING:
    from pipeline.designs.queries.parse import Query

Raw = Mapping[str, Any]

KEYS = frozenset({"primary_key", "surrogate_key", "natural_key"})
"""Constraints that a table can have once."""

MISSING = "missing"
"""The value of ``skipped`` for a column that upstream lacks."""

NOT_UTF8 = re.compile("[\udc80-\udcff]")
"""Characters that ``surrogateescape`` decodes invalid UTF-8 bytes to."""


BYTE_ORDER_MARK = "\ufeff"
"""What editors on Windows write at the beginning of UTF-8."""


def examine(path: str, text: str, query: str | None) -> tuple[Design | None, list[Fault]]:
    """Return the design and all faults of both files; None if the text is not readable as one.

    ``path`` is the file's path in the design folder, ``www/public-orders.yaml``; ``query`` is the
    text of the .sql file beside it, or None.
    """
    stem = stem_of(path)
    place = f"{stem}.sql"
    query = query and query.removeprefix(BYTE_ORDER_MARK)
    if faults := [*not_utf8(path, text), *not_utf8(place, query or "")]:
        return None, faults
    try:
        document = read(path, text)
    except FaultsError as error:
        return None, [*error.faults, *_faults_of(query, place)]
    faults = _schema().faults(document)
    if faults and not _schema().is_readable(document):
        return None, [*faults, *_faults_of(query, place)]
    design = _design(document.data, stem, query)
    design, of_checks = examine_checks(design, document.data)
    findings = (check(design, document.data), check_incremental(design, document.data), of_checks)
    faults += (document.fault(where, message) for where, message in chain(*findings))
    if query is None or design.kind == "TABLE":
        return design, faults
    analyzed, found = _analyze(query, place)
    if analyzed is None:
        return design, [*faults, *found]
    if analyzed.columns is not None:
        problem = difference([each.name for each in design.data_columns], analyzed.columns)
        faults += [] if problem is None else [Fault(place, "", problem)]
    exact = design.kind != "VIEW" or analyzed.columns is not None
    assumed = tuple(sorted({*design.assumed, *analyzed.assumed}))
    design = replace(design, query=analyzed.text, reads=analyzed.reads, assumed=assumed)
    return replace(design, is_exact=exact), faults


def stem_of(path: str) -> str:
    """Return a path without its suffix: ``www/public-orders`` for ``www/public-orders.yaml``."""
    stem, dot, suffix = path.rpartition(".")
    return stem if dot and "/" not in suffix else path


def not_utf8(path: str, text: str) -> Iterator[Fault]:
    """Yield a fault if a text that was read with ``surrogateescape`` is not UTF-8."""
    wrong = NOT_UTF8.search(text)
    if wrong:
        byte = len(text[: wrong.start()].encode("utf-8"))
        yield Fault(path, "", f"is not UTF-8 (byte {byte}); save it as UTF-8")


def _analyze(query: str, place: str) -> "tuple[Query | None, list[Fault]]":
    from pipeline.designs.queries.parse import analyze  # noqa: PLC0415  (few runs parse a query)

    try:
        return analyze(query, place), []
    except DesignError as error:
        return None, list(error.faults)


def _faults_of(query: str | None, place: str) -> list[Fault]:
    return _analyze(query, place)[1] if query else []


@cache
def _schema() -> Schema:
    return Schema.load("pipeline.designs", "design.schema.json")


def _design(data: Raw, stem: str, query: str | None) -> Design:
    _, upstream_schema, table = split_stem(stem)
    kind = _kind(data, query)
    columns = tuple(_column(raw) for raw in data["columns"])
    has_upstream = kind == "TABLE" and upstream_schema is not None
    return Design(
        name=relation(data["name"]),
        kind=kind,
        stem=stem,
        columns=columns,
        source=TableName(upstream_schema or "", table) if has_upstream else None,
        query=query,
        constraints=_constraints(data),
        attributes=_attributes(data.get("attributes", {})),
        extract=_extract(data.get("extract_settings", {})),
        depends_on=tuple(relation(name) for name in data.get("depends_on", ())),
        description=data.get("description"),
        tags=tuple(data.get("tags", ())),
        unload_target=data.get("unload_target"),
        freshness=read_freshness(data.get("freshness")),
        checks=read_checks(data),
    )


def _kind(data: Raw, query: str | None) -> Kind:
    source_name: str | None = data.get("source_name")
    if source_name == "VIEW":
        return "VIEW"
    if source_name == "CTAS" or (source_name is None and query is not None):
        return "CTAS"
    return "TABLE"


def relation(text: str) -> TableName:
    """Parse the name of a warehouse relation and fold it: ``WWW.Orders`` is ``www.orders``."""
    name = TableName.parse(text)
    return TableName(fold(name.schema), fold(name.table))


def _names(raw: Any) -> tuple[str, ...]:
    return tuple(fold(name) for name in raw)


def _column(raw: Raw) -> Column:
    name = fold(raw["name"])
    upstream = raw.get("source_name", raw["name"])
    return Column(
        name=name,
        sql_type=" ".join(raw.get("sql_type", "").lower().split()),
        source_sql_type=raw.get("source_sql_type"),
        expression=raw.get("expression"),
        encoding=raw.get("encoding"),
        not_null=raw.get("not_null", False),
        identity=raw.get("identity", False),
        skipped=bool(raw.get("skipped", False)),
        missing=raw.get("skipped") == MISSING,
        description=raw.get("description"),
        source_name=None if upstream == name else upstream,
        too_long=raw.get("too_long"),
        sensitive=raw.get("sensitive", False),
    )


def _attributes(raw: Raw) -> Attributes:
    distribution = raw.get("distribution")
    compound: tuple[str, ...] | Literal["auto"] = ()
    if "compound_sort" in raw:
        sort = raw["compound_sort"]
        compound = "auto" if sort == "auto" else _names(sort)
    return Attributes(
        distribution=_names(distribution) if isinstance(distribution, list) else distribution,
        compound_sort=compound,
        interleaved_sort=_names(raw.get("interleaved_sort", ())),
    )


def _extract(raw: Raw) -> ExtractSettings:
    incremental = raw.get("incremental")
    return ExtractSettings(
        condition=raw.get("condition"),
        incremental=None if incremental is None else read_incremental(incremental),
        engine=raw.get("engine"),
    )


def _constraints(data: Raw) -> Constraints:
    """Read both notations: one mapping, or a list of mappings with one key each."""
    raw = data.get("constraints", {})
    listed = raw if isinstance(raw, list) else [raw]
    pairs = [pair for each in listed for pair in each.items()]
    keys = {key: _names(value) for key, value in pairs if key in KEYS}
    unique = [key for name, value in pairs if name == "unique" for key in _column_lists(value)]
    foreign = [key for name, value in pairs if name == "foreign_key" for key in _foreign(value)]
    foreign += [
        ForeignKey((fold(column["name"]),), relation(target), _names(columns))
        for column in data["columns"]
        if "references" in column
        for target, columns in [column["references"]]
    ]
    return Constraints(**keys, unique=tuple(unique), foreign_keys=tuple(dict.fromkeys(foreign)))


def _column_lists(value: list[Any]) -> Iterator[tuple[str, ...]]:
    yield from map(_names, value) if isinstance(value[0], list) else [_names(value)]


def _foreign(value: list[Any]) -> Iterator[ForeignKey]:
    """Read a foreign key, ``[[user_id], www.users, [id]]``, or a list of foreign keys."""
    many = value if isinstance(value[0][0], list) else [value]
    for columns, table, references in many:
        yield ForeignKey(_names(columns), relation(table), _names(references))

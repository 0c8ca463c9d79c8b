"""Write designs from a survey: create new files, and merge changes upstream into existing ones."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from pipeline.designs.catalog import Catalog
from pipeline.designs.drafting.draft import Draft
from pipeline.designs.drafting.files.merge import update
from pipeline.designs.drafting.files.render import render
from pipeline.designs.drafting.measure import may_lose
from pipeline.designs.folder import File
from pipeline.designs.mapping.typemap import TypeMaps
from pipeline.designs.model.design import Design
from pipeline.designs.model.upstream import Measured
from pipeline.documents import read
from pipeline.errors import DesignError, Fault
from pipeline.names import TableName, did_you_mean, upstream_stem, warehouse_name
from pipeline.procedures.operations.designs.survey import Candidate
from pipeline.stores.designs import folder as design_files

Action = Literal["new", "changed", "unchanged", "kept", "gone", "refused"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The decision on one file; ``text`` is its new content, ``faults`` are why it is refused."""

    file: str
    relation: TableName
    action: Action
    text: str = ""
    difference: str = ""
    remarks: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()


WITHOUT_COLUMNS = "has no columns, which Redshift does not support: add it to exclude_tables"

MAX_FILE_BYTES = 255
"""The longest name of a file: https://man7.org/linux/man-pages/man3/NAME_MAX.3const.html"""


@dataclass(frozen=True, slots=True)
class Decision:
    """The decisions on all files, and the faults they cause ``elsewhere``, in other files."""

    outcomes: tuple[Outcome, ...]
    elsewhere: tuple[Fault, ...] = ()


def decide(
    candidates: Iterable[Candidate],
    files: Mapping[str, str],
    type_maps: TypeMaps = (),
    *,
    merge: bool = False,
) -> Decision:
    """Decide on each candidate's file; existing files change only with ``merge``."""
    return checked([_outcome(each, type_maps, merge=merge) for each in candidates], files)


def checked(found: Sequence[Outcome], files: Mapping[str, str]) -> Decision:
    """Refuse each new or changed file that would have faults, by itself or with the others."""
    texts = {each.file: each.text for each in found if each.action in {"new", "changed"}}
    faults: defaultdict[str, list[Fault]] = defaultdict(list)
    for fault in _new_faults(files, {**files, **texts}):
        faults[fault.file].append(fault)
    outcomes = (
        replace(each, action="refused", faults=tuple(faults.pop(each.file)))
        if each.file in texts and each.file in faults
        else each
        for each in found
    )
    return Decision(tuple(outcomes), tuple(fault for each in faults.values() for fault in each))


def joined(decisions: Sequence[Decision]) -> Decision:
    """Return all decisions as one."""
    return Decision(
        outcomes=tuple(outcome for each in decisions for outcome in each.outcomes),
        elsewhere=tuple(fault for each in decisions for fault in each.elsewhere),
    )


def write(decision: Decision, folder: Path) -> Decision:
    """Write new and changed files; keep a file that exists by now, and refuse its draft."""
    return replace(decision, outcomes=tuple(_write(each, folder) for each in decision.outcomes))


def _write(outcome: Outcome, folder: Path) -> Outcome:
    path = folder / outcome.file
    if outcome.action == "changed":
        design_files.replace(path, outcome.text)
    elif outcome.action == "new" and not design_files.create(path, outcome.text):
        message = (
            "exists and is unchanged: it was created meanwhile, or its name differs from another"
            " file's in case only, which this file system does not support; run the command again,"
            " or add the table to exclude_tables"
        )
        return replace(outcome, action="refused", faults=(Fault(outcome.file, "", message),))
    return outcome


def _outcome(candidate: Candidate, type_maps: TypeMaps, *, merge: bool) -> Outcome:
    file, draft, relation = candidate.file, candidate.draft, candidate.relation
    if candidate.broken is not None:
        path = file.path if file else f"{upstream_stem(relation.schema, candidate.source)}.yaml"
        return Outcome(path, relation, "refused", faults=(Fault(path, "", candidate.broken),))
    if file is None:
        assert draft is not None, "a candidate has a file, a draft, or both"
        path = f"{draft.design.stem}.yaml"
        if problem := _not_designable(draft):
            fault = Fault(path, "", f"{candidate.source} {problem}")
            return Outcome(path, relation, "refused", faults=(fault,))
        return Outcome(path, relation, "new", render(draft), remarks=_remarks(candidate))
    if draft is None:
        remark = f"{candidate.source} does not exist upstream, or include_tables leaves it out"
        return Outcome(file.path, relation, "gone", remarks=(remark,))
    if not merge:
        return Outcome(file.path, relation, "kept")
    return _merged(candidate, file, draft, type_maps)


def _not_designable(draft: Draft) -> str | None:
    """Return why a table cannot have a design; None if it can."""
    if not draft.design.columns:
        return WITHOUT_COLUMNS
    length = len(f"{draft.design.stem}.yaml".rpartition("/")[2].encode())
    if length > MAX_FILE_BYTES:
        return (
            f"would have a file name of {length} bytes, and file systems support {MAX_FILE_BYTES}:"
            " add it to exclude_tables, or load a view of it with a shorter name"
        )
    return None


def _merged(candidate: Candidate, file: File, draft: Draft, type_maps: TypeMaps) -> Outcome:
    if file.design is None:
        return Outcome(file.path, candidate.relation, "refused", faults=file.faults)
    if faults := tuple(_lost_cursors(file, file.design, draft)):
        return Outcome(file.path, candidate.relation, "refused", faults=faults)
    merged = update(file.path, file.text, draft, type_maps)
    return Outcome(
        file=file.path,
        relation=candidate.relation,
        action="changed" if merged.difference else "unchanged",
        text=merged.text,
        difference=merged.difference,
        remarks=(*merged.remarks, *candidate.remarks),
    )


def _lost_cursors(file: File, design: Design, draft: Draft) -> Iterator[Fault]:
    """Yield a fault for each column that an incremental load needs and upstream does not have.

    It was dropped, or renamed: then the design names the column by its new name.
    """
    incremental = design.extract.incremental
    found = [column.upstream_name for column in draft.design.columns]
    for name in () if incremental is None else incremental.columns:
        if name not in found:
            message = (
                f"{name} is missing upstream: name the column that has taken its place, or remove"
                f" incremental, and run the command again{did_you_mean(name, found)}"
            )
            document = read(file.path, file.text)
            yield document.fault(("extract_settings", "incremental"), message)


def _remarks(candidate: Candidate) -> tuple[str, ...]:
    """Return the remarks on a new design: its name, lost values, omitted keys."""
    assert candidate.draft is not None
    remarks = []
    if candidate.relation.table != warehouse_name(candidate.source.table):
        remarks.append(f"is named {candidate.relation}, since another table has its own name")
    remarks += _losses(candidate.draft, candidate.measured)
    return (*remarks, *candidate.left_out, *candidate.remarks)


def _losses(draft: Draft, measured: Measured | None) -> Iterator[str]:
    """Yield each note with its columns, except columns whose scan found no value to lose."""
    columns: defaultdict[str, list[str]] = defaultdict(list)
    for column in draft.design.columns:
        note = draft.notes.get(column.name)
        upstream = column.upstream_name
        harmless = may_lose(column.expression) and measured and not measured.lost.get(upstream, 1)
        if note and not harmless:
            columns[note].append(column.name)
    yield from (f"{', '.join(names)}: {note}" for note, names in columns.items())


def _new_faults(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Fault]:
    """Yield the faults after a change that were not there before, whatever their lines."""
    known = {(fault.file, fault.key, fault.message) for fault in _faults(before)}
    for fault in _faults(after):
        if (fault.file, fault.key, fault.message) not in known:
            yield fault


def _faults(files: Mapping[str, str]) -> tuple[Fault, ...]:
    try:
        Catalog.parse(files)
    except DesignError as error:
        return error.faults
    return ()

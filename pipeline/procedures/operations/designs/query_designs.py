"""Draft designs from queries that have none: the warehouse says which columns they return."""

import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.designs.drafting.derived import QueryColumn, draft_derived
from pipeline.designs.drafting.files.render import render
from pipeline.designs.folder import examine_folder, is_design, is_query
from pipeline.designs.model.design import Design
from pipeline.designs.parse import not_utf8, stem_of
from pipeline.designs.queries import parse as queries
from pipeline.designs.queries.keys import prove
from pipeline.designs.rules.design import allowed_names
from pipeline.designs.selection import Pattern
from pipeline.errors import DesignError, Fault, UsageError
from pipeline.names import TableName, did_you_mean
from pipeline.procedures.operations.designs.design import Outcome
from pipeline.sql.catalog.relations import relation_kind
from pipeline.sql.tables.ddl import create_table, create_view
from pipeline.sql.tables.inspect import create_empty, query_columns
from pipeline.stores.warehouse import Transaction, Warehouse

Designs = Mapping[TableName, Design]


@dataclass(frozen=True, slots=True)
class QueryJob:
    """The design files, and the warehouse that is asked for the columns of queries."""

    files: Mapping[str, str]
    warehouse: Callable[[], Warehouse]


def without_design(files: Mapping[str, str]) -> dict[TableName, str]:
    """Return the queries beside which there is no design, by the name of their relation."""
    designed = {stem_of(path) for path in filter(is_design, files)}
    stems = (stem_of(path) for path in sorted(filter(is_query, files)))
    return {_relation(stem): f"{stem}.sql" for stem in stems if stem not in designed}


def select_queries(files: Mapping[str, str], patterns: Sequence[Pattern]) -> dict[TableName, str]:
    """Return the queries without design that patterns select; UsageError if one selects none."""
    known = without_design(files)
    chosen: dict[TableName, str] = {}
    excluded = [pattern for pattern in patterns if pattern.exclude]
    for pattern in patterns:
        found = {name: path for name, path in known.items() if pattern.matches(name)}
        if not found and not pattern.exclude:
            raise UsageError(_nothing(pattern.glob, files, known))
        chosen |= {} if pattern.exclude else found
    return {
        name: path
        for name, path in chosen.items()
        if not any(pattern.matches(name) for pattern in excluded)
    }


def draft_queries(job: QueryJob, chosen: Mapping[TableName, str]) -> Iterator[Outcome]:
    """Yield a new design for each query; faulty queries are refused."""
    existing = examine_folder(job.files)
    designs = {file.relation: file.design for file in existing if file.design is not None}
    for name, path in chosen.items():
        yield _draft(job, name, path, designs)


def _draft(job: QueryJob, name: TableName, path: str, designs: Designs) -> Outcome:
    stem, text = stem_of(path), job.files[path]
    file = f"{stem}.yaml"
    try:
        query = _query(path, text)
        derived = Design(name, "CTAS", stem, (), query=query.text, reads=query.reads)
        columns = _columns(job.warehouse(), derived, designs)
    except DesignError as error:
        return Outcome(
            file, name, "refused", faults=error.faults or (Fault(path, "", str(error)),)
        )
    draft = draft_derived(name, stem, columns, prove(text, path, designs))
    remarks = tuple(f"{column}: {note}" for column, note in draft.notes.items())
    return Outcome(file, name, "new", render(draft), remarks=remarks)


def _query(path: str, text: str) -> queries.Query:
    """Return the one SELECT statement of a file; DesignError if it is anything else."""
    if faults := tuple(not_utf8(path, text)):
        raise DesignError(faults)
    return queries.analyze(text, path)


def _columns(warehouse: Warehouse, design: Design, designs: Designs) -> list[QueryColumn]:
    """Ask the warehouse for the columns that a query returns, and change nothing there."""
    temporary = f"draft_{secrets.token_hex(8)}"
    with warehouse.transaction() as transaction:
        for name in design.reads:
            _create_missing(transaction, name, designs)
        transaction.execute(create_empty(design, temporary))
        rows = transaction.query(query_columns(temporary))
        transaction.roll_back()
    found = [QueryColumn(row["column_name"], row["column_type"]) for row in rows]
    names = Counter(column.name for column in found)
    for number, column in enumerate(found, start=1):
        if names[column.name] > 1 or column.name.startswith("?"):
            message = f"column {number} has no name of its own ('{column.name}'); add AS name"
            raise DesignError([Fault(f"{design.stem}.sql", "", message)])
    return found


def _create_missing(transaction: Transaction, name: TableName, designs: Designs) -> None:
    """Create what a query reads and the warehouse does not hold yet, until the roll-back."""
    design = designs.get(name)
    if design is None or transaction.query(relation_kind(name)):
        return
    for need in design.reads:
        _create_missing(transaction, need, designs)
    is_view = design.kind == "VIEW"
    create = create_view(design) if is_view else create_table(design, foreign_keys=False)
    transaction.execute(create)


def _nothing(glob: str, files: Mapping[str, str], known: Mapping[TableName, str]) -> str:
    stem = glob.replace(".", "/", 1)
    if any(stem_of(path).lower() == stem for path in filter(is_design, files)):
        return f"{glob} has a design, which is edited by hand: nothing upstream corresponds to it"
    first = f"; write {stem}.sql first" if "." in glob else ""
    hint = did_you_mean(glob, map(str, known)) or first
    return f"'{glob}' selects no query without a design{hint}"


def _relation(stem: str) -> TableName:
    return TableName.parse(allowed_names(stem, derived=True)[0])

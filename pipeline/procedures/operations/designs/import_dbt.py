"""Import the tests of dbt's ``schema.yml`` as checks of designs."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from pipeline.designs.checking.queries import condition_problems
from pipeline.designs.checking.read import columns_of, default_name, unused
from pipeline.designs.checking.references import problem_of_relationship
from pipeline.designs.checking.rules import MAX_NAME_BYTES, argument_faults
from pipeline.designs.checking.sql import ROWS, as_query, explain
from pipeline.designs.dbt.schema import Ref, Test, read_tests
from pipeline.designs.dbt.translate import UntranslatableError, translate
from pipeline.designs.drafting.files.checks import add_checks
from pipeline.designs.folder import File, examine_folder
from pipeline.designs.model.checks import Check, NotNull, Query, Relationship, Unique
from pipeline.designs.model.design import Design
from pipeline.designs.queries.columns import check_columns
from pipeline.designs.rules.keys import problem_of_column
from pipeline.documents import Document, read
from pipeline.errors import Fault, FaultsError
from pipeline.names import TableName
from pipeline.procedures.operations.designs.design import Decision, Outcome, checked

Designs = Mapping[TableName, Design]


@dataclass(slots=True)
class Imported:
    """The result: ``decision`` about the files of designs, and what is not in them.

    ``without_design`` are the checks of models that have none, ``rest`` the tests without a
    counterpart, ``kept`` the number of tests that designs guarantee or check already.
    """

    decision: Decision = field(default_factory=lambda: Decision(()))
    added: int = 0
    kept: int = 0
    without_design: dict[str, list[Check]] = field(default_factory=dict)
    rest: list[Fault] = field(default_factory=list)


def import_dbt(schemas: Mapping[str, str], files: Mapping[str, str]) -> Imported:
    """Translate the tests in the texts of ``schemas``, by path, for the designs in ``files``."""
    parsed = {file.relation: file for file in examine_folder(files)}
    designs = {name: file.design for name, file in parsed.items() if file.design is not None}
    found, fresh = Imported(), dict[TableName, list[Check]]()
    for document in _documents(schemas, found.rest):
        for test in read_tests(document):
            try:
                _place(test, designs, found, fresh)
            except UntranslatableError as error:
                found.rest.append(document.fault(test.path, str(error)))
    found.added = sum(map(len, fresh.values()))
    outcomes = [_outcome(parsed[name], checks) for name, checks in sorted(fresh.items())]
    found.decision = checked(outcomes, files)
    return found


def _documents(schemas: Mapping[str, str], faults: list[Fault]) -> Iterator[Document]:
    for path, text in schemas.items():
        try:
            yield read(path, text)
        except FaultsError as error:
            faults += error.faults


def _outcome(file: File, checks: Iterable[Check]) -> Outcome:
    update = add_checks(file.path, file.text, checks)
    return Outcome(file.path, file.relation, "changed", update.text, update.difference)


def _place(
    test: Test,
    designs: Designs,
    found: Imported,
    fresh: dict[TableName, list[Check]],
) -> None:
    """Add the check of a test to those of its design, unless the design has it."""
    name = _find(test.ref, designs)
    design = None if name is None else designs[name]
    check = translate(test, design, lambda ref: _target(ref, designs))
    if name is None or design is None:
        found.without_design.setdefault(str(test.ref), []).append(check)
        return
    known = (*design.checks, *fresh.get(name, ()))
    if _is_known(check, design, known):
        found.kept += 1
        return
    if problem := _problem(check, design, designs):
        raise UntranslatableError(problem)
    fresh.setdefault(name, []).append(_named(check, {each.name for each in known}))


def _find(ref: Ref, designs: Designs) -> TableName | None:
    """Return the relation of a model or table, None if it has no design.

    A model is a derived relation rather than a table; the schema of a source in the warehouse may
    have another name.
    """
    named = [name for name in designs if name.table == ref.table]
    exact = [name for name in named if name.schema == ref.schema]
    derived = [name for name in named if designs[name].kind != "TABLE"]
    fitting = exact or (derived if ref.schema is None and derived else named)
    if len(fitting) > 1:
        names = " and ".join(map(str, fitting))
        raise UntranslatableError(f"'{ref}' can be {names}")
    return fitting[0] if fitting else None


def _target(ref: Ref, designs: Designs) -> TableName:
    name = _find(ref, designs)
    if name is None:
        raise UntranslatableError(f"there is no design for '{ref}'")
    return name


def _is_known(check: Check, design: Design, known: Iterable[Check]) -> bool:
    """Return whether a design has the check, or verifies the same of each load."""
    if any((each.rule, each.where) == (check.rule, check.where) for each in known):
        return True
    match check.rule:
        case NotNull(column):
            never = {each.name for each in design.columns if each.not_null}
            return column in never | {*design.constraints.primary_key}
        case Unique(columns):
            return {*columns} in [{*key} for key in design.constraints.keys]
    return False


def _problem(check: Check, design: Design, designs: Designs) -> str | None:
    """Return the first fault that a check would be, or None."""
    problems = [problem_of_column(design, name) for name in columns_of(check.rule)]
    if not any(problems):
        problems += [problem for _, problem in argument_faults(design, check)]
    if check.where is not None:
        problems += condition_problems(design, check.where)
    if isinstance(check.rule, Relationship):
        problems.append(problem_of_relationship(design, check.rule, designs))
    if isinstance(check.rule, Query):
        faults = check_columns(as_query(design, check), {ROWS: design})
        problems += [explain(design, fault) for fault in faults]
    return next(filter(None, problems), None)


def _named(check: Check, taken: set[str]) -> Check:
    """Return a check with a name that a design can have: its own, or else the usual one."""
    fits = check.name.isprintable() and len(check.name.encode()) <= MAX_NAME_BYTES
    name = check.name if fits else default_name(check.rule)
    return replace(check, name=unused(name, taken))

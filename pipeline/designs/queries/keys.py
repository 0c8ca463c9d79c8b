"""Find what the text of a query proves about its rows: a key, and columns without NULL."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from pipeline.designs.model.design import Constraints, Design
from pipeline.designs.queries.parse import parse
from pipeline.names import TableName, fold

Designs = Mapping[TableName, Design]

_SEVERAL = ("joins", "laterals")

_WITHOUT_KEY = ("joins", "laterals", "pivots", "connect", "with_")
"""Parts of a SELECT that can repeat the rows of its first relation, or rename relations."""

_NOT_PLAIN = ("cube", "rollup", "grouping_sets", "totals", "all")
"""Forms of GROUP BY with which a group is not one row."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Keys and columns without NULL, by the names of the returned columns."""

    constraints: Constraints = field(default_factory=Constraints)
    not_null: frozenset[str] = frozenset()


def prove(sql: str, file: str, designs: Designs) -> Proof:
    """Return what a query's text proves; columns of GROUP BY are unique, those of a key stay one.

    ``SELECT status, COUNT(*) AS orders FROM www.orders GROUP BY status`` gives the unique key
    ``(status)``, and ``orders`` without NULL.
    """
    tree = parse(sql, file)
    if not isinstance(tree, exp.Select):
        return Proof()
    if not any(tree.args.get(part) for part in _SEVERAL):
        tree = _unqualified(tree)
    returned = {fold(each.alias_or_name): each.unalias() for each in tree.expressions}
    counted = {name for name, value in returned.items() if isinstance(value, exp.Count)}
    if grouped := _grouped(tree, returned, _inputs(tree, designs)):
        return Proof(Constraints(unique=(grouped,)), frozenset(counted))
    key = _kept_key(tree, returned, designs)
    return Proof(Constraints(primary_key=key), frozenset({*counted, *key}))


def _unqualified(tree: exp.Select) -> exp.Select:
    """Return a query of one relation without the relation's name before columns."""
    tree = tree.copy()
    clause = tree.args.get("from_")
    relation = fold(clause.this.alias_or_name) if clause is not None else ""
    for column in tree.find_all(exp.Column):
        if fold(column.table) == relation and not column.args.get("db"):
            column.set("table", None)
    return tree


def _inputs(tree: exp.Select, designs: Designs) -> frozenset[str] | None:
    """Return the names of all columns that a query may read; None if a relation is unknown."""
    names = [TableName(fold(each.db), fold(each.name)) for each in tree.find_all(exp.Table)]
    if not all(name in designs for name in names):
        return None
    return frozenset(column.name for name in names for column in designs[name].loaded_columns)


def _grouped(
    tree: exp.Select, returned: Mapping[str, exp.Expr], inputs: frozenset[str] | None
) -> tuple[str, ...]:
    """Return the returned columns that GROUP BY names; none if it names anything else."""
    group = tree.args.get("group")
    if group is None or any(group.args.get(form) for form in _NOT_PLAIN):
        return ()
    found = [_name_of(each, returned, inputs) for each in group.expressions]
    return tuple(name for name in found if name) if all(found) else ()


def _name_of(
    grouped: exp.Expr, returned: Mapping[str, exp.Expr], inputs: frozenset[str] | None
) -> str | None:
    """Return the column that an expression of GROUP BY stands for: a place, a copy or an alias.

    A column that the query reads takes precedence over an alias of the same name.
    """
    names = list(returned)
    if isinstance(grouped, exp.Literal) and not grouped.is_string:
        place = int(grouped.name) - 1 if grouped.name.isdecimal() else -1
        return names[place] if 0 <= place < len(names) else None
    for name, value in returned.items():
        if value == grouped:
            return name
    name = fold(grouped.name)
    is_alias = isinstance(grouped, exp.Column) and not grouped.table and name in returned
    return name if is_alias and inputs is not None and name not in inputs else None


def _kept_key(
    tree: exp.Select, returned: Mapping[str, exp.Expr], designs: Designs
) -> tuple[str, ...]:
    """Return the primary key of the only relation that a query reads, if it returns all of it."""
    clause = tree.args.get("from_")
    source = clause.this if clause is not None else None
    if not isinstance(source, exp.Table) or any(tree.args.get(part) for part in _WITHOUT_KEY):
        return ()
    if any(source.args.get(part) for part in _WITHOUT_KEY) or tree.args.get("group"):
        return ()
    design = designs.get(TableName(fold(source.db), fold(source.name)))
    if design is None or source.catalog:
        return ()
    names = {
        fold(value.name): name
        for name, value in returned.items()
        if isinstance(value, exp.Column) and not value.table
    }
    key = tuple(names.get(column, "") for column in design.constraints.primary_key)
    return key if all(key) else ()

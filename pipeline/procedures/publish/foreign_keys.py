"""Drop and declare foreign keys, which are hints for the planner, with the tables they connect."""

from collections.abc import Callable, Iterable

from pipeline.designs.model.design import Design
from pipeline.procedures.inventory import kind_of
from pipeline.sql.catalog import tables as catalog
from pipeline.sql.catalog.tables import Reference
from pipeline.sql.statement import Statement
from pipeline.sql.tables import ddl
from pipeline.stores.warehouse import Transaction

Designs = tuple[Design, ...]


def drop(references: Iterable[Reference]) -> tuple[Statement, ...]:
    """Return the statements that drop foreign keys."""
    return tuple(ddl.drop_constraint(each.table, each.constraint) for each in references)


def declare_again(
    design: Design,
    referencing: Designs,
    dropped: Iterable[Reference],
    remark: Callable[[str], None],
) -> tuple[Statement, ...]:
    """Return the statements that declare the dropped keys of other tables again.

    Those of ``referencing`` are omitted: ``declare_foreign_keys`` declares what the designs say.
    One to columns that the design no longer declares as a key cannot be declared, and is remarked.
    """
    own = {other.name for other in referencing}
    primary, unique = ddl.declared_keys(design.constraints)
    keys = [set(key) for key in (primary, *unique)]
    found = []
    for each in dropped:
        if each.table in own:
            continue
        if set(each.key.references) in keys:
            found.append(ddl.add_foreign_key(each.table, each.key, each.constraint))
        else:
            columns = ", ".join(each.key.references)
            remark(f"dropped {each}: ({columns}) is no longer a key of {design.name}")
    return tuple(found)


def has_foreign_keys(design: Design, referencing: Designs) -> bool:
    """Return whether foreign keys are declared when a table is published."""
    return bool(design.constraints.foreign_keys or referencing)


def declare_foreign_keys(transaction: Transaction, design: Design, referencing: Designs) -> None:
    """Declare the foreign keys of the design and those that reference it.

    Both tables of a key must exist; the others are declared when the second one is published.
    """
    name = design.name
    others = (other for other in referencing if other.name != name)
    for owner in (design, *others):
        keys = [key for key in owner.constraints.foreign_keys if name in {owner.name, key.table}]
        if not keys or kind_of(transaction, owner.name) != "table":
            continue
        rows = transaction.query(catalog.own_foreign_keys(owner.name))
        declared = {item.key for item in catalog.references(rows)}
        for key in keys:
            if key not in declared and kind_of(transaction, key.table) == "table":
                transaction.add(ddl.add_foreign_key(owner.name, key))

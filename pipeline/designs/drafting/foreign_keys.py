"""Foreign keys of first designs, as far as what they refer to has a design too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pipeline.designs.drafting.draft import Draft
from pipeline.designs.model import Design, ForeignKey
from pipeline.names import TableName


def keep_known(draft: Draft, designs: Mapping[TableName, Design]) -> tuple[Draft, tuple[str, ...]]:
    """Return the draft with the foreign keys that ``designs`` can hold, and what was left out."""
    constraints = draft.design.constraints
    designs = {**designs, draft.design.name: draft.design}
    kept = tuple(key for key in constraints.foreign_keys if _holds(key, designs))
    left_out = (key for key in constraints.foreign_keys if key not in kept)
    remarks = tuple(
        f"foreign key ({', '.join(key.columns)}) left out: {_reason(key, designs)}"
        for key in left_out
    )
    design = replace(draft.design, constraints=replace(constraints, foreign_keys=kept))
    return replace(draft, design=design), remarks


def _holds(key: ForeignKey, designs: Mapping[TableName, Design]) -> bool:
    """Tell whether the columns referred to are a key there, which Redshift asks for."""
    target = designs.get(key.table)
    if target is None or target.kind == "VIEW":
        return False
    declared = target.constraints
    keys = [declared.primary_key, declared.natural_key, declared.surrogate_key, *declared.unique]
    return set(key.references) in map(set, keys)


def _reason(key: ForeignKey, designs: Mapping[TableName, Design]) -> str:
    if key.table not in designs:
        return f"{key.table} has no design"
    return f"({', '.join(key.references)}) is no key of {key.table}"

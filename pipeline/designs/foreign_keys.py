"""Foreign keys of first designs, as far as what they refer to has a design too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pipeline.designs.draft import Draft
from pipeline.designs.model import Design, ForeignKey
from pipeline.names import TableName


def keep_known(
    draft: Draft, designs: Mapping[TableName, Design]
) -> tuple[Draft, tuple[ForeignKey, ...]]:
    """Return the draft with the foreign keys that ``designs`` can hold, and those left out."""
    constraints = draft.design.constraints
    designs = {**designs, draft.design.name: draft.design}
    kept = tuple(key for key in constraints.foreign_keys if _holds(key, designs))
    left_out = tuple(key for key in constraints.foreign_keys if key not in kept)
    if not left_out:
        return draft, ()
    design = replace(draft.design, constraints=replace(constraints, foreign_keys=kept))
    return replace(draft, design=design), left_out


def _holds(key: ForeignKey, designs: Mapping[TableName, Design]) -> bool:
    """Tell whether the columns referred to are a key there, which Redshift asks for."""
    target = designs.get(key.table)
    if target is None or target.kind == "VIEW":
        return False
    declared = target.constraints
    keys = [declared.primary_key, declared.natural_key, declared.surrogate_key, *declared.unique]
    return set(key.references) in map(set, keys)

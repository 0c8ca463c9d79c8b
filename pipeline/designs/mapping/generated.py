"""What was generated for a column, as opposed to what was written by hand."""

import re

from pipeline.designs.mapping.mapped_type import MappedType
from pipeline.designs.mapping.numeric import measured
from pipeline.designs.mapping.typemap import TypeMaps, map_type
from pipeline.designs.model.upstream import UpstreamType, quoted


def generated(
    upstream: UpstreamType,
    name: str,
    sql_type: str,
    expression: str | None,
    type_maps: TypeMaps = (),
) -> MappedType:
    """Return what was generated for a type; numeric without precision got measured sizes.

    ``name`` is the upstream column; ``sql_type`` and ``expression`` are those of its design.
    """
    mapped = map_type(upstream, type_maps)
    sized = re.fullmatch(r"numeric\((\d+),\s*(\d+)\)", sql_type)
    if upstream.text != "numeric" or sized is None:
        return mapped
    by_digits = measured(int(sized[1]), int(sized[2]))
    return by_digits if expression == by_digits.expression_for(name) else mapped


def keeps_null(upstream: UpstreamType, name: str, sql_type: str, expression: str | None) -> bool:
    """Return whether NULL upstream certainly stays NULL: expressions of the built-in map keep it.

    Others, written by hand or configured, may replace it.
    """
    if expression in {None, quoted(name)}:
        return True
    return expression == generated(upstream, name, sql_type, expression).expression_for(name)

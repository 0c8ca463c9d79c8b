"""Which value of a JSON object or array each column gets.

Source: https://docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-copy-from-json.html
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from redshift_emulator.copy.conversion.faults import BAD_LINE, FieldFaultError
from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.language.long_names import NAMES
from redshift_emulator.language.types import TableColumn

MISSING = object()
"""The value of a path that leads nowhere; its column is NULL."""

AUTO, AUTO_IGNORECASE, NOSHRED = "auto", "auto ignorecase", "noshred"

_BRACKETS = re.compile(r"\[(?:(\d+)|'([^']*)'|\"([^\"]*)\")\]")
_DOTS = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")

_NO_OBJECT = "Invalid JSONPath format. Member is not an object."
_NO_ARRAY = "Invalid JSONPath format: Not an array or index out of range."

Path = tuple[str | int, ...]
Select = Callable[[Any], Sequence[Any]]
"""Returns the value of each column, MISSING for none."""


def selector(
    argument: str, columns: Sequence[TableColumn], read: Callable[[str], bytes]
) -> Select:
    """Return how the argument of JSON maps values to columns; ``read`` gets an object of S3.

    A file without the name ``jsonpaths`` counts as 'auto'.
    """
    names = [NAMES.restored(column.name) for column in columns]
    if argument.startswith("s3://"):
        paths = _paths(read(argument), argument)
        if paths is None:
            return _by_name(names)
        _check_number(paths, names)
        return lambda found: [_follow(found, path) for path in paths]
    if argument == AUTO:
        return _by_name(names)
    if argument == AUTO_IGNORECASE:
        return _by_name(names, str.lower)
    if argument == NOSHRED:
        _check_noshred(columns)
        return lambda found: [found]
    raise RedshiftError(
        f"JSON '{argument}': expected 'auto', 'auto ignorecase', 'noshred' or the path of a"
        " JSONPaths file, s3://bucket/key",
        sqlstate="22023",
    )


def _by_name(names: Sequence[str], fold: Callable[[str], str] = str) -> Select:
    def select(found: Any) -> Sequence[Any]:
        if not isinstance(found, Mapping):
            raise FieldFaultError(BAD_LINE, _NO_OBJECT)
        values = {fold(name): value for name, value in found.items()}
        return [values.get(fold(name), MISSING) for name in names]

    return select


def _follow(found: Any, path: Path) -> Any:
    for step in path:
        if found is None or found is MISSING:
            return MISSING
        if isinstance(step, str) and isinstance(found, Mapping):
            found = found.get(step, MISSING)
        elif isinstance(step, int) and isinstance(found, list) and step < len(found):
            found = found[step]
        else:
            raise FieldFaultError(BAD_LINE, _NO_OBJECT if isinstance(step, str) else _NO_ARRAY)
    return found


def _paths(content: bytes, url: str) -> list[Path] | None:
    try:
        document = json.loads(content)
    except ValueError as error:
        raise RedshiftError(f"JSONPaths file is not valid JSON: {url}", code=8001) from error
    if not isinstance(document, dict) or "jsonpaths" not in document:
        return None
    expressions = document["jsonpaths"]
    if not isinstance(expressions, list) or not all(isinstance(e, str) for e in expressions):
        raise RedshiftError(f"jsonpaths is not a list of texts: {url}", code=8001)
    if len({_BRACKETS.match(expression, 1) is None for expression in expressions}) > 1:
        raise RedshiftError(f"jsonpaths mix bracket and dot notation: {url}", code=8001)
    return [parse_path(expression) for expression in expressions]


def parse_path(text: str) -> Path:
    """Parse ``$['a']['b'][0]`` or ``$.a.b[0]``, which must lead to one element."""
    form = _BRACKETS if text.startswith(("$['", '$["')) else _DOTS
    steps: list[str | int] = []
    position = 1
    while text.startswith("$") and (found := form.match(text, position)):
        index = found[2] if form is _DOTS else found[1]
        names = (found[1],) if form is _DOTS else (found[2], found[3])
        name = next((each for each in names if each is not None), "")
        steps.append(name if index is None else int(index))
        position = found.end()
    if position != len(text) or not steps:
        raise RedshiftError(f"Invalid JSONPath format: {text}", code=8001)
    return tuple(steps)


def _check_number(paths: Sequence[Path], names: Sequence[str]) -> None:
    if len(paths) != len(names):
        raise RedshiftError(
            "Number of jsonpaths and the number of columns should match. JSONPath size:"
            f" {len(paths)}, Number of columns in table or column list: {len(names)}",
            code=8001,
        )


def _check_noshred(columns: Sequence[TableColumn]) -> None:
    if len(columns) != 1 or columns[0].type.name != "super":
        raise RedshiftError("JSON 'noshred' loads one column of the type SUPER", code=8001)

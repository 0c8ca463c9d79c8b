"""Read YAML and JSON as plain data, with a line number for every fault."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.documents.limits import MAX_DEPTH, MAX_NODES, limit_fault
from pipeline.errors import Fault, FaultsError

Path = tuple[str | int, ...]

MAX_SIZE = 1_000_000
"""The largest number of characters of a document."""


@dataclass(frozen=True, slots=True)
class Document:
    """A file's text, its data, and the line of each part of it."""

    file: str
    text: str
    data: Any

    def fault(self, path: Path, message: str) -> Fault:
        """Return a fault at ``path``, such as ``("columns", 3, "sql_type")``."""
        return Fault(self.file, render_path(self.data, path), message, self.line(path))

    def line(self, path: Path) -> int | None:
        """Return the line of the value at ``path``, or of the nearest one that contains it."""
        from pipeline.documents.yaml_data import line_of  # noqa: PLC0415  (only faults need it)

        return line_of(self.text, path)


def read(file: str, text: str) -> Document:
    """Read YAML or JSON; FaultsError with file and line if it is neither."""
    if len(text) > MAX_SIZE:
        message = f"has {len(text):,} characters, expected at most {MAX_SIZE:,}"
        raise FaultsError([Fault(file, "", message)])
    if text.lstrip().startswith("{"):
        try:
            return Document(file, text, _read_json(file, text))
        except (ValueError, RecursionError):
            pass  # YAML's flow style, or a fault that the YAML reader reports with its line
    from pipeline.documents.yaml_data import parse_yaml  # noqa: PLC0415  (few runs parse YAML)

    return Document(file, text, parse_yaml(file, text))


def render_path(data: Any, path: Path) -> str:
    """Render a path for messages, items by name if they have one: ``columns[total].sql_type``."""
    text = ""
    for step in path:
        data = _step(data, step)
        if isinstance(step, int):
            name = data.get("name") if isinstance(data, Mapping) else None
            text += f"[{name if isinstance(name, str) else step}]"
        else:
            text += f".{step}" if text else step
    return text


def _step(data: Any, step: str | int) -> Any:
    if isinstance(step, int):
        return data[step] if isinstance(data, Sequence) and step < len(data) else None
    return data.get(step) if isinstance(data, Mapping) else None


def _read_json(file: str, text: str) -> Any:
    """Read JSON; ValueError if it is malformed or ambiguous, FaultsError beyond the limits."""
    data = json.loads(text, object_pairs_hook=_unique, parse_constant=_reject_constant)
    level, depth, nodes = [data], 0, 0
    while level:
        collections = [each for each in level if isinstance(each, dict | list)]
        depth, nodes = depth + bool(collections), nodes + len(level)
        if depth > MAX_DEPTH or nodes > MAX_NODES:
            raise FaultsError([limit_fault(file, depth)])
        level = [item for each in collections for item in _items(each)]
    if "\\ud" in text.lower():
        json.dumps(data, ensure_ascii=False).encode()  # fails for unpaired surrogates
    return data


def _items(collection: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return collection.values() if isinstance(collection, dict) else collection


def _reject_constant(text: str) -> None:
    raise ValueError(f"{text} is not a number")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) < len(pairs):
        raise ValueError("duplicate key")
    return data

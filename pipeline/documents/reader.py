"""Read YAML and JSON as plain data, with a line number for every fault."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from pipeline.documents.yaml_data import MAX_DEPTH, MAX_NODES, compose, limit_fault, parse_yaml
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
        try:
            node = compose(self.text)
        except yaml.YAMLError:
            return None
        line = None if node is None else node.start_mark.line + 1
        for step in path:
            found = None if node is None else _child(node, step)
            if found is None:
                break
            node, line = found
        return line


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
    try:
        return Document(file, text, parse_yaml(file, text))
    except yaml.YAMLError as error:
        raise FaultsError([_syntax_fault(file, error)]) from error


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


def _child(node: yaml.Node, step: str | int) -> tuple[yaml.Node, int] | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        child = node.value[step]
        return child, child.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == step:
                return value, key.start_mark.line + 1
    return None


def _syntax_fault(file: str, error: yaml.YAMLError) -> Fault:
    problem = getattr(error, "problem", None) or str(error)
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return Fault(file, "", f"is neither YAML nor JSON: {problem}")
    message = f"is neither YAML nor JSON: {problem} (column {mark.column + 1})"
    return Fault(file, "", message, mark.line + 1)

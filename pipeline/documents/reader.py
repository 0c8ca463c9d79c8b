"""Read YAML and JSON as plain data, with a line number for every fault.

YAML follows the core schema of YAML 1.2: ``no``, ``on``, ``12:30`` and ``2016-04-11`` are strings.
Duplicate keys are faults, and no tag creates an object.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

from pipeline.errors import Fault, FaultsError

try:
    from yaml import CSafeLoader as BaseLoader
except ImportError:  # PyYAML built without libyaml: same results, slower
    from yaml import SafeLoader as BaseLoader  # type: ignore[assignment]

Path = tuple[str | int, ...]

MAX_SIZE = 1_000_000
MAX_DEPTH = 40
MAX_NODES = 50_000
"""Limits of a document: characters, nesting, and nodes, with each alias written out.

The largest design, of 1,600 columns, has about half as many nodes. libyaml and Python's JSON
reader are recursive: without limits, 100 kB end the process, and 1 kB of aliases fills the memory.
"""

_PREFIX = "tag:yaml.org,2002:"
_CORE = (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+", list("-+0123456789")),
    (
        "float",
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?",
        list("-+.0123456789"),
    ),
)
_SCALARS: dict[str, Callable[[str], Any]] = {
    f"{_PREFIX}str": str,
    f"{_PREFIX}null": lambda _: None,
    f"{_PREFIX}bool": lambda text: text.lower() == "true",
    f"{_PREFIX}int": int,
    f"{_PREFIX}float": float,
}
_COLLECTIONS = {f"{_PREFIX}map", f"{_PREFIX}seq"}


class _Loader(BaseLoader):
    """PyYAML's scanner and composer with the implicit types of YAML 1.2's core schema."""


_Loader.yaml_implicit_resolvers = {}
for _kind, _pattern, _first in _CORE:
    _Loader.add_implicit_resolver(_PREFIX + _kind, re.compile(f"^(?:{_pattern})$"), _first)


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
            node = _compose(self.text)
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
        check_limits(file, text)
        node = _compose(text)
    except yaml.YAMLError as error:
        raise FaultsError([_syntax_fault(file, error)]) from error
    return Document(file, text, None if node is None else _Converter(file).convert(node))


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


def check_limits(file: str, text: str) -> None:
    """Read YAML as a stream of events; FaultsError for one that is too deep or too large."""
    nodes, open_, sizes = 0, list[tuple[str | None, int]](), dict[str, int]()
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            open_.append((event.anchor, nodes))
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = open_.pop()
            sizes[anchor or ""] = nodes - before
        nodes += sizes.get(event.anchor or "", 1) if isinstance(event, yaml.AliasEvent) else 1
        if len(open_) > MAX_DEPTH or nodes > MAX_NODES:
            line = event.start_mark.line + 1 if event.start_mark else None
            raise FaultsError([_limit_fault(file, len(open_), line)])


def _limit_fault(file: str, depth: int, line: int | None = None) -> Fault:
    what = "is nested too deeply" if depth > MAX_DEPTH else "is too large"
    limits = f"expected at most {MAX_DEPTH} levels and {MAX_NODES:,} values, aliases written out"
    return Fault(file, "", f"{what}: {limits}", line)


def _read_json(file: str, text: str) -> Any:
    """Read JSON; ValueError if it is malformed or ambiguous, FaultsError beyond the limits."""
    data = json.loads(text, object_pairs_hook=_unique, parse_constant=_reject_constant)
    level, depth, nodes = [data], 0, 0
    while level:
        collections = [each for each in level if isinstance(each, dict | list)]
        depth, nodes = depth + bool(collections), nodes + len(level)
        if depth > MAX_DEPTH or nodes > MAX_NODES:
            raise FaultsError([_limit_fault(file, depth)])
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


@lru_cache(maxsize=1)
def _compose(text: str) -> yaml.Node | None:
    loader = _Loader(text)
    try:
        node: yaml.Node | None = loader.get_single_node()
        return node
    finally:
        loader.dispose()


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


def shorten(text: str) -> str:
    """Truncate a long text for a message."""
    return text if len(text) <= 60 else f"{text[:57]}..."


class _Converter:
    """Converts composed nodes to data; a node with several aliases is converted once."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._done: dict[int, Any] = {}
        self._open: set[int] = set()

    def convert(self, node: yaml.Node) -> Any:
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        if id(node) in self._open:
            raise self._error(node, "an alias refers to a node that contains it")
        if id(node) not in self._done:
            self._open.add(id(node))
            self._done[id(node)] = self._collection(node)
            self._open.discard(id(node))
        return self._done[id(node)]

    def _collection(self, node: yaml.Node) -> Any:
        if node.tag not in _COLLECTIONS:
            raise self._error(node, f"the tag {shorten(node.tag)} is not supported")
        if isinstance(node, yaml.SequenceNode):
            return [self.convert(item) for item in node.value]
        data: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise self._error(key, "a key must be a scalar")
            if key.value in data:
                raise self._error(key, f"duplicate key '{shorten(key.value)}'")
            data[key.value] = self.convert(value)
        return data

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        construct = _SCALARS.get(node.tag)
        if construct is None:
            raise self._error(node, f"the tag {shorten(node.tag)} is not supported")
        try:
            return construct(node.value)
        except ValueError as error:
            raise self._error(node, f"'{shorten(node.value)}' does not match its tag") from error

    def _error(self, node: yaml.Node, message: str) -> FaultsError:
        return FaultsError([Fault(self._file, "", message, node.start_mark.line + 1)])

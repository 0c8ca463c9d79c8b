"""Build data from YAML as it is parsed, without recursion and within limits.

YAML follows the core schema of YAML 1.2: ``no``, ``on``, ``12:30`` and ``2016-04-11`` are strings.
Duplicate keys are faults, and no tag creates an object. PyYAML's own way, by nodes and their
constructors, takes almost twice as long.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml
from yaml.composer import ComposerError

from pipeline.documents.limits import MAX_DEPTH, MAX_NODES, limit_fault, shorten
from pipeline.errors import Fault, FaultsError

try:
    from yaml import CSafeLoader as _Loader
except ImportError:  # PyYAML built without libyaml: same results, slower
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]

_PREFIX = "tag:yaml.org,2002:"
_CONSTRUCT: dict[str, Callable[[str], Any]] = {
    f"{_PREFIX}str": str,
    f"{_PREFIX}null": lambda _: None,
    f"{_PREFIX}bool": lambda text: text.lower() == "true",
    f"{_PREFIX}int": int,
    f"{_PREFIX}float": float,
}
_COLLECTIONS = frozenset({f"{_PREFIX}map", f"{_PREFIX}seq"})
_UNTAGGED = frozenset({None, "!"})

_PLAIN = re.compile(
    r"(?P<null>~|null|Null|NULL|)"
    r"|(?P<bool>true|True|TRUE|false|False|FALSE)"
    r"|(?P<int>[-+]?[0-9]+)"
    r"|(?P<float>[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)"
)
"""Texts without quotes that are no strings."""


_Event = Any
"""An event of PyYAML, whose stubs do not know which of its attributes are None when."""


@dataclass(slots=True)
class _Anchor:
    """What an alias stands for: a scalar, or the data of a collection, None until it ends."""

    event: _Event
    data: Any = None
    nodes: int = 1


def parse_yaml(file: str, text: str) -> Any:
    """Return the data of a document; FaultsError if it is no YAML, or breaks these rules."""
    try:
        return _Builder(file).build(text)
    except yaml.YAMLError as error:
        raise FaultsError([_syntax_fault(file, error)]) from error


def line_of(text: str, path: Sequence[str | int]) -> int | None:
    """Return the line of the value at ``path``, or of the nearest one that contains it."""
    try:
        node = _compose(text)
    except yaml.YAMLError:
        return None
    line = None if node is None else node.start_mark.line + 1
    for step in path:
        found = None if node is None else _child(node, step)
        if found is None:
            break
        node, line = found
    return line


@lru_cache(maxsize=1)
def _compose(text: str) -> yaml.Node | None:
    """Return the nodes of a document that ``parse_yaml`` accepts, with their lines."""
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


class _Builder:
    """Adds the value of each event to the innermost collection that is open."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._documents: list[Any] = []
        self._data: Any = self._documents
        self._key: str | None = None  # of the value that follows, in a mapping
        self._open: list[tuple[Any, _Anchor | None, int]] = []
        self._anchors: dict[str, _Anchor] = {}
        self._nodes = 0

    def build(self, text: str) -> Any:
        handlers = {
            yaml.ScalarEvent: self._scalar,
            yaml.MappingStartEvent: self._start,
            yaml.SequenceStartEvent: self._start,
            yaml.MappingEndEvent: self._end,
            yaml.SequenceEndEvent: self._end,
            yaml.AliasEvent: self._alias,
            yaml.DocumentStartEvent: self._document,
        }
        loader = _Loader(text)
        try:
            while (event := loader.get_event()) is not None:
                self._nodes += 1
                if handle := handlers.get(event.__class__):
                    handle(event)
                if self._nodes > MAX_NODES or len(self._open) > MAX_DEPTH:
                    line = event.start_mark.line + 1 if event.start_mark else None
                    raise FaultsError([limit_fault(self._file, len(self._open), line)])
        finally:
            loader.dispose()
        return self._documents[0] if self._documents else None

    def _document(self, event: _Event) -> None:
        if self._documents:
            raise ComposerError(None, None, "but found another document", event.start_mark)

    def _scalar(self, event: _Event) -> None:
        if event.anchor:
            self._define(event)
        self._place(event)

    def _place(self, event: _Event) -> None:
        data = self._data
        if data.__class__ is list:
            data.append(self._value(event))
        elif self._key is not None:
            data[self._key] = self._value(event)
            self._key = None
        elif event.value in data:
            raise self._error(event, f"duplicate key '{shorten(event.value)}'")
        else:
            self._key = event.value

    def _start(self, event: _Event) -> None:
        if event.tag not in _UNTAGGED and event.tag not in _COLLECTIONS:
            raise self._error(event, f"the tag {shorten(event.tag)} is not supported")
        data: Any = {} if event.__class__ is yaml.MappingStartEvent else []
        anchor = self._define(event) if event.anchor else None
        self._place_collection(event, data)
        self._open.append((self._data, anchor, self._nodes))
        self._data = data

    def _end(self, _: _Event) -> None:
        data = self._data
        self._data, anchor, before = self._open.pop()
        if anchor is not None:
            anchor.data, anchor.nodes = data, self._nodes - before

    def _define(self, event: _Event) -> _Anchor:
        if event.anchor in self._anchors:
            raise ComposerError(None, None, "second occurrence", event.start_mark)
        found = self._anchors[event.anchor] = _Anchor(event)
        return found

    def _alias(self, event: _Event) -> None:
        anchor = self._anchors.get(event.anchor)
        if anchor is None:
            raise ComposerError(None, None, "found undefined alias", event.start_mark)
        self._nodes += anchor.nodes - 1
        if anchor.event.__class__ is yaml.ScalarEvent:
            self._place(anchor.event)
        elif anchor.data is None:
            raise self._error(anchor.event, "an alias refers to a node that contains it")
        else:
            self._place_collection(anchor.event, anchor.data)

    def _place_collection(self, event: _Event, data: Any) -> None:
        if self._data.__class__ is list:
            self._data.append(data)
        elif self._key is None:
            raise self._error(event, "a key must be a scalar")
        else:
            self._data[self._key] = data
            self._key = None

    def _value(self, event: _Event) -> Any:
        text, tag = event.value, event.tag
        if tag in _UNTAGGED:
            found = _PLAIN.fullmatch(text) if event.implicit[0] else None
            if found is None:
                return text
            tag = f"{_PREFIX}{found.lastgroup}"
        construct = _CONSTRUCT.get(tag)
        if construct is None:
            raise self._error(event, f"the tag {shorten(tag)} is not supported")
        try:
            return construct(text)
        except ValueError as error:
            raise self._error(event, f"'{shorten(text)}' does not match its tag") from error

    def _error(self, event: _Event, message: str) -> FaultsError:
        return FaultsError([Fault(self._file, "", message, event.start_mark.line + 1)])

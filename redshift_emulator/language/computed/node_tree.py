"""PostgreSQL's ``pg_node_tree``: the text of an analyzed query.

https://git.postgresql.org/gitweb/?p=postgresql.git;a=blob;f=src/backend/nodes/read.c
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

_WORD = re.compile(r"[{}()]|(?:\\.|[^\s{}()\\])+", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Node:
    """A node: ``{VAR :varno 1 …}`` has the tag VAR; values are texts, lists, nodes or None.

    A value of several words, such as ``8 [ 32 0 0 0 ]``, is a list of texts.
    """

    tag: str
    fields: dict[str, Any]

    def __getitem__(self, name: str) -> Any:
        """Return a field, None if it is empty or missing."""
        return self.fields.get(name)

    def number(self, name: str) -> int:
        """Return a field that is a number, 0 if it is missing."""
        return int(self.fields.get(name) or 0)


def parse(text: str) -> Any:
    """Parse a node tree."""
    words = iter(_WORD.findall(text))
    return _value(next(words), words)


def descendants(value: Any, omit: Callable[[Node], bool] = lambda _node: False) -> Iterator[Node]:
    """Yield all nodes of a tree, each before those that it holds, but what is omitted."""
    if isinstance(value, list):
        for item in value:
            yield from descendants(item, omit)
    elif isinstance(value, Node) and not omit(value):
        yield value
        for field in value.fields.values():
            yield from descendants(field, omit)


def _list(words: Iterator[str]) -> list[Any]:
    found: list[Any] = []
    for word in words:
        if word == ")":
            break
        found.append(_value(word, words))
    return found


def own(value: Any) -> Iterator[Node]:
    """Yield the nodes of a query or a part of it; of the queries inside of it only the first."""
    waiting: list[Any] = list(value.fields.values()) if isinstance(value, Node) else [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting += each
        elif isinstance(each, Node):
            yield each
            if each.tag != "QUERY":
                waiting += each.fields.values()


def _value(word: str, words: Iterator[str]) -> Any:
    """Return the value that begins with a word."""
    if word == "{":
        return _node(words)
    if word == "(":
        return _list(words)
    return None if word == "<>" else word


def _node(words: Iterator[str]) -> Node:
    tag = next(words)
    fields: dict[str, Any] = {}
    name = ""
    for word in words:
        if word == "}":
            break
        if word.startswith(":"):
            name = word[1:]
            fields[name] = None
            continue
        value = _value(word, words)
        earlier = fields.get(name)
        if earlier is None:
            fields[name] = value
        elif isinstance(earlier, list) and earlier and isinstance(earlier[0], str):
            earlier.append(value)
        else:
            fields[name] = [earlier, value]
    return Node(tag, fields)

"""Change the file of a design: its comments, order and quoting stay."""

import difflib
import io
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import CommentMark
from ruamel.yaml.tokens import CommentToken


@dataclass(frozen=True, slots=True)
class Update:
    """The new text of a file; ``difference`` is a unified diff, empty if nothing changed."""

    text: str
    difference: str
    remarks: tuple[str, ...] = ()


def edit(file: str, text: str, change: Callable[[Any], Iterable[str]]) -> Update:
    """Return the text of a file with its data changed; ``change`` returns remarks."""
    is_json = _is_json(text)
    yaml = _round_trip(text)
    data, before = (json.loads(text) if is_json else yaml.load(text) for _ in range(2))
    remarks = tuple(change(data))
    if data == before:
        return Update(text, "", remarks)
    merged = (
        json.dumps(data, indent=4, ensure_ascii=False) + "\n" if is_json else _dump(yaml, data)
    )
    old, new = (each.splitlines(keepends=True) for each in (text, merged))
    return Update(merged, "".join(difflib.unified_diff(old, new, file, file)), remarks)


def append(items: Any, item: dict[str, Any]) -> None:
    """Append a mapping to a list of a file; what follows the list keeps the comments before it.

    The reader attaches those comments to the last value of the list.
    """
    comment = _take_comment(items)
    if comment is None:
        items.append(item)
        return
    added = CommentedMap(item)
    token = CommentToken(f"\n{comment}", CommentMark(0), None)
    added.ca.items[next(reversed(added))] = [None, None, token, None]
    items.append(added)


def _take_comment(node: Any) -> str | None:
    """Remove the lines of comments and empty lines after the end of a node, and return them."""
    if not isinstance(node, CommentedMap | CommentedSeq) or not node:
        return None
    is_map = isinstance(node, CommentedMap)
    last = next(reversed(node)) if is_map else len(node) - 1
    inner = _take_comment(node[last])
    if inner is not None or last not in node.ca.items:
        return inner
    token = node.ca.items[last][2 if is_map else 0]
    own, _, after = ("", "", "") if token is None else token.value.partition("\n")
    if not after:
        return None
    token.value = f"{own}\n"
    return str(after)


def _is_json(text: str) -> bool:
    """Return whether a text is JSON; one that begins with a brace can be YAML, too."""
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _round_trip(text: str) -> YAML:
    """Return a YAML reader and writer that keeps the file's indentation."""
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    indented = re.search(r"^columns:[^\n]*\n(?:\s*(?:#[^\n]*)?\n)*( *)-", text, re.MULTILINE)
    offset = len(indented[1]) if indented else 2
    yaml.indent(mapping=2, sequence=offset + 2, offset=offset)
    return yaml


def _dump(yaml: YAML, data: Any) -> str:
    stream = io.StringIO()
    yaml.dump(data, stream)
    return stream.getvalue()

"""Render texts as YAML, in a block or in brackets."""

import re
from collections.abc import Sequence

_PLAIN = re.compile(r"[A-Za-z_(][\w .,()/$+-]*[\w).]|[A-Za-z_]")
_OTHER_TYPES = re.compile(r"(?:y|n|yes|no|on|off|true|false|null|nan|inf)", re.IGNORECASE)


def scalar(text: str) -> str:
    """Render a scalar that YAML 1.1 and 1.2 read as the same text, quoted if needed."""
    if _PLAIN.fullmatch(text) and not _OTHER_TYPES.fullmatch(text) and ": " not in text:
        return text
    if text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    return character if character.isprintable() else f"\\U{ord(character):08X}"


def items(texts: Sequence[str]) -> str:
    """Render a list of texts in brackets."""
    return f"[{', '.join(map(item, texts))}]"


def item(text: str) -> str:
    """Render a text in brackets, where a comma must be quoted."""
    written = scalar(text)
    return written if written != text or not set(text) & set(",()") else f"'{text}'"

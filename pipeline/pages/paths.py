"""The names of pages: safe in URLs and in every file system, also one that ignores case."""

import hashlib
import re

from pipeline.names import TableName

_UNSAFE = re.compile(r"[^a-z0-9_-]")

_DEVICES = re.compile(r"(?:aux|con|nul|prn|com[0-9]|lpt[0-9])")
"""Names that Windows reserves, with any suffix."""

LONGEST = 200
"""Characters of a file name; file systems allow 255 bytes."""


def safe(text: str) -> str:
    """Encode a text with lower-case letters, digits, ``_``, ``-`` and ``~``: ``gift~20cards``.

    Different texts have different encodings.
    """
    encoded = _UNSAFE.sub(lambda found: "".join(f"~{byte:02x}" for byte in _bytes(found[0])), text)
    return f"~{ord(text[0]):02x}{encoded[1:]}" if _DEVICES.fullmatch(text) else encoded


def _bytes(character: str) -> bytes:
    return character.encode("utf-8", "surrogatepass")


def page_of(name: TableName) -> str:
    """Return the path of a relation's page: ``relation/www.orders.html``."""
    stem = f"{safe(name.schema)}.{safe(name.table)}"
    if len(stem) > LONGEST:
        digits = hashlib.sha256(str((name.schema, name.table)).encode("utf-8", "surrogatepass"))
        stem = f"{stem[: LONGEST - 20].rstrip('.')}~~{digits.hexdigest()[:16]}"
    return f"relation/{stem}.html"

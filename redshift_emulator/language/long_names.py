"""Names of 64 to 127 bytes, which are shorter in PostgreSQL: its names have up to 63 bytes.

A short name is the beginning of the long one, a mark, and 65 bits of its SHA-256, such as
``a_name_of_a_hundred_bytes_l0ng_d5q3kz2ommn4u``. PostgreSQL writes both with or without quotation
marks: those that need them have another mark. In quotation marks, the short name has no more
characters than the long one has without, so blanks after it keep positions in a text.
"""

import base64
import hashlib
import re
from collections.abc import Iterable

from redshift_emulator.language.errors import NotSupportedError

LONGEST_NAME = 127
LONGEST_BACKEND_NAME = 63
_MARK, _MARK_TO_QUOTE = "_l0ng_", "¦"
_MARKS_IN_UTF8 = (_MARK.encode("utf-8"), _MARK_TO_QUOTE.encode("utf-8"))
_DIGITS = 13
_END = re.compile(rf"(?:{_MARK}|{_MARK_TO_QUOTE})[a-z2-7]{{{_DIGITS}}}")
_CUT = re.compile(
    rf"(?:{_MARK}|{_MARK_TO_QUOTE})[a-z2-7]{{{_DIGITS - 4},{_DIGITS - 1}}}(?![a-z2-7])"
)
"""The end of a name that PostgreSQL has made of a short one, such as that of a second alias."""
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")


class LongNames:
    """The long names that this process has read, by the ends of the short ones.

    ``in_catalog``: the database has objects with such names, or had them.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, str]] = {}
        self.in_catalog = False

    def short(self, name: str) -> str:
        """Return the name for PostgreSQL; Redshift ignores what follows 127 bytes.

        A name that was made of short ones is a name of the long ones.
        """
        if len(name) <= LONGEST_BACKEND_NAME and name.isascii():
            return name
        if len(name.encode("utf-8")) <= LONGEST_BACKEND_NAME:
            return name
        name = self.restored(name).encode("utf-8")[:LONGEST_NAME].decode("utf-8", "ignore")
        if '"' in name:
            message = f'identifier "{name}" has quotation marks and more than'
            raise NotSupportedError(
                f"{message} {LONGEST_BACKEND_NAME} bytes: not supported by the emulator"
            )
        digest = base64.b32encode(hashlib.sha256(name.encode("utf-8")).digest()).decode("ascii")
        mark = _MARK if _PLAIN.fullmatch(name) else _MARK_TO_QUOTE
        end = mark + digest[:_DIGITS].lower()
        room = LONGEST_BACKEND_NAME - len(end.encode("utf-8"))
        start = name[: len(name) - len(end) - 2].encode("utf-8")[:room].decode("utf-8", "ignore")
        self._known[end] = start + end, name
        return start + end

    def read(self, names: Iterable[str]) -> None:
        """Take the long names of objects in the database."""
        for name in names:
            self.short(name)
            self.in_catalog = True

    @property
    def are_known(self) -> bool:
        """Whether there are any."""
        return bool(self._known)

    @staticmethod
    def may_be_in(data: bytes) -> bool:
        """Return whether a text in UTF-8 may have short names."""
        return any(mark in data for mark in _MARKS_IN_UTF8)

    def found_in(self, *texts: str) -> dict[str, str]:
        """Return the short names in texts, with the long ones."""
        ends = {end for text in texts for end in _END.findall(text)}
        return dict(self._known[end] for end in ends if end in self._known)

    def restored(self, text: str) -> str:
        """Return a text with the long names instead of the short ones."""
        if not self._known:
            return text
        for short, long in self.found_in(text).items():
            quoted = f'"{short}"'
            for before, after in ((quoted, f'"{long}"'), (quoted, long), (short, long)):
                blanks = len(after) - len(before)  # that a statement has behind the name
                text = text.replace(before + " " * blanks, after) if blanks > 0 else text
            text = text.replace(short, long)
        for cut in set(_CUT.findall(text)):
            for end, (short, long) in self._known.copy().items():  # other threads add
                if end.startswith(cut):
                    text = text.replace(short[: len(cut) - len(end)], long)
        return text

    def restored_bytes(self, data: bytes) -> bytes:
        """Return a text in UTF-8 with the long names; other bytes do not change."""
        text = data.decode("utf-8", "surrogateescape")
        return self.restored(text).encode("utf-8", "surrogateescape")


NAMES = LongNames()

"""Edits of a statement's text, which leave the rest unchanged byte for byte."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Shift:
    """An edit: ``start`` to ``end`` in the new text, ``first`` to ``last`` in the old."""

    start: int
    end: int
    first: int
    last: int


@dataclass(slots=True)
class Splice:
    """A text and edits of ranges that do not overlap."""

    text: str
    _edits: list[tuple[int, int, int, str]] = field(default_factory=list)
    _count: int = 0

    def replace(self, start: int, end: int, new: str) -> None:
        """Replace a range by ``new``."""
        self._edits.append((start, end, self._count, new))
        self._count += 1

    def insert(self, position: int, new: str) -> None:
        """Insert ``new`` at a position, after earlier insertions there."""
        self.replace(position, position, new)

    def drop(self, start: int, end: int) -> None:
        """Remove the edits within a range."""
        self._edits = [edit for edit in self._edits if edit[0] < start or edit[1] > end]

    def overwrite(self, start: int, end: int, new: str) -> None:
        """Replace a range by ``new``, and the edits within it."""
        self.drop(start, end)
        self.replace(start, end, new)

    def apply(self, start: int, end: int) -> "Spliced":
        """Return the range with all edits within it."""
        parts: list[str] = []
        shifts: list[Shift] = []
        position, length = start, 0
        for first, last, _, new in sorted(self._edits):
            if first < start or last > end:
                continue
            if first < position:
                raise AssertionError(f"overlapping edits at {first}: {new!r}")
            kept = self.text[position:first]
            parts += (kept, new)
            length += len(kept)
            shifts.append(Shift(length, length + len(new), first, last))
            length += len(new)
            position = last
        parts.append(self.text[position:end])
        return Spliced("".join(parts), start, tuple(shifts))


@dataclass(frozen=True, slots=True)
class Spliced:
    """An edited text, with the origin of its parts.

    ``before`` is the edit that made the text which this one edited.
    """

    text: str
    start: int
    shifts: tuple[Shift, ...]
    before: "Spliced | None" = None

    def origin(self, position: int) -> int:
        """Return the position in the original text for a position in the edited text."""
        place = self._own_origin(position)
        return place if self.before is None else self.before.origin(place)

    def _own_origin(self, position: int) -> int:
        end, origin = 0, self.start
        for shift in self.shifts:
            if position < shift.start:
                break
            if position < shift.end:
                return shift.first
            end, origin = shift.end, shift.last
        return origin + position - end

    def after(self, head: str) -> "Spliced":
        """Return this text after ``head``, whose origin is this text's start."""
        added = len(head)
        moved = tuple(
            Shift(shift.start + added, shift.end + added, shift.first, shift.last)
            for shift in self.shifts
        )
        return Spliced(
            head + self.text,
            self.start,
            (Shift(0, added, self.start, self.start), *moved),
            self.before,
        )

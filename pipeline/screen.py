"""Tables as text, fitted to the terminal; in a file or pipe each row is one line, for grep.

No cell is truncated: cells are folded, and a line below names the columns that a narrow terminal
omits.
"""

import errno
import os
import shutil
import sys
from codecs import lookup
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO, TextIOWrapper
from typing import TYPE_CHECKING, TextIO

from rich.box import SIMPLE, Box
from rich.cells import cell_len
from rich.text import Text

if TYPE_CHECKING:
    from rich.console import Console

RIGHT = frozenset({"age", "bytes", "days", "level", "objects", "rows", "seconds", "wrong rows"})
"""Columns of figures."""

FREE = frozenset(
    {"declared", "found", "groups", "message", "of", "rights", "schemas", "state"}
    | {"what to do", "when"}
)
"""Columns of words, which are folded first."""

MINIMUM_FREE = 20
"""Characters that each column of words keeps; with less, other columns are omitted."""

NARROWEST = 40
"""Characters; a narrower terminal wraps the lines itself."""

BETWEEN, EDGES = 3, 2
"""Characters between columns, and at both ends."""

LINE = "─"
ASCII = Box(str(SIMPLE).replace(LINE, "-"), ascii=True)

Cell = str | Text


@dataclass(frozen=True, slots=True)
class Screen:
    """The output of a table; without ``width`` it is a file or a pipe."""

    width: int | None = None
    color: bool = False
    box: Box = SIMPLE


PIPE = Screen()


def stdout() -> Screen:
    """Return the screen that stdout is connected to; a pipe if it is closed."""
    if sys.stdout is None:
        return PIPE
    box = SIMPLE if _has_lines(sys.stdout.encoding) else ASCII
    if not sys.stdout.isatty():
        return Screen(box=box)
    return Screen(max(NARROWEST, shutil.get_terminal_size().columns), color=True, box=box)


def write(text: str) -> None:
    """Write a text to stdout at once; OSError if that is not possible."""
    if sys.stdout is None:
        raise OSError(errno.EBADF, "it is closed")
    escape_unprintable()
    try:
        print(text, end="", flush=True)
    except OSError:
        discard(sys.stdout)
        raise


def discard(file: TextIO) -> None:
    """Discard what could not be written, which Python would report again when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), file.fileno())


def escape_unprintable() -> None:
    r"""Let stdout print characters that its encoding lacks as escapes, as stderr does: ``\u2014``.

    Cron runs programs in the locale C; https://docs.python.org/3/library/codecs.html#error-handlers
    """
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _has_lines(encoding: str | None) -> bool:
    try:
        lookup(encoding or "ascii").encode(LINE)
    except UnicodeEncodeError:
        return False
    return True


def tabulate(
    headings: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    screen: Screen,
    spare: Sequence[str] = (),
) -> str:
    """Render a table; a narrow screen omits ``spare`` columns, in their order."""
    columns = [
        [_cell(cell, screen) for cell in column] for column in zip(headings, *rows, strict=True)
    ]
    dropped = _too_many(columns, screen, spare)
    shown = [column for column in columns if column[0].plain not in dropped]
    text = _render(shown, screen)
    if dropped:
        names = ", ".join(name for name in headings if name in dropped)
        text += f"This terminal is too narrow for: {names}.\n"
    return text


def _cell(cell: Cell, screen: Screen) -> Text:
    """Make a cell; in a file or pipe its lines are joined, so that a row stays one line."""
    text = cell if isinstance(cell, Text) else Text(cell)
    if screen.width is None and "\n" in text.plain:
        return Text(" / ".join(text.plain.splitlines()))
    return text


def _too_many(
    columns: Sequence[Sequence[Text]], screen: Screen, spare: Sequence[str]
) -> frozenset[str]:
    """Return the columns that do not fit."""
    for number in range(len(spare)):
        dropped = frozenset(spare[:number])
        if _fits([each for each in columns if each[0].plain not in dropped], screen):
            return dropped
    return frozenset(spare)


def _fits(columns: Collection[Sequence[Text]], screen: Screen) -> bool:
    """Return whether all columns fit when only columns of words are folded."""
    if screen.width is None:
        return True
    needed = sum(min(_width(each), _most(each[0].plain)) for each in columns)
    return needed + BETWEEN * (len(columns) - 1) + EDGES <= screen.width


def _most(heading: str) -> int:
    return MINIMUM_FREE if heading in FREE else sys.maxsize


def _width(column: Iterable[Text]) -> int:
    return max(cell_len(line) for cell in column for line in cell.plain.splitlines() or [""])


def _render(columns: Sequence[Sequence[Text]], screen: Screen) -> str:
    if screen.width is None:
        texts = [[cell.plain for cell in column] for column in columns]
        if all(text.isprintable() for column in texts for text in column):
            return _render_plain(texts, screen)
    from rich.table import Table  # noqa: PLC0415  (pipes need it for control characters only)

    table = Table(box=screen.box, pad_edge=False, safe_box=False)
    fits = _fits(columns, screen)
    for heading, *_ in columns:
        name = heading.plain
        table.add_column(
            heading,
            justify="right" if name in RIGHT else "left",
            overflow="fold",
            no_wrap=fits and name not in FREE,  # if it does not fit, this would truncate
        )
    for row in zip(*(column[1:] for column in columns), strict=True):
        table.add_row(*row)
    needed = sum(map(_width, columns)) + BETWEEN * len(columns) + EDGES
    out = StringIO()
    _console(out, screen, screen.width or needed).print(table)
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


def _render_plain(columns: Sequence[Sequence[str]], screen: Screen) -> str:
    """Render a table of single lines as rich does, which takes a second for 2,000 rows."""
    padded = [[*_padded(column)] for column in columns]
    head, *rows = [f" {(' ' * BETWEEN).join(row)}" for row in zip(*padded, strict=True)]
    rule = " " + screen.box.head_row_horizontal * (cell_len(head) - 1)
    return "".join(f"{line.rstrip()}\n" for line in ("", head, rule, *rows, ""))


def _padded(column: Sequence[str]) -> Iterator[str]:
    width = max(map(cell_len, column))
    for text in column:
        if column[0] in RIGHT:
            figure = text.rstrip()
            yield " " * (width - cell_len(figure)) + figure
        else:
            yield text + " " * (width - cell_len(text))


def line(text: str, screen: Screen, style: str = "") -> str:
    """Render a line, which is not wrapped."""
    if not screen.color and text.isprintable() and not text.endswith(" "):
        return f"{text}\n"
    out = StringIO()
    _console(out, screen).print(text, style=style, soft_wrap=True)
    return out.getvalue()


def _console(out: StringIO, screen: Screen, width: int | None = None) -> "Console":
    """Return a console that prints texts as they are: rich would make an emoji of ``:100:``."""
    from rich.console import Console  # noqa: PLC0415  (see _render)

    return Console(
        file=out,
        width=width,
        force_terminal=screen.color,
        no_color=None if screen.color else True,  # None: rich observes NO_COLOR
        highlight=False,
        markup=False,
        emoji=False,
    )

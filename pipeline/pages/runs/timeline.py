"""The timeline of a run as SVG: tasks in lanes, as many as ran at the same time."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from html import escape

from pipeline.pages.runs.critical import Order, lanes
from pipeline.pages.runs.model import FAILED, SECOND, Run, Task

WIDTH, LEFT, RIGHT = 1200, 8, 8
"""Of the picture, and its margins."""

TOP, QUEUE = 20, 34
"""The heights of the scale, and of the tasks that wait."""

TALL, SHORT, MANY = 24, 12, 16
"""The height of a lane, and that with more lanes than ``MANY``."""

LETTER, LETTERS = 6.6, 8
"""The width of a letter, and how many must fit if not the whole name does."""

NARROW, CROWDED = 3.0, 0.4
"""The width below which tasks that follow one another are drawn as one, and that for each lane:
the size of a page stays the same with more tasks."""

FOCUSED = 60
"""Tasks up to which the Tab key visits each."""

NAMED = 6
"""Tasks that the text of a group names."""

COLUMNS = 300
"""The steps of the number of tasks that wait."""

STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
"""Seconds between two marks of the scale."""

MARKS = 12

KINDS = {"DumpTable": "dump", "CopyTable": "load", "RefreshCtas": "refresh"}


@dataclass(frozen=True, slots=True)
class Mark:
    """A time of the scale."""

    x: float
    text: str


@dataclass(slots=True)
class Bar:
    """One task, or several short ones, from ``x`` to ``end``."""

    x: float
    end: float
    tasks: list[Task]
    kind: str
    is_critical: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """What is drawn; ``bars`` and ``queue`` are elements of SVG, in which all is escaped."""

    bars: str
    queue: str
    waiting: int
    """The largest number of tasks that waited at the same time."""
    marks: tuple[Mark, ...]
    lanes: int
    height: float
    summary: str
    kinds: tuple[str, ...]
    """The kinds of bars that occur, for the legend."""
    locked: bool
    """Whether a task waited for locks."""


def duration(seconds: float) -> str:
    """Return a duration in words: ``0.8 s``, ``41 s``, ``3 min 20 s``, ``2 h 5 min``."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "min"), (0 if hours else rest, "s"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number)


@dataclass(frozen=True)
class Drawing:
    """What is needed to draw a run; ``page`` returns the URL of a relation, empty without one."""

    order: Order
    page: Callable[[str], str]
    critical: frozenset[Task]
    narrow: float
    kinds: set[str] = field(default_factory=set)

    @property
    def run(self) -> Run:
        """The run."""
        return self.order.run

    def x(self, seconds: float) -> float:
        """Return the place of a time, in seconds from the start of the run."""
        total = self.run.seconds or 1
        return round(LEFT + (WIDTH - LEFT - RIGHT) * seconds / total, 1)


def timeline(order: Order, page: Callable[[str], str]) -> Timeline:
    """Draw the timeline of a run."""
    critical = frozenset(step.task for step in order.path)
    found = lanes(order.run.timed)
    drawing = Drawing(order, page, critical, max(NARROW, CROWDED * len(found)))
    queue, waiting = _queue(drawing)
    top = TOP + (QUEUE if waiting else 0)
    step = TALL if len(found) <= MANY else SHORT
    bars = "".join(
        _bar(drawing, bar, top + number * step, step)
        for number, lane in enumerate(found)
        for bar in _bars(drawing, lane)
    )
    return Timeline(
        bars=bars,
        queue=queue,
        waiting=waiting,
        marks=tuple(_marks(drawing)),
        lanes=len(found),
        height=top + len(found) * step + 4,
        summary=_summary(order.run, len(found)),
        kinds=tuple(sorted(drawing.kinds)),
        locked=any(task.locked >= 1 for task in order.run.timed),
    )


def _summary(run: Run, number: int) -> str:
    most = f", at most {number} at the same time" if number > 1 else ""
    return f"Timeline of {len(run.timed):,} tasks in {duration(run.seconds)}{most}"


def _marks(drawing: Drawing) -> Iterator[Mark]:
    total = drawing.run.seconds
    step = next((each for each in STEPS if total <= MARKS * each), STEPS[-1])
    unit, name = next((n, t) for n, t in ((3600, "h"), (60, "min"), (1, "s")) if step % n == 0)
    for number in range(int(total / step) + 1):
        text = f"{number * step // unit:,}"
        yield Mark(drawing.x(number * step), f"{text} {name}" if number else "0")


def _bars(drawing: Drawing, lane: Iterable[Task]) -> list[Bar]:
    """Return the bars of a lane; short tasks that follow one another are one."""
    bars: list[Bar] = []
    for task in lane:
        begin, kind = (task.begin - drawing.run.started) / SECOND, _kind(task)
        x, after = drawing.x(begin), drawing.x(begin + task.length)
        bar = Bar(x, max(after, x + 1), [task], kind, task in drawing.critical)
        last = bars[-1] if bars else None
        are_small = last and all(_is_small(each, drawing.narrow) for each in (bar, last))
        if last and are_small and x - last.end < drawing.narrow:
            last.end = bar.end
            last.tasks.append(task)
            last.kind = kind if kind == last.kind else "other"
        else:
            bars.append(bar)
    return bars


def _is_small(bar: Bar, narrow: float) -> bool:
    """Return whether a bar is drawn together with its neighbors."""
    is_short = bar.end - bar.x < narrow or len(bar.tasks) > 1
    return is_short and not bar.is_critical and bar.kind not in {"failed", "interrupted"}


def _kind(task: Task) -> str:
    if task.is_interrupted:
        return "interrupted"
    return "failed" if task.status == FAILED else KINDS.get(task.name, "other")


def _bar(drawing: Drawing, bar: Bar, y: float, step: float) -> str:
    """Return the element of a bar: a link if it is about one relation that has a page."""
    drawing.kinds.add(bar.kind)
    task, width, height = bar.tasks[0], round(bar.end - bar.x, 1), step - 4
    text = _group_text(bar.tasks) if len(bar.tasks) > 1 else _text(drawing, task)
    critical = " crit" if bar.is_critical else ""
    shapes = f'<rect x="{bar.x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="2"/>'
    if len(bar.tasks) == 1 and task.locked >= 1:
        locked = min(width, round(width * task.locked / (task.length or 1), 1))
        shapes += (
            f'<rect class="lock" x="{bar.x:g}" y="{y:g}" width="{locked}" height="{height}"/>'
        )
    if critical:
        shapes += f'<path class="on" d="M{bar.x:g},{y + height - 1:g}h{width:g}"/>'
    label = _fitting(task.relation or task.name, width) if step == TALL else ""
    if label and len(bar.tasks) == 1:
        shapes += f'<text x="{bar.x + 4:g}" y="{y + 14:g}">{escape(label)}</text>'
    title, page = f"<title>{escape(text)}</title>", drawing.page(task.relation)
    kind = f'class="b {bar.kind}{critical}"'
    if not page or len(bar.tasks) > 1:
        return f"<g {kind}>{title}{shapes}</g>\n"
    focus = "" if len(drawing.run.timed) <= FOCUSED else ' tabindex="-1"'
    return f'<a {kind} href="{escape(page)}"{focus}>{title}{shapes}</a>\n'


def _fitting(name: str, width: float) -> str:
    """Return a name as it fits: without its schema, or cut; empty if too little of it fits."""
    letters = int((width - 6) / LETTER)
    if len(name) > letters:
        name = name.partition(".")[2] or name
    if len(name) <= letters:
        return name
    return f"{name[: letters - 1]}…" if letters >= LETTERS else ""


def _text(drawing: Drawing, task: Task) -> str:
    waited = drawing.order.waits.get(task, 0.0)
    parts = [
        task.label,
        "interrupted" if task.is_interrupted else task.status,
        duration(task.length) if task.length else "start not known",
        f"began after {duration((task.begin - drawing.run.started) / SECOND)}",
        f"waited {duration(waited)} before" if waited else "",
        f"waited {duration(task.locked)} for locks" if task.locked >= 1 else "",
        f"{task.rows:,} rows" if task.rows is not None else "",
        "on the critical path" if task in drawing.critical else "",
    ]
    return ", ".join(filter(None, parts))


def _group_text(tasks: Sequence[Task]) -> str:
    names = ", ".join(task.label for task in tasks[:NAMED])
    more = f" and {len(tasks) - NAMED:,} more" if len(tasks) > NAMED else ""
    return f"{len(tasks):,} short tasks: {names}{more}"


def _queue(drawing: Drawing) -> tuple[str, int]:
    """Return how many tasks waited over time, as a polygon, and the largest number."""
    steps = [0] * (COLUMNS + 1)
    total = drawing.run.seconds or 1
    for task, waited in drawing.order.waits.items():
        start = (task.begin - drawing.run.started) / SECOND
        first = int(COLUMNS * (start - waited) / total)
        steps[max(0, first)] += 1
        steps[min(COLUMNS, max(first + 1, int(COLUMNS * start / total)))] -= 1
    counts, number = [], 0
    for step in steps[:-1]:
        number += step
        counts.append(number)
    most = max(counts)
    if not most:
        return "", 0
    base, height = TOP + QUEUE - 8, QUEUE - 10
    path = f"M{drawing.x(0):g},{base}"
    for column, waiting in enumerate(counts):
        y = base - height * waiting / most
        path += f"V{y:.1f}H{drawing.x(total * (column + 1) / COLUMNS):g}"
    return f'<path class="queue" d="{path}V{base}z"/>', most

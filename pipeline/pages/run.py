"""What the list of runs and the page of one run show."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pipeline.pages.model import BAD, GOOD, WARN, Site
from pipeline.pages.paths import page_of, safe
from pipeline.pages.runs.critical import Order, Requirements, Step
from pipeline.pages.runs.model import DONE, FAILED, NOT_RUN, SUPERSEDED, Run, Task
from pipeline.pages.runs.timeline import Timeline, duration, timeline
from pipeline.pages.runs.usual import Difference, Usual, differences, earlier_times, usual_seconds

PAGES = 30
"""The newest runs, each of which has a page."""

SLOWEST, PATH, DIFFERENT = 20, 25, 40
"""The tasks that a page lists."""


@dataclass(frozen=True, slots=True)
class Link:
    """A task or relation; ``page`` is the URL of its relation, empty if it has none."""

    text: str
    page: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the list of runs."""

    run: Run
    page: str
    state: str
    level: str
    counts: dict[str, int]
    share: int
    """The duration in percent of the longest one."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A message, and the tasks that failed with it."""

    message: str
    tasks: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A task in a table; ``usual`` are the seconds that it usually takes."""

    task: Task
    link: Link
    after: float
    """Seconds from the start of the run to that of the task."""
    waited: float
    usual: float | None


@dataclass(frozen=True, slots=True)
class PathLine:
    """A task of the critical path, and why it started when it did."""

    line: Line
    share: int
    """Percent of the run."""
    reason: str


@dataclass(frozen=True, slots=True)
class RunPage:
    """Everything on the page of one run."""

    entry: Entry
    timeline: Timeline
    failures: tuple[Failure, ...]
    not_run: tuple[Link, ...]
    superseded: int
    path: tuple[PathLine, ...]
    path_tasks: int
    path_worked: float
    path_locked: float
    path_waited: float
    different: tuple[tuple[Line, Difference], ...]
    slowest: tuple[Line, ...]
    is_compared: bool
    computed: int
    """The tasks whose start was computed, since an earlier release recorded none."""


def page_of_run(run: Run) -> str:
    """Return the path of a run's page."""
    return f"run/{safe(run.id)}.html"


def runs_list(site: Site) -> tuple[Entry, ...]:
    """Return the lines of the list of runs, newest first."""
    shown = site.runs[:PAGES]
    longest = max((run.seconds for run in shown), default=0) or 1
    return tuple(_entry(run, longest) for run in shown)


def _entry(run: Run, longest: float) -> Entry:
    counts = {status: len(run.of(status)) for status in (DONE, FAILED, NOT_RUN, SUPERSEDED)}
    state, level = "done", GOOD
    if counts[FAILED]:
        state, level = "failed", BAD
    elif counts[NOT_RUN]:
        state, level = "incomplete", WARN
    return Entry(run, page_of_run(run), state, level, counts, round(100 * run.seconds / longest))


def run_pages(site: Site) -> Iterator[tuple[str, RunPage]]:
    """Yield the path and the content of each run's page."""
    requirements = Requirements(site.catalog)
    names = {str(name): f"../{page_of(name)}" for name in site.catalog.designs}
    for number, entry in enumerate(runs_list(site)):
        usual = earlier_times(entry.run, site.runs[number + 1 :])
        order = Order(entry.run, requirements)
        yield entry.page, Collected(order, entry, usual, names).page()


@dataclass(frozen=True)
class Collected:
    """A run with what its page needs; ``names`` are the URLs of relations."""

    order: Order
    entry: Entry
    usual: Usual
    names: dict[str, str]

    def page(self) -> RunPage:
        """Return the content of the page."""
        run, path = self.entry.run, self.order.path
        slowest = sorted(run.timed, key=lambda task: -task.length)[:SLOWEST]
        different = differences(self.usual)[:DIFFERENT]
        return RunPage(
            entry=self.entry,
            timeline=timeline(self.order, lambda name: self.names.get(name, "")),
            failures=tuple(self._failures(run)),
            not_run=tuple(self._link(task) for task in run.of(NOT_RUN)),
            superseded=self.entry.counts[SUPERSEDED],
            path=tuple(self._path(path)),
            path_tasks=len(path),
            path_worked=sum(step.task.length for step in path),
            path_locked=sum(step.task.locked for step in path),
            path_waited=sum(step.waited for step in path),
            different=tuple((self._line(each.task), each) for each in different),
            slowest=tuple(self._line(task) for task in slowest if task.length),
            is_compared=bool(self.usual),
            computed=sum(1 for task in run.timed if task.recorded is None),
        )

    def _link(self, task: Task) -> Link:
        return Link(task.label, self.names.get(task.relation, ""))

    def _failures(self, run: Run) -> Iterable[Failure]:
        groups: dict[str, list[Link]] = {}
        for task in run.of(FAILED):
            groups.setdefault(task.message, []).append(self._link(task))
        return (Failure(message, tuple(links)) for message, links in groups.items())

    def _line(self, task: Task) -> Line:
        before = self.usual.get(task)
        return Line(
            task,
            self._link(task),
            (task.begin - self.entry.run.started).total_seconds(),
            self.order.waits.get(task, 0.0),
            usual_seconds(before) if before else None,
        )

    def _path(self, path: Sequence[Step]) -> Iterator[PathLine]:
        """Yield the longest tasks of the critical path, in their order."""
        longest = sorted(path, key=lambda step: -(step.task.length + step.waited))[:PATH]
        chosen = {step.task for step in longest}
        total = self.entry.run.seconds or 1
        for step in path:
            if step.task in chosen:
                share = round(100 * (step.task.length + step.waited) / total)
                yield PathLine(self._line(step.task), share, _reason(step))


def _reason(step: Step) -> str:
    """Return why a task of the critical path started when it did."""
    if step.after is None:
        return f"waited {duration(step.waited)}" if step.waited else "first"
    if not step.is_required:
        return f"waited for a worker or a resource, which {step.after.label} had"
    waited = f", then waited {duration(step.waited)}" if step.waited else ""
    return f"required {step.after.label}{waited}"

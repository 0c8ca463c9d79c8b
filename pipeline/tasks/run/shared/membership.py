"""Whether this process runs under a name that machines share; decided with its first task."""

import os
import re
import time
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from functools import cached_property

import luigi
from luigi.cmdline_parser import CmdlineParser
from luigi.configuration import get_config
from luigi.rpc import RPCError

from pipeline import versions
from pipeline.errors import PipelineError, UsageError
from pipeline.options import warehouse
from pipeline.presence import Presence
from pipeline.runtime import current
from pipeline.tasks.run import task_ids
from pipeline.tasks.run.command import command_line as usage
from pipeline.tasks.run.shared.agreement import Place, agree, end
from pipeline.tasks.run.shared.machines import Machines, process
from pipeline.tasks.run.shared.terms import Terms

VARIABLE = "LUIGI_RUN"

NAMES = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,47}")

ATTEMPTS = 3
"""At a request to luigid, before a run begins."""

INTERVAL = 2.0
"""Seconds between two questions for tasks of dead machines."""

SETTINGS = {"keep_alive": "true", "force_multiprocessing": "true"}
"""Of ``[worker]``: a machine waits for the tasks of others, and each task asks for its markers."""


@dataclass(eq=False)
class Membership:
    """The run ``run`` that this process shares, by what it reports to other machines."""

    machines: Machines
    place: Place
    run: str
    has_left: bool = False
    """Whether this machine has reported what it did."""
    is_over: bool = False
    """Whether all machines had ended their work when this one did."""
    _asked: float = field(default=0.0, init=False)

    @property
    def name(self) -> str:
        """The name that the machines were started with."""
        return self.machines.name

    @property
    def worker(self) -> str:
        """The id of this process in luigid."""
        return self.machines.worker(self.run)

    @cached_property
    def reports(self) -> Presence:
        """The objects that machines of this run have written."""
        return current().objects(self.place.folder)

    @property
    def id(self) -> str:
        """The id of the run in the history: ``nightly-9f3b2c1d``."""
        return f"{self.name}-{self.run}"

    @property
    def start(self) -> str:
        """How the keys of the reports of this run begin."""
        return f"{self.place.folder}{self.run}-"

    def key(self, name: str) -> str:
        """Return the key of a report: ``production/runs/nightly/9f3b2c1d-….jsonl``."""
        return f"{self.start}{name}.jsonl"

    @cached_property
    def own_key(self) -> str:
        """The key of the report of what this machine did."""
        return self.key("machine-{}-{}-{}".format(*process()))

    def revive(self, own: Collection[str], *, now: bool = False) -> int:
        """Let machines run the tasks of dead ones; ask luigid only sometimes, unless ``now``."""
        if not now and time.monotonic() - self._asked < INTERVAL:
            return 0
        self._asked = time.monotonic()
        return self.machines.revive(self.run, own)

    @cached_property
    def ends_run(self) -> bool:
        """Whether the run is over, and this machine is the one that does what follows it."""
        return self.is_over and end(self.place, self.run, self.worker)

    def hasty(self) -> "Membership":
        """Return the same for a process that is interrupted: it asks luigid once."""
        return replace(self, machines=replace(self.machines, attempts=1))


_decided: list[Membership | None] = []
"""The decision for this process; forked ones inherit it."""


def membership() -> Membership | None:
    """Return what this process shares; None if it runs for itself."""
    return _decided[0] if _decided else None


def begin(task: luigi.Task) -> None:
    """Join the run that the command names, or begin it; once, with the task of the command.

    The ids of all tasks depend on it. A run that is refused ends the command with one line.
    """
    if _decided or not usage.is_command():
        return
    name = _name()
    if not name or getattr(task, "dry_run", False):
        _decided.append(None)
        return
    try:
        _decided.append(_join(task, name))
    except UsageError as error:
        usage.refuse(error)
    except PipelineError as error:
        usage.refuse(error, get_config().getint("retcode", "scheduling_error", 35))


def _name() -> str:
    """Return the name by the option, the variable, which may be empty, or luigi.cfg."""
    return _option() or os.environ.get(VARIABLE, str(warehouse().run))


def _option() -> str:
    command = CmdlineParser.get_instance()
    return str((command and command.known_args.warehouse_run) or "")


def _origin(name: str) -> str:
    """Return where the name was given, for messages."""
    if _option():
        return f"--warehouse-run {name}"
    return f"{VARIABLE}={name}" if VARIABLE in os.environ else f"run = {name} in [warehouse]"


def _join(task: luigi.Task, name: str) -> Membership:
    url = _check(task, name)
    runtime = current()
    place = Place(runtime.s3, *runtime.project.layout.run(name))
    command = {"task": task.get_task_family(), **task.to_str_params()}
    terms = Terms.of(command, versions.package(), runtime.settings, runtime.project.files)
    machines = Machines(url, name)
    try:
        run = agree(place, replace(machines, attempts=ATTEMPTS), terms)
    except RPCError as error:
        raise PipelineError(
            f"luigid does not answer at {url}: start it, or correct scheduler_url in luigi.cfg"
        ) from error
    task_ids.RUN = run
    config = get_config()
    for option, value in {**SETTINGS, "id": machines.worker(run)}.items():
        config.set("worker", option, value)
    return Membership(machines, place, run)


def _check(task: luigi.Task, name: str) -> str:
    """Return the address of luigid; UsageError if this command cannot share its tasks."""
    option = _origin(name)
    if not NAMES.fullmatch(name):
        raise UsageError(f"{option}: write up to 48 letters, digits and '.', '_', '-'")
    url = task_ids.scheduler_url()
    if url is None:
        raise UsageError(
            f"{option} shares tasks through luigid, which --local-scheduler excludes: omit one of"
            " them"
        )
    command = CmdlineParser.get_instance()
    if command is None or command.known_args.root_task != task.get_task_family():
        raise UsageError(f"{option}: only tasks of this package can be shared, such as LoadAll")
    return url

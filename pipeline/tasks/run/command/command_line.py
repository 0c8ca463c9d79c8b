"""Usage errors of a luigi command: one line and exit code 2, as argparse reports them."""

import functools
import multiprocessing
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from inspect import isabstract
from types import TracebackType
from typing import Any, NoReturn

import luigi
from luigi.cmdline_parser import CmdlineParser
from luigi.configuration import get_config
from luigi.task_register import Register, TaskClassNotFoundException

from pipeline.errors import ConfigError, UsageError
from pipeline.names import did_you_mean
from pipeline.options import read_section
from pipeline.tasks.run.command.resources import check_resources

Hook = Callable[[type[BaseException], BaseException, TracebackType | None], Any]

MISSPELLED = re.compile(r"No task (\S+)\. ")


def is_command() -> bool:
    """Return whether this is the process of a luigi command, not a program that uses tasks."""
    return CmdlineParser.get_instance() is not None and multiprocessing.parent_process() is None


def is_command_for(task: type[luigi.Task]) -> bool:
    """Return whether this is the process of a luigi command that names this task."""
    command = CmdlineParser.get_instance()
    if command is None or not is_command():
        return False
    return bool(command.known_args.root_task == task.get_task_family())


def root_task() -> luigi.Task | None:
    """Return the task that a luigi command named; None outside of one."""
    command = CmdlineParser.get_instance()
    task: luigi.Task | None = command.get_task_obj() if command else None
    return task


def chosen_prefix() -> str:
    """Return the prefix that the words of the command choose, if they do."""
    command = CmdlineParser.get_instance()
    return str((command and command.known_args.warehouse_prefix) or "")


def refuse(message: object, code: int = UsageError.exit_code) -> NoReturn:
    """Print the usage error and exit; like argparse, raise SystemExit, which Luigi lets pass."""
    with suppress(OSError):
        print(f"luigi: error: {message}", file=sys.stderr, flush=True)
    raise SystemExit(code)


@contextmanager
def exit_on_usage_error() -> Iterator[None]:
    """End a luigi command on a UsageError of the body; raise it in any other program."""
    try:
        yield
    except UsageError as error:
        if not is_command():
            raise
        refuse(error)


@functools.cache
def check_options() -> None:
    """Check Luigi's own options, such as ``--workers``, before Luigi parses them; once.

    A run without workers or resources would wait for them.
    """
    command = CmdlineParser.get_instance()
    if command is None or not is_command():
        return
    for task, without_section, name, parameter in Register.get_all_params():
        text = getattr(command.known_args, f"{task}_{name}", None)
        if not text:
            continue
        option = name if without_section else f"{task}_{name}"
        words = f"--{option.replace('_', '-')} {text}"
        try:
            value = parameter.parse(text)
        except ValueError as error:
            hint = "write a whole number" if isinstance(parameter, luigi.IntParameter) else error
            refuse(f"{words}: {hint}")
        if option == "workers" and value < 1:
            refuse(f"{words}: write a whole number of 1 or more")
    try:
        read_section()
        check_resources()
    except ConfigError as error:
        refuse(error, get_config().getint("retcode", "scheduling_error"))


def build_parsers_once() -> None:
    """Keep the parser of all options of all tasks, which Luigi builds nine times for a command."""
    build: Callable[..., Any] = vars(CmdlineParser)["_build_parser"].__func__

    @functools.cache
    def built(_tasks: tuple[type[luigi.Task], ...], *words: Any, **options: Any) -> Any:
        return build(*words, **options)

    def find(*words: Any, **options: Any) -> Any:
        return built(tuple(vars(Register)["_reg"]), *words, **options)

    setattr(CmdlineParser, "_build_parser", staticmethod(find))  # noqa: B010


def explain_misspelled(base: type[luigi.Task]) -> None:
    """Suggest a task for a misspelled name: one of the tasks that ``base`` is the base of.

    Luigi catches no exception while it looks up the name, which leaves ``sys.excepthook``.
    """
    sys.excepthook = functools.partial(_explain, sys.excepthook, base)


def _subclasses(base: type[luigi.Task]) -> Iterator[type[luigi.Task]]:
    for task in base.__subclasses__():
        yield task
        yield from _subclasses(task)


def _explain(
    previous: Hook,
    base: type[luigi.Task],
    kind: type[BaseException],
    error: BaseException,
    trace: TracebackType | None,
) -> None:
    misspelled = MISSPELLED.match(str(error)) if kind is TaskClassNotFoundException else None
    if misspelled is None:
        previous(kind, error, trace)
        return
    names = {task.__name__ for task in _subclasses(base) if not isabstract(task)}
    tasks = [name for name in Register.task_names() if name in names]
    hint = did_you_mean(misspelled[1], tasks) or f"; there are {', '.join(tasks)}"
    refuse(f"there is no task '{misspelled[1]}'{hint}")

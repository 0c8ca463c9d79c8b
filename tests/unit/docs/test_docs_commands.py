"""The program accepts each command that a page shows, with the options named there.

Whether the commands do what the pages describe is tested by running them: see test_demo.py,
test_walkthrough.py and test_operations_page.py.
"""

import re
import shlex
import subprocess
import sys
from functools import cache

import click
import luigi
import pytest
from luigi.cmdline_parser import CmdlineParser
from luigi.tools.range import RangeDaily

import pipeline
from pipeline import settings
from pipeline.cli.main import main
from pipeline.local.alone import redshift_emulator
from tests.support.pages import blocks
from tests.support.paths import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = {
    page: page.read_text(encoding="utf-8")
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md"))
}
TASKS = tuple(pipeline.__all__)
FIRST = "|".join(["luigi", "pipeline", "python", "make", *TASKS])
LINE = re.compile(r"^(?:    )?((?:luigi|pipeline|python|make) .+)$", re.MULTILINE)
INLINE = re.compile(rf"`((?:{FIRST})(?: [^`\n]+)?)`")
NOT_OURS = {"--user", "--strict", "--skip-user-creation"}
"""Options of unshare, of mypy, and of the script that came before."""
OF_SPARK = {
    *("--additional-python-modules", "--conf", "--deploy-mode", "--extra-files", "--files"),
    *("--application-id", "--execution-role-arn", "--job-driver", "--master"),
    *("--output", "--query", "--secret-id"),
}
"""Options of spark-submit, of jobs of AWS Glue, and of the command aws."""
INSIDE = {"IndexDesigns"}
"""A task that is a part of another, and that users do not start."""
STANDS_FOR = (
    (r"^luigi …", "luigi --module pipeline LoadAll"),
    (r"^pipeline local …$", "pipeline local status"),
    (r"^(pipeline( -\S+ \S+)+)( …)?$", r"\1 status"),
    (r" \[[A-Z]+\]…?", ""),
    (r"keep N$", "keep 3"),
    (r"…", ""),
    (r" &&$", ""),
)
"""What a reader fills in for placeholders."""
REFUSALS = (
    click.UsageError,
    SystemExit,
    luigi.parameter.ParameterException,
    luigi.task_register.TaskClassException,
    AssertionError,
)


def written_out(command: str) -> list[str]:
    for pattern, replacement in STANDS_FOR:
        command = re.sub(pattern, replacement, command)
    words = shlex.split(command, comments=True)
    return ["luigi", "--module", "pipeline", *words] if words[0] in TASKS else words


def shown(pattern: re.Pattern[str], page: str) -> set[tuple[str, ...]]:
    return {tuple(written_out(command)) for command in pattern.findall(page)}


LINES = sorted(set().union(*(shown(LINE, page) for page in PAGES.values())))
MENTIONED = sorted(set().union(*(shown(INLINE, page) for page in PAGES.values())) - set(LINES))


def take(words: tuple[str, ...], *, whole: bool) -> None:
    """Parse a command line by the program that it starts, without executing it."""
    program, *arguments = words
    if program == "luigi":
        take_luigi(arguments, whole=whole)
    elif program == "pipeline":
        main.load()
        take_click(main, arguments, whole=whole)
    elif program == "make":
        assert {word for word in arguments if "=" not in word} <= targets(), words
    elif arguments[:2] == ["-m", "pipeline.local"]:
        take_click(main.load()["local"], arguments[2:], whole=whole)
    else:
        options = {word for word in arguments if word.startswith("--")}
        assert not options or options <= options_in_help(tuple(arguments)), words


def take_luigi(arguments: list[str], *, whole: bool) -> None:
    if not arguments:
        return
    with CmdlineParser.global_instance(arguments) as parser:
        if whole:
            parser.get_task_obj()


def take_click(command: click.Command, arguments: list[str], *, whole: bool) -> None:
    """With --help, a command that is only mentioned needs no arguments."""
    if isinstance(command, click.Group):
        place = next((i for i, word in enumerate(arguments) if word in command.commands), None)
        assert place is not None or not arguments, f"no command in {arguments}"
        if place is not None:
            command.make_context("group", arguments[: place + 1])
            take_click(command.commands[arguments[place]], arguments[place + 1 :], whole=whole)
    elif whole:
        command.make_context("command", arguments)
    else:
        with pytest.raises(click.exceptions.Exit):
            command.make_context("command", ["--help", *arguments])


def targets() -> set[str]:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split())


def options_in_help(arguments: tuple[str, ...]) -> set[str]:
    start = arguments[:2] if arguments[0] == "-m" else arguments[:1]
    return options_of(*start, "--help")


@cache
def options_of(*words: str) -> set[str]:
    asked = subprocess.run(
        [sys.executable, *words], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(re.findall(r"--[a-z-]+", asked.stdout))


@pytest.mark.filterwarnings("ignore:Parameter .param_name.* is not of type string:UserWarning")
@pytest.mark.parametrize("words", LINES, ids=" ".join)
def test_each_command_line_is_accepted_as_written(words):
    take(words, whole=True)


@pytest.mark.parametrize("words", MENTIONED, ids=" ".join)
def test_each_command_that_is_mentioned_exists_with_its_options(words):
    take(words, whole=False)


def test_there_are_commands_to_take():
    assert len(LINES) > 40
    assert len(MENTIONED) > 40


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize(
    "wrong",
    [
        "pipeline stauts",
        "pipeline status --jsno",
        "luigi --module pipeline LoadAl",
        "luigi --module pipeline LoadAll --limits 3",
        "make tests",
        "python -m pipeline.local dwon",
        "python benchmarks/dump.py --compresion gzip",
    ],
)
def test_a_command_that_does_not_exist_is_found(wrong, whole):
    with pytest.raises(REFUSALS):
        take(tuple(wrong.split()), whole=whole)


@pytest.mark.parametrize("part", ["pipeline explain", "luigi --module pipeline CopyTable"])
def test_a_command_line_that_lacks_something_is_found(part):
    with pytest.raises(REFUSALS):
        take(tuple(part.split()), whole=True)


def known_options() -> set[str]:
    """Every option of every command, of Luigi's two, of the tasks and of the benchmarks."""
    luigis = (
        ("-m", "luigi", "--module", "pipeline", "LoadAll", "--help-all"),
        ("-c", "import luigi.cmdline; luigi.cmdline.luigid(['--help'])"),
    )
    found = set().union(*(options_of(*words) for words in luigis))
    for benchmark in ("dump", "night", "sources"):
        found |= options_in_help((f"benchmarks/{benchmark}.py",))
    found |= options_in_help(("-m", "redshift_emulator")) | options_in_help(("-m", "pytest"))
    for task in (*(getattr(pipeline, name) for name in TASKS), RangeDaily):
        parameters = task.get_params()
        found |= {"--" + each.replace("_", "-") for each, _ in parameters}
    waiting: list[click.Command] = [main, redshift_emulator]
    while waiting:
        command = waiting.pop()
        waiting += command.commands.values() if isinstance(command, click.Group) else []
        found |= {opt for each in command.params for opt in (*each.opts, *each.secondary_opts)}
    return found


def test_each_option_that_is_named_anywhere_exists():
    named = {
        option
        for page in PAGES.values()
        for option in re.findall(r"(?<![\w-])--[a-z][a-z-]+", page)
    }
    assert len(named) > 40
    assert named - known_options() - NOT_OURS - OF_SPARK == set()


def test_the_readme_lists_every_command_and_every_task():
    commands = README[README.index("### The command `pipeline`") : README.index("## Coming from")]
    named = set(re.findall(r"`(?:pipeline )?([a-z][a-z-]+)[` ]", commands)) - {"pipeline"}
    assert named == set(main.load())
    assert tasks_of_the_readme() == set(TASKS) - INSIDE


def tasks_of_the_readme() -> set[str]:
    rows = README[README.index("### Tasks") : README.index("All but `BootstrapWarehouse`")]
    return set(re.findall(r"`([A-Z]\w+)[` ]", rows))


def test_the_tasks_take_the_options_that_the_readme_names():
    taken = {name: dict(getattr(pipeline, name).get_params()) for name in tasks_of_the_readme()}
    assert {name for name in taken if "date" not in taken[name]} == {"BootstrapWarehouse"}
    assert {name for name in taken if "tables" in taken[name]} == {
        *("LoadAll", "DumpAll", "UploadAll", "CopyAll", "RefreshAll")
    }


def test_the_configuration_of_the_readme_is_valid_and_names_its_variables():
    (text,) = blocks(README, "json")
    loaded = settings.load(text, file="sources.json", user="me")
    (source,) = (each for each in loaded.sources if each.read_access)
    exported = set(re.findall(r"^    export (\w+)=", README, re.MULTILINE))
    accesses = {source.read_access, loaded.warehouse.admin_access, loaded.warehouse.etl_access}
    assert exported == {"LUIGI_CONFIG_PATH", "DATA_WAREHOUSE_CONFIG", *accesses}
    for path in re.findall(r"^    export \w+=(config/\S+)", README, re.MULTILINE):
        assert (ROOT / path).is_file(), path

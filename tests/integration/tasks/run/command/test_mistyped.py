"""A luigi command with a mistake: one line names it and what is valid; exit code 2."""

import sys

import pytest

from tests.support.projects.warehouse import Outcome, Project

DATES = "is not a date; write YYYY-MM-DD, as in 2"

LINES = [
    ("LaodAll", "there is no task 'LaodAll'; did you mean 'LoadAll'"),
    ("Everything", "there is no task 'Everything'; there are BootstrapWarehouse, CopyAll, "),
    ("LoadAll --date 2026-13-45", f"'2026-13-45' {DATES}"),
    ("LoadAll --date 2026-11-21T24", f"'2026-11-21T24' {DATES}"),
    ("LoadAll --date yesterday", f"'yesterday' {DATES}"),
    ("DumpTable --DumpTable-date 21.11.2026 --table {src}.orders", f"'21.11.2026' {DATES}"),
    ("CopyTable", "CopyTable requires --table, as in --table www.orders"),
    ("CopyTable --table orders", "'orders' is not the name of a table; write schema.table, as in"),
    ("CopyTable --table {src}.ordrs", "no design for '{src}.ordrs'; did you mean '{src}.orders'"),
    (
        "DumpTable --table {dw}.totals",
        "DumpTable cannot run for {dw}.totals: it is a derived table;",
    ),
    ("CopyTable --table {dw}.totals", "is a derived table; RefreshCtas fills it"),
    ("CreateTable --table {dw}.paid", "{dw}.paid: it is a view; RefreshCtas replaces it"),
    ("RefreshCtas --table {src}.orders", "an upstream table; CopyTable fills it"),
    ("LoadAll --tables nothing*", "no relation matches 'nothing*'"),
    ("LoadAll --tables {src}.ordrs", "'{src}.ordrs'; did you mean '{src}.orders'"),
    ("LoadAll --tables nothing* --dry-run", "no relation matches 'nothing*'"),
    ("LoadAll --limit many", "--limit many: write a whole number of 1 or more"),
    (
        "LoadAll --warehouse-run nightly",
        "--warehouse-run nightly shares tasks through luigid, which --local-scheduler excludes",
    ),
    ("LoadAll --warehouse-run a/b", "--warehouse-run a/b: write up to 48 letters, digits and"),
    ("LoadAll --workers x", "--workers x: write a whole number"),
    ("LoadAll --workers 0", "--workers 0: write a whole number of 1 or more"),
    ("LoadAll --workers -2 --dry-run", "--workers -2: write a whole number of 1 or more"),
    ("LoadAll --worker-timeout x", "--worker-timeout x: write a whole number"),
    ("LoadAll --log-level LOUD", "--log-level LOUD: LOUD is not a valid choice from"),
]


def run(project: Project, typed: str, **environment: str) -> Outcome:
    words = [word.format(src=project.src, dw=project.dw) for word in typed.split()]
    command = (sys.executable, "-m", "luigi", "--module", "pipeline", *words, "--local-scheduler")
    # No server is queried before the command is known to be valid.
    return project.run(*command, code=2, DATA_WAREHOUSE_ETL="", UPSTREAM="", **environment)


@pytest.mark.parametrize(("typed", "said"), LINES)
def test_a_mistake_gets_one_line(project: Project, typed: str, said: str) -> None:
    ended = run(project, typed)
    assert ended.out == ""
    [line] = ended.err.splitlines()
    assert line.startswith("luigi: error: ")
    assert said.format(src=project.src, dw=project.dw) in line


def test_the_name_of_a_run_is_refused_by_where_it_was_given(project: Project) -> None:
    settings = project.folder / "luigi.cfg"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("[warehouse]\n", "[warehouse]\nrun = weekly\n"), "utf-8")
    for environment, origin in (
        ({"LUIGI_RUN": "nightly"}, "LUIGI_RUN=nightly"),
        ({}, "run = weekly in [warehouse]"),
    ):
        ended = run(project, "LoadAll", **environment)
        assert f"luigi: error: {origin} shares tasks through luigid" in ended.err


@pytest.mark.parametrize(
    ("correct", "wrong", "fault"),
    [
        ("workers = 4", "workers = 0", "[core] workers: found 0"),
        ("warehouse = 3", "warehouse = 0", "[resources] warehouse: found 0"),
        ("upstream_www = 2", "upstream_www = -1", "[resources] upstream_www: found -1"),
    ],
)
def test_what_a_run_would_wait_for_is_a_fault_in_the_configuration(
    project: Project, correct: str, wrong: str, fault: str
) -> None:
    settings = project.folder / "luigi.cfg"
    text = settings.read_text(encoding="utf-8")
    assert correct in text
    settings.write_text(text.replace(correct, wrong), "utf-8")

    ended = project.luigi("LoadAll", code=35)
    assert ended.text == f"luigi: error: luigi.cfg: {fault}, expected 1 or more\n"
    assert f"luigi.cfg: {fault}, expected 1 or more" in project.pipeline("doctor", code=3).out


@pytest.mark.parametrize("option", ["docs = 50%", "skip_user_creation = maybe"])
def test_an_option_of_the_file_that_luigi_cannot_read_gets_one_line(
    project: Project, option: str
) -> None:
    with (project.folder / "luigi.cfg").open("a", encoding="utf-8") as file:
        file.write(f"\n{option}\n")
    [line] = project.luigi("LoadAll", code=35).text.splitlines()
    assert line.startswith("luigi: error: luigi.cfg: section [warehouse]: ")
    assert option.partition(" ")[0] in line


def test_an_unknown_option_gets_the_list_of_options(project: Project) -> None:
    ended = run(project, "LoadAll --tabels x")
    assert "[--tables TABLES]" in ended.err
    assert ended.err.splitlines()[-1].endswith(": error: unrecognized arguments: --tabels x")
    assert "Traceback" not in ended.err


def test_a_program_that_uses_the_tasks_gets_the_errors(project: Project) -> None:
    for call, error in (
        ("CopyTable.table.parse('orders')", "UsageError"),
        ("CopyTable.date.parse('yesterday')", "UsageError"),
        ("CopyTable()", "MissingParameterException"),
    ):
        program = f"from pipeline import CopyTable; {call}"
        ended = project.run(sys.executable, "-c", program, code=1)
        assert error in ended.err.splitlines()[-1]

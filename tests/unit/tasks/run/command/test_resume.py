"""The command that continues a run names the same task, for the same date."""

import datetime as dt
import shlex
import sys

import luigi
import pytest
from luigi.cmdline_parser import CmdlineParser

import pipeline
from pipeline.tasks.run.command import resume

DAY = "2026-11-19"

TODAY = "--date {today}"
"""Of a test that may run at midnight: the date that its task has."""


class Dated(luigi.WrapperTask):
    """A task of somebody's own with a date under another name."""

    day = luigi.DateParameter(default=dt.date.fromisoformat(DAY))
    hidden_day = luigi.DateParameter(default=None)


class DatedByHour(luigi.WrapperTask):
    """A task of somebody's own with an hour."""

    hour = luigi.DateHourParameter(default=dt.datetime.fromisoformat(DAY))


class Dateless(luigi.WrapperTask):
    """A task of somebody's own without a date."""


FORMS = [
    ("LoadAll --local-scheduler", TODAY),
    ("LoadAll --date 2026-11-21", ""),
    ("LoadAll --date=2026-11-21", ""),
    ("LoadAll --date 2026-11-21T14", ""),
    ("LoadAll --LoadAll-date 2026-11-21T14", "--date 2026-11-21T14"),
    ("LoadAll --LoadAll-date 2026-11-21", "--date 2026-11-21"),
    ("LoadAll --limit 100 --tables 'www.orders* !www.log'", TODAY),
    ("LoadAll --tables '\"www.gift cards\"' --warehouse-prefix wip", TODAY),
    ("DumpAll --scheduler-url http://127.0.0.1:9 --workers 2", TODAY),
    ("CopyTable --table www.orders", TODAY),
    ("RefreshCtas --table dw.totals --alone", TODAY),
    ("BootstrapWarehouse", ""),
    ("Dated", f"--day {DAY}"),
    ("DatedByHour", f"--hour {DAY}T00"),
    ("Dateless", ""),
    ("RangeDaily --of LoadAll --start 2026-11-20 --stop 2026-11-22", ""),
    ("RangeHourly --of LoadAll --start 2026-11-20T05 --stop 2026-11-20T07", ""),
    ("RangeDailyBase --of DumpAll --start 2026-11-20", ""),
]


@pytest.mark.filterwarnings("ignore:Parameter .* is not of type string:UserWarning")
@pytest.mark.parametrize(("typed", "added"), FORMS)
def test_the_command_is_accepted_and_names_the_same_task(
    typed: str, added: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert pipeline.LoadAll
    words = ["--module", "pipeline", *shlex.split(typed)]
    monkeypatch.setattr(sys, "argv", ["/opt/bin/luigi", *words])
    with CmdlineParser.global_instance(words) as parser:
        root = parser.get_task_obj()
        command = resume.command(root)
    added = added.format(today=getattr(root, "date", ""))
    assert command == f"luigi --module pipeline {typed} {added}".rstrip()
    with CmdlineParser.global_instance(shlex.split(command)[1:]) as parser:
        assert parser.get_task_obj() == root


def test_a_program_is_started_again_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", [__file__, "all"])
    monkeypatch.setattr(sys, "orig_argv", ["python3", "my report.py", "all"])
    assert resume.command(pipeline.LoadAll()) == "python3 'my report.py' all"


def test_a_text_given_to_python_is_no_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["-c"])
    assert resume.command(pipeline.LoadAll()) == ""

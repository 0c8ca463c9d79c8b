"""Whether relations are fresh, by their last load or by the newest value of a column."""

import datetime as dt

import pytest

from pipeline.errors import WarehouseError
from pipeline.names import TableName
from pipeline.procedures.operations.freshness import FreshnessJob, verdicts
from pipeline.procedures.operations.load_history import Load
from pipeline.procedures.operations.status import State
from tests.support.values.designs import parse_design

NOW = dt.datetime(2026, 11, 22, 12)  # noqa: DTZ001  (as the warehouse returns it, in UTC)
HOUR = dt.timedelta(hours=1)
LIMITS = "warn_after: 26 hours, error_after: 50 hours"
BY_LOAD, BY_COLUMN = f"{{{LIMITS}}}", f"{{column: Updated, {LIMITS}}}"


def design(freshness=BY_LOAD, name="orders"):
    return parse_design(
        f"www/public-{name}.yaml",
        f"name: www.{name}\nsource_name: www.public.{name}\n"
        "columns: [{name: id, sql_type: int}, {name: updated, sql_type: timestamptz}]\n"
        f"freshness: {freshness}\n",
    )


def load(hours, **more):
    return Load("CopyTable", None, NOW - hours * HOUR, 1, 1, None, **more)


def verdict(state, query=None, present=None):
    names = {state.design.name} if present is None else present
    job = FreshnessJob(lambda each: each.freshness, NOW, names, query)
    return verdicts([state], job)[state.design.name]


def by_column(text, freshness=BY_COLUMN):
    state = State(design(freshness), load(1))
    return verdict(state, lambda _: [{"place": 0, "newest": text}])


@pytest.mark.parametrize(
    ("hours", "severity", "words"),
    [
        (26, "ok", "loaded at 2026-11-21 10:00:00 UTC"),
        (27, "warning", "loaded at 2026-11-21 09:00:00 UTC, more than 26 hours ago (warn_after)"),
        (50, "warning", "loaded at 2026-11-20 10:00:00 UTC, more than 26 hours ago (warn_after)"),
        (51, "error", "loaded at 2026-11-20 09:00:00 UTC, more than 50 hours ago (error_after)"),
    ],
)
def test_a_load_is_as_old_as_it_says(hours, severity, words):
    found = verdict(State(design(), load(hours)))
    assert (found.severity, found.words) == (severity, words)


def test_a_dump_that_is_loaded_late_is_as_old_as_the_dump():
    found = verdict(State(design(), load(1, read_at=NOW - 51 * HOUR)))
    assert found.severity == "error"
    assert found.words.startswith("rows read upstream at 2026-11-20 09:00:00 UTC, more than 50 h")


@pytest.mark.parametrize(
    ("freshness", "hours", "severity"),
    [
        ("{warn_after: 26 hours}", 9999, "warning"),
        ("{error_after: 26 hours}", 26, "ok"),
        ("{error_after: 26 hours}", 27, "error"),
    ],
)
def test_one_of_the_two_ages_is_enough(freshness, hours, severity):
    assert verdict(State(design(freshness), load(hours))).severity == severity


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State(design()), "never loaded"),
        (State(design(), load(1), damage="missing in the warehouse"), "missing in the warehouse"),
    ],
)
def test_what_holds_no_load_is_too_old(state, words):
    found = verdict(state)
    assert (found.severity, found.newest, found.words) == ("error", None, words)


@pytest.mark.parametrize(
    ("text", "severity", "words"),
    [
        ("2026-11-21 10:00:00", "ok", "newest updated 2026-11-21 10:00:00 UTC"),
        ("2026-11-20 09:59:59", "error", "newest updated 2026-11-20 09:59:59 UTC, more than 50 "),
        ("2026-11-23 12:00:00", "ok", "newest updated 2026-11-23 12:00:00 UTC"),
        ("9999-12-31 00:00:00", "error", "newest updated 9999-12-31 00:00:00 UTC, more than a d"),
        ("10000-01-01 00:00:00", "error", "newest updated 10000-01-01 00:00:00 UTC, which is no "),
        (None, "error", "empty, or updated is NULL in all rows"),
    ],
)
def test_a_column_is_as_old_as_its_newest_value(text, severity, words):
    found = by_column(text)
    assert found.severity == severity
    assert found.words.startswith(words)


def test_without_an_error_age_no_value_is_a_warning():
    assert by_column(None, "{column: updated, warn_after: 1 day}").severity == "warning"


def test_a_column_that_is_not_read_has_no_verdict():
    found = verdict(State(design(BY_COLUMN), load(999)))
    assert (found.severity, found.newest, found.words) == (None, None, "")


def test_a_relation_that_is_not_there_is_not_read():
    found = verdict(State(design(BY_COLUMN), load(1)), query=pytest.fail, present=())
    assert (found.severity, found.words) == ("error", "missing in the warehouse")


def test_a_relation_without_freshness_may_have_any_age():
    job = FreshnessJob(lambda _: None, NOW)
    assert verdicts([State(design(), load(9999))], job) == {}


NAMES = ("orders", "broken", "users")


class Server:
    """Fails whenever a statement reads ``broken``."""

    def __init__(self, sqlstate="42P01"):
        self.sqlstate, self.statements = sqlstate, []

    def query(self, statement):
        self.statements.append(statement.text)
        if "broken" in statement.text:
            raise WarehouseError("no such thing\nmore", sqlstate=self.sqlstate)
        number = statement.text.count("SELECT")
        return [{"place": n, "newest": "2026-11-22 00:00:00"} for n in range(number)]


def read_all(server, names=NAMES):
    found = [State(design(BY_COLUMN, name), load(1)) for name in names]
    present = {TableName("www", name) for name in names}
    job = FreshnessJob(lambda each: each.freshness, NOW, present, server.query)
    return {name.table: each.severity for name, each in verdicts(found, job).items()}


def test_a_hundred_columns_are_read_by_one_statement():
    server = Server()
    names = [f"t{number}" for number in range(101)]
    assert set(read_all(server, names).values()) == {"ok"}
    assert [text.count("SELECT") for text in server.statements] == [100, 1]


def test_a_relation_that_cannot_be_read_does_not_hide_the_others():
    server = Server()
    assert read_all(server) == {"orders": "ok", "broken": "error", "users": "ok"}
    assert len(server.statements) == 4


def test_a_lost_connection_is_an_error_of_the_command():
    with pytest.raises(WarehouseError):
        read_all(Server(sqlstate=None))

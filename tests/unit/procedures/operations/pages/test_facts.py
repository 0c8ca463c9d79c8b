"""What pages show of the rows of the warehouse's own tables."""

import dataclasses
import datetime as dt

import pytest

from pipeline.freshness import Freshness
from pipeline.names import Fingerprint, TableName
from pipeline.procedures.operations.freshness import Verdict
from pipeline.procedures.operations.load_history import Failure, Load
from pipeline.procedures.operations.pages.facts import Sources, collect_facts, known_words
from pipeline.procedures.operations.status import State
from tests.support.values.catalogs import sales

AT = dt.datetime(2026, 11, 21, 3, 0, tzinfo=dt.UTC)
ORDERS = TableName("www", "orders")


def row(number, status, message=None):
    return {
        "target_table": "www.orders",
        "occurred_at": AT + dt.timedelta(days=number),
        "run_date": AT.date(),
        "task": "CopyTable",
        "status": status,
        "row_count": number,
        "byte_count": None,
        "seconds": 1.0,
        "message": message,
    }


def test_loads_come_oldest_first_and_failures_newest_first_without_values():
    catalog = sales()
    failure = Failure("CopyTable", None, AT, "")
    states = [State(catalog[ORDERS], failure=failure), State(catalog[TableName("www", "log")])]
    messages = [f"'{n}' does not fit into 'total' of 'www.orders'" for n in range(7)]
    rows = [row(0, "done"), *(row(n, "failed", messages[n]) for n in range(7)), row(8, "done")]

    facts = collect_facts(states, Sources(rows, known=known_words(catalog)))

    found = facts[ORDERS]
    assert [event.rows for event in found.loads] == [0, 8]
    assert [event.rows for event in found.failures] == [6, 5, 4, 3, 2]
    assert found.failures[0].message == "'***' does not fit into 'total' of 'www.orders'"
    assert found.failures[0].date == "2026-11-21"
    assert (found.is_failing, found.summary, found.level) == (True, "failed", "bad")
    other = facts[TableName("www", "log")]
    assert (other.loads, other.failures, other.level) == ((), (), "idle")


LOAD = Load("CopyTable", None, AT, 9, None, None)
DAY = Freshness("paid_at", error_after=dt.timedelta(days=1))
PAID = "newest paid_at 2026-11-19 00:00:00 UTC"


def result(name, passed, severity="error", wrong=None, found="", checked="published"):
    given = {"check_name": name, "passed": passed, "severity": severity, "wrong_rows": wrong}
    place = {"target_table": "www.orders", "checked_at": AT, "checked": checked}
    return {**place, "found": found, **given}


@pytest.mark.parametrize(
    ("results", "severity", "summary", "level"),
    [
        ([result("a", True)], "ok", "ok", "good"),
        ([result("a", None)], None, "ok", "good"),
        ([result("a", False, "warn")], "ok", "check warnings", "warn"),
        ([result("a", True)], "warning", "old", "warn"),
        ([result("a", False, "warn")], "error", "too old", "bad"),
        ([result("a", False), result("b", False, "warn")], "error", "checks failed", "bad"),
        ([result("a", False, checked="staging")], "ok", "ok", "good"),
    ],
)
def test_the_summary_is_the_worst_of_state_checks_and_age(results, severity, summary, level):
    state = State(sales()[ORDERS], load=dataclasses.replace(LOAD, fingerprint=Fingerprint("a")))
    verdict = Verdict(DAY, severity, AT, PAID if severity else "")

    facts = collect_facts([state], Sources(results=results, fresh={ORDERS: verdict}))[ORDERS]

    assert (facts.summary, facts.level) == (summary, level)
    assert ("ok" in facts.words) == (summary == "ok")
    assert (PAID in facts.words) == (severity in {"warning", "error"})


def test_a_failed_load_stays_the_worst_and_results_hold_no_values():
    state = State(sales()[ORDERS], load=LOAD, failure=Failure("CopyTable", None, AT, ""))
    results = [
        result("a", False, wrong=2),
        result("b", False, "warn", found="3 rows; at least 9 expected"),
        result("c", None, found="not run: 'secret'"),
    ]
    verdict = Verdict(DAY, "ok", AT, PAID)

    facts = collect_facts([state], Sources(results=results, fresh={ORDERS: verdict}))[ORDERS]

    assert facts.summary == "failed"
    found = {name: (each.level, each.passed, each.found) for name, each in facts.checks.items()}
    assert found == {
        "a": ("bad", False, "2 wrong rows"),
        "b": ("warn", False, "3 rows; at least 9 expected"),
        "c": ("idle", None, "not run: '***'"),
    }
    assert facts.freshness == ("good", f"{PAID} (error after 1 day, by paid_at)")


def test_the_reason_why_an_age_cannot_be_read_holds_no_values():
    state = State(sales()[ORDERS], load=dataclasses.replace(LOAD, fingerprint=Fingerprint("a")))
    reason = 'paid_at cannot be read: invalid input syntax for type integer: "ann@example.org"'
    verdict = Verdict(DAY, "error", None, reason)

    facts = collect_facts([state], Sources(fresh={ORDERS: verdict}))[ORDERS]

    shown = 'paid_at cannot be read: invalid input syntax for type integer: "***"'
    assert facts.words == (shown,)
    assert facts.freshness == ("bad", shown)


def test_what_was_forgotten_does_not_show_the_rows_of_its_warnings():
    remark = "1 check passed; warning: paid not_null: 2 wrong rows, such as (id = 7)"
    state = State(sales()[ORDERS], load=dataclasses.replace(LOAD, remark=remark))

    facts = collect_facts([state], Sources())[ORDERS]

    assert facts.words == ("forgotten", remark.replace("(id = 7)", "***"))

"""What pages show of the rows of the warehouse's own tables."""

import datetime as dt

from pipeline.names import TableName
from pipeline.procedures.operations.pages.facts import collect_facts, known_words
from pipeline.procedures.operations.status import Failure, State
from tests.support.catalogs import sales

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

    facts = collect_facts(states, rows, known_words(catalog))

    found = facts[ORDERS]
    assert [event.rows for event in found.loads] == [0, 8]
    assert [event.rows for event in found.failures] == [6, 5, 4, 3, 2]
    assert found.failures[0].message == "'***' does not fit into 'total' of 'www.orders'"
    assert found.failures[0].date == "2026-11-21"
    assert (found.is_failing, found.summary, found.level) == (True, "failed", "bad")
    other = facts[TableName("www", "log")]
    assert (other.loads, other.failures, other.level) == ((), (), "idle")

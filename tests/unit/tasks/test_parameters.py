"""Parameters take in Python what they take typed, and refuse the same mistakes."""

import datetime as dt
from typing import Any

import pytest

import pipeline
from pipeline.errors import UsageError
from pipeline.names import RunDate, TableName
from pipeline.tasks import parameters

DAY = dt.date(2026, 11, 21)
DATE = RunDate(DAY)
ORDERS = TableName("www", "orders")


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ({"table": "www.orders"}, {"table": ORDERS}),
        ({"table": "WWW.Orders"}, {"table": ORDERS}),
        ({"table": ORDERS}, {"table": ORDERS}),
        ({"date": "2026-11-21"}, {"date": DATE}),
        ({"date": "2026-11-21T05"}, {"date": RunDate(DAY, 5)}),
        ({"date": dt.datetime(2026, 11, 21, 23, 59, tzinfo=dt.UTC)}, {"date": DATE}),
        ({"date": dt.datetime(2026, 11, 21, 23, tzinfo=dt.UTC)}, {"date": DATE}),
        ({"date": dt.datetime.fromisoformat("2026-11-21T23:00")}, {"date": RunDate(DAY, 23)}),
        ({"date": dt.datetime.fromisoformat("2026-11-21T00:00")}, {"date": RunDate(DAY, 0)}),
        ({"date": dt.datetime.fromisoformat("2026-11-21T23:00:01")}, {"date": DATE}),
        ({"date": DAY}, {"date": DATE}),
        ({"date": RunDate(DAY, 5)}, {"date": RunDate(DAY, 5)}),
        ({"limit": "100"}, {"limit": 100}),
        ({"limit": 100}, {"limit": 100}),
        ({"limit": None}, {"limit": None}),
        ({"limit": ""}, {"limit": None}),
    ],
)
def test_a_value_is_converted(given: dict[str, Any], taken: dict[str, Any]) -> None:
    task = pipeline.DumpTable(**{"table": ORDERS, "date": DAY, **given})
    assert {name: getattr(task, name) for name in taken} == taken


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"table": "orders"}, "'orders' is not the name of a table"),
        ({"table": 7}, "table=7: write the name of a relation"),
        ({"date": "2026-13-45"}, "'2026-13-45' is not a date; write YYYY-MM-DD"),
        ({"date": 20261121}, "'20261121' is not a date; write YYYY-MM-DD"),
        ({"date": "2026-11-21T24"}, "'2026-11-21T24' is not a date; write YYYY-MM-DD"),
        ({"limit": 0}, "--limit 0: write a whole number"),
        ({"limit": -1}, "--limit -1: write a whole number"),
        ({"limit": 1.5}, "--limit 1.5: write a whole number"),
        ({"limit": True}, "--limit True: write a whole number"),
        ({"limit": "9" * 100_000}, "write a whole number"),
        ({"limit": "²"}, "write a whole number"),
    ],
)
def test_a_mistake_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as refused:
        pipeline.DumpTable(**{"table": ORDERS, "date": DAY, **given})
    assert message in str(refused.value)
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("www,!www.log", "www,!www.log"),
        (["www.*", "!www.log"], "www.* !www.log"),
        (("www.orders",), "www.orders"),
        ([ORDERS], "www.orders"),
        (["www.gift cards", "!www.a b", "+www.x+"], '"www.gift cards" !"www.a b" +www.x+'),
    ],
)
def test_patterns_are_a_text_or_a_list(given: object, taken: str) -> None:
    assert pipeline.LoadAll(tables=given, date=DAY).tables == taken


@pytest.mark.parametrize("given", [[""], [], 7, None])
def test_empty_patterns_are_refused(given: object) -> None:
    with pytest.raises(UsageError):
        pipeline.LoadAll(tables=given, date=DAY)


def test_an_omitted_date_is_that_of_the_day_on_which_the_task_is_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(parameters, "today", lambda: DATE)
    assert pipeline.LoadAll().date == DATE
    monkeypatch.setattr(parameters, "today", lambda: RunDate(DAY + dt.timedelta(days=1)))
    assert str(pipeline.LoadAll().date) == "2026-11-22"
    assert str(pipeline.LoadAll(date=None).date) == "2026-11-22"

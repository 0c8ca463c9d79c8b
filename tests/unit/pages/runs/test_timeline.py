"""The drawing of a run: readable with a few tasks and with thousands."""

import re

import pytest

from pipeline.pages.runs.critical import Order, Requirements
from pipeline.pages.runs.timeline import duration, timeline
from tests.support.values.catalogs import EVIL, sales
from tests.support.values.runs import ran, run_of


def drawn(*tasks, page=""):
    return timeline(Order(run_of(*tasks), Requirements(sales())), lambda _: page)


def titles(bars):
    return re.findall("<title>(.*?)</title>", bars)


def test_a_few_tasks_have_labels_and_links_that_the_tab_key_visits():
    found = drawn(
        ran("DumpTable www.orders", 0, 300, rows=5),
        ran("CopyTable www.orders", 310, 600, "failed", locked=30.0),
        page="../relation/x.html",
    )

    assert titles(found.bars) == [
        "DumpTable www.orders, done, 5 min, began after 0.0 s, 5 rows, on the critical path",
        (
            "CopyTable www.orders, failed, 4 min 50 s, began after 5 min 10 s, waited 10 s before,"
            " waited 30 s for locks, on the critical path"
        ),
    ]
    assert found.bars.count('href="../relation/x.html"') == 2
    assert "tabindex" not in found.bars
    assert found.bars.count(">www.orders</text>") == 2
    assert [mark.text for mark in found.marks] == ["0", *(f"{n} min" for n in range(1, 11))]
    assert (found.lanes, found.waiting, found.locked) == (1, 1, True)
    assert found.kinds == ("dump", "failed")


def test_thousands_of_short_tasks_are_drawn_together_and_failures_never():
    tasks = [ran(f"DumpTable www.t{n:04}", n, n + 1) for n in range(4000)]
    tasks[2000] = ran("DumpTable www.t2000", 2000, 2001, "failed")
    found = drawn(*tasks, page="../relation/x.html")

    assert len(found.bars) < 2_500
    assert titles(found.bars)[1].startswith("DumpTable www.t2000, failed, 1.0 s")
    assert titles(found.bars)[0].startswith("2,000 short tasks: DumpTable www.t0000, ")
    assert titles(found.bars)[0].endswith("DumpTable www.t0005 and 1,994 more")
    assert titles(found.bars)[-1].startswith("DumpTable www.t3999, ")
    assert found.bars.count("<a ") == found.bars.count('tabindex="-1"') == 2


def test_the_size_is_bounded_with_many_workers():
    tasks = [ran(f"DumpTable www.t{n}", n % 97, n % 97 + 3) for n in range(6000)]

    assert len(drawn(*tasks).bars) < 700_000


def test_names_are_escaped():
    bars = drawn(ran(f"{EVIL} {EVIL}", 0, 9), page=EVIL).bars

    assert "<script" not in bars
    assert titles(bars)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.0 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.6, "1 min"),
        (61, "1 min 1 s"),
        (3600, "1 h"),
        (7380, "2 h 3 min"),
    ],
)
def test_durations_in_words(seconds, text):
    assert duration(seconds) == text

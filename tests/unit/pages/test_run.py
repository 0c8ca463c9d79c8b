"""Pages of runs: the list, and of each run what failed, waited, and differs."""

import re

from pipeline.pages.model import Site
from pipeline.pages.render import render
from pipeline.pages.run import PAGES
from tests.support.values.catalogs import EVIL, LINES, sales
from tests.support.values.runs import AT, ran, run_of


def pages_of(*runs):
    site = Site(sales(), {}, "Warehouse", AT, runs=runs)
    return {path: body.decode() for path, body in render(site)}


def words(page):
    plain = re.sub("<[^>]*>", "", page.replace("<wbr>", "").replace("<", " <"))
    return " ".join(plain.split())


def night(number, seconds=20.0, rows=1000):
    return run_of(
        ran("DumpTable www.orders", 0, 10, rows=rows, bytes=9000),
        ran("CopyTable www.orders", 10, 10 + seconds, rows=rows),
        number=number,
    )


def test_runs_are_listed_with_what_they_did():
    failed = run_of(
        ran("DumpTable www.orders", 0, 90, "failed", message="upstream is down"),
        ran("DumpTable www.users", 0, 90, "failed", message="upstream is down"),
        ran("CopyTable www.orders", None, 95, "not run"),
        number=9,
    )
    pages = pages_of(failed, night(8))

    listed = words(pages["runs.html"])
    assert "2026-11-21 03:00 2026-11-21 failed 1 min 35 s 0 2 1" in listed
    assert "2026-11-21 03:00 2026-11-21 done 30 s 2 1,000 9.0 kB" in listed
    page = words(pages[f"run/{9:032x}.html"])
    assert "Failed: DumpTable www.orders , DumpTable www.users upstream is down" in page
    assert page.count("upstream is down") == 1
    assert "1 task not run CopyTable www.orders" in page
    assert "Not known: no task was done at least three times before." in page
    assert 'href="../relation/www.orders.html"' in pages[f"run/{9:032x}.html"]


def test_a_run_is_compared_with_those_before():
    pages = pages_of(night(9, seconds=200, rows=10), *(night(n) for n in range(8, 3, -1)))

    page = words(pages[f"run/{9:032x}.html"])
    assert (
        "Critical path 2 tasks determined when the run ended: 3 min 30 s of work. To end earlier"
    ) in page
    assert "CopyTable www.orders 3 min 20 s 20 s 10.0 10 1,000" in page
    assert "CopyTable www.orders 10 s 3 min 20 s 95% required DumpTable www.orders" in page
    assert "Nothing: no task took" in words(pages[f"run/{8:032x}.html"])


def test_a_run_of_an_earlier_release_says_what_is_computed():
    old = run_of(
        ran("DumpTable www.orders", None, 90, seconds=80.0),
        ran("CopyTable www.orders", None, 90, "failed", seconds=0.0),
    )

    page = words(pages_of(old)[f"run/{0:032x}.html"])
    assert "2 starts of an earlier release: computed from the seconds" in page
    assert "start not known" in page


def test_only_the_newest_runs_have_pages_and_without_runs_there_is_no_link():
    pages = pages_of(*(night(n) for n in range(PAGES + 2)))

    assert sum(path.startswith("run/") for path in pages) == PAGES
    assert 'href="../runs.html"' in pages["relation/www.orders.html"]
    none = pages_of()
    assert "runs.html" not in none
    assert not any("runs.html" in page for page in none.values())


def test_a_page_does_not_change_when_later_runs_are_added():
    runs = [night(n) for n in range(20)]

    one, other = pages_of(*runs[1:]), pages_of(*runs)
    assert all(one[path] == other[path] for path in one if path.startswith("run/"))


def test_nothing_of_the_history_is_markup():
    evil = run_of(
        ran(f"{EVIL} {EVIL}", 0, 9, "failed", message=LINES),
        ran(f"CopyTable {EVIL}", 9, 99),
        ran(f"CopyTable {EVIL}{EVIL}", None, 99, "not run"),
    )

    for path, page in pages_of(evil).items():
        assert "<script>alert" not in page, path
    run = next(page for path, page in pages_of(evil).items() if path.startswith("run/"))
    assert "{{ 7 * 7 }}" in run

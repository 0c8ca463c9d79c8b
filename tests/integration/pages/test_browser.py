"""The pages in a real browser, opened as files: links, search, lineage, accessibility."""

import datetime as dt
from itertools import islice

import pytest

from pipeline.names import TableName
from pipeline.pages.model import Event, Facts, Site
from pipeline.pages.paths import page_of
from pipeline.pages.render import render
from pipeline.procedures.operations.pages.publish import write_to_folder
from tests.support.results import browser as browsers
from tests.support.values.catalogs import EVIL, LINES, hostile, many, sales
from tests.support.values.runs import ran, run_of

pytestmark = [
    pytest.mark.skipif(browsers.chromium() is None, reason="no Chromium is on the PATH"),
    pytest.mark.xdist_group("browser"),
]

AT = dt.datetime(2026, 11, 21, 3, 0, tzinfo=dt.UTC)

LOADS = tuple(
    Event(AT + dt.timedelta(days=n), "2026-11-21", "CopyTable", "done", n * 100, n * 9, 1.5)
    for n in range(3)
)
FAILURE = Event(AT, "2026-11-24", "CopyTable", "failed", message="upstream is down")
FAILED = Facts(
    *("failed", ("FAILED in CopyTable",), AT, "2026-11-21", 200, 18),
    is_failing=True,
    loads=LOADS,
    failures=(FAILURE,),
)
STALE = Facts("stale", ("older than www.orders",), AT, "2026-11-21", 5, None)


NIGHT = run_of(
    ran("DumpTable www.orders", 0, 300, rows=50, bytes=900),
    ran("DumpTable www.users", 0, 40, locked=15.0),
    ran("CopyTable www.users", 60, 90),
    ran("CopyTable www.orders", 300, 500, "failed", message="upstream is down"),
    ran("DumpTable gone.log", 490, 499, "not run"),
    ran("RefreshCtas dw.buyers", None, 500, "not run"),
    number=9,
)
BEFORE = tuple(run_of(ran("DumpTable www.orders", 0, 30, rows=50), number=n) for n in range(3))
"""Runs whose one task takes a tenth of the time."""

THOUSANDS = run_of(*(ran(f"DumpTable crm.thing_{n:04}", n, n + 40) for n in range(2000)))


def write(folder, catalog, facts, pages, runs=()):
    files = {design.name: (f"{design.stem}.yaml",) for design in catalog}
    site = Site(catalog, files, "Warehouse test", AT, facts, runs=runs)
    write_to_folder(folder, dict(islice(render(site), pages)))
    return folder


@pytest.fixture(scope="module")
def browser():
    with browsers.started() as found:
        yield found


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    facts = {TableName("www", "orders"): FAILED, TableName("dw", "buyers"): STALE}
    return write(tmp_path_factory.mktemp("small"), sales(), facts, None, (NIGHT, *BEFORE))


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """The index, the lineage and the search of 2,000 relations, without their own pages."""
    return write(tmp_path_factory.mktemp("large"), many(2000), {}, 7)


def test_links_lead_from_the_index_through_columns_and_pictures(browser, small):
    with browsers.tab(browser, small) as tab:
        page = tab.open("index.html")
        assert page.locator(".attention li").first.inner_text().startswith("www.orders failed")
        page.get_by_role("button", name="failed").click()
        assert page.locator("#filtered").inner_text() == "1 shown"
        page.get_by_role("button", name="failed").click()
        page.fill("#filter", "dw. buy")
        assert page.locator(".list tbody tr:visible").count() == 1
        page.get_by_role("link", name="buyers", exact=True).click()
        page.get_by_role("link", name="www.orders.total").click()
        assert page.url.endswith("/relation/www.orders.html#c-total")
        assert page.locator("tr:target th").inner_text() == "total"
        assert "ago" in page.locator(".facts time").inner_text()
        page.locator("svg.picture a", has_text="rich").first.click()
        assert page.url.endswith("/relation/dw.rich.html")
        page.get_by_role("link", name="in the whole graph").click()
        assert page.locator("#selected h2").inner_text() == "dw.rich"


def test_the_search_is_used_by_the_keyboard_alone(browser, small):
    with browsers.tab(browser, small) as tab:
        page = tab.open("relation/www.log.html")
        page.keyboard.press("/")
        page.keyboard.type("tax")
        page.wait_for_selector("#found a")
        assert page.locator("#found a").all_inner_texts() == [
            "www.orders › total\ntable · With tax."
        ]
        page.keyboard.press("Escape")
        page.keyboard.press("/")
        page.keyboard.type("orders")
        page.wait_for_selector("#found a[aria-selected=true]")
        assert page.locator("#found a").first.inner_text().startswith("www.orders\n")
        shadow = "links => links.map(link => getComputedStyle(link).boxShadow != 'none')"
        shadows = page.locator("#found a").evaluate_all(shadow)
        assert shadows == [True, *[False] * (len(shadows) - 1)]
        page.keyboard.type(" id")
        page.wait_for_function("document.querySelector('#found a')?.innerText.includes('›')")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowUp")
        page.keyboard.press("Enter")
        page.wait_for_url("**/relation/www.orders.html#c-id")


def test_the_lineage_is_searched_zoomed_and_followed(browser, small):
    with browsers.tab(browser, small) as tab:
        page = tab.open("lineage.html")
        assert page.locator("g.box").count() == 5
        assert "1 relations read none" in page.locator("#shown").inner_text()
        scene = page.locator("#scene")
        before = scene.get_attribute("transform")
        page.click("#zoom-in")
        page.mouse.move(600, 500)
        page.mouse.wheel(0, -100)
        page.wait_for_function(
            "t => document.querySelector('#scene').getAttribute('transform') != t", arg=before
        )
        page.fill("#find", "www.users")
        lit = page.locator("g.box.lit").evaluate_all("boxes => boxes.map(box => box.ariaLabel)")
        assert sorted(name.partition(",")[0] for name in lit) == [
            *("dw.buyers", "dw.rich", "dw.richest", "www.users"),
        ]
        page.get_by_role("button", name="Show only its lineage").click()
        assert page.locator("g.box").count() == 4
        page.get_by_role("button", name="Close").click()
        page.locator("g.box", has_text="buyers").focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        assert page.locator("#selected h2").inner_text() == "dw.rich"
        page.select_option("#by-tag", "finance")
        assert page.locator("g.box").count() == 4


def test_hostile_names_and_texts_are_only_shown(browser, tmp_path):
    event = Event(AT, EVIL, EVIL, "failed", message=LINES)
    facts = Facts(EVIL, (EVIL,), AT, is_failing=True, failures=(event,), loads=(event, event))
    catalog = hostile()
    folder = write(tmp_path / "site", catalog, dict.fromkeys(catalog.designs, facts), None)
    with browsers.tab(browser, folder) as tab:
        for path in ("index.html", *map(page_of, catalog.designs), "lineage.html"):
            page = tab.open(path)
            assert EVIL[:20] in page.locator("body").inner_text()
        page.fill("#search", EVIL)
        page.wait_for_selector("#found a")
        assert page.locator("#found a").count() == 2
        page.locator("g.box").last.click()
        assert page.locator("#selected h2").inner_text() == str(max(catalog.designs))


def test_two_thousand_relations_are_shown_by_schema_first(browser, large):
    with browsers.tab(browser, large) as tab:
        page = tab.open("index.html")
        assert page.locator(".list tbody tr").count() == 2000
        page.keyboard.press("/")
        page.keyboard.type("erp thing_0599")
        page.wait_for_selector("#found a")
        assert page.locator("#found a").count() == 1
        page = tab.open("lineage.html")
        assert page.locator("g.box").count() == 5
        page.locator("g.box", has_text="marts").click()
        assert page.locator("#shown").inner_text().startswith("229 of 2,000 relations")
        page.fill("#find", "marts.thing_0007")
        page.get_by_role("button", name="Show only its lineage").click()
        assert 3 < page.locator("g.box").count() < 20


def test_a_run_leads_to_its_relations_and_thousands_of_tasks_fit(browser, small, tmp_path):
    with browsers.tab(browser, small) as tab:
        page = tab.open("index.html")
        page.get_by_role("link", name="Runs").click()
        assert page.locator(".runs tbody tr").count() == 4
        page.get_by_role("link", name="2026-11-21 03:00").first.click()
        assert page.locator(".failure").inner_text().startswith("Failed: CopyTable www.orders")
        assert page.locator(".timeline a.crit").count() == 2
        page.locator(".timeline a").first.focus()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url("**/relation/www.users.html")
        page.go_back()
        assert page.locator(".tasks", has_text="Times").locator("tbody tr").count() == 1
        page.locator(".timeline a", has_text="www.orders").first.click()
        assert page.url.endswith("/relation/www.orders.html")
    folder = write(tmp_path / "site", sales(), {}, None, (THOUSANDS,))
    with browsers.tab(browser, folder) as tab:
        page = tab.open("runs.html")
        page.get_by_role("link", name="2026-11-21 03:00").click()
        drawn = page.locator(".scroll > .timeline").bounding_box()
        assert drawn["width"] > 1000
        assert drawn["height"] < 800
        assert page.locator(".timeline a").count() < 3000


PAGES = (
    "index.html",
    "lineage.html#www.orders",
    "relation/www.orders.html",
    "relation/dw.rich.html",
    "runs.html",
    f"run/{9:032x}.html",
)


def test_a_checker_of_accessibility_finds_nothing(browser, small):
    with browsers.tab(browser, small) as tab:
        for path in PAGES:
            tab.open(path)
            assert tab.violations() == [], path
        tab.page.fill("#search", "orders")
        tab.page.wait_for_selector("#found a")
        assert tab.violations() == []


def test_dark_pages_have_enough_contrast(browser, small):
    with browsers.tab(browser, small, color_scheme="dark") as tab:
        for path in (*PAGES[:3], *PAGES[4:]):
            tab.open(path)
            assert tab.violations("color-contrast") == [], path


def test_narrow_screens_do_not_scroll_sideways(browser, small):
    with browsers.tab(browser, small, viewport={"width": 360, "height": 640}) as tab:
        for path in PAGES:
            page = tab.open(path)
            assert page.evaluate("document.documentElement.scrollWidth") <= 360, path

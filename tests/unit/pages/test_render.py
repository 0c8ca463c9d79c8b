"""What pages show of designs and facts, and that nothing of a design is markup."""

import datetime as dt
import html
import json
import re
from html.parser import HTMLParser

import pytest

from pipeline.designs.catalog import Catalog
from pipeline.designs.model.checks import Check, Query, Range
from pipeline.designs.model.design import Column
from pipeline.freshness import Freshness
from pipeline.names import TableName
from pipeline.pages.model import Event, Facts, Outcome, Site
from pipeline.pages.paths import page_of
from pipeline.pages.render import render, svg
from tests.support.values.catalogs import EVIL, LINES, derived, hostile, many, sales, table

AT = dt.datetime(2026, 11, 21, 3, 0, tzinfo=dt.UTC)


def site(catalog, **given):
    files = {design.name: (f"{design.stem}.yaml",) for design in catalog}
    return Site(
        **{"catalog": catalog, "files": files, "title": "Warehouse", "written_at": AT} | given
    )


def pages_of(catalog, **given):
    return {path: body.decode() for path, body in render(site(catalog, **given))}


class Text(HTMLParser):
    """The words of a page, and its tags and attributes."""

    def __init__(self, page):
        super().__init__()
        self.words, self.tags, self.attributes = [], set(), []
        self.feed(page)

    def handle_data(self, data):
        self.words.append(data)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += [name for name, _ in attrs]


def words(page):
    return " ".join("".join(Text(page.replace("<", " <").replace(" <wbr>", "")).words).split())


def test_a_page_for_each_relation_an_index_and_the_lineage():
    pages = pages_of(sales())

    assert {path for path in pages if path.startswith("relation/")} == {
        page_of(name) for name in sales().designs
    }
    assert set(pages) >= {"index.html", "lineage.html", "assets/search-data.js"}
    assert "6 relations" in words(pages["index.html"])


def test_a_column_names_where_it_comes_from_and_what_is_computed_from_it():
    pages = pages_of(sales())

    orders = pages["relation/www.orders.html"]
    assert 'href="../relation/dw.buyers.html#c-spent"' in orders
    assert "public.orders.net public.orders.tax" in words(orders)
    assert html.escape('"net"') in orders
    buyers = pages["relation/dw.buyers.html"]
    assert 'href="../relation/www.orders.html#c-total"' in buyers
    assert "SUM(total)" in words(buyers)
    assert "upstream: public.orders.net (www), public.orders.tax (www)" in words(buyers)
    assert "computed from no column" in words(buyers)
    richest = words(pages["relation/dw.richest.html"])
    assert "upstream: public.orders.net (www), public.orders.tax (www)" in richest


def test_what_is_not_certain_is_called_unknown():
    query = "SELECT i.price AS price FROM www.orders o, o.total i"
    catalog = Catalog.of([*sales(), derived("dw.t", query, "price", reads="www.orders")])

    assert "unknown" in words(pages_of(catalog)["relation/dw.t.html"])


def test_facts_failures_and_plots():
    def load(day, rows):
        at = AT + dt.timedelta(days=day)
        return Event(at, "2026-11-21", "CopyTable", "done", rows, 1_500_000, 2.5)

    failure = Event(AT, "2026-11-22", "CopyTable", "failed", message="upstream is down")
    facts = Facts(
        *("failed", ("FAILED in CopyTable", "older than www.users"), AT, "2026-11-21", 1200, 99),
        is_failing=True,
        loads=(load(0, 1000), load(1, 1200)),
        failures=(failure,),
    )
    pages = pages_of(sales(), facts={TableName("www", "orders"): facts})

    page = pages["relation/www.orders.html"]
    assert "CopyTable failed 2026-11-21 03:00 UTC upstream is down" in words(page)
    assert "Rows of the last 2 loads since 2026-11-21: 1,000 to 1,200" in page
    assert "older than www.users" in words(page)
    assert "Needs attention www.orders failed" in words(pages["index.html"])
    assert "from the files alone" not in pages["index.html"]
    assert "from the files alone" in pages_of(sales())["index.html"]


def test_checks_with_their_last_results_and_the_age():
    checks = (
        Check("total range", Range("total", minimum=0), where="id > 5"),
        Check("paid", Query("SELECT * FROM {relation} WHERE total < 1"), "warn"),
        Check("new", Range("id", maximum=9)),
    )
    age = Freshness(warn_after=dt.timedelta(hours=26))
    sold = table("dw.sold", "id", "total", checks=checks, freshness=age)
    outcomes = {
        "total range": Outcome(AT, False, "bad", "2 wrong rows"),
        "paid": Outcome(AT, True, "good"),
        "gone": Outcome(AT, True, "good"),
    }
    words_of_age = ("warn", "loaded at 2026-11-19 03:00:00 UTC, more than 26 hours ago")
    facts = Facts("checks failed", ("x",), AT, checks=outcomes, freshness=words_of_age)

    page = pages_of(Catalog.of([sold]), facts={sold.name: facts})["relation/dw.sold.html"]
    found = words(page)
    assert (
        "total range range: {column: total, min: 0} where id > 5 error failed 2 wrong rows"
        " 2026-11-21 03:00"
    ) in found
    assert "paid SELECT * FROM {relation} WHERE total < 1 warn passed 2026-11-21 03:00" in found
    assert "new range: {column: id, max: 9} error no result" in found
    assert "gone" not in found
    assert "Freshness loaded at 2026-11-19 03:00:00 UTC, more than 26 hours ago" in found
    offline = words(pages_of(Catalog.of([sold]))["relation/dw.sold.html"])
    assert "new range: {column: id, max: 9} error" in offline
    assert "no result" not in offline
    assert "Freshness warning after 26 hours, by the last load" in offline


def test_sensitive_columns_are_marked_and_so_is_what_is_computed_from_them():
    email = Column("email", "varchar(99)", sensitive=True)
    catalog = Catalog.of(
        [
            table("www.users", columns=(Column("id", "bigint"), email)),
            derived(
                "dw.a", "SELECT id, UPPER(email) AS e FROM www.users", *"ie", reads="www.users"
            ),
            derived("dw.b", "SELECT i, LEN(e) AS n FROM dw.a", *"in", reads="dw.a", kind="VIEW"),
        ]
    )
    pages = pages_of(catalog)

    marked = {
        path: re.findall(r'id="c-(\w+)">\n<th[^\n]*badge sensitive" title="([^"]*)"', page)
        for path, page in pages.items()
        if path.startswith("relation/")
    }
    computed = "computed from a sensitive column"
    assert marked == {
        "relation/www.users.html": [("email", "checks neither keep nor show its values")],
        "relation/dw.a.html": [("e", computed)],
        "relation/dw.b.html": [("n", computed)],
    }


def test_pages_do_not_change_with_the_time_of_writing():
    later = {"written_at": AT + dt.timedelta(days=1)}
    one, other = pages_of(sales()), pages_of(sales(), **later)

    assert [path for path in one if one[path] != other[path]] == ["index.html"]


def test_files_are_linked_if_they_are_there():
    page = pages_of(sales(), folder="../../designs")["relation/www.orders.html"]
    assert 'href="../../designs/www/public-orders.yaml"' in page


OTHER_TAGS = {"circle", "dd", "div", "dl", "dt", "li", "pre", "section", "time", "ul"}
"""Tags of pages with facts."""


@pytest.mark.parametrize("path", ["index.html", "lineage.html", "relation"])
def test_nothing_of_a_design_is_markup(path):
    plain = Text("".join(body for name, body in pages_of(sales()).items() if path in name))
    event = Event(AT, EVIL, EVIL, "failed", message=LINES)
    facts = Facts(EVIL, (EVIL,), AT, is_failing=True, failures=(event,), loads=(event, event))
    catalog = hostile()
    given = {"facts": dict.fromkeys(catalog.designs, facts), "title": EVIL, "folder": "x"}
    page = "".join(body for name, body in pages_of(catalog, **given).items() if path in name)

    found = Text(page)
    assert "<script>alert" not in page
    assert found.tags <= plain.tags | OTHER_TAGS
    assert all(re.fullmatch(r"[a-z-]+|viewbox", name) for name in found.attributes)
    assert "49" not in "".join(found.words)


def test_a_script_holds_data_alone():
    for path in ("assets/search-data.js", "assets/lineage-data.js"):
        script = pages_of(hostile())[path]
        assert re.fullmatch(r"window\.[A-Z]+ = .*;\n", script)
        assert EVIL in str(json.loads(script.partition(" = ")[2].removesuffix(";\n"))) or (
            json.dumps(EVIL)[1:-1] in script
        )
        assert script.isascii()


def test_the_picture_of_the_whole_graph():
    drawn = svg(site(sales()))

    assert drawn.count('class="box') == 5
    assert drawn.count('class="edge"') == 4
    assert "<script" not in svg(site(hostile()))


def test_a_relation_that_many_read_shows_some_and_counts_the_others():
    readers = [
        derived(f"dw.r{n:02}", "SELECT id FROM www.log", "id", reads="www.log") for n in range(30)
    ]
    catalog = Catalog.of([table("www.log", "id"), *readers])

    page = pages_of(catalog)["relation/www.log.html"]
    assert page.count('class="box') == 10
    assert "21 more relations within two steps" in words(page)
    assert "22 more" in words(page)


def test_a_large_catalog_is_only_in_the_index_and_in_scripts():
    pages = pages_of(many(200))

    largest = max(len(body) for path, body in pages.items() if path.startswith("relation/"))
    assert largest < 20_000
    assert len(pages["lineage.html"]) < 5_000

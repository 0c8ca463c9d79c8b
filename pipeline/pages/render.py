"""Render all files of the pages, by their paths: ``relation/www.orders.html``."""

import datetime as dt
from collections.abc import Iterator
from html import escape
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined

from pipeline.figures import count, size
from pipeline.pages import highlight, overview
from pipeline.pages.columns import ColumnLineage
from pipeline.pages.model import Site
from pipeline.pages.paths import page_of
from pipeline.pages.picture import whole
from pipeline.pages.relation import relation_page
from pipeline.pages.run import run_pages, runs_list
from pipeline.pages.runs.timeline import duration

ASSETS = ("pages.css", "pages.js", "lineage.js")


def render(site: Site) -> Iterator[tuple[str, bytes]]:
    """Yield the path and the content of each file."""
    environment = _environment()
    for asset in ASSETS:
        yield f"assets/{asset}", _asset(asset).encode()
    yield "assets/search-data.js", overview.search_script(site).encode()
    yield "assets/lineage-data.js", overview.lineage_script(site).encode()
    index = environment.get_template("index.html")
    yield "index.html", index.render(site=site, page=overview.index_page(site)).encode()
    lineage_page = environment.get_template("lineage.html")
    yield "lineage.html", lineage_page.render(site=site).encode()
    template, lineage = environment.get_template("relation.html"), ColumnLineage.of(site.catalog)
    for name in site.catalog.designs:
        page = relation_page(site, lineage, name)
        yield page_of(name), template.render(site=site, page=page).encode()
    if site.runs:
        yield from _runs(site, environment)


def _runs(site: Site, environment: Environment) -> Iterator[tuple[str, bytes]]:
    listed = environment.get_template("runs.html")
    yield "runs.html", listed.render(site=site, entries=runs_list(site)).encode()
    template = environment.get_template("run.html")
    for path, page in run_pages(site):
        yield path, template.render(site=site, page=page).encode()


def svg(site: Site) -> str:
    """Return the graph of all relations as one picture, for a README."""
    template = _environment().get_template("whole.svg")
    return template.render(picture=whole(site), style=_asset("picture.css"))


def _asset(name: str) -> str:
    return files("pipeline.pages").joinpath("assets", name).read_text(encoding="utf-8")


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("pipeline.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        sql=highlight.sql,
        size=size,
        moment=moment,
        iso=iso,
        count=count,
        breakable=breakable,
        duration=duration,
    )
    return environment


def breakable(text: str) -> str:
    """Return a name as HTML, escaped, whose lines can break after dots and underscores."""
    return escape(text).replace("_", "_<wbr>").replace(".", ".<wbr>")


def moment(value: dt.datetime) -> str:
    """Format a time of UTC to the minute: ``2026-11-21 03:04``."""
    return f"{value:%Y-%m-%d %H:%M}"


def iso(value: dt.datetime) -> str:
    """Format a time of UTC for scripts: ``2026-11-21T03:04:05Z``."""
    return f"{value:%Y-%m-%dT%H:%M:%S}Z"

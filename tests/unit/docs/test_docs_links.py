"""The targets of links exist, and the layers that the pages show are those of the contract."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.support.paths import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\(([^()\s]+)\)")
OUTSIDE = re.compile(r"[a-z]+:")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)


def links(page: Path) -> list[str]:
    """All links of a page to places in this project."""
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    return [target for target in LINK.findall(text) if not OUTSIDE.match(target)]


def anchors(page: Path) -> set[str]:
    """The anchors that a page's headings get when it is displayed."""
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    kept = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in HEADING.findall(text))
    return {heading.strip().replace(" ", "-") for heading in kept}


def broken(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = page.parent / path if path else page
    return not target.exists() or (bool(anchor) and anchor not in anchors(target))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_point_at_what_exists(page):
    assert [link for link in links(page) if broken(page, link)] == []


def test_the_readme_leads_to_every_page_of_the_documentation():
    linked = {link.partition("#")[0] for link in links(ROOT / "README.md")}
    assert {str(page.relative_to(ROOT)) for page in (ROOT / "docs").rglob("*.md")} <= linked


def test_a_link_to_nothing_is_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# Some `code`, here\n[a](b.md) [c](#some-code-here) [d](#no) [e](http://x)\n")
    assert [link for link in links(page) if broken(page, link)] == ["b.md", "#no"]


def test_the_layers_shown_are_those_of_the_contract():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    shown = re.search(r"^    (__main__ .*(?:\n +>.*)*)", text, re.MULTILINE)
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    layers = next(each["layers"] for each in contracts if each["name"] == "Layers")
    assert shown is not None
    assert re.split(r"\s+>\s+", shown[1]) == layers

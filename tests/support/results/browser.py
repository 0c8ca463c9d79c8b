"""A headless Chromium that opens files, and what it complains about."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")

ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
"""Nothing but the pages is requested, and root may start it."""

TIMEOUT = 120_000
"""Milliseconds; other tests may use the processors."""


def chromium() -> str | None:
    """Return the path of the browser, None if there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def started() -> Iterator[Browser]:
    """Start the browser and end it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Tab:
    """A page of a folder, and everything that must not happen."""

    page: Page
    folder: Path
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Open a file of the folder: ``index.html#s-www``."""
        self.page.goto(f"file://{self.folder}/{path}")
        return self.page

    def violations(self, *rules: str) -> list[tuple[str, str]]:
        """Return rules of accessibility that the page breaks, each with an element; all or some.

        https://github.com/dequelabs/axe-core
        """
        script = files("axe_playwright_python").joinpath("axe.min.js")
        self.page.evaluate(script.read_text(encoding="utf-8"))
        only = {"preload": False} | ({"runOnly": list(rules)} if rules else {})
        found: dict[str, Any] = self.page.evaluate("only => axe.run(only)", only)
        return [
            (rule["id"], node["html"]) for rule in found["violations"] for node in rule["nodes"]
        ]


@contextmanager
def tab(browser: Browser, folder: Path, **options: Any) -> Iterator[Tab]:
    """Open a tab; errors, console messages, dialogs and requests elsewhere are complaints."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}} | options)
    context.set_default_timeout(TIMEOUT)
    page = context.new_page()
    opened = Tab(page, folder)
    complain = opened.complaints.append

    def requested(url: str) -> None:
        if not url.startswith((f"file://{folder}/", "data:,")):
            complain(f"requested {url}")

    page.on("console", lambda message: complain(f"console: {message.text}"))
    page.on("pageerror", lambda error: complain(f"error: {error}"))
    page.on("dialog", lambda dialog: complain(f"dialog: {dialog.message}"))
    page.on("request", lambda request: requested(request.url))
    try:
        yield opened
        assert opened.complaints == []
    finally:
        context.close()

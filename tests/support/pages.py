"""The pages of the documentation, and the code in them."""

import re

from tests.support.paths import ROOT

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"(?:#|--) designs/(\S+)\n")


def read_page(name: str) -> str:
    """Return the text of a page: ``docs/designs.md``."""
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(page: str, *kinds: str) -> list[str]:
    """Return the blocks of code in these languages."""
    return [text for language, text in BLOCK.findall(page) if language in kinds]


def design_files(page: str) -> list[tuple[str, str]]:
    """Return the blocks that begin with the path of a file of designs, by this path."""
    found = [(FILE.match(text), text) for text in blocks(page, "yaml", "sql")]
    return [(path[1], text[path.end() :]) for path, text in found if path]

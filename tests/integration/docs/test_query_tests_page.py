"""docs/query-tests.md: its example prints what the page shows, on a private emulator."""

import json
import re
import tempfile
from pathlib import Path

import pytest

from tests.support.pages import blocks, design_files, read_page
from tests.support.processes import program_environment, run

PAGE = read_page("docs/query-tests.md")
FILES = dict(design_files(PAGE))
OUTPUTS = blocks(PAGE, "text")
SOURCES = {
    "s3": {"bucket_name": "none"},
    "sources": [
        {"name": "dw"},
        {"name": "www", "read_access": "NOWHERE", "include_tables": ["public.*"]},
    ],
}


def printed(folder: Path) -> str:
    environment = program_environment(TMPDIR=str(folder / "t"))
    done = run(["sh", "-c", "pipeline test"], cwd=folder, env=environment)
    assert done.stderr == ""
    return without_times(done.stdout)


def without_times(text: str) -> str:
    return re.sub(r"\([0-9.]+ s\)", "(… s)", text)


@pytest.fixture
def folder():
    """A folder with a short name, for the socket of PostgreSQL."""
    with tempfile.TemporaryDirectory(prefix="qt") as name:
        folder = Path(name)
        folder.chmod(0o711)
        (folder / "t").mkdir(mode=0o711)
        (folder / "config").mkdir()
        (folder / "config" / "sources.json").write_text(json.dumps(SOURCES))
        for path, text in FILES.items():
            file = folder / "designs" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        yield folder


def test_the_example_finds_the_mistake_and_passes_without_it(folder: Path) -> None:
    assert printed(folder) == without_times(OUTPUTS[0])
    assert [*(folder / "t").iterdir()] == [], "the private emulator is gone"

    query = folder / "designs" / "dw" / "open_orders.sql"
    (correct,) = re.findall(r"^With `(WHERE .*)`:$", PAGE, re.MULTILINE)
    query.write_text(query.read_text().replace("WHERE status <> 'paid'", correct))
    assert printed(folder) == without_times(OUTPUTS[1])

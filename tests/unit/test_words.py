"""Names, messages, docstrings and pages use the words of docs/glossary.md, not those it replaced.

A replaced word is listed here only if it has no other use in code, SQL or plain English. These
are not listed: board, books, left, leaves, lost, member, moved, note, people, person, piece,
present, said, say, script, tell, wanted, watch, and ANALYSE, which is a keyword.
"""

import re

import pytest

from tests.support.paths import ROOT

TREES = ("pipeline", "redshift_emulator", "tests", "docs", ".github")
FILES = ("README.md", "CONTRIBUTING.md", "Makefile", "setup.py", "pyproject.toml")
KINDS = {".cfg", ".ini", ".json", ".md", ".py", ".sql", ".toml", ".yaml", ".yml", ""}
GLOSSARIES = {"docs/glossary.md", "tests/unit/test_words.py"}

REPLACED = {
    r"stand[-_]?ins?\b": "emulator",
    r"\bgenerations?\b": "staging table",
    r"(?-i:\b(?:[A-Z][a-z]+)+Order\b)": "Job",
    r"\bis_settled\b": "up to date",
    r"\bforgiven\b": "optional failure",
    r"\bcan_do_without\b": "optional failure",
    r"\bheirs?\b": "new owner",
    r"\brubbish\b": "leftovers",
    r"\bwould_say\b": "statements",
    r"\bdoors? to\b": "connection",
    r"\bcrews?\b": "workers",
    r"\bmend(s|ed|ing)?\b": "fix",
    r"\bwhence\b": "from",
    r"\banew\b": "again",
    r"\bheed(s|ed|ing)?\b": "observe",
    r"rehears": "dry run",
    r"theatre": "task preview",
    r"catalogue": "catalog",
    r"authoris": "authoriz",
    r"(?-i:\bTell whether\b)": "return whether",
    r"\bstands? twice\b": "duplicate",
    r"\b(left|leaves?|leaving)[ -]out\b": "excluded or omitted",
    r"\btaken for\b": "treated as",
    r"\bwhoever\b": "the user or process",
}
"""Patterns, in upper or lower case but for the two with ``-i``, and what is written instead."""

TEXTS = {
    str(file.relative_to(ROOT)): file.read_text(encoding="utf-8")
    for place in (*TREES, *FILES)
    for file in ([ROOT / place] if place in FILES else sorted((ROOT / place).rglob("*")))
    if file.is_file() and file.suffix in KINDS and "__pycache__" not in file.parts
}


def places(pattern: str, texts: dict[str, str]) -> list[str]:
    """Return where a pattern occurs: in a file's path, or at a line of its text."""
    found = re.compile(pattern, re.IGNORECASE)
    lines = (
        (f"{path}:{number}: {line.strip()}", line)
        for path, text in texts.items()
        if path not in GLOSSARIES
        for number, line in enumerate((path, *text.splitlines()))
    )
    return [place for place, line in lines if found.search(line)]


@pytest.mark.parametrize("pattern", REPLACED, ids=REPLACED.get)
def test_a_word_that_was_replaced_is_used_nowhere(pattern):
    assert places(pattern, TEXTS) == []


def test_a_word_is_found_in_a_path_a_name_and_a_sentence():
    texts = {"a/stand_in.py": "x = 1\nStandIn()\n", "b.md": "nothing\nThe stand-in listens.\n"}
    assert places(r"stand[-_]?ins?\b", texts) == [
        "a/stand_in.py:0: a/stand_in.py",
        "a/stand_in.py:2: StandIn()",
        "b.md:2: The stand-in listens.",
    ]


def test_all_files_are_looked_at():
    assert len(TEXTS) > 300
    assert {"README.md", "pipeline/errors.py", "docs/architecture.md"} <= set(TEXTS)

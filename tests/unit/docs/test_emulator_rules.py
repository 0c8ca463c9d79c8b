"""docs/emulator/: every rule of the emulator has a test with its number, and they are counted."""

import re

from tests.support.paths import ROOT

PAGES = ROOT / "docs" / "emulator"
PAGE = (PAGES / "README.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (\d+ \|.*) \|$", PAGE, re.MULTILINE)
RULES = {row.split(" |")[0]: re.split(r"(?<!\\)\| ", row)[-1] for row in ROWS}
"""What the emulator does, by the number of the rule."""


def numbers_in_tests() -> set[str]:
    """Return the numbers in names of tests, and of the cases of tables that begin with one."""
    found: set[str] = set()
    for path in (ROOT / "tests" / "integration" / "redshift_emulator").rglob("test_*.py"):
        text = path.read_text(encoding="utf-8")
        for name in re.findall(r"def test_(rules?_\w+)", text):
            found.update(re.findall(r"(?:^rules?|_and)_(\d+)", name))
        found.update(re.findall(r"^    \((\d+), \"", text, re.MULTILINE))
    return found


def test_every_rule_has_a_test_with_its_number():
    assert RULES.keys() - numbers_in_tests() == set()


def test_the_rules_are_counted():
    refused = [each for each in RULES.values() if each.startswith("refused")]
    counted = f"{len(RULES)} rules: {len(RULES) - len(refused)} are imitated,"
    assert f"{counted} with the differences that they state, {len(refused)} are refusals" in PAGE

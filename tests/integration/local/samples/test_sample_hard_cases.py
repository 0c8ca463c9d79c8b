"""What makes the samples worth loading: each hard case is there, at the smallest scale too."""

import re
from pathlib import Path

import pytest

TEXT = Path(__file__).with_name("hard_cases.sql").read_text(encoding="utf-8")
CASES = re.findall(r"^-- (www|hyppo): (.+)\n((?:(?!--).+\n)+)", TEXT, re.MULTILINE)


def test_every_case_of_the_file_is_tried():
    assert len(CASES) == TEXT.count("\n-- ") > 70


@pytest.mark.parametrize(
    ("database", "statement"),
    [pytest.param(database, sql, id=f"{database}: {case}") for database, case, sql in CASES],
)
def test_hard_case_is_present_at_the_smallest_scale(database, statement, query):
    assert query(database, statement) == [(True,)]

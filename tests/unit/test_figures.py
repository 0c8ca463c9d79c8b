"""Numbers with thousands set apart, sizes in decimal units, nouns in the right number, times."""

import pytest

from pipeline.figures import (
    count,
    read_duration,
    read_share,
    size,
    write_duration,
    write_share,
)


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (48_100_000, "48.1 MB"),
        (2_500_000_000, "2.5 GB"),
        (1_200_000_000_000, "1.2 TB"),
    ],
)
def test_sizes_are_decimal(amount: float, expected: str) -> None:
    assert size(amount) == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [(0, "0 parts"), (1, "1 part"), (2, "2 parts"), (1_234_567, "1,234,567 parts")],
)
def test_one_is_singular_and_thousands_are_set_apart(number: int, expected: str) -> None:
    assert count(number, "part") == expected


@pytest.mark.parametrize(
    ("text", "seconds", "again"),
    [
        ("1 second", 1, "1 second"),
        ("90 minutes", 5400, "90 minutes"),
        ("120 minutes", 7200, "2 hours"),
        ("24 hours", 86_400, "1 day"),
        ("14 days", 1_209_600, "2 weeks"),
        ("99999 weeks", 99_999 * 604_800, "99999 weeks"),
    ],
)
def test_a_duration_is_a_number_and_a_unit(text, seconds, again):
    assert read_duration(text).total_seconds() == seconds
    assert write_duration(read_duration(text)) == again


@pytest.mark.parametrize(("text", "share"), [("5%", 0.05), ("0.5 %", 0.005), ("100%", 1)])
def test_a_share_is_a_percentage(text, share):
    assert read_share(text) == share
    assert write_share(share) == text.replace(" ", "")

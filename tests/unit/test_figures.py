"""Numbers with thousands set apart, sizes in decimal units, nouns in the right number."""

import pytest

from pipeline.figures import count, size


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

"""What the doctor makes of clocks and versions, and which exit code that means."""

import datetime as dt

import pytest

from pipeline.procedures.operations.doctor import Finding, clock, short_version, worst

NOON = dt.datetime(2026, 11, 22, 12)  # noqa: DTZ001  (as the warehouse tells it, in UTC)


@pytest.mark.parametrize(
    ("seconds", "verdict"),
    [(0, "ok"), (3, "ok"), (-58, "ok"), (70, "warning"), (-70, "warning"), (900, "fault")],
)
def test_a_clock_is_judged_by_how_far_it_is_off(seconds: int, verdict: str) -> None:
    found = clock("clock", NOON + dt.timedelta(seconds=seconds), NOON, NOON)
    assert found.verdict == verdict


def test_the_time_that_the_answer_took_does_not_count() -> None:
    later = NOON + dt.timedelta(minutes=5)
    assert clock("clock", NOON + dt.timedelta(minutes=2), NOON, later).verdict == "ok"


@pytest.mark.parametrize(
    ("codes", "expected"), [((), 0), ((4,), 4), ((3,), 3), ((4, 3), 3), ((0,), 4)]
)
def test_files_are_mended_before_servers(codes: tuple[int, ...], expected: int) -> None:
    faults = [Finding("x", "fault", "", "", code) for code in codes]
    assert worst([Finding("x", "warning", "", "", 3), *faults]) == expected


@pytest.mark.parametrize(
    ("version", "short"),
    [
        (
            "PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC 3.4.2, Redshift 1.0.77467",
            "Redshift 1.0.77467",
        ),
        (
            "PostgreSQL 18.6 on x86_64-pc-linux-gnu, compiled by gcc",
            "PostgreSQL 18.6 on x86_64-pc-linux-gnu",
        ),
    ],
)
def test_of_a_version_the_part_is_shown_that_matters(version: str, short: str) -> None:
    assert short_version(version) == short

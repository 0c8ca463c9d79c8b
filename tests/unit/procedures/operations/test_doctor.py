"""The doctor's verdict on clocks, its short form of versions, its exit code."""

import datetime as dt

import pytest

from pipeline.procedures.operations.doctor.finding import Finding, clock, exit_code
from pipeline.procedures.operations.doctor.warehouse import short_version

NOON = dt.datetime(2026, 11, 22, 12)  # noqa: DTZ001  (as GETDATE returns it, in UTC)


@pytest.mark.parametrize(
    ("seconds", "verdict"),
    [(0, "ok"), (3, "ok"), (-58, "ok"), (70, "warning"), (-70, "warning"), (900, "fault")],
)
def test_the_verdict_on_a_clock_depends_on_the_difference(seconds: int, verdict: str) -> None:
    found = clock("clock", NOON + dt.timedelta(seconds=seconds), NOON, NOON)
    assert found.verdict == verdict


def test_the_duration_of_the_request_does_not_count() -> None:
    later = NOON + dt.timedelta(minutes=5)
    assert clock("clock", NOON + dt.timedelta(minutes=2), NOON, later).verdict == "ok"


@pytest.mark.parametrize(
    ("codes", "expected"), [((), 0), ((4,), 4), ((3,), 3), ((4, 3), 3), ((0,), 4)]
)
def test_faults_of_files_decide_the_exit_code_before_those_of_servers(
    codes: tuple[int, ...], expected: int
) -> None:
    faults = [Finding("x", "fault", "", "", code) for code in codes]
    assert exit_code([Finding("x", "warning", "", "", 3), *faults]) == expected


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
def test_the_short_version_is_the_significant_part(version: str, short: str) -> None:
    assert short_version(version) == short

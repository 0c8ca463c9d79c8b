"""What is read of running transactions before a snapshot."""

from collections.abc import Callable, Mapping

import pytest

from pipeline.sql.statement import Statement
from pipeline.stores.upstream.observation import Observation, observe

ROW = {
    "bound": "2026-01-02 03:04:04+00",
    "clock": "2026-01-02 03:04:05+00",
    "role": "loader",
    "sees_all": True,
    "standby": False,
    "control": True,
}


def answers(*hidden: int) -> Callable[[Statement], list[Mapping[str, object]]]:
    """Answer the question about running transactions, with these numbers in turn."""
    waiting = list(hidden)

    def query(statement: Statement) -> list[Mapping[str, object]]:
        if "pg_prepared_xacts" in statement.text:
            return [{"prepared": 0}]
        number = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        return [{**ROW, "hidden": number}]

    return query


@pytest.mark.parametrize(("hidden", "found"), [((0, 9), 0), ((1, 0, 9), 0), ((2, 2, 1), 1)])
def test_a_session_counts_as_hiding_its_start_only_if_it_does_so_again(
    hidden: tuple[int, ...], found: int
) -> None:
    expected = Observation(**ROW, hidden=found, prepared=0)
    assert observe(answers(*hidden), 180000) == expected

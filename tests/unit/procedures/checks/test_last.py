"""The last results of a relation are counted."""

from pipeline.procedures.checks.last import CheckState
from tests.support.values.warehouse_samples import MOMENT


def row(name, severity, passed):
    return {
        "target_table": name,
        "checked_at": MOMENT,
        "checked": "published",
        "severity": severity,
        "passed": passed,
    }


def test_results_are_counted_by_what_they_mean_and_the_worst_come_first():
    found = CheckState.of(
        [
            *(row("www.a", "error", True) for _ in range(7)),
            row("www.a", "warn", True),
            row("www.a", "warn", False),
            row("www.a", "error", False),
            row("www.a", "error", None),
            row("www.b", "error", True),
        ]
    )
    assert found["www.a"] == CheckState(MOMENT, passed=8, failed=1, warnings=1, not_run=1)
    assert {name: str(each) for name, each in found.items()} == {
        "www.a": "1 failed, 1 warning, 8 passed, 1 not run",
        "www.b": "1 passed",
    }

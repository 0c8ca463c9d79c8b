"""Run the tests of the emulator on a real cluster: ``pytest --cluster URL``; hooks of pytest.

Of the tests in ``tests/integration/redshift_emulator``, those run that need a session of the
administrator only: neither S3, nor the PostgreSQL behind the emulator, nor its files.
"""

import os
from collections import Counter
from pathlib import Path

import psycopg2.extensions
import pytest

CONFORMANCE = Path("tests/integration/redshift_emulator")
LOCAL = frozenset({"plain", "bucket", "conditions", "serializable"})
"""Fixtures that a cluster cannot give, or that would change it for others."""

DSN = pytest.StashKey[str]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--cluster",
        metavar="URL",
        help="run the conformance tests on this Redshift cluster, in schemas of their own;"
        " postgresql://USER@HOST:5439/DATABASE, with the password in PGPASSWORD",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Read the password before the tests hide the environment."""
    if not (url := config.getoption("--cluster")):
        return
    try:
        parts = psycopg2.extensions.parse_dsn(url)
    except psycopg2.ProgrammingError as error:
        raise pytest.UsageError(f"--cluster: {error}") from None
    if "password" in parts:
        raise pytest.UsageError(
            "--cluster: others can see the password of a URL; set PGPASSWORD instead"
        )
    if missing := {"user", "host", "dbname"} - set(parts):
        raise pytest.UsageError(f"--cluster: the URL has no {', no '.join(sorted(missing))}")
    if not (password := os.environ.get("PGPASSWORD")):
        raise pytest.UsageError("--cluster: set PGPASSWORD")
    config.stash[DSN] = psycopg2.extensions.make_dsn(url, password=password)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Select the tests that a cluster can run."""
    if DSN not in config.stash:
        return
    chosen = [each for each in items if _is_conformance(config, each)]
    config.hook.pytest_deselected(items=[each for each in items if each not in set(chosen)])
    items[:] = chosen


def _is_conformance(config: pytest.Config, item: pytest.Item) -> bool:
    if not isinstance(item, pytest.Function):
        return False
    direct = set(item._fixtureinfo.argnames)
    return (
        item.path.is_relative_to(config.rootpath / CONFORMANCE)
        and "client" in item.fixturenames
        and "emulator" not in direct
        and not LOCAL & set(item.fixturenames)
        and item.get_closest_marker("emulator_only") is None
    )


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print how many tests passed on the cluster, and for each rule those that did not."""
    if DSN not in config.stash:
        return
    reports = terminalreporter.stats
    failed = [*reports.get("failed", []), *reports.get("error", [])]
    host = psycopg2.extensions.parse_dsn(config.stash[DSN])["host"]
    terminalreporter.section(f"cluster {host}")
    passed = len(reports.get("passed", []))
    terminalreporter.line(f"{passed} tests: as the emulator. {len(failed)} tests: not so.")
    for rule, number in sorted(Counter(map(_rule, failed)).items()):
        terminalreporter.line(f"    {rule}: {number}")


def _rule(report: pytest.TestReport) -> str:
    """Return the rule in a test's name, such as ``rule 74``, or else its module."""
    module, _, name = report.nodeid.partition("::")
    words = name.split("[")[0].split("_")
    return f"rule {words[2]:>2}" if words[1:2] == ["rule"] else Path(module).stem

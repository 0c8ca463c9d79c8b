"""The conformance tests run unchanged on another server: ``pytest --cluster URL``."""

import sys

import psycopg2.extensions

from tests.support.paths import ROOT
from tests.support.processes import program_environment, run

TESTS = "tests/integration/redshift_emulator"


def certify(url, password, *words):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    environment = program_environment(PGPASSWORD=password)
    return run([*command, f"--cluster={url}", *words], cwd=ROOT, env=environment)


def test_the_tests_of_the_emulator_run_on_a_cluster(emulator):
    url = f"postgresql://{emulator.user}@127.0.0.1:{emulator.port}/{emulator.database}"
    files = ("language/test_pivot.py", "session/test_sessions.py", "copy/test_values.py")
    ended = certify(
        url, emulator.password, *(f"{TESTS}/{each}" for each in files), "-k", "pivot or new_user"
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "= cluster 127.0.0.1 =" in ended.stdout
    assert "5 tests: as the emulator. 0 tests: not so." in ended.stdout
    with emulator.plain() as plain, plain.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_tables WHERE tablename = 'part'")
        assert cursor.fetchone() == (0,)


def test_a_report_tells_which_rules_differ(postgres):
    parts = psycopg2.extensions.parse_dsn(postgres.dsn("postgres"))
    url = f"postgresql://{parts['user']}@{parts['host']}:{parts['port']}/postgres"
    ended = certify(url, parts["password"], f"{TESTS}/language/test_pivot.py")
    assert ended.returncode == 1
    assert "0 tests: as the emulator. 5 tests: not so." in ended.stdout
    assert "    rule 74: 4\n    rule 75: 1\n" in ended.stdout
    assert parts["password"] not in ended.stdout + ended.stderr

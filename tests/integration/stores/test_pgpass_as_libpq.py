"""libpq and the pipeline use the same line of a password file."""

import secrets

import psycopg2
import pytest

from pipeline.local.postgres.server import Postgres
from pipeline.settings import Connection
from pipeline.stores.password_file import PasswordFile
from tests.support.database import query

PASSWORD = r"with:colon-and\back"
ESCAPED = PASSWORD.replace("\\", "\\\\").replace(":", "\\:")

LINES = [
    "{host}:{port}:{database}:{user}:{password}",
    "*:*:*:*:{password}",
    "*:*:*:*:with:colon-and\\\\back",
    "*:*:*:*:{password}:and more",
    "*:*:*:{user}:wrong\n*:*:*:*:{password}",
    "#*:*:*:*:wrong\n*:*:*:{user}:{password}",
    "localhost:{port}:*:*:{password}",
    "{host}:5432:*:*:{password}",
    "{host}:*:*:{user}",
    "{host}:*:*:{user}:",
    "\\{host}:*:*:*:{password}",
    "\n\n  {host}:*:*:*:wrong\n{host}:*:*:*:{password}\r\n",
    "{host}:*:other:*:wrong\n{host}:*:*:other:wrong\n{host}:*:{database}:*:{password}",
]


@pytest.fixture
def login(postgres: Postgres, new_database) -> Connection:
    """The test's own user, whose connection string has no password."""
    admin = Connection.parse("ADMIN", new_database())
    user = f"user_{secrets.token_hex(4)}"
    query(admin.dsn, f"CREATE USER {user} PASSWORD %s", (PASSWORD,))
    place = {key: admin.parameters[key] for key in ("host", "port", "dbname")}
    return Connection("LOGIN", {**place, "user": user})


def lets_in(access: Connection, file: PasswordFile) -> bool:
    try:
        psycopg2.connect(f"{access.dsn} passfile='{file.path}'").close()
    except psycopg2.OperationalError:
        return False
    return True


@pytest.mark.parametrize("line", LINES)
def test_libpq_logs_in_exactly_if_the_password_is_found(login, tmp_path, line):
    file = PasswordFile(tmp_path / "pgpass")
    text = line.format(
        host=login.host,
        port=login.port,
        database=login.database,
        user=login.user,
        password=ESCAPED,
    )
    file.path.write_text(text)
    file.path.chmod(0o600)

    assert lets_in(login, file) == (file.find(login) == PASSWORD)


def test_both_results_of_that_comparison_occur(login, tmp_path):
    file = PasswordFile(tmp_path / "pgpass")
    file.path.write_text(f"*:*:*:*:{ESCAPED}\n")
    file.path.chmod(0o600)
    assert lets_in(login, file)
    file.path.write_text("*:*:*:*:wrong\n")
    assert not lets_in(login, file)

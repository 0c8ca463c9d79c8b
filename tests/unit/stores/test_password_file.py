"""The password file: absent, trusted or refused, as libpq does."""

from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from pipeline.settings import Connection
from pipeline.stores.password_file import PasswordFile

ACCESS = Connection.parse("X", "postgresql://dw@cluster:5439/dev")
LINES = "cluster:5439:dev:dw:secret\ncluster:*:*:tom:cats\n*:*:*:*:any\n"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "pgpass"
    path.write_text(LINES)
    path.chmod(0o600)
    return PasswordFile(path)


def test_a_password_is_found_by_the_place_and_the_user(file):
    assert file.find(ACCESS) == "secret"
    assert file.find_of("tom", ACCESS) == "cats"
    assert file.find_of("ann", ACCESS) is None


def test_no_file_is_no_password(tmp_path):
    assert PasswordFile(tmp_path / "absent").find(ACCESS) is None
    assert PasswordFile(tmp_path / "absent" / "below").find_of("tom", ACCESS) is None


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610, 0o644])
def test_a_file_that_others_may_read_is_refused_with_the_command_that_fixes_it(file, mode):
    file.path.chmod(mode)

    with pytest.raises(ConfigError, match=f"chmod 600 {file.path}") as caught:
        file.find(ACCESS)
    assert "secret" not in str(caught.value)


def test_a_path_that_is_not_a_regular_file_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="is not a regular file"):
        PasswordFile(tmp_path).find(ACCESS)


def test_a_file_in_another_encoding_is_refused_without_its_content(file):
    file.path.write_bytes(b"*:*:*:dw:\xff\n")

    with pytest.raises(ConfigError, match="is not UTF-8") as caught:
        file.find(ACCESS)
    assert caught.value.__cause__ is None


def test_the_file_is_the_connections_then_the_environments_then_the_homes(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    named = Connection.parse("X", "host=h dbname=d user=u passfile=/a/b")

    assert PasswordFile.of(named, {"PGPASSFILE": "/c"}).path == Path("/a/b")
    assert PasswordFile.of(ACCESS, {"PGPASSFILE": "/c"}).path == Path("/c")
    assert PasswordFile.of(ACCESS, {}).path == tmp_path / ".pgpass"

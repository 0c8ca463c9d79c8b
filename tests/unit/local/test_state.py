"""The secrets of the stack: strong passwords, private files, nothing in representations."""

import dataclasses
import stat

import pytest

from pipeline.local.errors import LocalStackError
from pipeline.local.state import (
    generate_password,
    generate_state,
    read_state,
    write_private,
    write_state,
)


def test_a_password_meets_redshifts_rules_and_needs_no_quoting():
    for _ in range(200):
        password = generate_password()
        assert 8 <= len(password) <= 64
        assert password.isascii()
        assert password.isalnum()
        assert any(letter.islower() for letter in password)
        assert any(letter.isupper() for letter in password)
        assert any(letter.isdigit() for letter in password)


def test_no_two_secrets_are_equal():
    state = generate_state(("www", "hyppo"))
    values = [state.postgres_password, state.admin_password, state.etl_password]
    values += [state.access_key_id, state.secret_access_key, *state.upstream_passwords.values()]
    assert len(set(values)) == len(values) == 7


def test_the_access_key_is_not_a_number_of_twelve_digits():
    assert not generate_state(()).access_key_id.isdigit()


def test_a_state_is_read_as_it_was_written(tmp_path):
    state = generate_state(("www",)).with_sample("www", 0.5)
    write_state(tmp_path / "state.json", state)
    assert read_state(tmp_path / "state.json") == state
    assert dataclasses.asdict(state)["samples"] == {"www": 0.5}


def test_without_a_file_there_is_no_state(tmp_path):
    assert read_state(tmp_path / "state.json") is None


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"precious": 1}'])
def test_the_error_for_an_unreadable_state_shows_no_secret(tmp_path, text):
    (tmp_path / "state.json").write_text(text)
    with pytest.raises(LocalStackError, match="destroy") as error:
        read_state(tmp_path / "state.json")
    assert "precious" not in str(error.value)


def test_no_secret_is_in_the_representation():
    state = generate_state(("www",))
    secrets = (state.postgres_password, state.secret_access_key, state.upstream_passwords["www"])
    assert not [secret for secret in secrets if secret in repr(state)]


def test_a_private_file_is_replaced_and_stays_private(tmp_path):
    path = tmp_path / "file"
    write_private(path, "old")
    path.chmod(0o644)
    write_private(path, "new")
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]

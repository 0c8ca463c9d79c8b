"""The address of a cluster: what is missing or must not be there."""

from types import SimpleNamespace

import pytest

from tests.support.hooks.certification import DSN, pytest_configure

URL = "postgresql://ann@cluster.example:5439/dev"


def configured(url):
    config = SimpleNamespace(getoption=lambda _: url, stash=pytest.Stash())
    pytest_configure(config)
    return config.stash


@pytest.mark.parametrize(
    ("url", "password", "expected"),
    [
        ("postgresql://ann:secret@h/dev", "x", "others can see the password of a URL"),
        ("postgresql://h/dev", "x", "the URL has no user"),
        ("postgresql://ann@h", "x", "the URL has no dbname"),
        ("redshift://ann@h/dev", "x", "invalid"),
        (URL, "", "set PGPASSWORD"),
    ],
)
def test_a_wrong_address_is_refused(monkeypatch, url, password, expected):
    monkeypatch.setenv("PGPASSWORD", password)
    with pytest.raises(pytest.UsageError, match=f"--cluster: .*{expected}") as caught:
        configured(url)
    assert "secret" not in str(caught.value)


def test_the_password_is_that_of_the_environment(monkeypatch):
    monkeypatch.setenv("PGPASSWORD", "secret's")
    assert "secret's" in configured(URL)[DSN].replace("\\", "")
    assert DSN not in configured(None)

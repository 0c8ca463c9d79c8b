"""A table that is loaded incrementally, for one test."""

from collections.abc import Callable, Iterator

import pytest

from pipeline.local.stack import Stack
from tests.support.projects.replica import Replica, replica


@pytest.fixture
def items(
    stack: Stack, new_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Replica]:
    """The table ``items`` with three rows, loaded once."""
    for name, value in stack.environment().items():
        monkeypatch.setenv(name, value)
    with replica(stack, new_database()) as made:
        made.upstream(
            "INSERT INTO items"
            " SELECT i, 'row ' || i, now() - i * interval '1 day' FROM generate_series(1, 40) AS i"
        )
        made.load()
        assert made.last["load_kind"] == "whole"
        yield made

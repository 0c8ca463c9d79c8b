"""Markers are asked for together, and what is absent is asked again."""

import os

import pytest

from pipeline import targets
from pipeline.targets import Presence, Target


class Shelf:
    """Names that exist, and how often they were asked for."""

    def __init__(self, *names: str) -> None:
        self.names = set(names)
        self.questions = 0

    def fetch(self) -> set[str]:
        self.questions += 1
        return set(self.names)


def test_one_request_serves_many_questions() -> None:
    shelf = Shelf(*map(str, range(5000)))
    presence = shelf.presence()
    assert all(str(number) in presence for number in range(5000))
    assert shelf.questions == 1


def test_what_is_there_stays_there_without_another_request() -> None:
    shelf = Shelf("a")
    presence = shelf.presence()
    assert "a" in presence
    shelf.names.clear()
    assert "a" in presence
    assert shelf.questions == 1


def test_what_is_absent_is_asked_again_only_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = Shelf("a")
    presence = shelf.presence()
    now = 100.0
    monkeypatch.setattr(targets.time, "monotonic", lambda: now)
    assert "b" not in presence
    shelf.names.add("b")
    assert "b" not in presence
    assert shelf.questions == 1
    now += targets.STALE_AFTER + 0.1
    assert "b" in presence
    assert shelf.questions == 2


def test_what_this_process_made_is_there_at_once() -> None:
    shelf = Shelf()
    target = Target("a", shelf.presence())
    assert not target.exists()
    target.note()
    assert target.exists()
    assert shelf.questions == 1


def test_a_forked_process_asks_again_for_what_its_parent_found_absent() -> None:
    shelf = Shelf("a")
    presence = shelf.presence()
    assert "b" not in presence
    shelf.names.add("b")
    child = os.fork()
    if child == 0:
        os._exit(0 if "b" in presence and "a" in presence else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

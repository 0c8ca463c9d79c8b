"""Markers are read together, and absent ones are looked up again."""

import os
from collections.abc import Callable

import pytest

from pipeline import presence as presences
from pipeline.presence import Presence
from pipeline.tasks.targets import MarkerTarget, Target


class Shelf:
    """Names that exist, and how often they were requested."""

    def __init__(self, *names: str) -> None:
        self.names = set(names)
        self.questions = 0

    def fetch(self) -> set[str]:
        self.questions += 1
        return set(self.names)

    def find(self, name: str) -> set[str]:
        self.questions += 1
        return {name} & self.names

    def presence(self) -> Presence:
        return Presence(self.fetch, self.find)


def in_child(question: Callable[[], bool]) -> bool:
    """Answer a question in a forked process."""
    child = os.fork()
    if child == 0:
        code = 2
        try:
            code = 0 if question() else 1
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_one_request_serves_many_questions() -> None:
    shelf = Shelf(*map(str, range(5000)))
    presence = shelf.presence()
    assert all(str(number) in presence for number in range(5000))
    assert shelf.questions == 1


def test_a_name_that_was_found_needs_no_other_request() -> None:
    shelf = Shelf("a")
    presence = shelf.presence()
    assert "a" in presence
    shelf.names.clear()
    assert "a" in presence
    assert shelf.questions == 1


def test_absent_names_are_requested_again_only_after_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shelf = Shelf("a")
    presence = shelf.presence()
    now = 100.0
    monkeypatch.setattr(presences.time, "monotonic", lambda: now)
    assert "b" not in presence
    shelf.names.add("b")
    assert "b" not in presence
    assert shelf.questions == 1
    now += presences.STALE_AFTER + 0.1
    assert "b" in presence
    assert shelf.questions == 2


def test_a_marker_that_this_process_wrote_exists_at_once() -> None:
    shelf = Shelf()
    target = Target("a", shelf.presence())
    assert not target.exists()
    target.mark_written()
    assert target.exists()
    assert shelf.questions == 1


def test_a_forked_process_asks_again_for_names_that_its_parent_found_absent() -> None:
    shelf = Shelf("a")
    presence = shelf.presence()
    assert "b" not in presence
    shelf.names.add("b")
    assert in_child(lambda: "b" in presence and "a" in presence)


def test_a_forked_process_asks_by_name_and_does_not_fetch_all() -> None:
    shelf = Shelf("a")
    presence = shelf.presence()
    assert "b" not in presence
    shelf.names.update("bc")
    shelf.fetch = None
    assert in_child(lambda: "a" in presence and "b" in presence and "c" in presence)
    assert in_child(lambda: "d" not in presence)


def test_a_forked_process_that_asks_for_many_names_fetches_them_all() -> None:
    shelf = Shelf()
    presence = shelf.presence()
    assert "0" not in presence
    shelf.names.update(map(str, range(1000)))

    def asks_little() -> bool:
        return all(str(number) in presence for number in range(1000)) and (
            shelf.questions == 1 + presences.FEW + 1
        )

    assert in_child(asks_little)


def test_rows_are_complete_once_they_have_passed_the_checks():
    found = {"rows"}
    presence = Presence(lambda: found, lambda name: {name} & found)
    target = MarkerTarget("rows", presence, checks="checks")
    assert not target.exists()
    assert target.was_loaded()
    assert MarkerTarget("rows", presence).exists()
    target.mark_written()
    assert target.exists()


def test_checks_prove_nothing_without_the_rows():
    presence = Presence(lambda: {"checks"}, lambda name: {name} & {"checks"})
    target = MarkerTarget("rows", presence, checks="checks")
    assert not target.exists()
    assert not target.was_loaded()

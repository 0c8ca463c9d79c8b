"""Work on designs in several processes."""

import array
import fcntl
import termios
from multiprocessing.connection import Connection

import pytest

from pipeline.stores.designs import processes
from tests.support.processes import until


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> processes.Started:
    """Two processes that have found more than a pipe holds."""
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    monkeypatch.setattr(processes, "WORTH_A_PROCESS", 1)
    return processes.start(lambda items: {items[0]: "x" * 1_000_000}, ["a", "b"])


def waiting(receiver: Connection) -> int:
    """Return the number of bytes that a pipe holds."""
    number = array.array("i", [0])
    fcntl.ioctl(receiver.fileno(), termios.FIONREAD, number)
    return number[0]


def test_a_process_that_is_killed_while_it_sends_has_found_nothing(
    started: processes.Started,
) -> None:
    (first, receiver), _ = started
    until(lambda: waiting(receiver) > 1000)
    first.kill()
    first.join()
    assert [list(found) for found in processes.results(started)] == [["b"]]

import subprocess
import sys
import threading

from pipeline.procedures.dump.parts import Moved
from pipeline.procedures.dump.process import Tally, start_method

ALONE = "from pipeline.procedures.dump.process import start_method; print(start_method())"


def test_a_process_of_one_thread_forks():
    found = subprocess.run(
        [sys.executable, "-c", ALONE], capture_output=True, text=True, check=True
    )
    assert found.stdout == "fork\n"


def test_a_process_of_several_threads_does_not_copy_their_locks():
    end = threading.Event()
    thread = threading.Thread(target=end.wait)
    thread.start()
    try:
        assert start_method() == "spawn"
    finally:
        end.set()
        thread.join()


class Pipe:
    def __init__(self):
        self.sent = []

    def send(self, message):
        self.sent.append(message)


def test_progress_is_told_rarely_and_completely():
    pipe = Pipe()
    tally = Tally(pipe)
    for _ in range(1000):
        tally.add(Moved(1, 20, 3))
    tally.send()
    total = Moved(0, 0, 0)
    for moved in pipe.sent:
        total = total.plus(moved)
    assert total == Moved(1000, 20_000, 3000)
    assert len(pipe.sent) < 1000

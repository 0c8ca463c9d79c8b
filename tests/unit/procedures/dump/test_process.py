import subprocess
import sys
import threading

from pipeline.procedures.dump.job import Delta
from pipeline.procedures.dump.workers.process import ProgressSender, start_method

ALONE = "from pipeline.procedures.dump.workers.process import start_method; print(start_method())"


def test_a_process_with_one_thread_forks():
    found = subprocess.run(
        [sys.executable, "-c", ALONE], capture_output=True, text=True, check=True
    )
    assert found.stdout == "fork\n"


def test_a_process_with_several_threads_spawns_and_copies_no_locks():
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


def test_progress_is_sent_rarely_and_completely():
    pipe = Pipe()
    progress = ProgressSender(pipe)
    for _ in range(1000):
        progress.add(Delta(1, 20, 3))
    progress.send()
    assert sum(pipe.sent, Delta(0, 0, 0)) == Delta(1000, 20_000, 3000)
    assert len(pipe.sent) < 1000

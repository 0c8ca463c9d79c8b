"""Locks between processes are exclusive, and released when their process ends."""

import subprocess
import sys

from pipeline.local.processes.locks import exclusive, is_shared, shared
from tests.support.processes import start

HOLD = """
import sys
from pathlib import Path
from pipeline.local.processes.locks import exclusive, shared
with {"exclusive": exclusive, "shared": shared}[sys.argv[1]](Path(sys.argv[2])):
    print("held", flush=True)
    sys.stdin.readline()
print("released", flush=True)
"""


def hold(kind: str, path) -> subprocess.Popen:
    return start(
        [sys.executable, "-c", HOLD, kind, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


def test_a_shared_lock_is_held_until_the_block_ends(tmp_path):
    path = tmp_path / "users"
    assert not is_shared(path)
    with shared(path), shared(path):
        assert is_shared(path)
    assert not is_shared(path)


def test_a_killed_process_releases_its_shared_lock(tmp_path):
    path = tmp_path / "users"
    with hold("shared", path) as holder:
        assert holder.stdout.readline() == b"held\n"
        assert is_shared(path)
        holder.kill()
        holder.wait()
        assert not is_shared(path)


def test_the_second_process_waits_until_the_first_releases_the_lock(tmp_path):
    path = tmp_path / "lock"
    with hold("exclusive", path) as first:
        assert first.stdout.readline() == b"held\n"
        with hold("exclusive", path) as second:
            first.communicate(b"\n")
            assert second.stdout.readline() == b"held\n"
            second.communicate(b"\n")


def test_a_lock_is_taken_on_the_new_file_if_the_old_one_was_removed(tmp_path):
    path = tmp_path / "lock"
    with hold("exclusive", path) as first:
        assert first.stdout.readline() == b"held\n"
        path.unlink()
        with exclusive(path):
            assert path.exists()
        first.communicate(b"\n")

"""The commands of the local stack, as a user types them."""

import os
import shlex
import shutil
import signal
import stat
import subprocess
import sys

import pytest

from pipeline.local.commands.demo import psql_command
from pipeline.local.stack import ADMIN, ETL_USER, Stack
from tests.support import processes
from tests.support.processes import run, stack_down_afterwards

SCALE = "0.002"
LOCAL = [sys.executable, "-m", "pipeline.local"]
UNTIL_TERMINATED = """
import signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(42))
print("ready", flush=True)
signal.pause()
"""


def local(*words: str, **options) -> subprocess.CompletedProcess:
    return run([*LOCAL, *words], **options)


def run_command(home, *command: str) -> list[str]:
    return [*LOCAL, "run", "--home", str(home), "--scale", SCALE, "--", *command]


@pytest.fixture
def home(tmp_path):
    """The home of a stack that does not exist yet."""
    with stack_down_afterwards(tmp_path / "home") as path:
        yield path


def test_run_starts_the_stack_returns_the_exit_code_of_the_command_and_stops_the_stack(home):
    code = "import os; print(os.environ['DATA_WAREHOUSE_ETL']); raise SystemExit(7)"
    answer = run(run_command(home, sys.executable, "-c", code))
    assert answer.returncode == 7, answer.stderr
    assert answer.stdout.startswith("postgresql://dw:")
    assert not any(service.pid for service in Stack(home).status())


def test_run_leaves_a_stack_running_that_ran_before(home):
    assert local("up", "--home", str(home), "--scale", SCALE).returncode == 0
    before = Stack(home).status()
    assert run(run_command(home, "true")).returncode == 0
    assert Stack(home).status() == before


def test_the_last_of_two_concurrent_runs_stops_the_stack(home):
    def start():
        return processes.start(
            run_command(home, "sh", "-c", "echo ready; read line"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    with start() as first, start() as second:
        assert first.stdout.readline() == second.stdout.readline() == b"ready\n"
        first.communicate(b"\n")
        assert Stack(home).is_running()
        second.communicate(b"\n")
    assert not any(service.pid for service in Stack(home).status())


def test_run_forwards_signals_and_stops_the_stack_afterwards(home):
    command = run_command(home, sys.executable, "-c", UNTIL_TERMINATED)
    with processes.start(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 42
    assert not any(service.pid for service in Stack(home).status())


def test_run_reports_a_command_killed_by_a_signal_as_a_shell_does(home):
    answer = run(run_command(home, "sh", "-c", "kill -9 $$"))
    assert answer.returncode == 128 + signal.SIGKILL


def test_run_names_a_command_that_does_not_exist(home):
    answer = run(run_command(home, "no-such-command"))
    assert answer.returncode == 4
    assert "cannot run no-such-command: No such file" in answer.stderr


def test_run_removes_the_users_own_session_and_profile(home):
    foreign = {"AWS_PROFILE": "mine", "AWS_SESSION_TOKEN": "mine", "AWS_ACCESS_KEY_ID": "mine"}
    answer = run(run_command(home, "env"), env={**os.environ, **foreign}, check=True)
    assert "=mine" not in answer.stdout


def test_the_exit_code_of_status_is_0_only_if_all_servers_run(home):
    assert local("status", "--home", str(home)).returncode == 1
    local("up", "--home", str(home), "--scale", SCALE)
    answer = local("status", "--home", str(home))
    assert answer.returncode == 0
    assert answer.stdout.count("running  ") == 3
    local("down", "--home", str(home))
    assert local("status", "--home", str(home)).stdout.count("stopped") == 3


def test_env_sets_the_same_variables_in_a_shell(stack):
    answer = local("env", "--home", str(stack.home))
    show = "import os, json; print(json.dumps(dict(os.environ)))"
    script = f"{answer.stdout}\nexec {shlex.join([sys.executable, '-c', show])}"
    shell = run(script, env={"AWS_PROFILE": "mine"}, check=True)
    for name, value in stack.environment().items():
        assert f'"{name}": "{value}"' in shell.stdout
    assert "AWS_PROFILE" not in shell.stdout


def test_env_keeps_the_bytes_of_a_path_whatever_the_locale_is(stack, tmp_path):
    file = tmp_path / "Wäre" / "config" / "sources.json"
    file.parent.mkdir(parents=True)
    file.touch()
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    home, folder = str(stack.home), file.parents[1]
    answer = local("env", "--home", home, cwd=folder, env={**kept, **ascii_only}, check=True)
    assert f"export DATA_WAREHOUSE_CONFIG={shlex.quote(str(file))}\n" in answer.stdout


def test_the_printed_psql_works_in_a_terminal_with_an_empty_environment(stack):
    in_terminal = "import pty, sys; sys.exit(pty.spawn(['sh', '-c', sys.argv[1]]) >> 8)"
    command = psql_command(stack).replace(f"-U {ETL_USER}", f"-U {ADMIN}")
    words = [sys.executable, "-c", in_terminal, f"{command} -P pager=off -Atc 'SELECT 1'"]
    answer = run(words, env={})
    assert (answer.returncode, answer.stdout.split()) == (0, ["1"]), answer.stdout


def test_each_line_of_up_is_printed_once(home):
    words = [sys.executable, "-m", "pipeline", "local", "up", "--home", home, "--scale", SCALE]
    answer = run(words, check=True)
    lines = answer.stderr.splitlines()
    assert len(lines) == len(set(lines))
    assert [line for line in lines if line.endswith("Starting S3")] == ["Starting S3"]


def test_env_of_a_stack_that_does_not_run_is_an_error_and_prints_nothing(home):
    answer = local("env", "--home", str(home))
    assert (answer.returncode, answer.stdout) == (4, "")
    assert "up" in answer.stderr


def test_a_stopped_server_is_named(home):
    local("up", "--home", str(home), "--scale", SCALE)
    stack = Stack(home)
    stack.postgres(stack.state()).stop()

    shown = local("status", "--home", str(home))
    assert shown.returncode == 1
    states = dict(line.split(maxsplit=1) for line in shown.stdout.splitlines())
    assert states["postgres"] == "stopped"
    assert states["s3"].startswith("running  ")
    assert states["redshift"].startswith("unavailable without postgres  ")

    answer = local("env", "--home", str(home))
    assert (answer.returncode, answer.stdout) == (4, "")
    assert (
        "is not running (stopped: postgres); start it: python -m pipeline.local up"
        in answer.stderr
    )

    assert local("up", "--home", str(home)).returncode == 0
    assert local("status", "--home", str(home)).stdout.count("running  ") == 3


def test_the_stack_needs_no_installed_postgres(home, tmp_path):
    # A PATH with what every system has and nothing else.
    for program in ("sh", "unshare", "true"):
        found = shutil.which(program)
        if found:
            (tmp_path / program).symlink_to(found)
    answer = run(
        run_command(home, "sh", "-c", "command -v postgres initdb psql"),
        env={**os.environ, "PATH": str(tmp_path)},
    )
    assert answer.stdout == ""
    assert answer.returncode == 127, answer.stderr


def test_destroy_asks_before_it_removes_anything(home):
    local("up", "--home", str(home), "--scale", SCALE)
    assert local("destroy", "--home", str(home), answer="n\n").returncode == 1
    assert Stack(home).is_running()
    assert local("destroy", "--home", str(home), "--yes").returncode == 0
    assert not home.exists()


def test_the_home_is_ignored_by_git_and_not_readable_by_others(stack):
    assert (stack.home / ".gitignore").read_text() == "*\n"
    assert not stat.S_IMODE(stack.home.stat().st_mode) & 0o066

"""docs/operations.md: its commands run, its units start, its settings and messages are real."""

import base64
import configparser
import json
import re
import shlex
import shutil
import socketserver
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import luigi.notifications
import luigi.scheduler
import pytest

from pipeline import settings
from pipeline.cli import main
from pipeline.local.processes.ports import free_port
from pipeline.local.stack import Stack
from tests.support import processes
from tests.support.pages import blocks, read_page
from tests.support.paths import ROOT

PAGE = read_page("docs/operations.md")
BLOCKS = re.compile(r"^```.*?^```$|`[^`\n]+`", re.MULTILINE | re.DOTALL)
"""Everything that the page shows as code."""

OTHERS = {
    "cannot connect": "libpq",
    "timeout expired": "libpq",
    "password authentication failed": "PostgreSQL",
    "permission denied": "PostgreSQL",
    "canceling statement due to statement timeout": "PostgreSQL",
    'invalid byte sequence for encoding "UTF8"': "PostgreSQL",
    "query would be affected by row-level security policy": "PostgreSQL",
    "relation": "PostgreSQL",
    "does not exist [42P01]": "PostgreSQL",
    "ExpiredToken": "S3",
    "AccessDenied": "S3",
    "Read timeout on endpoint": "botocore",
    "NoSuchBucket": "S3",
    "conflict with concurrent transaction": "Redshift",
    "Disk Full": "Redshift",
    "canceled by WLM abort action": "Redshift",
}
"""Messages of servers, which this project's files need not contain."""


def units() -> dict[str, configparser.ConfigParser]:
    """The systemd units of the page by their file's name."""
    found = {}
    for text in blocks(PAGE, "ini"):
        path = re.match(r"# (/etc/systemd/system/\S+)\n", text)
        if path:
            unit = configparser.ConfigParser(interpolation=None)
            unit.optionxform = str  # type: ignore[assignment,method-assign]
            unit.read_string(text)
            found[Path(path[1]).name] = unit
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the project's configuration and designs."""
    for name in ("config", "designs"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


def environment(stack: Stack | None = None) -> dict[str, str]:
    return {
        **processes.program_environment(),
        **(stack.environment() if stack else {}),
        "DATA_WAREHOUSE_CONFIG": "config/sources.json",
        "LUIGI_CONFIG_PATH": "config/luigi.cfg",
    }


def run(command: str, folder: Path, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return processes.run(shlex.split(command), cwd=folder, env=variables)


@pytest.mark.timeout(1800)
def test_every_command_of_the_page_runs_in_its_order(own_stack: Stack, folder: Path) -> None:
    commands = [line for block in blocks(PAGE, "shell") for line in block.strip().splitlines()]
    assert len(commands) > 12
    for command in commands:
        done = run(command, folder, environment(own_stack))
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


def test_every_subcommand_that_the_page_names_exists() -> None:
    code = "\n".join(BLOCKS.findall(PAGE))
    named = set(re.findall(r"(?<!module )\bpipeline ([a-z][a-z-]+)", code))
    assert len(named) > 5
    assert named <= set(main.load()), named - set(main.load())


def test_every_message_in_the_troubleshooting_table_exists() -> None:
    sources = "\n".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "pipeline").rglob("*.py")
    )
    joined = re.sub(r'"\s*\n\s*f?"', "", sources)
    table = PAGE[PAGE.index("| message | cause | fix |") : PAGE.index("Then inspect the state")]
    messages = [
        message
        for row in table.splitlines()[2:]
        if row.startswith("|")
        for message in re.findall(r"`([^`]+)`", row.split("|")[1])
    ]
    assert len(messages) > 15
    for message in messages:
        for piece in re.split(r"…|\(.*?\)|\d+ times", message):
            text = piece.strip(" ;:,")
            assert not text or text in OTHERS or text in joined, text


def test_a_configuration_with_the_key_of_the_page_is_valid() -> None:
    config = json.loads((ROOT / "config" / "sources.json").read_text(encoding="utf-8"))
    (fragment,) = (json.loads(text) for text in blocks(PAGE, "json"))
    config["data_warehouse"] |= fragment["data_warehouse"]
    loaded = settings.load(json.dumps(config), file="sources.json", user="me")
    assert loaded.warehouse.required_for_success == ("www", "analytics.dim_order")


def test_settings_of_retries_and_mail_are_those_that_luigi_reads() -> None:
    known = {
        "scheduler": luigi.scheduler.scheduler,
        "email": luigi.notifications.email,
        "smtp": luigi.notifications.smtp,
    }
    parsed = configparser.ConfigParser()
    for text in blocks(PAGE, "ini"):
        if not text.startswith("# /etc"):
            parsed.read_string(text)
    assert set(parsed.sections()) == set(known)
    for section, config in known.items():
        assert set(parsed.options(section)) <= {name for name, _ in config.get_params()}


def test_units_and_crontab_start_the_same_run(own_stack: Stack, folder: Path) -> None:
    service = units()["warehouse-load.service"]["Service"]
    command = service["ExecStart"]
    (crontab,) = blocks(PAGE, "")
    for words in ("luigi --module pipeline LoadAll", "pipeline prune --keep 14 --yes"):
        assert words in crontab
    assert command.endswith("/luigi --module pipeline LoadAll")
    given = dict(pair.split("=", 1) for pair in service["Environment"].split())
    variables = {**environment(own_stack), **given}
    program = Path(command.split()[0]).name
    words = f"{program} {command.split(maxsplit=1)[1]} --dry-run --local-scheduler"
    shown = run(words, folder, variables)
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.startswith("Plan of LoadAll")

    (hourly,) = blocks(PAGE, "cron")
    command = hourly.split(maxsplit=5)[5].replace("\\%", "%").partition(".venv/bin/")[2]
    words = f"{command.partition(' >')[0]} --dry-run"
    shown = run(f"sh -c {shlex.quote(words)}", folder, variables)
    assert shown.returncode == 0, shown.stderr
    title = r"Plan of LoadAll www\.orders\+ for [0-9-]{10}T[0-9]{2}: "
    assert re.match(title, shown.stdout), shown.stdout


def test_the_timer_starts_the_service_every_night() -> None:
    found = units()
    assert set(found) == {
        "warehouse-load.timer",
        "warehouse-load.service",
        "warehouse-luigid.service",
    }
    assert found["warehouse-load.timer"]["Timer"]["OnCalendar"] == "*-*-* 03:15:00 UTC"


def test_the_unit_of_luigid_starts_one_on_loopback(folder: Path) -> None:
    port = free_port()
    command = units()["warehouse-luigid.service"]["Service"]["ExecStart"]
    words = command.replace("8082", str(port)).replace("/var/lib/warehouse", str(folder)).split()
    process = processes.start(
        [Path(words[0]).name, *words[1:]],
        cwd=folder,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert answers(f"http://127.0.0.1:{port}/api/task_list", process)
    finally:
        process.terminate()
        process.wait(timeout=60)


def answers(url: str, process: subprocess.Popen[bytes]) -> bool:
    """Ask until there is an answer or the process has ended."""
    while process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.status == 200
        except urllib.error.URLError:
            continue  # pytest limits the time
    return False


class Mailbox(socketserver.ThreadingTCPServer):
    """An SMTP server that keeps the messages it receives."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Postman)
        self.mails: list[str] = []


class Postman(socketserver.StreamRequestHandler):
    """Speaks as much SMTP as a client needs to deliver a mail."""

    server: Mailbox

    def handle(self) -> None:
        self.say("220 ready")
        for line in self.rfile:
            word = line[:4].upper().strip()
            if word == b"DATA":
                self.say("354 go on")
                mail = iter(self.rfile.readline, b".\r\n")
                self.server.mails.append(b"".join(mail).decode())
                self.say("250 kept")
            elif word == b"QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_a_failure_is_mailed_with_its_reason_and_no_password(folder: Path) -> None:
    (mail,) = (text for text in blocks(PAGE, "ini") if "[smtp]" in text)
    config = folder / "config" / "luigi.cfg"
    variables = environment() | {
        "DATABASE_HYPPO": "postgresql://reader:S3cret-word@127.0.0.1:9/hyppo",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "Another-s3cret",
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9",
    }
    with mailbox() as server:
        host, port = server.server_address
        here = mail.replace("mail.example.com", f"{host}\nport = {port}\nno_tls = true")
        config.write_text(config.read_text(encoding="utf-8") + "\n" + here, encoding="utf-8")
        done = run(
            "luigi --module pipeline BootstrapWarehouse --local-scheduler", folder, variables
        )
    assert done.returncode != 0
    (sent,) = (text for text in server.mails if "BootstrapWarehouse" in text.partition("\n\n")[0])
    assert "To: warehouse@example.com" in sent
    assert "Subject: [warehouse] Luigi: " in sent
    body = "".join(
        base64.b64decode(part).decode()
        for part in re.findall(r"base64\r?\n\r?\n(.*?)\r?\n\r?\n--", sent, re.DOTALL)
    )
    assert "DATA_WAREHOUSE_ETL is not set" in body
    for secret in ("S3cret-word", "Another-s3cret"):
        assert secret not in sent + body

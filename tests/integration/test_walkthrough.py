"""Every command of docs/walkthrough.md, in its order, against an empty warehouse."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from pipeline.local.stack import BUCKET, IAM_ROLE, Stack
from tests.support.paths import ROOT
from tests.support.projects.warehouse import clean

PAGE = (ROOT / "docs" / "walkthrough.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PASSWORD = "Correct-horse-battery-7"


@pytest.fixture
def empty_stack(tmp_path: Path) -> Iterator[Stack]:
    stack = Stack(tmp_path / "stack", throw_away=True)
    stack.up(0.002)
    yield stack
    stack.down()


def blocks(kind: str) -> list[str]:
    return [text for language, text in BLOCK.findall(PAGE) if language == kind]


def test_the_walkthrough_works_from_its_first_command_to_its_last(
    empty_stack: Stack, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    shutil.copytree(ROOT / "config", project / "config")
    (project / "designs" / "dw").mkdir(parents=True)
    write_sources(project)
    environment = environment_of(empty_stack)
    query, question = blocks("sql")
    ran = 0
    for block in blocks("shell"):
        if "UploadAll" in block and ran < 20:
            (project / "designs/dw/orders_by_status.sql").write_text(query, encoding="utf-8")
            (project / "designs/dw/orders_by_status.yaml").write_text(
                blocks("yaml")[0], encoding="utf-8"
            )
        for command in block.strip().splitlines():
            run(command, project, environment)
            ran += 1
    assert ran == PAGE.count("\nluigi ") + PAGE.count("\npipeline ")

    expected = ask(environment["DATABASE_PRODUCTION"], "SELECT COUNT(*) FROM public.orders")
    tom = environment["DATA_WAREHOUSE_ETL"].replace("//dw:", "//tom:")
    tom = re.sub(r"//tom:[^@]+@", f"//tom:{PASSWORD}@", tom)
    assert [(sum(row[1] for row in ask(tom, question)),)] == expected


def write_sources(project: Path) -> None:
    """The page's own file; only bucket and role are those of the local stack."""
    text = blocks("json")[0].replace("my-bucket", BUCKET)
    role = f'"data_warehouse": {{"iam_role": "{IAM_ROLE}"}},\n    "sources"'
    (project / "sources.json").write_text(text.replace('"sources"', role), encoding="utf-8")


def environment_of(stack: Stack) -> dict[str, str]:
    binaries = Path(sys.executable).parent
    return {
        **clean(dict(os.environ)),
        **stack.environment(),
        "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
        "DATA_WAREHOUSE_CONFIG": "sources.json",
        "LUIGI_CONFIG_PATH": "config/luigi.cfg",
        "TOMS_PASSWORD": PASSWORD,
        "SPARKS_PASSWORD": PASSWORD,
        "ANNS_PASSWORD": PASSWORD,
    }


def run(command: str, project: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(
        command,
        shell=True,
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


def ask(dsn: str, query: str) -> list[tuple]:
    connection = psycopg2.connect(dsn)
    with connection.cursor() as cursor:
        cursor.execute(query)
        rows = cursor.fetchall()
    connection.close()
    return rows
